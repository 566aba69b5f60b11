/** The standard normal distribution, from our own exponential. */
import { exp } from '../engine/maths.ts';

const ROOT_TWO_PI = 2.5066282746310002;
/** Below it the series has no cancellation worth the name, above it the fraction is short. */
const FRACTION_FROM = 3;
const FRACTION_TERMS = 80;

/** Density φ(x). Example: `normalDensity(0)` is 0.3989422804014327. */
export function normalDensity(x: number): number {
  return exp(-0.5 * x * x) / ROOT_TWO_PI;
}

/**
 * Φ(x) = P(Z ≤ x), all digits but the last, in the far tails relative to what is left.
 * Method: Φ = ½ + φ·(x + x³/3 + x⁵/15 + …) near 0, Laplace's continued fraction beyond 3
 * (Abramowitz & Stegun, 26.2.11 and 26.2.14).
 * Example: `normalCdf(1.96)` is 0.9750021048517795, `normalCdf(-10)` 7.6199e-24.
 */
export function normalCdf(x: number): number {
  if (x > FRACTION_FROM) return 1 - normalCdf(-x);
  if (x < -FRACTION_FROM) return normalDensity(x) / fraction(-x);
  let term = x;
  let sum = 0;
  for (let k = 3; Math.abs(term) > 1e-17; k += 2) {
    sum += term;
    term *= (x * x) / k;
  }
  return 0.5 + normalDensity(x) * sum;
}

/** x + 1/(x + 2/(x + 3/(x + …))) */
function fraction(x: number): number {
  let value = x;
  for (let k = FRACTION_TERMS; k > 0; k--) value = x + k / value;
  return value;
}

/**
 * z with Φ(z) = p, to 12 digits: Newton's steps, halved into brackets where they leave them.
 *
 * @param p probability, 0 < p < 1; outside it is ∓∞, as the limits are
 * Example: `normalQuantile(0.975)` is 1.959963984540.
 */
export function normalQuantile(p: number): number {
  if (p <= 0) return Number.NEGATIVE_INFINITY;
  if (p >= 1) return Number.POSITIVE_INFINITY;
  let [low, high] = [-40, 40];
  let z = 0;
  for (let step = 0; step < 200 && high - low > 1e-13; step++) {
    const error = normalCdf(z) - p;
    if (error === 0) return z;
    if (error > 0) high = z;
    else low = z;
    const next = z - error / normalDensity(z);
    const isInside = next > low && next < high;
    if (isInside && Math.abs(next - z) < 1e-14) return next;
    z = isInside ? next : (low + high) / 2;
  }
  return z;
}
