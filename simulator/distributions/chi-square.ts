/** The chi-square distribution of a whole number of degrees of freedom. */
import { exp } from '../engine/maths.ts';
import { normalCdf } from './normal.ts';

const TWO_OVER_ROOT_TWO_PI = 0.7978845608028654;

/**
 * P(X > x): how likely a statistic at least so large is by chance.
 * Method: Abramowitz & Stegun 26.4.4 and 26.4.5, a sum of as many terms as half the degrees.
 *
 * @param degrees whole number ≥ 1
 * Example: `chiSquareTail(3.841458820694124, 1)` is 0.05.
 */
export function chiSquareTail(x: number, degrees: number): number {
  if (!(x > 0)) return 1;
  const isOdd = degrees % 2 === 1;
  const root = Math.sqrt(x);
  const half = exp(-x / 2);
  // The terms x^(k/2) / (k!!) follow from one another, so that nothing large is ever made.
  let term = isOdd ? TWO_OVER_ROOT_TWO_PI * half * root : half;
  let sum = isOdd ? 2 * normalCdf(-root) : half;
  for (let k = isOdd ? 3 : 2; k <= degrees - (isOdd ? 0 : 2); k += 2) {
    if (!isOdd) term *= x / k;
    sum += term;
    if (isOdd) term *= x / k;
  }
  return Math.min(1, sum);
}
