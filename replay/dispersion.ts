/**
 * How arrivals scatter: the index of dispersion of counts, variance over mean, around a rate curve
 * that was fitted, in windows of several lengths; or around their mean, as they come. 1 for a
 * Poisson process, 0 for even spacing, more for bursts.
 * Source: D. Cox, P. Lewis, The Statistical Analysis of Series of Events, 1966, 4.5 and 6.3.
 */

export interface Dispersion {
  readonly windowMs: number;
  readonly windows: number;
  /** With the 99 % interval that Poisson arrivals of this number would give around it. */
  readonly index: { readonly value: number; readonly low: number; readonly high: number };
  /** Whether 1 is in the interval. */
  readonly isPoisson: boolean;
}

const Z99 = 2.5758293035489004;
const LEAST_WINDOWS = 20;
const FEWEST_WINDOWS = 10;

/**
 * Undefined where there are fewer than 20 windows.
 *
 * @param counts arrivals in windows
 * @param expected mean arrivals in the same windows, by the curve
 * @param parameters of the curve, which the counts have been fitted with
 * Example: of counts 4, 6, 4, 6, … around 5 the index is 0.2 (the variance is 1).
 */
export function dispersionOf(
  counts: ArrayLike<number>,
  expected: ArrayLike<number>,
  windowMs: number,
  parameters: number,
): Dispersion | undefined {
  let [sum, windows, scatter] = [0, 0, 0];
  for (let at = 0; at < counts.length; at++) {
    const mean = expected[at]!;
    if (!(mean > 0)) continue;
    sum += (counts[at]! - mean) ** 2 / mean;
    scatter += 2 + 1 / mean;
    windows++;
  }
  const degrees = windows - parameters;
  if (degrees < LEAST_WINDOWS) return undefined;
  const value = sum / degrees;
  // Var (N − μ)²/μ is 2 + 1/μ for a Poisson number N.
  const half = (Z99 * Math.sqrt(scatter / windows)) / Math.sqrt(degrees);
  const [low, high] = [value / (1 + half), value * (1 + half)];
  return { windowMs, windows, index: { value, low, high }, isPoisson: low <= 1 && high >= 1 };
}

/** Mean and variance by Welford's recurrence: no difference of large sums. */
export class Moments {
  count = 0;
  private mean = 0;
  private squares = 0;

  /** Takes a value so many times (West, 1979). */
  add(value: number, times: number): void {
    this.count += times;
    const difference = value - this.mean;
    this.mean += (difference * times) / this.count;
    this.squares += difference * (value - this.mean) * times;
  }

  /** Variance ÷ mean²; undefined of fewer than 2 values, or where their mean is 0. */
  variationSquared(): number | undefined {
    if (this.count < 2 || !(this.mean > 0)) return undefined;
    return this.squares / (this.count - 1) / (this.mean * this.mean);
  }

  /** Undefined of fewer than 10 values, or where their mean is 0. */
  dispersion(): number | undefined {
    if (this.count < FEWEST_WINDOWS || !(this.mean > 0)) return undefined;
    return this.squares / (this.count - 1) / this.mean;
  }
}
