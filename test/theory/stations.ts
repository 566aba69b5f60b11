/** Stations as a user would write them: model files, run and looked at after their warm-up. */

import { type Statistic, valuesOf } from '../../simulator/analysis/statistics.ts';
import { studentT } from '../../simulator/analysis/student-t.ts';
import { bucketsOf, windowsOf } from '../../simulator/analysis/windows.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import type { Results } from '../../simulator/results/results.ts';
import { simulate } from '../../simulator/simulate.ts';

export interface StationText {
  readonly serves: string;
  readonly steps: string;
  readonly arrivalsPerSecond: number;
  /** Of one replication, after its warm-up. */
  readonly requests: number;
}

/** The warm-up's share of a run; its queue starts empty. */
const WARM_UP = 0.2;
const REPLICATIONS = 8;

/** The model file of one station that guests visit. */
export function stationText({ serves, steps, arrivalsPerSecond, requests }: StationText): string {
  const seconds = Math.ceil(requests / arrivalsPerSecond / (1 - WARM_UP));
  return `name: station
duration: ${seconds}s
warm-up: ${Math.floor(seconds * WARM_UP)}s
traffic:
  guests: { does: visit, rate: ${arrivalsPerSecond}/s, arrivals: poisson }
journeys:
  visit: [{ call: station.work }]
services:
  station:
    serves: ${serves}
    instances: 1
    endpoints:
      work: ${steps}
`;
}

/** Runs a model file; throws its problems. The seed was chosen once, before any result. */
export function run(text: string, replications: number = REPLICATIONS): Results {
  const { model, problems } = parseModel([{ file: 'model.yaml', text }]);
  if (model === undefined) throw new Error(JSON.stringify(problems));
  return simulate(model, { seed: 1, replications, arrivals: 'independent', modelDigest: '' });
}

/** One statistic of each replication, of the visits that arrived after the warm-up. */
export function measured(results: Results, statistic: Statistic): number[] {
  return valuesOf(results, 'visit', windowsOf(results)[0]!, statistic);
}

/** Busy share of a service after the warm-up, in each replication. */
export function utilization(results: Results, service: string): number[] {
  const window = windowsOf(results)[0]!;
  return results.runs.map(({ services }) => {
    const ratios = services[service]!.utilizationRatio;
    const [first, end] = bucketsOf(window, results.bucketMs, ratios.length);
    return mean(ratios.slice(first, end).map((ratio) => ratio ?? Number.NaN));
  });
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** What one in a thousand honest experiments of this size would exceed, either way. */
export function halfWidth999(values: readonly number[]): number {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  const n = values.length;
  return studentT(0.9995, n - 1) * Math.sqrt(squares / (n - 1) / n);
}
