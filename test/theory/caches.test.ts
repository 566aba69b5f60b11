/** Hit ratios against tables that two independent methods agree on to ten digits. */
import { expect, test } from 'vitest';
import { zipf } from '../../simulator/distributions/zipf.ts';
import { fifoHitRatio, fifoHitRatioNearly } from '../../simulator/theory/fifo-cache.ts';
import { cheHitRatio, coldHitRatio, lruHitRatio } from '../../simulator/theory/lru-cache.ts';
import { slidingTtlHitRatio, ttlHitRatio } from '../../simulator/theory/ttl-cache.ts';
import { expectDigits } from './digits.ts';

test.each([
  [5, 2, 1.4, '0.6166267254', '0.6082348673'],
  [10, 3, 1, '0.4706641900', '0.4657239064'],
  [20, 5, 0.8, '0.39297519', '0.39066748'],
  [100, 10, 0.8, '0.26428075', '0.26326083'],
  [100, 10, 1, '0.39780244', '0.39762886'],
  [100, 10, 1.2, '0.54663485', '0.54739031'],
  [100, 30, 0.8, '0.55045484', '0.55062365'],
  [1000, 100, 0.8, '0.3777964', '0.37779022'],
  [1000, 100, 1, '0.5765003', '0.57652462'],
  [1000, 100, 1.2, '0.7574143', '0.75745034'],
])('LRU: %i items, %i fit, Zipf %f: exactly %s, Che says %s', (items, size, alpha, exact, che) => {
  const popularity = zipf(items, alpha);
  expectDigits(lruHitRatio(popularity, size), exact);
  expectDigits(cheHitRatio(popularity, size), che);
});

test.each([
  [10_000, 0.8, '0.23190535'],
  [10_000, 0.9, '0.39490092'],
  [10_000, 1, '0.58513808'],
  [100_000, 0.8, '0.48711329'],
  [100_000, 1, '0.77935717'],
])('Che: of a million items %i fit, Zipf %f: %s', (size, alpha, che) => {
  expectDigits(cheHitRatio(zipf(1_000_000, alpha), size), che);
});

/**
 * Share of requests for what is among the latest `size` different items, summed over all orders.
 */
function king(popularity: readonly number[], size: number, used: number, order: number): number {
  if (size === 0) return order * used;
  return popularity.reduce((sum, share, i) => {
    const others = popularity.filter((_, j) => j !== i);
    return sum + king(others, size - 1, used + share, (order * share) / (1 - used));
  }, 0);
}

test('the integral is King’s sum over all orders of the items', () => {
  const uneven = [0.5, 0.2, 0.15, 0.1, 0.05];
  for (const size of [1, 2, 3, 4]) {
    const exact = king(uneven, size, 0, 1);
    expect(lruHitRatio(Float64Array.from(uneven), size)).toBeCloseTo(exact, 12);
  }
});

test.each([
  [5, 2, 1.4, '0.5903959956'],
  [10, 3, 1, '0.4451044606'],
  [12, 4, 1, '0.4947902093'],
])('FIFO and RANDOM: %i items, %i fit, Zipf %f: %s', (items, size, alpha, exact) => {
  expectDigits(fifoHitRatio(zipf(items, alpha), size), exact);
});

test('FIFO and RANDOM: LINE’s Markov chain of the first case says nearly the same', () => {
  // Its test suite has 1.1807919439 hits a second, of two requests; the product form is exact.
  expect(2 * fifoHitRatio(zipf(5, 1.4), 2)).toBeCloseTo(1.1807919439, 6);
});

test.each([
  [10_000, 0.8, '0.20730545'],
  [100_000, 1, '0.74883659'],
])('FIFO nearly: of a million items %i fit, Zipf %f: %s', (size, alpha, nearly) => {
  expectDigits(fifoHitRatioNearly(zipf(1_000_000, alpha), size), nearly);
});

test.each([
  [0.5, '0.3333', '0.39346934'],
  [1, '0.5', '0.63212056'],
  [2, '0.6667', '0.86466472'],
  [5, '0.8333', '0.99326205'],
  [10, '0.9091', '0.9999546'],
])(
  '%f requests a time to live: hits %s from the miss on, %s from the last one',
  (x, fixed, sliding) => {
    expectDigits(ttlHitRatio(x), fixed);
    expectDigits(slidingTtlHitRatio(x), sliding);
  },
);

test('an empty cache warms up as its items are asked for one by one', () => {
  const popularity = Float64Array.of(0.5, 0.3, 0.2);
  expect(coldHitRatio(popularity, 0)).toBe(0);
  expect(coldHitRatio(popularity, 1)).toBeCloseTo(0.25 + 0.09 + 0.04, 15);
  expect(coldHitRatio(popularity, 2)).toBeCloseTo(1 - 0.125 - 0.3 * 0.49 - 0.2 * 0.64, 15);
  expect(coldHitRatio(Float64Array.of(1), 1)).toBe(1);
});
