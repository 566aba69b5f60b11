/**
 * The exponent of Zipf's law behind counts of keys: the key of rank k is asked for in proportion to
 * k^−α. Maximum likelihood over the ranks of the popular keys, where Σ ln(rank) is sufficient:
 *
 *     mean of ln(rank) over requests = Σ k^−α ln k / Σ k^−α,   k = 1 … K
 *
 * Ranks come from the counts themselves, so that chance alone makes a slope (equally popular keys
 * have unequal counts): the estimate is the α of which samples of the same size are estimated, in
 * the mean, as this one is (indirect inference), and the interval is from the spread of these.
 * Source: A. Clauset, C. Shalizi, M. Newman, "Power-law distributions in empirical data", SIAM
 * Review 51(4), 2009; C. Gourieroux, A. Monfort, E. Renault, "Indirect inference", 1993.
 */
import { zipf } from '../../simulator/distributions/zipf.ts';
import { type RandomStream, stream } from '../../simulator/engine/random.ts';
import { drawNormal } from '../../simulator/engine/ziggurat.ts';

export interface ZipfFit {
  /** α, with its 95 % interval. */
  readonly exponent: { readonly value: number; readonly low: number; readonly high: number };
  /** Keys that there are, asked for or not: as many as explain how many were asked for. */
  readonly keys: number;
  /** Keys that were asked for. */
  readonly distinct: number;
  readonly requests: number;
  /** Popular keys that the fit is of, and their share of the requests. */
  readonly ranks: number;
  readonly ranksShare: number;
  /** Largest difference between shares of requests up to a rank, fitted and counted. */
  readonly distance: number;
  /** `good` up to 0.02, `rough` up to 0.1, else `none`: Zipf's law does not hold. */
  readonly quality: 'good' | 'rough' | 'none';
}

/** Below so many requests a rank says little. */
const LEAST_COUNT = 16;
const LEAST_RANKS = 8;
const LEAST_REQUESTS = 200;
const MOST_RANKS = 20_000;
const MOST_EXPONENT = 8;
const MOST_KEYS = 10_000_000;
/** Keys of a sample that is made up. */
const MOST_SAMPLED = 200_000;
/** Equally popular keys look like an exponent below this. */
const ALIKE_BELOW = 0.4;
const SAMPLES = 24;
const ROUNDS = 3;
const Z95 = 1.959963984540054;

/**
 * Undefined where there are too few keys or requests to say anything.
 *
 * @param ranked counts of keys, the most popular first
 * @param distinct keys that were asked for, if more than are in `ranked`
 * Example: of 100,000 draws of `zipf(1000, 0.9)` the exponent is 0.90 ± 0.01.
 */
export function fitZipf(
  ranked: Float64Array,
  distinct: number = ranked.length,
  seed = 1,
): ZipfFit | undefined {
  const requests = ranked.reduce((sum, count) => sum + count, 0);
  const seen = rawFit(ranked);
  if (seen === undefined || requests < LEAST_REQUESTS) return undefined;
  let exponent = seen.exponent;
  let spread = seen.error;
  const alike = exponent < ALIKE_BELOW ? samplesOf(0, distinct, requests, seed) : undefined;
  if (alike !== undefined && seen.exponent < alike.mean + 2 * alike.deviation) {
    return fitOf(ranked, distinct, requests, seen, 0, alike.deviation);
  }
  for (let round = 0; round < ROUNDS; round++) {
    const made = samplesOf(exponent, keysFor(exponent, distinct, requests), requests, seed);
    if (made === undefined) break;
    exponent = Math.max(0, Math.min(MOST_EXPONENT, exponent + seen.exponent - made.mean));
    spread = Math.max(seen.error, made.deviation);
  }
  return fitOf(ranked, distinct, requests, seen, exponent, spread);
}

function fitOf(
  ranked: Float64Array,
  distinct: number,
  requests: number,
  seen: RawFit,
  exponent: number,
  spread: number,
): ZipfFit {
  const distance = distanceOf(ranked, seen.ranks, exponent);
  const half = Z95 * spread * Math.sqrt(1 + 1 / SAMPLES);
  return {
    exponent: { value: exponent, low: Math.max(0, exponent - half), high: exponent + half },
    keys: keysFor(exponent, distinct, requests),
    distinct,
    requests,
    ranks: seen.ranks,
    ranksShare: seen.requests / requests,
    distance,
    quality: distance <= 0.02 ? 'good' : distance <= 0.1 ? 'rough' : 'none',
  };
}

interface RawFit {
  readonly exponent: number;
  /** Standard error by the likelihood's curvature. */
  readonly error: number;
  readonly ranks: number;
  readonly requests: number;
}

/** Maximum likelihood with the ranks taken as they are. */
function rawFit(ranked: Float64Array): RawFit | undefined {
  let [ranks, requests, sum] = [0, 0, 0];
  while (ranks < ranked.length && ranks < MOST_RANKS && ranked[ranks]! >= LEAST_COUNT) {
    requests += ranked[ranks]!;
    sum += ranked[ranks]! * Math.log(ranks + 1);
    ranks++;
  }
  if (ranks < LEAST_RANKS) return undefined;
  const wanted = sum / requests;
  let [low, high] = [-1, MOST_EXPONENT];
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (momentsOf(ranks, middle).mean > wanted) low = middle;
    else high = middle;
  }
  const exponent = (low + high) / 2;
  const error = 1 / Math.sqrt(requests * momentsOf(ranks, exponent).variance);
  return { exponent, error, ranks, requests };
}

/** Of ln(rank) under Zipf's law over so many ranks. */
function momentsOf(ranks: number, exponent: number): { mean: number; variance: number } {
  let [weights, first, second] = [0, 0, 0];
  for (let rank = 1; rank <= ranks; rank++) {
    const log = Math.log(rank);
    const weight = Math.exp(-exponent * log);
    weights += weight;
    first += weight * log;
    second += weight * log * log;
  }
  const mean = first / weights;
  return { mean, variance: second / weights - mean * mean };
}

/** Estimates of samples that are made up: counts of keys are nearly independent Poisson numbers. */
function samplesOf(
  exponent: number,
  keys: number,
  requests: number,
  seed: number,
): { readonly mean: number; readonly deviation: number } | undefined {
  const popular = popularKeys(exponent, keys, requests);
  const part = harmonic(popular, exponent) / harmonic(keys, exponent);
  const shares = zipf(popular, exponent);
  const random = stream(seed, 0, 'zipf-fit', 'samples');
  const estimates: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    const counts = shares.map((share) => poisson(random, share * part * requests));
    const fit = rawFit(counts.sort().reverse());
    if (fit !== undefined) estimates.push(fit.exponent);
  }
  if (estimates.length < SAMPLES / 2) return undefined;
  const mean = estimates.reduce((sum, one) => sum + one, 0) / estimates.length;
  const squares = estimates.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (estimates.length - 1)) };
}

/** Keys that may come to have a rank: those that are asked for four times and more in the mean. */
function popularKeys(exponent: number, keys: number, requests: number): number {
  const most = Math.min(keys, MOST_SAMPLED);
  const first = requests / harmonic(keys, exponent);
  if (exponent === 0) return most;
  return Math.max(LEAST_RANKS, Math.min(most, Math.floor((first / 4) ** (1 / exponent))));
}

/** Σ k^−α for k to n: exact to 1,000, an integral (Euler and Maclaurin) beyond. */
function harmonic(n: number, exponent: number): number {
  let sum = 0;
  const exact = Math.min(n, 1000);
  for (let k = 1; k <= exact; k++) sum += k ** -exponent;
  if (n <= 1000) return sum;
  const power = 1 - exponent;
  const integral =
    Math.abs(power) < 1e-9 ? Math.log(n / 1000) : (n ** power - 1000 ** power) / power;
  return sum + integral + (n ** -exponent - 1000 ** -exponent) / 2;
}

function poisson(random: RandomStream, mean: number): number {
  if (mean > 60) return Math.max(0, Math.round(mean + Math.sqrt(mean) * drawNormal(random)));
  let count = 0;
  for (let left = random.uniform(), term = Math.exp(-mean); left > term && count < 400; ) {
    left -= term;
    term *= mean / ++count;
  }
  return count;
}

/**
 * Keys so that as many are asked for, in the mean, as were: no less than those; at most ten
 * million, where nearly every request was for another one.
 */
function keysFor(exponent: number, distinct: number, requests: number): number {
  let [low, high] = [distinct, MOST_KEYS];
  if (expectedDistinct(high, exponent, requests) < distinct) return high;
  while (high - low > Math.max(1, low * 0.001)) {
    const middle = Math.floor((low + high) / 2);
    if (expectedDistinct(middle, exponent, requests) < distinct) low = middle;
    else high = middle;
  }
  return expectedDistinct(low, exponent, requests) >= distinct - 0.5 ? low : high;
}

/** Σ 1 − e^(−n·p) over ranks, those of one size at once: ranks grow by a fiftieth from 50 on. */
function expectedDistinct(keys: number, exponent: number, requests: number): number {
  const scale = requests / harmonic(keys, exponent);
  let sum = 0;
  for (let from = 1; from <= keys; ) {
    const to = Math.min(keys, from + Math.floor(from / 50));
    const middle = (from + to) / 2;
    sum += (to - from + 1) * -Math.expm1(-scale * middle ** -exponent);
    from = to + 1;
  }
  return sum;
}

/** Kolmogorov's distance over the ranks that the fit is of. */
function distanceOf(ranked: Float64Array, ranks: number, exponent: number): number {
  const shares = zipf(ranks, exponent);
  let total = 0;
  for (let rank = 0; rank < ranks; rank++) total += ranked[rank]!;
  let [counted, fitted, most] = [0, 0, 0];
  for (let rank = 0; rank < ranks; rank++) {
    counted += ranked[rank]! / total;
    fitted += shares[rank]!;
    most = Math.max(most, Math.abs(counted - fitted));
  }
  return most;
}
