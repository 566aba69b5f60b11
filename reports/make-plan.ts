/**
 * From a prediction to the load that will test it: the very arrivals that the simulator used, users
 * enough to play them, and thresholds at the upper end of what was predicted.
 */
import { journeysOf } from '../simulator/analysis/statistics.ts';
import { WHOLE_RUN } from '../simulator/analysis/windows.ts';
import type { Journey, Model, Traffic } from '../simulator/model/model.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import { Histogram } from '../simulator/results/histogram.ts';
import type { Results } from '../simulator/results/results.ts';
import { allArrivals, arrivalStreams } from '../simulator/traffic/arrivals.ts';
import { curveArea } from '../simulator/traffic/curve.ts';
import {
  encodeArrivals,
  type JourneyLoad,
  type LoadPlan,
  PLAN_FORMAT,
  type PlannedBand,
} from '../simulator/traffic/load-plan.ts';
import { type Band, bandsIn, bandsOf } from './bands.ts';
import { LIMITS } from './gates.ts';

export interface PlanOptions {
  readonly target: string;
  readonly pacing: JourneyLoad['pacing'];
  readonly toleranceRatio: number;
}

const FEWEST_REPLICATIONS = 3;

/**
 * The plan for a simulation with *shared* arrivals. Throws a UsageError for a journey that no load
 * generator can play.
 */
export function makePlan(predicted: Results, options: PlanOptions): LoadPlan {
  const model = predicted.model!;
  if (predicted.runs.length < FEWEST_REPLICATIONS) {
    const expected = `at least ${FEWEST_REPLICATIONS} replications, which thresholds are made of`;
    throw new UsageError(`expected ${expected}, found ${predicted.runs.length}`);
  }
  const loads = model.traffic.map((traffic) => journeyLoad(predicted, traffic, options.pacing));
  if (loads.every(({ arrivalCount }) => arrivalCount === 0)) {
    throw new UsageError(`${model.name}: nobody arrives within ${model.durationMs} ms`);
  }
  return {
    format: PLAN_FORMAT,
    name: predicted.name,
    modelDigest: predicted.provenance.modelDigest,
    seed: predicted.provenance.seed,
    durationMs: predicted.durationMs,
    warmUpMs: predicted.warmUpMs,
    target: options.target,
    loads,
    thresholds: thresholdsOf(predicted, loads, options.toleranceRatio),
    phases: predicted.phases,
    bands: bandsOf(predicted, options.toleranceRatio).map(plannedBand),
  };
}

function journeyLoad(
  predicted: Results,
  traffic: Traffic,
  pacing: JourneyLoad['pacing'],
): JourneyLoad {
  const model = predicted.model!;
  const { service, endpoint, timeoutMs } = firstCall(model, traffic);
  const isExact = pacing === 'exact';
  const { seed } = predicted.provenance;
  const times = allArrivals(traffic, arrivalStreams(seed, 0, traffic.name));
  return {
    journey: traffic.does,
    service,
    endpoint,
    timeoutMs,
    pacing,
    arrivalCount: isExact ? times.length : Math.round(curveArea(traffic.rate)),
    arrivals: isExact ? encodeArrivals(times) : [],
    stages: isExact
      ? []
      : traffic.rate.map(({ startMs, endMs, fromPerSecond, toPerSecond }) => ({
          durationMs: endMs - startMs,
          fromPerSecond,
          toPerSecond,
        })),
    virtualUsers: virtualUsers(predicted, traffic, timeoutMs, times),
  };
}

function firstCall(model: Model, traffic: Traffic) {
  const journey = model.journeys.find(({ name }) => name === traffic.does)!;
  const [first, second] = journey.steps;
  if (first?.type !== 'call' || second !== undefined) throw unplayable(journey);
  const { retry, hedge, patience } = first;
  if ([retry, hedge, patience].some((one) => one !== undefined)) throw unplayable(journey);
  return first;
}

function unplayable({ name }: Journey): UsageError {
  return new UsageError(
    `journey ${name}: expected one call, which is what load generators play so far, found other ` +
      'steps or retries; it can be simulated, but not loaded',
  );
}

const HEAD_ROOM = 1.5;
const SPARE_USERS = 20;
/** A system in trouble is loaded all the same: as long as nobody has to wait longer than this. */
const TROUBLE_MS = 1000;
const MOST_USERS = 2000;

/**
 * Little's law: arrivals a second × time inside. The time is the predicted 99th percentile with
 * head-room, or what a client in trouble waits, so that a slow system is measured and not spared.
 */
function virtualUsers(
  { runs, bucketMs }: Results,
  { does, arrivals }: Traffic,
  timeoutMs: number | undefined,
  times: Float64Array,
): number {
  // Bursts are shorter than the buckets of a long run.
  const bySecond = typeof arrivals === 'object' ? busiestPerMs(times, bucketMs) : [];
  let most = 0;
  for (const { journeys } of runs) {
    const series = journeys[does]!;
    series.arrived.forEach((arrived, bucket) => {
      const perMs = Math.max(arrived / bucketMs, bySecond[bucket] ?? 0);
      const { count } = series.latencyMs[bucket]!;
      const p99 = count > 0 ? new Histogram().merge(series.latencyMs[bucket]!).quantile(0.99) : 0;
      const insideMs = Math.max(p99 * HEAD_ROOM, Math.min(timeoutMs ?? TROUBLE_MS, TROUBLE_MS));
      most = Math.max(most, perMs * insideMs);
    });
  }
  return Math.min(MOST_USERS, Math.ceil(most) + SPARE_USERS);
}

/** Arrivals a millisecond in the busiest second of each bucket. */
function busiestPerMs(times: Float64Array, bucketMs: number): number[] {
  const busiest: number[] = [];
  let [second, inside] = [0, 0];
  for (const ms of times) {
    inside = Math.floor(ms / 1000) === second ? inside + 1 : 1;
    second = Math.floor(ms / 1000);
    const bucket = Math.floor(ms / bucketMs);
    busiest[bucket] = Math.max(busiest[bucket] ?? 0, inside / 1000);
  }
  return busiest;
}

const K6_STATISTICS: Readonly<Record<string, string>> = { mean: 'avg', p50: 'med' };

/** k6 knows no warm-up, so its thresholds are for the run from moment 0 on. */
function thresholdsOf(
  predicted: Results,
  loads: readonly JourneyLoad[],
  toleranceRatio: number,
): LoadPlan['thresholds'] {
  const planned = loads.reduce((sum, { arrivalCount }) => sum + arrivalCount, 0);
  const window = { name: WHOLE_RUN, startMs: 0, endMs: predicted.durationMs };
  const thresholds: Record<string, string[]> = {
    http_reqs: [`count>=${Math.floor(planned * LIMITS.achievedRatio)}`],
    dropped_iterations: ['count<1'],
    plimsoll_lateness: [`p(99)<${LIMITS.latenessMsP99}`],
  };
  for (const journey of journeysOf(predicted)) {
    const bands = bandsIn(predicted, journey, window, toleranceRatio);
    const latency = bands.filter(({ statistic }) => statistic.unit === 'ms');
    thresholds[`plimsoll_latency{journey:${journey}}`] = latency.map(latencyThreshold);
    thresholds[`plimsoll_errors{journey:${journey}}`] = bands
      .filter(({ statistic }) => statistic.unit === 'ratio')
      .map(({ high }) => `rate<${decimal(high)}`);
  }
  return thresholds;
}

function latencyThreshold({ statistic: { name }, high }: Band): string {
  return `${K6_STATISTICS[name] ?? `p(${name.slice(1)})`}<${decimal(high)}`;
}

/** Four significant digits without an exponent, which k6 does not read. */
function decimal(value: number): string {
  return value.toFixed(Math.max(0, 3 - Math.floor(Math.log10(Math.max(value, 1e-6)))));
}

function plannedBand({ journey, window, statistic, predicted, low, high }: Band): PlannedBand {
  const { name, unit } = statistic;
  const common = { journey, window: window.name, statistic: name, unit };
  return { ...common, predicted: predicted.value, low, high };
}
