import { exp, log } from '../engine/maths.ts';

const TWO_PI = 6.283185307179586;
/** From here on five terms of Stirling's series are exact to the last bit. */
const STIRLING_FROM = 16;

/**
 * P(N = n) of a Poisson number, without overflow and with all digits near its mean, however large.
 * Method: Stirling's series with the two large exponents taken together, as C. Loader, "Fast and
 * accurate computation of binomial probabilities", 2000.
 *
 * @param mean ≥ 0
 * @param n whole number ≥ 0
 * Example: `poissonProbability(10, 10)` is 0.125110036, `poissonProbability(1e6, 1e6)` 3.989e-4.
 */
export function poissonProbability(mean: number, n: number): number {
  if (mean === 0) return n === 0 ? 1 : 0;
  if (n < STIRLING_FROM) return directly(mean, n);
  const off = (mean - n) / n;
  return exp(-n * (off - logAfter(off)) - stirlingError(n)) / Math.sqrt(TWO_PI * n);
}

/**
 * P(N ≥ n) of a Poisson number: its probabilities, summed on the side of n that is away from the
 * mean.
 *
 * @param mean ≥ 0
 * @param n whole number ≥ 0
 * Example: `poissonAtLeast(10, 10)` is 0.542070286.
 */
export function poissonAtLeast(mean: number, n: number): number {
  let sum = 0;
  if (n < mean) {
    for (let k = n - 1, term = 1; k >= 0 && term > 1e-17 * sum; k--) {
      term = poissonProbability(mean, k);
      sum += term;
    }
    return 1 - sum;
  }
  for (let k = n, term = poissonProbability(mean, n); term > 1e-17 * sum; k++) {
    sum += term;
    term *= mean / (k + 1);
  }
  return sum;
}

function directly(mean: number, n: number): number {
  let term = exp(-mean);
  for (let k = 1; k <= n; k++) term *= mean / k;
  return term;
}

/** ln(1 + x), also where 1 + x rounds; Kahan's correction. */
function logAfter(x: number): number {
  const sum = 1 + x;
  return sum === 1 ? x : (log(sum) * x) / (sum - 1);
}

/** ln n! − ln(√(2πn)·(n/e)^n) */
function stirlingError(n: number): number {
  const s = 1 / (n * n);
  return (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s / 1188)))) / n;
}
