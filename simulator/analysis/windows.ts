/** What one run shows of a journey during one stretch of time. */
import { Histogram } from '../results/histogram.ts';
import type { Results, Run } from '../results/results.ts';

export interface Window {
  /** A phase's name, or `whole run`. */
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
}

export const WHOLE_RUN = 'whole run';

/** The whole run after its warm-up, then its phases; a phase inside the warm-up is left out. */
export function windowsOf(results: Pick<Results, 'phases' | 'durationMs' | 'warmUpMs'>): Window[] {
  const { durationMs, warmUpMs, phases } = results;
  const whole = { name: WHOLE_RUN, startMs: warmUpMs, endMs: durationMs };
  const measured = phases.map((phase) => ({
    ...phase,
    startMs: Math.max(phase.startMs, warmUpMs),
  }));
  return [whole, ...measured.filter(({ startMs, endMs }) => endMs > startMs)];
}

/** Requests that started during a window. */
export interface WindowSample {
  readonly latencyMs: Histogram;
  readonly arrived: number;
  readonly completed: number;
  readonly errors: number;
  readonly seconds: number;
}

/** One journey's sample; without a single request where the run does not know the journey. */
export function sampleOf(
  run: Run,
  journey: string,
  window: Window,
  bucketMs: number,
): WindowSample {
  // A journey may be called `constructor`, which every object has.
  const series = Object.hasOwn(run.journeys, journey) ? run.journeys[journey] : undefined;
  const latencyMs = new Histogram();
  const count = { arrived: 0, completed: 0, errors: 0 };
  const [first, end] = bucketsOf(window, bucketMs, series?.arrived.length ?? 0);
  for (let bucket = first; bucket < end; bucket++) {
    latencyMs.merge(series!.latencyMs[bucket]!);
    count.arrived += series!.arrived[bucket]!;
    count.completed += series!.completed[bucket]!;
    count.errors += series!.errors[bucket]!;
  }
  return { latencyMs, ...count, seconds: ((end - first) * bucketMs) / 1000 };
}

/** Buckets that begin inside a window: the first, and the one after the last. */
export function bucketsOf(window: Window, bucketMs: number, count: number): [number, number] {
  const first = Math.min(count, Math.ceil(window.startMs / bucketMs));
  return [first, Math.max(first, Math.min(count, Math.ceil(window.endMs / bucketMs)))];
}
