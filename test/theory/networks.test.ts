/**
 * More than one station: networks, forks and joins, fan-outs. Times are in service times of 1 s.
 */
import { expect, test } from 'vitest';
import { fanOutBeyondRatio, harmonic } from '../../simulator/theory/fan-out.ts';
import { forkJoinMsMean } from '../../simulator/theory/fork-join.ts';
import { jackson } from '../../simulator/theory/jackson.ts';
import { mmcWaitMsMean } from '../../simulator/theory/mmc.ts';
import { expectDigits } from './digits.ts';

test('Jackson: three stations, of which one is visited again', () => {
  const { stations, insideMean, sojournMsMean } = jackson([
    { servers: 4, serviceMsMean: 1000 / 4, externalPerSecond: 10, next: [0, 0.6, 0.4] },
    { servers: 2, serviceMsMean: 1000 / 5, externalPerSecond: 0, next: [0.2] },
    { servers: 1, serviceMsMean: 1000 / 6, externalPerSecond: 0, next: [] },
  ]);
  const rates = ['11.36363636', '6.81818182', '4.54545455'];
  const waits = ['0.09590607', '0.17374517', '0.52083333'];
  stations.forEach((station, index) => {
    expectDigits(station.arrivalsPerSecond, rates[index]!);
    expectDigits(mmcWaitMsMean(station) / 1000, waits[index]!);
  });
  expectDigits(insideMean, '9.60401329');
  expectDigits(sojournMsMean / 1000, '0.960401329');
});

/** ρ, exactly with two parts, then nearly with 4, 8, 16 and 32. */
test.each([
  [0.5, '2.875', '3.78977', '4.78482', '5.82433', '6.88719'],
  [0.8, '7.0', '8.93030', '11.03', '13.2235', '15.4663'],
  [0.9, '13.875', '17.5049', '21.4534', '25.5783', '29.7958'],
])('fork–join at ρ %f: two parts take %s', (rho, ...times) => {
  const part = { arrivalsPerSecond: rho, serviceMsMean: 1000 };
  [2, 4, 8, 16, 32].forEach((parts, index) => {
    expectDigits(forkJoinMsMean(part, parts) / 1000, times[index]!);
  });
  expect(forkJoinMsMean(part, 1)).toBeCloseTo(1000 / (1 - rho), 9);
});

test('fork–join: an overloaded part is never done', () => {
  const part = { arrivalsPerSecond: 1, serviceMsMean: 1000 };
  expect(forkJoinMsMean(part, 4)).toBe(Number.POSITIVE_INFINITY);
});

test.each([
  [2, '1.5'],
  [10, '2.9289683'],
  [100, '5.1873775'],
  [1000, '7.4854709'],
])('the last of %i exponential answers comes after %s', (answers, mean) => {
  expectDigits(harmonic(answers), mean);
});

test('of a hundred leaves one is above its 99th percentile in 63 % of requests', () => {
  expectDigits(fanOutBeyondRatio(100, 0.99), '0.63396766');
  expect([harmonic(0), harmonic(1), fanOutBeyondRatio(0, 0.99)]).toEqual([0, 1, 0]);
});
