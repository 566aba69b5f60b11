/**
 * One server: even arrivals, ranks, retrials, bounded queues. Service takes 1 s in the mean, so
 * that times are in service times.
 */
import { expect, test } from 'vitest';
import { allenCunneenWaitMsMean } from '../../simulator/theory/allen-cunneen.ts';
import {
  evenGaps,
  gm1SojournMsQuantile,
  gm1WaitingRatio,
  gm1WaitMsMean,
} from '../../simulator/theory/gm1.ts';
import { mmck } from '../../simulator/theory/mmck.ts';
import { priorityWaitMsMeans } from '../../simulator/theory/priority.ts';
import { expectDigits } from './digits.ts';

test.each([
  [0.5, '0.20318787', '0.255000975', '0.5'],
  [0.8, '0.6286297965', '1.69273084', '2'],
  [0.9, '0.8068998329', '4.178659422', '4.5'],
  [0.95, '0.90169511', '9.172433948', '9.5'],
])('D/M/1 at ρ %f: %s wait, %s in the mean; Kingman says %s', (rho, waiting, wait, nearly) => {
  const one = { arrivalsPerSecond: rho, serviceMsMean: 1000, servers: 1 };
  const queue = { ...one, gapTransform: evenGaps(rho) };
  expectDigits(gm1WaitingRatio(queue), waiting);
  expectDigits(gm1WaitMsMean(queue) / 1000, wait);
  expectDigits(allenCunneenWaitMsMean(one, 0, 1) / 1000, nearly);
});

test('Poisson arrivals make GI/M/1 M/M/1, a full load makes it wait for ever', () => {
  const gapTransform = (perMs: number) => 0.0008 / (0.0008 + perMs);
  const queue = { arrivalsPerSecond: 0.8, serviceMsMean: 1000, gapTransform };
  expect(gm1WaitingRatio(queue)).toBeCloseTo(0.8, 12);
  expect(gm1SojournMsQuantile(queue, 0.99)).toBeCloseTo(23025.8509, 3);
  expect(gm1WaitMsMean({ ...queue, arrivalsPerSecond: 1 })).toBe(Number.POSITIVE_INFINITY);
});

function rank(arrivalsPerSecond: number) {
  return { arrivalsPerSecond, serviceMsMean: 1000, squaredVariation: 1 };
}

test.each([
  [0.3, 0.5, '1.14285714', '5.71428571'],
  [0.5, 0.4, '1.8', '18.0'],
])('ranks of %f/s and %f/s wait %s and %s', (first, second, firstWait, secondWait) => {
  const [high, low] = priorityWaitMsMeans([rank(first), rank(second)]);
  expectDigits(high! / 1000, firstWait);
  expectDigits(low! / 1000, secondWait);
});

test('ranks only move waiting from one to the other: the work that waits is the same', () => {
  const [high, low] = priorityWaitMsMeans([rank(0.3), rank(0.5)]);
  const [all] = priorityWaitMsMeans([rank(0.8)]);
  expect(0.3 * high! + 0.5 * low!).toBeCloseTo(0.8 * all!, 9);
  const [first, starved] = priorityWaitMsMeans([rank(0.5), rank(0.6)]);
  expect(first).toBeCloseTo(2200, 9);
  expect(starved).toBe(Number.POSITIVE_INFINITY);
});

test.each([
  [1, 5, 0.8, '0.0888194987', '1.13938763119', '2.56306520704'],
  [1, 10, 0.9, '0.0508137313', '3.11517295678', '4.64660067212'],
  [1, 10, 1.2, '0.1925864951', '5.74181247252', '6.92613784414'],
  [2, 4, 1.5, '0.1240428790', '0.4134762634', '1.31468531469'],
  [5, 12, 2, '5.8691251576e-5', '0.0394634473', '1.01973288181'],
  [10, 20, 9, '0.0295100616', '2.30525161958', '1.26392758822'],
  [10, 50, 9.5, '0.0058995187', '10.7189459291', '2.13500608746'],
  [10, 50, 12, '0.1667174822', '35.0140741845', '4.50162094245'],
])('M/M/%i/%i at %f Erlang sheds %s, %s wait, who is taken stays %s', (...row) => {
  const [servers, places, erlang, shed, queue, inside] = row;
  const result = mmck({ servers, places, arrivalsPerSecond: erlang, serviceMsMean: 1000 });
  expectDigits(result.shedRatio, shed);
  expectDigits(result.queueMean, queue);
  expectDigits(result.sojournMsMean / 1000, inside);
});

test('nobody is shed where nobody comes', () => {
  const idle = { servers: 2, places: 5, arrivalsPerSecond: 0, serviceMsMean: 1000 };
  expect(mmck(idle)).toEqual({ shedRatio: 0, queueMean: 0, sojournMsMean: 1000 });
});
