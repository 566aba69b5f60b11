/** The numbers that predictions and measurements are compared by. */
import type { Results } from '../results/results.ts';
import type { Estimate } from './estimate.ts';
import { sampleOf, type Window, type WindowSample } from './windows.ts';

export interface Statistic {
  /** `mean`, `p99`, `error rate`, `arrivals`. */
  readonly name: string;
  readonly unit: 'ms' | 'ratio' | 'per-second';
  /** NaN where the sample says nothing. */
  readonly of: (sample: WindowSample) => number;
}

export const MEAN: Statistic = { name: 'mean', unit: 'ms', of: ({ latencyMs }) => latencyMs.mean };

export const ERROR_RATE: Statistic = {
  name: 'error rate',
  unit: 'ratio',
  of: ({ arrived, errors }) => errors / arrived,
};

export const ARRIVALS: Statistic = {
  name: 'arrivals',
  unit: 'per-second',
  of: ({ arrived, seconds }) => arrived / seconds,
};

/** A latency quantile: `quantileOf(0.99).name` is `p99`. */
export function quantileOf(quantile: number): Statistic {
  const percent = Number((quantile * 100).toPrecision(6));
  return { name: `p${percent}`, unit: 'ms', of: ({ latencyMs }) => latencyMs.quantile(quantile) };
}

/** Latency as a client sees it. */
export const LATENCY: readonly Statistic[] = [
  MEAN,
  quantileOf(0.5),
  quantileOf(0.95),
  quantileOf(0.99),
];

/** One statistic of every replication, in their order. */
export function valuesOf(
  results: Results,
  journey: string,
  window: Window,
  statistic: Statistic,
): number[] {
  return results.runs.map((run) => statistic.of(sampleOf(run, journey, window, results.bucketMs)));
}

/** The statistics of one journey in one window, each judged by `interval`. */
export function estimatesOf(
  results: Results,
  journey: string,
  window: Window,
  statistics: readonly Statistic[],
  interval: (values: readonly number[]) => Estimate,
): Estimate[] {
  const samples = results.runs.map((run) => sampleOf(run, journey, window, results.bucketMs));
  return statistics.map(({ of }) => interval(samples.map(of)));
}

/** Names of the journeys that any run knows, in order. */
export function journeysOf({ runs }: Results): string[] {
  return [...new Set(runs.flatMap(({ journeys }) => Object.keys(journeys)))].sort();
}

/** Names of the services that any run knows, in order. */
export function servicesOf({ runs }: Results): string[] {
  return [...new Set(runs.flatMap(({ services }) => Object.keys(services)))].sort();
}
