/** Quantiles, pairs and the stopping rule, by values that a pencil or a table can check. */
import { expect, test } from 'vitest';
import { pairedDifference } from '../../simulator/analysis/paired.ts';
import {
  batchQuantileInterval,
  orderStatisticInterval,
} from '../../simulator/analysis/quantile-interval.ts';
import { runQuantileInterval } from '../../simulator/analysis/run-quantile.ts';
import { decideStopping, replicateUntil } from '../../simulator/analysis/stopping-rule.ts';
import { studentT } from '../../simulator/analysis/student-t.ts';
import { stream } from '../../simulator/engine/random.ts';

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
const NO_EDGES = { low: Number.NaN, high: Number.NaN };

// Binomial sums by hand; 6, 9 and 10 are also in the table of W. J. Conover, "Practical
// Nonparametric Statistics", 3rd ed., 1999, of intervals for the median.
test.each([
  ['the fewest for a median', 6, 0.5, { low: 1, high: 6 }, 1 - 2 / 64],
  ['one too few', 5, 0.5, NO_EDGES, 1 - 2 / 32],
  ['nine', 9, 0.5, { low: 2, high: 8 }, 1 - 20 / 512],
  ['ten', 10, 0.5, { low: 2, high: 9 }, 1 - 22 / 1024],
  ['a p99 of a hundred', 100, 0.99, NO_EDGES, 1 - 0.99 ** 100 - 0.01 ** 100],
  ['a p99 of 367', 367, 0.99, NO_EDGES, 1 - 0.99 ** 367],
  ['a p99 of 368', 368, 0.99, { low: 360, high: 368 }, 0.9624158204],
])('order statistics: %s', (_, n, quantile, edges, confidence) => {
  const interval = orderStatisticInterval(upTo(n).reverse(), quantile);
  expect(interval).toMatchObject(edges);
  expect(interval.confidence).toBeCloseTo(confidence, 9);
});

test('order statistics of nothing are no number', () => {
  expect(orderStatisticInterval([], 0.5)).toEqual({
    value: Number.NaN,
    ...NO_EDGES,
    confidence: 0,
  });
});

test('a higher confidence takes a wider pair', () => {
  expect(orderStatisticInterval(upTo(10), 0.5, 0.99)).toMatchObject({ low: 1, high: 10 });
});

test('batches that are all alike have a quantile without width', () => {
  const series = Float64Array.from({ length: 1600 }, (_, i) => i % 100);
  expect(batchQuantileInterval(series, 0.9)).toEqual({
    value: 89,
    low: 89,
    high: 89,
    confidence: 0.95,
    batches: 16,
    independent: true,
  });
});

test('half of the batches one lower and half one higher: t·s/√16', () => {
  const signs = [1, -1, -1, 1, 1, 1, -1, 1, -1, -1, 1, -1, 1, -1, -1, 1];
  const series = Float64Array.from({ length: 160 }, (_, i) => signs[Math.floor(i / 10)]!);
  const { value, high } = batchQuantileInterval(series, 0.5);
  expect(value).toBe(-1);
  expect(high + 1).toBeCloseTo(studentT(0.975, 15) * Math.sqrt((8 * 4) / 15 / 16), 12);
});

test('a run too short for a batch or for N-Skart has a quantile and no edges', () => {
  const series = Float64Array.from(upTo(90));
  expect(batchQuantileInterval(series, 0.5)).toMatchObject({ value: 45, ...NO_EDGES });
  expect(runQuantileInterval(series, 0.5)).toMatchObject({ value: 45, ...NO_EDGES });
});

test('the exceedances of independent uniform values are Woodruff’s', () => {
  const random = stream(5, 0, 'uniform', 'values');
  const series = Float64Array.from({ length: 20_480 }, () => random.uniform());
  const { value, low, high, sufficient } = runQuantileInterval(series, 0.9);
  const half = 1.96 * Math.sqrt((0.9 * 0.1) / series.length);
  expect(sufficient).toBe(true);
  expect(value).toBeCloseTo(0.9, 2);
  expect((high - low) / 2 / half).toBeCloseTo(1, 0.7);
});

test('where most values are equal, as waits of 0 are, the quantile among them has no width', () => {
  const random = stream(6, 0, 'uniform', 'values');
  const series = Float64Array.from({ length: 20_480 }, () => Math.max(0, random.uniform() - 0.6));
  expect(runQuantileInterval(series, 0.5)).toMatchObject({ value: 0, low: 0, high: 0 });
  const { low, high } = runQuantileInterval(series, 0.9);
  expect(low).toBeLessThan(0.3);
  expect(high).toBeGreaterThan(0.3);
  expect(high - low).toBeLessThan(0.03);
});

test('pairs differ by the mean of their differences, t·s/√n', () => {
  const { value, high, correlation, varianceReduction } = pairedDifference(
    [1, 2, 3, 4],
    [2, 3, 4, 6],
  );
  expect(value).toBe(1.25);
  expect(high - value).toBeCloseTo((3.18244631 * 0.5) / 2, 6);
  expect(correlation).toBeCloseTo(6.5 / Math.sqrt(5 * 8.75), 12);
  expect(varianceReduction).toBeCloseTo((5 / 3 + 35 / 12) / 0.25, 12);
});

test('systems that answer in opposite ways are better not paired', () => {
  expect(pairedDifference([1, 2, 3], [3, 2, 1]).varianceReduction).toBe(0.5);
});

test('different counts are no pairs', () => {
  expect(() => pairedDifference([1, 2], [1])).toThrow('2 replications cannot be paired with 1');
});

const TENTH = { relativeHalfWidth: 0.1, fewest: 3, most: 20 };

test.each([
  ['narrow enough', [98, 100, 102], TENTH, true, true],
  ['too few to look', [98, 100, 102], { ...TENTH, fewest: 4 }, false, false],
  ['too wide', [90, 100, 110], TENTH, false, false],
  ['too wide at the cap', [90, 100, 110], { ...TENTH, most: 3 }, true, false],
  ['without an interval', [100, 100], { ...TENTH, fewest: 2 }, false, false],
  ['with a replication that measured nothing', [98, Number.NaN, 102], TENTH, false, false],
  ['a count that never was anything but 0', [0, 0, 0], TENTH, true, true],
])('stopping: %s', (_, p99, precision, stop, reached) => {
  expect(decideStopping({ p99 }, precision)).toMatchObject({ stop, reached });
});

test('ε/(1 + ε) is the bar, not ε', () => {
  const half = studentT(0.975, 2) * Math.sqrt(4 / 3);
  const samples = { mean: [98, 100, 102] };
  const at = (relativeHalfWidth: number) =>
    decideStopping(samples, { ...TENTH, relativeHalfWidth }).reached;
  expect(at(half / 100 + 0.001)).toBe(false);
  expect(at(half / (100 - half) + 0.001)).toBe(true);
});

test('all statistics must be narrow, and each says how many replications it asks for', () => {
  const samples = { mean: [98, 100, 102], p99: [90, 100, 110] };
  const { reached, progress } = decideStopping(samples, TENTH);
  const excess = (studentT(0.975, 2) * Math.sqrt(100 / 3)) / 100 / (0.1 / 1.1);
  expect(reached).toBe(false);
  expect(progress.map(({ name }) => name)).toEqual(['mean', 'p99']);
  expect(progress[1]!.replicationsNeeded).toBe(Math.ceil(3 * excess * excess));
});

test('replications are run in order until the rule or the cap ends them', () => {
  const seen: number[] = [];
  const replicate = (spread: number) => (replication: number) => {
    seen.push(replication);
    return { mean: 100 + spread * (replication % 2) };
  };
  expect(replicateUntil(replicate(1), TENTH)).toMatchObject({ reached: true, replications: 3 });
  expect(seen).toEqual([0, 1, 2]);
  expect(replicateUntil(replicate(300), TENTH)).toMatchObject({
    stop: true,
    reached: false,
    replications: 20,
  });
});
