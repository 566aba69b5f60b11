/** The analysis of long runs, by values that a pencil can check. */
import { expect, test } from 'vitest';
import { batchMeansInterval } from '../../simulator/analysis/batch-means.ts';
import { mser5 } from '../../simulator/analysis/mser.ts';
import { nSkart } from '../../simulator/analysis/n-skart.ts';
import {
  lateRiseScore,
  ranksOf,
  trendScore,
  vonNeumannScore,
} from '../../simulator/analysis/randomness.ts';
import {
  batchMeansOf,
  lagOneCorrelation,
  momentsOf,
  spacedOf,
} from '../../simulator/analysis/series.ts';
import { judgeStationarity } from '../../simulator/analysis/stationarity.ts';
import { studentT } from '../../simulator/analysis/student-t.ts';
import { stream } from '../../simulator/engine/random.ts';
import { drawNormal } from '../../simulator/engine/ziggurat.ts';

const of = (...values: number[]) => Float64Array.from(values);
const upTo = (n: number) => Float64Array.from({ length: n }, (_, i) => i + 1);
const noise = (n: number, seed = 1) => {
  const random = stream(seed, 0, 'noise', 'normal');
  return Float64Array.from({ length: n }, () => drawNormal(random));
};

test('moments are those of 1, 2, 6', () => {
  const { mean, variance, skewness } = momentsOf(of(1, 2, 6));
  expect([mean, variance]).toEqual([3, 7]);
  expect(skewness).toBeCloseTo(54 / (2 * 7 * Math.sqrt(7)), 12);
});

test('a batch that is not full is left out, at most so many are made', () => {
  expect([...batchMeansOf(of(1, 3, 5, 7, 9), 2)]).toEqual([2, 6]);
  expect([...batchMeansOf(of(1, 3, 5, 7, 9), 2, 1)]).toEqual([2]);
});

test('spaced values are counted from the end', () => {
  expect([...spacedOf(upTo(5), 0)]).toEqual([1, 2, 3, 4, 5]);
  expect([...spacedOf(upTo(5), 1)]).toEqual([1, 3, 5]);
  expect([...spacedOf(upTo(6), 3)]).toEqual([2, 6]);
});

test('neighbours of 1, 2, 3, 4 correlate with a quarter', () => {
  expect(lagOneCorrelation(upTo(4))).toBe(0.25);
});

test.each([
  ['rising', of(1, 2, 3, 4, 5), 1.6 / Math.sqrt(0.5)],
  ['alternating', of(1, -1, 1, -1), (2 - 12 / 4) / Math.sqrt(8 / 15)],
  ['constant', of(2, 2, 2, 2), 0],
  ['too short', of(1, 2), 0],
])('von Neumann’s score of a series that is %s', (_, series, expected) => {
  expect(vonNeumannScore(series)).toBeCloseTo(expected, 12);
});

test('ranks start at 0, and equal values share theirs', () => {
  expect([...ranksOf(of(7, 3, 7, 9))]).toEqual([1.5, 0, 1.5, 3]);
});

test('a full trend scores √(n − 1), up or down', () => {
  expect(trendScore(upTo(5))).toBe(2);
  expect(trendScore(upTo(5).reverse())).toBe(-2);
  expect(trendScore(of(4, 4, 4, 4))).toBe(0);
});

test('a late rise is Wilcoxon’s rank sum of the last values', () => {
  expect(lateRiseScore(upTo(10), 3)).toBeCloseTo(10.5 / Math.sqrt(19.25), 12);
});

const steady = Float64Array.from({ length: 500 }, (_, i) => (i % 5) + 1);

test('MSER-5 cuts exactly the front that differs', () => {
  const series = Float64Array.from([...new Float64Array(50).fill(9), ...steady]);
  expect(mser5(series)).toEqual({ warmUp: 50, settled: true });
});

test.each([
  ['a constant series keeps all of its values', new Float64Array(100).fill(7), 0, true],
  ['below fifty observations nothing is settled', upTo(49), 0, false],
  ['a rise has its narrowest cut near the end', upTo(1000), 500, false],
])('MSER-5: %s', (_, series, warmUp, settled) => {
  expect(mser5(series)).toEqual({ warmUp, settled });
});

test('batch means leave the rest out at the front and take 32 batches of noise', () => {
  const { batches, batchSize, independent } = batchMeansInterval(noise(10_007));
  expect({ batches, batchSize, independent }).toEqual({
    batches: 32,
    batchSize: 312,
    independent: true,
  });
});

test('batch means of a rise say that they are not independent', () => {
  expect(batchMeansInterval(upTo(1600))).toMatchObject({ value: 800.5, independent: false });
});

test('batch means of too little are no number', () => {
  expect(batchMeansInterval(upTo(15)).value).toBeNaN();
});

test('N-Skart of independent normal values is nearly Student’s interval of all of them', () => {
  const series = noise(1024 * 16, 4);
  const { value, low, high, ...rest } = nSkart(series);
  const { mean, variance } = momentsOf(series);
  const half = studentT(0.975, 1023) * Math.sqrt(variance / series.length);
  expect(rest).toEqual({
    warmUp: 0,
    batchSize: 16,
    batches: 1024,
    spacedBatches: 1024,
    sufficient: true,
  });
  expect(value).toBeCloseTo(mean, 12);
  expect((high - low) / 2 / half).toBeCloseTo(1, 1);
});

test('N-Skart reaches further to the side of the long tail', () => {
  const { value, low, high } = nSkart(noise(1280, 4).map((x) => Math.exp(2 * x)));
  expect(high - value).toBeGreaterThan(1.1 * (value - low));
});

test('N-Skart of a constant has no width, of too little no number', () => {
  const { value, low, high } = nSkart(new Float64Array(2000).fill(3));
  expect([value, low, high]).toEqual([3, 3, 3]);
  expect(nSkart(upTo(1279))).toMatchObject({ value: Number.NaN, sufficient: false });
});

test('N-Skart says that a rise is not enough to go by', () => {
  expect(nSkart(upTo(5000)).sufficient).toBe(false);
});

test.each([
  ['a rise', upTo(1000), /^it rises: the mean of its last third is \d+, of its middle third \d+$/],
  ['a fall', upTo(1000).reverse(), /^it falls/],
  ['a wave', upTo(2000).map((i) => Math.sin(i / 320)), /^it swings slowly/],
  ['a late rise', noise(2000, 2).map((x, i) => x + Math.max(0, i - 1800)), /^it rises late/],
  ['a rest that is short', upTo(639), /^too short: 639 of 640 observations$/],
  ['no number', noise(1000).fill(Number.NaN, 999), /^not every observation is a number$/],
])('%s is refused, with the reason', (_, series, reason) => {
  const verdict = judgeStationarity(series);
  expect(verdict.reason).toMatch(reason);
  expect(verdict.stationary).toBe(false);
});

test('noise after a warm-up is stationary, and says so', () => {
  const series = noise(2000, 3).map((x, i) => x + 30 * Math.exp(-i / 20));
  const { stationary, reason, warmUp } = judgeStationarity(series);
  expect({ stationary, reason }).toEqual({
    stationary: true,
    reason: `no trend and no slow swing after a warm-up of ${warmUp} observations`,
  });
  expect(warmUp).toBeGreaterThanOrEqual(60);
});
