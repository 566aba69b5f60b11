/** Series of Results as charts and tables want them: over all replications, with their spread. */
import { meanOf } from '../simulator/analysis/groups.ts';
import { journeysOf } from '../simulator/analysis/statistics.ts';
import { Histogram } from '../simulator/results/histogram.ts';
import type { JourneySeries, Results } from '../simulator/results/results.ts';
import type { Side } from './charts/mark.ts';
import type { Point } from './charts/path.ts';
import { counted } from './text-clean.ts';

/** What a report is about. */
export interface Pair {
  readonly predicted: Results;
  readonly measured: Results | undefined;
}

/** Whether results stand where a prediction would, and are none: those of a replay alone. */
export function isMeasurement({ provenance }: Results): boolean {
  return provenance.tool !== 'simulator';
}

/** What is shown, each by what it is: both of a pair, or results that stand alone. */
export function sidesOf({ predicted, measured }: Pair): { side: Side; results: Results }[] {
  const side = isMeasurement(predicted) ? 'measured' : 'predicted';
  const first = { side, results: predicted } as const;
  return measured === undefined ? [first] : [first, { side: 'measured', results: measured }];
}

/** From this many replications on, the middle 95 % say more than the two extremes. */
const ENOUGH_FOR_SPREAD = 20;

/** One element per bucket; NaN where nothing is known. */
export interface Spread {
  readonly low: readonly number[];
  readonly middle: readonly number[];
  readonly high: readonly number[];
}

/** `band: middle 95 % of 20 replications`; empty for one run, which has no band. */
export function bandWords(runs: number): string {
  if (runs < 2) return '';
  if (runs >= ENOUGH_FOR_SPREAD) return `middle 95 % of ${runs} replications`;
  return `lowest to highest of ${runs} replications`;
}

/** Mean or median of each bucket over the runs, and how far they lie apart. */
export function spreadOf(
  runs: readonly (readonly (number | null)[])[],
  middle: 'mean' | 'median',
): Spread {
  const length = Math.max(0, ...runs.map((run) => run.length));
  const buckets = Array.from({ length }, (_, bucket) =>
    runs
      .map((run) => run[bucket])
      .filter((value): value is number => Number.isFinite(value))
      .sort((a, b) => a - b),
  );
  const [from, to] = runs.length >= ENOUGH_FOR_SPREAD ? [0.025, 0.975] : [0, 1];
  return {
    low: buckets.map((values) => quantileOf(values, from)),
    middle: buckets.map((values) => (middle === 'mean' ? meanOf(values) : quantileOf(values, 0.5))),
    high: buckets.map((values) => quantileOf(values, to)),
  };
}

/** Of sorted values, interpolated: position q·(n − 1). NaN of none. */
function quantileOf(sorted: readonly number[], q: number): number {
  const rank = q * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(rank)], sorted[Math.ceil(rank)]];
  if (below === undefined || above === undefined) return Number.NaN;
  return below + (above - below) * (rank - Math.floor(rank));
}

/** Latency quantile of every bucket of one run; NaN where nothing was answered. */
export function latencyOf({ latencyMs }: JourneySeries, q: number): number[] {
  return latencyMs.map((data) => new Histogram().merge(data).quantile(q));
}

/** Counts of one run as a rate per second; the last bucket may be cut short by the end. */
export function rateOf(counts: readonly number[], { bucketMs, durationMs }: Results): number[] {
  return counts.map((count, bucket) => {
    const lengthMs = Math.min(bucketMs, durationMs - bucket * bucketMs);
    return lengthMs > 0 ? (count * 1000) / lengthMs : Number.NaN;
  });
}

/** Points in the middle of each bucket: what holds for the bucket as a whole. */
export function middles(values: readonly number[], { bucketMs, durationMs }: Results): Point[] {
  return values.map((y, bucket) => {
    const startMs = bucket * bucketMs;
    return { x: (startMs + Math.min(durationMs, startMs + bucketMs)) / 2, y };
  });
}

/** Points at each bucket's end, the first one also at the start: what was sampled there. */
export function samples(values: readonly number[], { bucketMs, durationMs }: Results): Point[] {
  const points = values.map((y, bucket) => ({
    x: Math.min(durationMs, (bucket + 1) * bucketMs),
    y,
  }));
  return values.length === 0 ? [] : [{ x: 0, y: values[0]! }, ...points];
}

/** `10 replications`, `1 replication`. */
export function replications({ runs }: Results): string {
  return counted(runs.length, 'replication');
}

/** Names of the journeys of both sides, in order. */
export function journeyNames({ predicted, measured }: Pair): string[] {
  return [...new Set([predicted, ...(measured ? [measured] : [])].flatMap(journeysOf))].sort();
}
