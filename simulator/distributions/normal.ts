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
