/** Stations as a user would write them: model files, run and looked at after their warm-up. */
import { expect } from 'vitest';
import { type Statistic, valuesOf } from '../../simulator/analysis/statistics.ts';
import { studentT } from '../../simulator/analysis/student-t.ts';
import { bucketsOf, windowsOf } from '../../simulator/analysis/windows.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import { writeRate } from '../../simulator/model/units.ts';
import type { Results } from '../../simulator/results/results.ts';
import { simulate } from '../../simulator/simulate.ts';

export interface StationText {
  readonly serves: string;
  readonly steps: string;
  readonly arrivalsPerSecond: number;
  /** Of one replication, after its warm-up. */
  readonly requests: number;
  /** As a model file says it. */
  readonly arrivals?: string;
  /** Equal instances; the arrivals are of all of them. */
  readonly instances?: number;
  readonly balancing?: string;
  /**
   * Poisson arrivals that wait for their turn and then take no time at all: their latency is the
   * wait that the others have (PASTA), and they are in nobody's way.
   */
  readonly probesPerSecond?: number;
}

/** The warm-up's share of a run; its queue starts empty. */
const WARM_UP = 0.2;
const REPLICATIONS = 8;

/** The model file of one station that guests visit. */
export function stationText(station: StationText): string {
  const { serves, steps, arrivalsPerSecond, requests, probesPerSecond } = station;
  const { arrivals = 'poisson', instances = 1, balancing = 'round-robin' } = station;
  const probed = probesPerSecond !== undefined;
  const seconds = Math.ceil(requests / arrivalsPerSecond / (1 - WARM_UP));
  return `name: station
duration: ${seconds}s
warm-up: ${Math.floor(seconds * WARM_UP)}s
traffic:
  guests: { does: visit, rate: ${writeRate(arrivalsPerSecond)}, arrivals: ${arrivals} }
${probed ? `  probes: { does: probe, rate: ${writeRate(probesPerSecond)} }\n` : ''}journeys:
  visit: [{ call: station.work }]
${probed ? '  probe: [{ call: station.look }]\n' : ''}services:
  station:
    serves: ${serves}
    balancing: ${balancing}
    instances: ${instances}
    endpoints:
      work: ${steps}
${probed ? '      look: [{ cpu: 0ms }]\n' : ''}`;
}

/** Runs a model file; throws its problems. The seed was chosen once, before any result. */
export function run(text: string, replications: number = REPLICATIONS): Results {
  const { model, problems } = parseModel([{ file: 'model.yaml', text }]);
  if (model === undefined) throw new Error(JSON.stringify(problems));
  return simulate(model, { seed: 1, replications, arrivals: 'independent', modelDigest: '' });
}

/** One statistic of each replication, of the visits (or probes) that came after the warm-up. */
export function measured(
  results: Results,
  statistic: Statistic,
  journey: 'visit' | 'probe' = 'visit',
): number[] {
  return valuesOf(results, journey, windowsOf(results)[0]!, statistic);
}

/** Of probes: the share that had to wait, a microsecond or more. */
export const WAITING: Statistic = {
  name: 'waiting',
  unit: 'ratio',
  of: ({ latencyMs }) => 1 - latencyMs.counts[0]! / latencyMs.count,
};

/**
 * Two marks: the mean over the replications is close to the truth in plain per cent, which says
 * that the run was long enough to mean something, and the truth lies inside their 99.9 % interval,
 * which says that nothing is off by less than that.
 */
export function expectTruth(values: readonly number[], truth: number, share: number): void {
  const off = Math.abs(mean(values) - truth);
  expect(off, `${mean(values)} is not ${truth}`).toBeLessThan(share * truth);
  expect(off, `${values}, not ${truth}`).toBeLessThan(halfWidth999(values));
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
