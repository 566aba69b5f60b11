/**
 * Batch means: a long run cut into a few long batches, whose means are nearly independent and
 * nearly normal, and then Student's t as for replications.
 */
import { confidenceInterval, type Estimate } from './estimate.ts';
import { vonNeumannScore } from './randomness.ts';
import { batchMeansOf } from './series.ts';

export interface BatchedInterval extends Estimate {
  readonly batchSize: number;
  readonly batches: number;
  /** False where neighbouring batches are still alike: the interval is then too narrow. */
  readonly independent: boolean;
}

/**
 * More than 30 batches hardly narrow the interval, and longer ones are nearer to independent:
 * B. Schmeiser, "Batch size effects in the analysis of simulation output", Operations Research 30,
 * 1982.
 */
const MOST_BATCHES = 32;
const FEWEST_BATCHES = 16;
/** Φ⁻¹(0.9): one-sided at 10 %, because only likeness makes the interval too narrow. */
const LIKENESS_SCORE = 1.2815515655446004;
/** A test that passes is passed by chance now and then: the batches used are this much longer. */
const MARGIN = 4;

/**
 * Mean and 95 % interval of a series without its warm-up; it is not changed.
 *
 * The batch count is halved from 4,096 on until von Neumann's test finds the means independent;
 * batches four times as long are then used, between 16 and 32 of them. What does not fill a batch
 * is left out at the front, where a rest of the warm-up would be. Below 16 observations all is NaN.
 * Source: Law & Carson, "A sequential procedure for determining the length of a steady-state
 * simulation", Operations Research 27, 1979; the test as in ASAP3 (Steiger et al. 2005).
 * Example: 100,000 waits of M/M/1 at ρ 0.8 and μ 1: 4 ± 0.3 in 32 batches of 3,125.
 */
export function batchMeansInterval(series: Float64Array): BatchedInterval {
  const passed = independentBatches(series);
  const batches = Math.max(FEWEST_BATCHES, Math.min(MOST_BATCHES, (passed ?? 0) / MARGIN));
  const batchSize = Math.floor(series.length / batches);
  if (batchSize === 0) return { ...confidenceInterval([]), batchSize, batches, independent: false };
  const means = batchMeansOf(series.subarray(series.length - batches * batchSize), batchSize);
  const independent = passed !== undefined;
  return { ...confidenceInterval([...means]), batchSize, batches, independent };
}

/** The largest batch count, of 4,096, 2,048 … 16, whose means look independent. */
function independentBatches(series: Float64Array): number | undefined {
  for (let batches = 4096; batches >= FEWEST_BATCHES; batches /= 2) {
    const batchSize = Math.floor(series.length / batches);
    if (batchSize === 0) continue;
    const means = batchMeansOf(series, batchSize, batches);
    if (vonNeumannScore(means) < LIKENESS_SCORE) return batches;
  }
  return undefined;
}
