/**
 * Several servers whose service is not exponential: exact values, and by how much the two-moment
 * approximation is off. Service takes 1 s in the mean, so that times are in service times.
 */
import { expect, test } from 'vitest';
import { allenCunneenWaitMsMean } from '../../simulator/theory/allen-cunneen.ts';
import { birthDeath } from '../../simulator/theory/birth-death.ts';
import { mdcWaitMsMean } from '../../simulator/theory/mdc.ts';
import { mg1WaitMsMean } from '../../simulator/theory/mg1.ts';
import { mh2cWaiting } from '../../simulator/theory/mh2c.ts';
import { poissonAtLeast, poissonProbability } from '../../simulator/theory/poisson.ts';
import type { Station } from '../../simulator/theory/station.ts';
import { expectDigits } from './digits.ts';

function station(servers: number, rho: number): Station {
  return { servers, arrivalsPerSecond: rho * servers, serviceMsMean: 1000 };
}

test.each([
  [2, 0.8, '0.903283879', '0.888888889'],
  [2, 0.9, '2.14692321', '2.13157895'],
  [5, 0.8, '0.289060007', '0.277056277'],
  [5, 0.9, '0.776695158', '0.762493221'],
  [10, 0.8, '0.10982779', '0.102295038'],
  [10, 0.9, '0.34458205', '0.334365762'],
  [20, 0.9, '0.144286075', '0.137692251'],
  [50, 0.9, '0.0395258872', '0.0363864467'],
  [100, 0.95, '0.0534460391', '0.0506456854'],
])('M/D/%i at ρ %f waits %s; Allen–Cunneen says %s', (servers, rho, exact, nearly) => {
  expectDigits(mdcWaitMsMean(station(servers, rho)) / 1000, exact);
  expectDigits(allenCunneenWaitMsMean(station(servers, rho), 1, 0) / 1000, nearly);
});

test.each([
  [2, 4, 0.8, '4.28537766', '0.71838274', '4.44444444'],
  [5, 4, 0.8, '1.25415140', '0.56955462', '1.38528139'],
  [10, 4, 0.8, '0.43236859', '0.42743083', '0.511475188'],
  [10, 4, 0.9, '1.54895501', '0.68515866', '1.67182881'],
  [10, 19, 0.9, '5.77142118', '0.69926695', '6.68731524'],
  [20, 4, 0.9, '0.61029912', '0.57147375', '0.688461256'],
  [50, 4, 0.9, '0.14766106', '0.38513927', '0.181932234'],
])('M/H2/%i, c² %f, at ρ %f waits %s, %s of all; Allen–Cunneen says %s', (...row) => {
  const [servers, variation, rho, wait, waiting, nearly] = row;
  const exact = mh2cWaiting(station(servers, rho), variation);
  expectDigits(exact.waitMsMean / 1000, wait);
  expectDigits(exact.waitingRatio, waiting);
  expectDigits(allenCunneenWaitMsMean(station(servers, rho), 1, variation) / 1000, nearly);
});

test.each([0.3, 0.5, 0.8, 0.9])('one server at ρ %f is Pollaczek and Khinchine’s', (rho) => {
  const one = station(1, rho);
  expect(mdcWaitMsMean(one) / mg1WaitMsMean(one, 0)).toBeCloseTo(1, 11);
  for (const variation of [1.5, 4, 10]) {
    const { waitMsMean, waitingRatio } = mh2cWaiting(one, variation);
    expect(waitMsMean / mg1WaitMsMean(one, variation)).toBeCloseTo(1, 9);
    expect(waitingRatio).toBeCloseTo(rho, 10);
  }
});

test('an overloaded group makes all wait for ever', () => {
  expect(mdcWaitMsMean(station(3, 1))).toBe(Number.POSITIVE_INFINITY);
  const { waitingRatio, waitMsMean } = mh2cWaiting(station(3, 1.1), 4);
  expect([waitingRatio, waitMsMean]).toEqual([1, Number.POSITIVE_INFINITY]);
});

test('Poisson probabilities have all their digits, however large the mean', () => {
  for (const mean of [0, 0.3, 7, 15.9, 400, 12_345]) {
    let sum = 0;
    const far = Math.ceil(mean + 12 * Math.sqrt(mean) + 40);
    for (let n = 0; n <= far; n++) sum += poissonProbability(mean, n);
    expect(sum).toBeCloseTo(1, 12);
    expect(poissonAtLeast(mean, 0)).toBeCloseTo(1, 12);
  }
  expectDigits(poissonProbability(10, 10), '0.125110036');
  expectDigits(poissonAtLeast(10, 10), '0.542070286');
  expectDigits(poissonProbability(20, 20) * 20, String(20 * poissonProbability(20, 19)));
});

test('limited processor sharing: three at most share, 10/s come, 12/s each: Ciw’s test', () => {
  const inside = birthDeath(
    () => 10,
    (n) => 12 * Math.min(n, 3),
  );
  const printed = ['0.432132963988920', '0.360110803324100', '0.150046168051708'];
  printed.push('0.041679491125475', '0.011577636423743');
  printed.forEach((probability, n) => {
    expectDigits(inside[n]!, probability);
  });
});
