/**
 * Callers that leave or come again, servers that are switched on. Service takes 1 s in the mean.
 */
import { expect, test } from 'vitest';
import { erlangC } from '../../simulator/theory/erlang.ts';
import { erlangA } from '../../simulator/theory/erlang-a.ts';
import { meanOver, stationary } from '../../simulator/theory/levels.ts';
import { poissonAtLeast } from '../../simulator/theory/poisson.ts';
import { orbitMean, orbitMsMean } from '../../simulator/theory/retrial.ts';
import { setupSojournMsMean } from '../../simulator/theory/setup.ts';
import { expectDigits } from './digits.ts';

const SERVICE = { serviceMsMean: 1000 };

test.each([
  [10, 10, 1, '0.542070286', '0.125110036'],
  [9, 10, 1, '0.412591756', '0.085912112'],
  [12, 10, 1, '0.757607838', '0.213632353'],
  [48, 50, 1, '0.405404395', '0.039417515'],
  [100, 100, 0.5, '0.596703138', '0.033030153'],
  [120, 100, 1, '0.97213626', '0.167692956'],
])('Erlang-A: %f Erlang on %i servers, θ %f: %s wait, %s leave', (...row) => {
  const [arrivalsPerSecond, servers, theta, waiting, leaving] = row;
  const station = { ...SERVICE, servers, arrivalsPerSecond, patienceMsMean: 1000 / theta };
  const { waitingRatio, abandonedRatio } = erlangA(station);
  expectDigits(waitingRatio, waiting);
  expectDigits(abandonedRatio, leaving);
});

test('patience as long as service: as many inside as with a server for everybody', () => {
  for (const [servers, erlang] of [
    [10, 10],
    [100, 130],
    [1000, 990],
  ] as const) {
    const station = { ...SERVICE, servers, arrivalsPerSecond: erlang, patienceMsMean: 1000 };
    expect(erlangA(station).waitingRatio).toBeCloseTo(poissonAtLeast(erlang, servers), 12);
  }
});

test('endless patience is Erlang C, and nobody leaves where nobody comes', () => {
  const patient = { ...SERVICE, servers: 10, arrivalsPerSecond: 8, patienceMsMean: 1e12 };
  expect(erlangA(patient).waitingRatio).toBeCloseTo(erlangC(10, 8), 8);
  const nobody = { waitingRatio: 0, abandonedRatio: 0, waitMsMean: 0 };
  expect(erlangA({ ...patient, arrivalsPerSecond: 0 })).toEqual(nobody);
});

test.each([
  [0.5, 1, 1],
  [0.8, 1, 6.4],
  [0.8, 0.1, 35.2],
])('retrials at ρ %f, θ %f: %f are between two tries, and a chain agrees', (rho, theta, orbit) => {
  const station = { ...SERVICE, arrivalsPerSecond: rho, pauseMsMean: 1000 / theta };
  expect(orbitMean(station)).toBeCloseTo(orbit, 12);
  expect(orbitMsMean(station)).toBeCloseTo((1000 * orbitMean(station)) / rho, 8);
  const chain = stationary(
    {
      size: () => 2,
      leave(level, busy, to) {
        if (busy === 0) to(level, 1, rho);
        else to(level + 1, 1, rho);
        if (busy === 0 && level > 0) to(level - 1, 1, level * theta);
        if (busy === 1) to(level, 0, 1);
      },
    },
    256,
  );
  expect(meanOver(chain, (level) => level) / orbitMean(station)).toBeCloseTo(1, 9);
});

test.each([
  [0.5, 1, 0.1, '12'],
  [0.8, 1, 0.1, '15'],
  [1, 2, 0.1, '7.11780651'],
  [5, 10, 0.1, '2.66334963'],
  [5, 10, 1, '1.34111308'],
  [8, 10, 0.1, '3.43840623'],
])(
  'cold starts: %f/s, %i servers, α %f: %s inside',
  (arrivalsPerSecond, servers, alpha, inside) => {
    const station = { ...SERVICE, servers, arrivalsPerSecond, setupMsMean: 1000 / alpha };
    expectDigits(setupSojournMsMean(station) / 1000, inside);
  },
);

test('cold starts: who comes seldom waits for one setup; too much load never ends', () => {
  const cold = { ...SERVICE, servers: 2, arrivalsPerSecond: 1e-6, setupMsMean: 10_000 };
  expect(setupSojournMsMean(cold)).toBeCloseTo(11_000, 0);
  expect(setupSojournMsMean({ ...cold, arrivalsPerSecond: 2 })).toBe(Number.POSITIVE_INFINITY);
});

test('a chain that does not settle says so', () => {
  const chain = {
    size: () => 1,
    leave: (level: number, _: number, to: (level: number, state: number, rate: number) => void) => {
      to(level + 1, 0, 1);
      if (level > 0) to(level - 1, 0, 1);
    },
  };
  expect(() => stationary(chain, 1024)).toThrow(/more than 65536 levels/);
});
