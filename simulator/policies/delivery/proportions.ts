/** Two shares compared, and shares compared with what they should be. */
import { chiSquareTail } from '../../distributions/chi-square.ts';
import { normalCdf, normalQuantile } from '../../distributions/normal.ts';

export interface Trials {
  readonly trials: number;
  readonly successes: number;
}

export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface TwoProportions {
  /** Share of the second less that of the first. */
  readonly difference: Interval;
  /** Standard errors between the two, were they the same. */
  readonly z: number;
  /** Chance of a difference at least so large, either way, were they the same. */
  readonly pValue: number;
}

/**
 * Compares two shares of success: the pooled z test, and Newcombe's interval of the difference from
 * Wilson's of each, which stays in −1 … 1 and holds for few successes, too.
 * Source: R. G. Newcombe, "Interval estimation for the difference between independent proportions",
 * Statistics in Medicine 17 (1998), method 10.
 *
 * @param confidence of the interval, such as 0.95
 * Example: 56 of 70 and 48 of 80, 95 %: 0.2 less, interval −0.3339 … −0.0524.
 */
export function twoProportions(a: Trials, b: Trials, confidence: number): TwoProportions {
  const [p, q] = [a.successes / a.trials, b.successes / b.trials];
  const pooled = (a.successes + b.successes) / (a.trials + b.trials);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / a.trials + 1 / b.trials));
  const z = error === 0 ? 0 : (q - p) / error;
  const [first, second] = [wilson(a, confidence), wilson(b, confidence)];
  const below = Math.sqrt(square(q - second.low) + square(first.high - p));
  const above = Math.sqrt(square(second.high - q) + square(p - first.low));
  const difference = { mean: q - p, low: q - p - below, high: q - p + above };
  return { difference, z, pValue: 2 * normalCdf(-Math.abs(z)) };
}

/**
 * Wilson's interval of one share. Source: E. B. Wilson, JASA 22 (1927).
 * Example: 56 of 70 at 95 %: 0.6918 … 0.8769.
 */
export function wilson({ trials, successes }: Trials, confidence: number): Interval {
  const z = normalQuantile((1 + confidence) / 2);
  const mean = successes / trials;
  const centre = mean + (z * z) / (2 * trials);
  const spread = z * Math.sqrt((mean * (1 - mean)) / trials + (z * z) / (4 * trials * trials));
  const scale = 1 + (z * z) / trials;
  // At 0 and at all the border is the share itself, whatever is lost in rounding.
  const low = successes === 0 ? 0 : Math.max(0, (centre - spread) / scale);
  const high = successes === trials ? 1 : Math.min(1, (centre + spread) / scale);
  return { mean, low, high };
}

function square(x: number): number {
  return x * x;
}

export interface SampleRatio {
  readonly chiSquare: number;
  readonly degrees: number;
  readonly pValue: number;
  /** The split is not what it should be: nothing that was measured with it can be trusted. */
  readonly isMismatch: boolean;
}

/** Below so small a chance a split counts as wrong (Fabijan et al., KDD 2019). */
const MISMATCH_BELOW = 0.0005;

/**
 * Whether users were split as planned (chi-square test of goodness of fit).
 * Source: A. Fabijan et al., "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments",
 * KDD 2019.
 *
 * @param counts users by group; weights are those of the plan, of one group or more above 0
 * Example: 821588 and 815482 at [1, 1]: chi-square 22.77, a mismatch.
 */
export function sampleRatio(counts: readonly number[], weights: readonly number[]): SampleRatio {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  let chiSquare = 0;
  for (const [index, weight] of weights.entries()) {
    const expected = (total * weight) / all;
    const count = counts[index] ?? 0;
    if (expected > 0) chiSquare += ((count - expected) * (count - expected)) / expected;
    else if (count > 0) chiSquare = Number.POSITIVE_INFINITY;
  }
  const degrees = Math.max(1, weights.filter((weight) => weight > 0).length - 1);
  const pValue = chiSquare === Number.POSITIVE_INFINITY ? 0 : chiSquareTail(chiSquare, degrees);
  return { chiSquare, degrees, pValue, isMismatch: pValue < MISMATCH_BELOW };
}
