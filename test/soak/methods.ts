/** The interval methods under test, each with the truth that its interval should hold. */
import { batchMeansInterval } from '../../simulator/analysis/batch-means.ts';
import { confidenceInterval, type Estimate } from '../../simulator/analysis/estimate.ts';
import { mser5 } from '../../simulator/analysis/mser.ts';
import { nSkart } from '../../simulator/analysis/n-skart.ts';
import {
  batchQuantileInterval,
  orderStatisticInterval,
} from '../../simulator/analysis/quantile-interval.ts';
import { runQuantileInterval } from '../../simulator/analysis/run-quantile.ts';
import { meanOfSeries } from '../../simulator/analysis/series.ts';
import { replicateUntil } from '../../simulator/analysis/stopping-rule.ts';
import { stream } from '../../simulator/engine/random.ts';
import { type Queue, waitsOf } from './queues.ts';

/** One macro-replication: the same number of waits in one run, and in ten that start empty. */
export interface World {
  readonly queue: Queue;
  readonly run: Float64Array;
  readonly replications: readonly Float64Array[];
  /** The waits of any further replication, as long as each of the ten. */
  readonly replicate: (replication: number) => Float64Array;
}

export interface Method {
  readonly name: string;
  readonly truth: (queue: Queue) => number | undefined;
  readonly interval: (world: World) => Estimate;
}

const REPLICATIONS = 10;
const SEED = 20_110_201;

export function worldOf(queue: Queue, count: number, macro: number): World {
  const name = `${queue.name}/${count}`;
  const replicate = (replication: number) =>
    waitsOf(queue, count / REPLICATIONS, stream(SEED, macro, name, `replication ${replication}`));
  return {
    queue,
    run: waitsOf(queue, count, stream(SEED, macro, name, 'run')),
    replications: Array.from({ length: REPLICATIONS }, (_, replication) => replicate(replication)),
    replicate,
  };
}

const waitMean = ({ waitMean }: Queue) => waitMean;
const waitP99 = ({ waitP99 }: Queue) => waitP99;
const settledOf = (run: Float64Array) => run.subarray(mser5(run).warmUp);
/** N-Skart's cut is chosen by spacing, not by what it cuts: a busy front stays in. */
const spacedOf = (run: Float64Array) => run.subarray(nSkart(run).warmUp);
const withoutFifth = (run: Float64Array) => run.subarray(run.length / 5);
const p99 = (run: Float64Array) => run.toSorted()[Math.ceil(0.99 * run.length) - 1]!;

export const N_SKART: Method = {
  name: 'N-Skart',
  truth: waitMean,
  interval: ({ run }) => nSkart(run),
};

export const BATCH_MEANS: Method = {
  name: 'batch means after MSER-5',
  truth: waitMean,
  interval: ({ run }) => batchMeansInterval(settledOf(run)),
};

export const SPACED_BATCH_MEANS: Method = {
  name: 'batch means',
  truth: waitMean,
  interval: ({ run }) => batchMeansInterval(spacedOf(run)),
};

export const REPLICATED: Method = {
  name: '10 replications less 20 %, t',
  truth: waitMean,
  interval: ({ replications }) =>
    confidenceInterval(replications.map((run) => meanOfSeries(withoutFifth(run)))),
};

export const REPLICATED_MSER: Method = {
  name: '10 replications less MSER-5, t',
  truth: waitMean,
  interval: ({ replications }) =>
    confidenceInterval(replications.map((run) => meanOfSeries(settledOf(run)))),
};

export const STOPPED: Method = {
  name: '10–200 replications until ±10 %',
  truth: waitMean,
  interval: ({ replicate }) =>
    replicateUntil(
      (replication) => ({ mean: meanOfSeries(withoutFifth(replicate(replication))) }),
      {
        relativeHalfWidth: 0.1,
        fewest: 10,
        most: 200,
      },
    ).progress[0]!.estimate,
};

export const BATCH_QUANTILE: Method = {
  name: 'batch p99s',
  truth: waitP99,
  interval: ({ run }) => batchQuantileInterval(spacedOf(run), 0.99),
};

export const RUN_QUANTILE: Method = {
  name: 'p99 by exceedances and N-Skart',
  truth: waitP99,
  interval: ({ run }) => runQuantileInterval(spacedOf(run), 0.99),
};

export const REPLICATED_P99: Method = {
  name: '10 replications less 20 %, t of p99s',
  truth: waitP99,
  interval: ({ replications }) =>
    confidenceInterval(replications.map((run) => p99(withoutFifth(run)))),
};

export const MEDIAN_P99: Method = {
  name: '10 replications, order statistics of p99s',
  truth: waitP99,
  interval: ({ replications }) =>
    orderStatisticInterval(
      replications.map((run) => p99(withoutFifth(run))),
      0.5,
    ),
};
