/** Fan-out without queues: a request is done when the last of n independent answers is there. */
import { exp, log } from '../engine/maths.ts';

/**
 * H_n = 1 + 1/2 + … + 1/n: mean of the longest of n exponential times, in their mean.
 *
 * @param n whole number ≥ 0; nothing takes no time
 * Source: Rényi's spacings: while k are still out, the next one comes after 1/k.
 * Example: `harmonic(100)` is 5.1873775: the last of 100 answers takes five mean times.
 */
export function harmonic(n: number): number {
  let sum = 0;
  for (let k = n; k >= 1; k--) sum += 1 / k;
  return sum;
}

/**
 * Share of requests with at least one of n answers beyond a quantile of a single one, whatever the
 * distribution: 1 − quantile^n.
 *
 * Source: J. Dean & L. A. Barroso, "The tail at scale", Communications of the ACM 56, 2013.
 * Example: 100 answers, 0.99: 0.63396766; most requests wait for somebody's slowest per cent.
 */
export function fanOutBeyondRatio(n: number, quantile: number): number {
  return 1 - exp(n * log(quantile));
}
