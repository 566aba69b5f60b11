import { exp, log } from '../engine/maths.ts';

/**
 * Popularity of items 1 … n by Zipf's law: shares of requests, proportional to i^(−exponent).
 *
 * @param items whole number ≥ 1
 * @param exponent α; 0 makes all equally popular; for web objects some 0.6–1.2
 * Source: L. Breslau et al., "Web caching and Zipf-like distributions", INFOCOM 1999.
 * Example: `zipf(2, 1)` is 2/3, 1/3.
 */
export function zipf(items: number, exponent: number): Float64Array {
  const shares = new Float64Array(items);
  let sum = 0;
  for (let i = items; i >= 1; i--) {
    shares[i - 1] = exp(-exponent * log(i));
    sum += shares[i - 1]!;
  }
  return shares.map((share) => share / sum);
}
