/** Are the objectives of a model held, as far as the replications can tell? */
import type { Model, Slo } from '../model/model.ts';
import { mergeHistograms } from '../results/histogram.ts';
import type { Results } from '../results/results.ts';
import { confidenceInterval, type Estimate } from './estimate.ts';
import { ERROR_RATE, quantileOf, type Statistic, valuesOf } from './statistics.ts';
import { WHOLE_RUN, type Window, windowsOf } from './windows.ts';

export type Verdict = 'pass' | 'fail' | 'inconclusive' | 'no data';

export interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
}

export interface ObjectiveVerdict {
  readonly journey: string;
  readonly statistic: string;
  readonly unit: Statistic['unit'];
  readonly objective: number;
  readonly estimate: Estimate;
  readonly verdict: Verdict;
  /** When the objective was broken, all replications taken together. */
  readonly broken: readonly Stretch[];
}

/** Fewer requests than this say nothing about a tail. */
const FEWEST_IN_BUCKET = 100;

/** One verdict per objective, over the whole run after its warm-up. */
export function judgeObjectives(model: Model, results: Results): ObjectiveVerdict[] {
  const whole = windowsOf(results).find(({ name }) => name === WHOLE_RUN)!;
  return model.slos.flatMap((slo) =>
    objectivesOf(slo).map(({ statistic, objective }) => {
      const values = valuesOf(results, slo.journey, whole, statistic);
      const estimate = confidenceInterval(values);
      return {
        journey: slo.journey,
        statistic: statistic.name,
        unit: statistic.unit,
        objective,
        estimate,
        verdict: verdictOf(estimate, objective),
        broken: brokenStretches(results, slo.journey, statistic, objective, whole),
      };
    }),
  );
}

function objectivesOf(slo: Slo): { statistic: Statistic; objective: number }[] {
  const latency = slo.quantiles.map(({ quantile, ms }) => ({
    statistic: quantileOf(quantile),
    objective: ms,
  }));
  if (slo.errorRatio === undefined) return latency;
  return [...latency, { statistic: ERROR_RATE, objective: slo.errorRatio }];
}

/**
 * `at most` an objective: held where the whole interval is below it, broken where all of it is
 * above. `verdictOf({ value: 90, low: 80, high: 100 }, 95)` is `inconclusive`.
 */
export function verdictOf({ value, low, high }: Estimate, objective: number): Verdict {
  if (Number.isNaN(value)) return 'no data';
  if (high <= objective) return 'pass';
  if (low > objective) return 'fail';
  return 'inconclusive';
}

function brokenStretches(
  results: Results,
  journey: string,
  statistic: Statistic,
  objective: number,
  window: Window,
): Stretch[] {
  const { bucketMs, durationMs } = results;
  const stretches: Stretch[] = [];
  for (let startMs = 0; startMs < durationMs; startMs += bucketMs) {
    if (startMs < window.startMs) continue;
    if (!isBroken(results, journey, statistic, objective, startMs / bucketMs)) continue;
    const endMs = Math.min(durationMs, startMs + bucketMs);
    const before = stretches.at(-1);
    if (before?.endMs === startMs) stretches.splice(-1, 1, { startMs: before.startMs, endMs });
    else stretches.push({ startMs, endMs });
  }
  return stretches;
}

/** One bucket of all replications taken together. */
function isBroken(
  results: Results,
  journey: string,
  statistic: Statistic,
  objective: number,
  bucket: number,
): boolean {
  const all = results.runs.flatMap(({ journeys }) => journeys[journey] ?? []);
  const total = (key: 'arrived' | 'completed' | 'errors') =>
    all.reduce((sum, series) => sum + (series[key][bucket] ?? 0), 0);
  const latencyMs = mergeHistograms(all.flatMap((series) => series.latencyMs[bucket] ?? []));
  const arrived = total('arrived');
  if (arrived < FEWEST_IN_BUCKET) return false;
  const sample = { latencyMs, arrived, completed: total('completed'), errors: total('errors') };
  return statistic.of({ ...sample, seconds: results.bucketMs / 1000 }) > objective;
}
