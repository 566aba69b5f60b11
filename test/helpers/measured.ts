/** A measurement for tests: one replication of another seed, with a generator in good health. */

import type { Model } from '../../simulator/model/model.ts';
import { Histogram } from '../../simulator/results/histogram.ts';
import type { GeneratorHealth, Results } from '../../simulator/results/results.ts';
import { simulate } from '../../simulator/simulate.ts';

export function predictedBy(model: Model, replications = 8): Results {
  return simulate(model, { seed: 1, replications, arrivals: 'shared', modelDigest: 'abc' });
}

export function histogramOf(...values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

export function healthy(plannedArrivals: number): GeneratorHealth {
  return {
    latenessMs: histogramOf(0.1, 0.2, 0.5).toData(),
    plannedArrivals,
    droppedIterations: 0,
    cpuRatio: 0.2,
    cores: 2,
    machineCpuRatio: { mean: 0.4, max: 0.6 },
    loopDelayMsP99: 1,
  };
}

/** What `model` would have shown a load generator that played the arrivals of the prediction. */
export function measuredFrom(model: Model, predicted: Results): Results {
  const all = simulate(model, {
    seed: predicted.provenance.seed,
    replications: predicted.runs.length + 1,
    arrivals: 'shared',
    modelDigest: predicted.provenance.modelDigest,
  });
  const run = all.runs.at(-1)!;
  const planned = Object.values(run.journeys).reduce((sum, one) => sum + one.counters.arrived, 0);
  return {
    ...all,
    provenance: { ...all.provenance, tool: 'k6', toolVersion: '2.2.0', startedAtMs: 1.7e12 },
    model: undefined,
    runs: [run],
    generator: healthy(planned),
    warnings: [],
  };
}
