/** Fits of a workload against arrivals and keys whose law is known. */
import { expect, test } from 'vitest';
import { dispersionOf } from '../../replay/dispersion.ts';
import { expectedCounts, fitRateCurve } from '../../replay/workload/rate-curve.ts';
import { fitZipf } from '../../replay/workload/zipf-fit.ts';
import { fillZipf } from '../../simulator/distributions/zipf.ts';
import { stream } from '../../simulator/engine/random.ts';
import { allArrivals } from '../../simulator/traffic/arrivals.ts';

type Piece = readonly [startS: number, endS: number, from: number, to: number];

function countsOf(
  pieces: readonly Piece[],
  seed: number,
  arrivals: 'poisson' | 'even' = 'poisson',
) {
  const rate = pieces.map(([start, end, fromPerSecond, toPerSecond]) => ({
    startMs: start * 1000,
    endMs: end * 1000,
    fromPerSecond,
    toPerSecond,
    phase: undefined,
  }));
  const traffic = { name: 't', does: 'j', priority: 0, arrivals, rate };
  const endMs = rate.at(-1)!.endMs;
  const counts = new Float64Array(endMs / 1000);
  for (const ms of allArrivals(traffic, () => stream(seed, 0, 't', 'arrivals'))) {
    counts[Math.min(counts.length - 1, Math.floor(ms / 1000))]!++;
  }
  return { counts, endMs };
}

function rankedOf(keys: number, exponent: number, requests: number, seed: number): Float64Array {
  const drawn = new Float64Array(requests);
  fillZipf(keys, exponent, stream(seed, 0, 'keys', 'zipf'), drawn);
  const counts = new Map<number, number>();
  for (const key of drawn) counts.set(key, (counts.get(key) ?? 0) + 1);
  return Float64Array.from(counts.values()).sort().reverse();
}

// Of intervals that hold the truth 95 times in 100, 5 of 20 miss it with a chance of 0.3 %.
test.each([
  [1000, 0.9, 20_000],
  [20_000, 0.8, 50_000],
  [500, 1.3, 10_000],
  [1000, 0.5, 40_000],
])(
  'Zipf: of %i keys with exponent %f the interval holds it in 16 of 20 samples',
  (keys, exponent, n) => {
    let held = 0;
    for (let seed = 0; seed < 20; seed++) {
      const fit = fitZipf(rankedOf(keys, exponent, n, seed))!;
      expect(Math.abs(fit.exponent.value - exponent)).toBeLessThan(0.06);
      expect(fit.quality).not.toBe('none');
      if (fit.exponent.low <= exponent && exponent <= fit.exponent.high) held++;
    }
    expect(held).toBeGreaterThanOrEqual(16);
  },
);

test('Zipf: keys that were never asked for are counted, too', () => {
  const ranked = rankedOf(20_000, 0.8, 50_000, 5);
  expect(ranked.length).toBeLessThan(14_000);
  const { keys } = fitZipf(ranked)!;
  expect(keys).toBeGreaterThan(17_000);
  expect(keys).toBeLessThan(23_000);
});

test('equally popular keys have the exponent 0, though their counts differ', () => {
  const values = Array.from({ length: 10 }, (_, seed) => {
    const { value, low } = fitZipf(rankedOf(1000, 0, 100_000, seed))!.exponent;
    expect(low).toBeLessThan(0.06);
    return value;
  });
  expect(values.filter((value) => value === 0).length).toBeGreaterThanOrEqual(7);
});

test('half of the requests for one key and the rest for others alike is no Zipf', () => {
  const ranked = Float64Array.from({ length: 500 }, (_, k) => (k === 0 ? 50_000 : 100));
  expect(fitZipf(ranked)!.quality).toBe('none');
});

test.each([
  ['too few keys', Float64Array.of(100, 50, 20, 20)],
  ['keys that were asked for once', new Float64Array(1000).fill(1)],
  ['nothing', new Float64Array(0)],
])('Zipf of %s is not told', (_, ranked) => {
  expect(fitZipf(ranked)).toBeUndefined();
});

test('the index of dispersion of Poisson arrivals is 1, and in its 99 % interval', () => {
  let held = 0;
  let sum = 0;
  for (let seed = 0; seed < 100; seed++) {
    const { counts } = countsOf([[0, 300, 50, 50]], seed);
    const mean = counts.reduce((total, count) => total + count, 0) / counts.length;
    const { index, isPoisson } = dispersionOf(
      counts,
      counts.map(() => mean),
      1000,
      1,
    )!;
    sum += index.value;
    if (isPoisson) held++;
  }
  // The standard error of the mean of 100 indices of 300 windows is 0.0082.
  expect(Math.abs(sum / 100 - 1)).toBeLessThan(0.033);
  expect(held).toBeGreaterThanOrEqual(95);
});

test('arrivals in pairs have an index of 2, evenly spaced ones nearly 0', () => {
  const { counts } = countsOf([[0, 600, 50, 50]], 1);
  const pairs = counts.map((count) => 2 * count);
  const level = (of: Float64Array) => of.map(() => of.reduce((sum, x) => sum + x, 0) / of.length);
  const doubled = dispersionOf(pairs, level(pairs), 1000, 1)!;
  expect(doubled.index.low).toBeLessThan(2);
  expect(doubled.index.high).toBeGreaterThan(2);
  expect(doubled.isPoisson).toBe(false);
  const even = countsOf([[0, 600, 50.3, 50.3]], 1, 'even').counts;
  expect(dispersionOf(even, level(even), 1000, 1)!.index.value).toBeLessThan(0.05);
});

test.each<[string, readonly Piece[]]>([
  ['a constant rate', [[0, 900, 80, 80]]],
  [
    'a step',
    [
      [0, 300, 50, 50],
      [300, 600, 200, 200],
    ],
  ],
  [
    'a spike with its ramp',
    [
      [0, 180, 150, 150],
      [180, 300, 150, 900],
      [300, 900, 900, 900],
    ],
  ],
  [
    'up and down',
    [
      [0, 600, 20, 200],
      [600, 1200, 200, 20],
    ],
  ],
])('%s is found again in few pieces, and the rest is Poisson', (_, pieces) => {
  for (let seed = 0; seed < 5; seed++) {
    const { counts, endMs } = countsOf(pieces, seed);
    const curve = fitRateCurve(counts, 1000, endMs);
    expect(curve.pieces.length).toBeLessThanOrEqual(pieces.length + 2);
    const expected = expectedCounts(curve.pieces, 1000, counts.length);
    const found = dispersionOf(counts, expected, 1000, curve.parameters)!;
    expect(found.index.low).toBeLessThan(1.05);
    expect(found.index.high).toBeGreaterThan(0.95);
    // Each level is as near as its number of arrivals lets it be.
    for (const [start, end, from, to] of pieces) {
      const truth = ((from + to) / 2) * (end - start);
      const sum = expected.subarray(start, end).reduce((total, count) => total + count, 0);
      expect(Math.abs(sum - truth)).toBeLessThan(5 * Math.sqrt(truth) + 0.01 * truth);
    }
  }
});
