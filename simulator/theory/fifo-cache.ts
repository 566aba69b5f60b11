/**
 * Hit ratios of a cache that drops what came in first (FIFO), or anything (RANDOM): they are the
 * same under independent requests of fixed popularity.
 */
import { characteristicTime } from './characteristic-time.ts';

/**
 * The exact hit ratio. A set of items is in the cache with a probability proportional to the
 * product of their popularities; summed over all sets it is 1 − (size + 1)·e_{size+1}/e_size, e_k
 * the elementary symmetric polynomials of the popularities.
 *
 * @param popularity shares of requests, which sum to 1
 * @param size items that fit, whole number, 0 < size < items, up to some 150
 * Source: E. Gelenbe, "A unified approach to the evaluation of a class of replacement algorithms",
 * IEEE Transactions on Computers 22, 1973.
 * Example: five items by Zipf 1.4, two fit: 0.5903959956.
 */
export function fifoHitRatio(popularity: Float64Array, size: number): number {
  const symmetric = new Float64Array(size + 2);
  symmetric[0] = 1;
  for (const share of popularity) {
    for (let k = size + 1; k > 0; k--) {
      symmetric[k] = symmetric[k]! + share * symmetric[k - 1]!;
    }
  }
  return 1 - ((size + 1) * symmetric[size + 1]!) / symmetric[size]!;
}

/**
 * The approximation by a characteristic time, for large caches: item i is in it with the
 * probability p_i·t/(1 + p_i·t).
 *
 * Source: V. Martina, M. Garetto & E. Leonardi, "A unified approach to the performance analysis of
 * caching systems", INFOCOM 2014.
 * Example: a million items by Zipf 0.8, 10,000 fit: 0.20730545.
 */
export function fifoHitRatioNearly(popularity: Float64Array, size: number): number {
  const t = characteristicTime(
    popularity,
    size,
    (x) => x / (1 + x),
    (present) => (1 - present) * (1 - present),
  );
  return popularity.reduce((sum, share) => sum + (share * share * t) / (1 + share * t), 0);
}
