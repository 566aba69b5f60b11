/**
 * Hit ratios of a cache that drops what was not asked for the longest (LRU), under independent
 * requests of fixed popularity.
 */
import { exp, log } from '../engine/maths.ts';
import { characteristicTime } from './characteristic-time.ts';

/** Of the rule for the integral: with half the step no printed digit of the tables changes. */
const STEP = 1 / 16;
const LAST_NODE = 8;

/**
 * Che's approximation: an item is in the cache if it was asked for within one common time.
 *
 * @param popularity shares of requests, which sum to 1
 * @param size items that fit, 0 < size < items
 * @returns within 0.01 of the truth for ten items, 0.001 for a hundred, 0.00005 for a thousand
 * Source: H. Che, Y. Tung & Z. Wang, "Hierarchical Web caching systems", IEEE JSAC 20, 2002.
 * Example: a million items by Zipf 0.8, 10,000 fit: 0.23190535.
 */
export function cheHitRatio(popularity: Float64Array, size: number): number {
  const t = timeInCache(popularity, size);
  return popularity.reduce((sum, share) => sum + share * (1 - exp(-share * t)), 0);
}

/**
 * The exact hit ratio. Item i is still there when it is asked for again after a time t if fewer
 * than `size` of the others were asked for meanwhile:
 *
 *     Σ_i p_i·∫ p_i·e^(−p_i·t)·P(fewer than size of j ≠ i in t) dt
 *
 * @param size items that fit, whole number, 0 < size < items: ten digits up to 100 of 1000 items,
 * which take a tenth of a second; beyond that Che's approximation does, and this loses digits
 * Source: W. F. King, "Analysis of paging algorithms", 1971, in the form of P. Flajolet, D. Gardy &
 * L. Thimonier, "Birthday paradox, coupon collectors, caching algorithms and self-organizing
 * search", Discrete Applied Mathematics 39, 1992.
 * Method: a double-exponential rule for the integral (M. Mori, "Developments in the double
 * exponential formulas", 2005); the sums over j by probabilities of the items before i and after i,
 * all positive.
 * Example: five items by Zipf 1.4, two fit: 0.6166267254.
 */
export function lruHitRatio(popularity: Float64Array, size: number): number {
  const scale = timeInCache(popularity, size);
  let sum = 0;
  for (let u = -4; u < LAST_NODE; u += STEP) {
    const shrunk = exp(-u);
    const t = scale * exp(u - shrunk);
    sum += t * (1 + shrunk) * hitDensity(popularity, size, t);
  }
  return STEP * sum;
}

/** How long an item stays that is not asked for again, in requests. */
function timeInCache(popularity: Float64Array, size: number): number {
  return characteristicTime(
    popularity,
    size,
    (x) => 1 - exp(-x),
    (present) => 1 - present,
  );
}

/** Σ_i p_i²·e^(−p_i·t)·P(fewer than `size` of the others were asked for in t). */
function hitDensity(popularity: Float64Array, size: number, t: number): number {
  const missed = popularity.map((share) => exp(-share * t));
  const after = tails(missed, size);
  // before[k]: probability that k of the items before i were asked for.
  const before = new Float64Array(size);
  before[0] = 1;
  let density = 0;
  for (let i = 0; i < missed.length; i++) {
    let fewer = 0;
    for (let k = 0; k < size; k++) fewer += before[k]! * after[(i + 1) * size + size - 1 - k]!;
    density += popularity[i]! * popularity[i]! * missed[i]! * fewer;
    add(before, missed[i]!);
  }
  return density;
}

/** Row i, column k: probability that at most k of the items i, i + 1, … were asked for. */
function tails(missed: Float64Array, size: number): Float64Array {
  const rows = new Float64Array((missed.length + 1) * size);
  const asked = new Float64Array(size);
  asked[0] = 1;
  for (let i = missed.length; i >= 0; i--) {
    if (i < missed.length) add(asked, missed[i]!);
    let sum = 0;
    for (let k = 0; k < size; k++) {
      sum += asked[k]!;
      rows[i * size + k] = sum;
    }
  }
  return rows;
}

/** One more item, which was not asked for with a probability; counts from `size` on are dropped. */
function add(counts: Float64Array, missed: number): void {
  for (let k = counts.length - 1; k > 0; k--) {
    counts[k] = counts[k]! * missed + counts[k - 1]! * (1 - missed);
  }
  counts[0] = counts[0]! * missed;
}

/**
 * Hit ratio of a new, empty cache after so many requests, as long as nothing has to be dropped:
 * 1 − Σp_i(1 − p_i)^requests. What a fresh instance does to the stores behind it.
 * Example: two equally popular items after one request: 0.5.
 */
export function coldHitRatio(popularity: Float64Array, requests: number): number {
  const missed = popularity.map((share) => (share < 1 ? exp(requests * log(1 - share)) : 0));
  return 1 - popularity.reduce((sum, share, i) => sum + share * missed[i]!, 0);
}
