/** Replications until the answer is as precise as was asked for. */
import {
  ERROR_RATE,
  journeysOf,
  MEAN,
  quantileOf,
  valuesOf,
} from '../simulator/analysis/statistics.ts';
import { decideStopping, type StoppingVerdict } from '../simulator/analysis/stopping-rule.ts';
import { windowsOf } from '../simulator/analysis/windows.ts';
import type { Model } from '../simulator/model/model.ts';
import { formatPercent } from '../simulator/model/units.ts';
import type { Results, Run } from '../simulator/results/results.ts';
import { collect, type SimulationOptions } from '../simulator/simulate.ts';
import { runReplications } from './replicate.ts';

const MOST_REPLICATIONS = 1000;
/** A variance that is low by luck would stop earlier; ten make that rare. */
const FEWEST_REPLICATIONS = 10;

/**
 * Runs until the half-width of every journey's mean and p99 is at most this share of its value, or
 * the cap is reached, which is then a warning. Replications do not depend on how many there are, so
 * the result is that of `--replications` with the number at which it stopped.
 */
export async function simulateToPrecision(
  model: Model,
  options: SimulationOptions,
  relativeHalfWidth: number,
  workers: number | undefined,
  onProgress: (text: string) => void,
): Promise<Results> {
  const precision = { relativeHalfWidth, fewest: FEWEST_REPLICATIONS, most: MOST_REPLICATIONS };
  const runs: Run[] = [];
  let to = Math.max(FEWEST_REPLICATIONS, options.replications);
  for (;;) {
    const range = [runs.length, to] as const;
    const more = await runReplications(model, options, range, workers, (done) =>
      onProgress(`${done} replications, about ${to} needed`),
    );
    runs.push(...more);
    const results = collect(model, { ...options, replications: runs.length }, runs);
    const verdict = decideStopping(samplesOf(results), precision);
    if (verdict.stop) return withDoubt(results, verdict, relativeHalfWidth);
    to = nextCount(verdict);
  }
}

function samplesOf(results: Results): Record<string, number[]> {
  const [whole] = windowsOf(results);
  const samples: Record<string, number[]> = {};
  for (const journey of journeysOf(results)) {
    for (const statistic of [MEAN, quantileOf(0.99)]) {
      samples[`${journey} ${statistic.name}`] = valuesOf(results, journey, whole!, statistic);
    }
    const errors = valuesOf(results, journey, whole!, ERROR_RATE);
    // A rate of errors that are hardly ever there is never known to a few per cent of itself.
    if (errors.some((ratio) => ratio > 0.01)) samples[`${journey} ${ERROR_RATE.name}`] = errors;
  }
  return samples;
}

/** What the variance so far asks for, but no more than three times as many at once. */
function nextCount({ replications, progress }: StoppingVerdict): number {
  const needed = Math.max(...progress.map(({ replicationsNeeded }) => replicationsNeeded || 0));
  const sensible = Math.min(needed, 3 * replications, MOST_REPLICATIONS);
  return Math.max(replications + 1, sensible);
}

function withDoubt(results: Results, verdict: StoppingVerdict, asked: number): Results {
  if (verdict.reached) return results;
  const worst = verdict.progress.reduce((a, b) =>
    b.relativeHalfWidth > a.relativeHalfWidth ? b : a,
  );
  const doubt =
    `after ${verdict.replications} replications ${worst.name} is known to ` +
    `± ${formatPercent(worst.relativeHalfWidth)}, not to the ± ${formatPercent(asked)} asked for`;
  return { ...results, warnings: [...results.warnings, doubt] };
}
