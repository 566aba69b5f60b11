/** What the histogram promises: bounded error, and parts that add up to the whole. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  BUCKET_COUNT,
  bucketOf,
  bucketStart,
  Histogram,
  mergeHistograms,
} from '../../simulator/results/histogram.ts';

/** Fixed, so that a run in CI says something about the change and not about the day. */
const SETTINGS = { seed: 1730, numRuns: 300 };
/** What buckets can tell apart: from a microsecond to 18 hours. */
const LOWEST_MS = 2 ** -10;
const HIGHEST_MS = 2 ** 26;
/** Width of a bucket ÷ its lower edge, at most. */
const STEP = 1 / 128;

const insideMs = fc.oneof(
  fc.double({ min: LOWEST_MS, max: HIGHEST_MS, noNaN: true, maxExcluded: true }),
  fc.double({ min: 1, max: 100, noNaN: true }),
  fc.integer({ min: 1, max: 1000 }),
);
const anyMs = fc.oneof(insideMs, fc.constant(0), fc.double({ min: 0, max: 1e12, noNaN: true }));
const someMs = fc.array(insideMs, { minLength: 1, maxLength: 300 });

function recorded(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

/** Everything but the sum, whose last bits depend on the order of adding. */
function shapeOf(histogram: Histogram): unknown {
  return { ...histogram.toData(), sum: undefined };
}

test('every value lands in the bucket whose edges enclose it', () => {
  const property = fc.property(insideMs, (value) => {
    const index = bucketOf(value);
    expect(bucketStart(index)).toBeLessThanOrEqual(value);
    expect(bucketStart(index + 1)).toBeGreaterThan(value);
    expect(bucketStart(index + 1) / bucketStart(index) - 1).toBeLessThanOrEqual(STEP);
  });
  fc.assert(property, SETTINGS);
});

test('what is too small, too large or nothing lands at the ends', () => {
  expect([0, -1, Number.NaN, 1e-9].map(bucketOf)).toEqual([0, 0, 0, 0]);
  expect([HIGHEST_MS, 1e300, Number.POSITIVE_INFINITY].map(bucketOf)).toEqual(
    Array(3).fill(BUCKET_COUNT - 1),
  );
});

test('merging the parts is recording everything in one', () => {
  const parts = fc.array(fc.array(anyMs, { maxLength: 50 }), { minLength: 1, maxLength: 6 });
  const property = fc.property(parts, (lists) => {
    const whole = recorded(lists.flat());
    const merged = mergeHistograms(lists.map((list) => recorded(list).toData()));
    expect(shapeOf(merged)).toEqual(shapeOf(whole));
    expect(Math.abs(merged.sum - whole.sum)).toBeLessThanOrEqual(1e-12 * whole.sum);
  });
  fc.assert(property, SETTINGS);
});

test('the sparse form survives JSON, and makes the same histogram again', () => {
  const property = fc.property(fc.array(anyMs, { maxLength: 200 }), (values) => {
    const histogram = recorded(values);
    const data = JSON.parse(JSON.stringify(histogram.toData()));
    const again = new Histogram().merge(data);
    expect(again.toData()).toEqual(histogram.toData());
    expect(again.mean).toBe(histogram.mean);
    for (const q of [0, 0.5, 0.99, 1]) expect(again.quantile(q)).toBe(histogram.quantile(q));
  });
  fc.assert(property, SETTINGS);
});

test('a quantile is within a bucket of the sorted sample’s', () => {
  const property = fc.property(someMs, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
    const sorted = [...values].sort((a, b) => a - b);
    const rank = q * (sorted.length - 1);
    const value = recorded(values).quantile(q);
    // Between two ranks the histogram may give either neighbour's bucket, and what lies between.
    const low = sorted[Math.floor(rank)]!;
    const high = sorted[Math.ceil(rank)]!;
    expect(value).toBeGreaterThanOrEqual(low * (1 - STEP));
    expect(value).toBeLessThanOrEqual(high * (1 + STEP));
  });
  fc.assert(property, SETTINGS);
});

test('at a whole rank a quantile is off by one part in 128 at most', () => {
  const property = fc.property(someMs, fc.nat(), (values, pick) => {
    const sorted = [...values].sort((a, b) => a - b);
    const rank = pick % sorted.length;
    const q = sorted.length === 1 ? 0 : rank / (sorted.length - 1);
    const value = recorded(values).quantile(q);
    // q·(n − 1) may come out one ulp above or below the whole rank.
    const near = [rank - 1, rank, rank + 1].map((at) => sorted[at] ?? Number.NaN);
    const off = Math.min(...near.filter((x) => x > 0).map((x) => Math.abs(value / x - 1)));
    expect(off).toBeLessThanOrEqual(STEP);
  });
  fc.assert(property, SETTINGS);
});

test('quantiles rise with q and stay between the least and the greatest value', () => {
  const property = fc.property(someMs, (values) => {
    const histogram = recorded(values);
    const quantiles = Array.from({ length: 101 }, (_, index) => histogram.quantile(index / 100));
    for (let i = 1; i <= 100; i++) expect(quantiles[i]).toBeGreaterThanOrEqual(quantiles[i - 1]!);
    expect(quantiles[0]).toBeGreaterThanOrEqual(Math.min(...values));
    expect(quantiles[100]).toBeLessThanOrEqual(Math.max(...values));
  });
  fc.assert(property, SETTINGS);
});

test('nothing has no mean and no quantile', () => {
  const { mean } = new Histogram();
  expect(mean).toBeNaN();
  expect(new Histogram().quantile(0.5)).toBeNaN();
  expect(new Histogram().toData()).toEqual({ count: 0, sum: 0, min: 0, max: 0, buckets: [] });
});
