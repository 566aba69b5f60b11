/**
 * Limits on shared cores, through the model file: threads, a pool in front, and a quota. With
 * exponential service the number inside is a birth–death chain, however the cores are shared; where
 * they are never short the pool alone decides. How close a number must come is in each table.
 */
import { describe, expect, test } from 'vitest';
import { ERROR_RATE, MEAN, quantileOf } from '../../simulator/analysis/statistics.ts';
import type { Results } from '../../simulator/results/results.ts';
import { birthDeath } from '../../simulator/theory/birth-death.ts';
import { mdcWaitMsMean } from '../../simulator/theory/mdc.ts';
import { mg1WaitMsMean } from '../../simulator/theory/mg1.ts';
import { mmcSojournMsMean, mmcSojournMsQuantile } from '../../simulator/theory/mmc.ts';
import { mmck } from '../../simulator/theory/mmck.ts';
import type { Station } from '../../simulator/theory/station.ts';
import { expectTruth, mean, measured, run, stationText, utilization } from './stations.ts';
import { serving, systemText } from './systems.ts';

const EXPONENTIAL = '[{ cpu: { exponential: 10ms } }]';
const CONSTANT = '[{ cpu: 10ms }]';

/** Mean of a function of the number inside, where `perSecond` come and n are served at a rate. */
function meanInside(
  perSecond: number,
  servedPerSecond: (n: number) => number,
  value = (n: number) => n,
): number {
  const probabilities = birthDeath(() => perSecond, servedPerSecond);
  return probabilities.reduce((sum, probability, n) => sum + probability * value(n), 0);
}

describe('Ciw’s test of limited sharing, three at most, 10/s come, each served with 12/s', () => {
  const CIW = { servers: 3, arrivalsPerSecond: 10, serviceMsMean: 1000 / 12 };
  const visited = (rest: string, requests: number) => {
    const steps = `[{ cpu: { exponential: ${CIW.serviceMsMean.toFixed(9)}ms } }]`;
    const serves = `{ cpu-shared: 3, threads: 3${rest} }`;
    return run(stationText({ serves, steps, arrivalsPerSecond: 10, requests }));
  };

  test('mean, p99 and utilisation are within 1, 3 and 1 %', () => {
    const results = visited('', 100_000);
    const number = meanInside(10, (n) => 12 * Math.min(n, 3));
    expectTruth(measured(results, MEAN), (1000 * number) / 10, 0.01);
    expectTruth(measured(results, quantileOf(0.99)), mmcSojournMsQuantile(CIW, 0.99), 0.03);
    expectTruth(utilization(results, 'station'), 10 / 12 / 3, 0.01);
  });

  test('with room for one to wait p₄ of p₀ + … + p₄ are shed, within 5 %', () => {
    const results = visited(', queue: { limit: 1 }', 85_000);
    expectTruth(measured(results, ERROR_RATE), mmck({ ...CIW, places: 4 }).shedRatio, 0.05);
  });
});

test('six threads on four cores, ρ 0.7: mean of M/M/4 within 1.25 %', () => {
  const serves = '{ cpu-shared: 4, threads: 6 }';
  const station = { servers: 4, arrivalsPerSecond: 280, serviceMsMean: 10 };
  const text = { serves, steps: EXPONENTIAL, arrivalsPerSecond: 280, requests: 100_000 };
  expectTruth(measured(run(stationText(text)), MEAN), mmcSojournMsMean(station), 0.0125);
});

test('one thread on one core, wild service: Pollaczek’s and Khinchine’s mean within 3 %', () => {
  const serves = '{ cpu-shared: 1, threads: 1 }';
  const steps = '[{ cpu: { mean: 10ms, scv: 4 } }]';
  const waitMs = mg1WaitMsMean({ arrivalsPerSecond: 50, serviceMsMean: 10 }, 4);
  const text = { serves, steps, arrivalsPerSecond: 50, requests: 100_000 };
  expectTruth(measured(run(stationText(text)), MEAN), 10 + waitMs, 0.03);
});

describe('a service that holds a connection of its pool while it calls shared cores', () => {
  const called = (pool: number, cores: number, steps: string, perSecond: number) => {
    const app = serving(`{ pool: ${pool} }`, '[{ call: cores.work }]');
    const services = { app, cores: serving(`{ cpu-shared: ${cores} }`, steps) };
    const text = { visit: '[{ call: app.work }]', services, requests: 90_000 };
    return run(systemText({ ...text, arrivalsPerSecond: perSecond }));
  };
  const mdcMs = (station: Station) => mdcWaitMsMean(station) + station.serviceMsMean;

  test.each([
    ['more cores than connections', 5, 8, EXPONENTIAL, mmcSojournMsMean, 0.0125],
    ['as many cores as connections, constant work', 10, 10, CONSTANT, mdcMs, 0.01],
  ])('%s: the mean is the pool’s, both are busy with λE[S]/c within 1 %', (...row) => {
    const [, servers, cores, steps, sojournMsMean, share] = row;
    const station = { servers, arrivalsPerSecond: 70 * servers, serviceMsMean: 10 };
    const results = called(servers, cores, steps, station.arrivalsPerSecond);
    expectTruth(measured(results, MEAN), sojournMsMean(station), share);
    expectTruth(utilization(results, 'app'), 0.7, 0.01);
    expectTruth(utilization(results, 'cores'), (0.7 * servers) / cores, 0.01);
  });

  test('three connections for one core: M/M/1, in which three at most hold one; 1.5 %', () => {
    const results = called(3, 1, EXPONENTIAL, 60);
    const station = { servers: 1, arrivalsPerSecond: 60, serviceMsMean: 10 };
    expectTruth(measured(results, MEAN), mmcSojournMsMean(station), 0.015);
    const held = meanInside(
      60,
      () => 100,
      (n) => Math.min(n, 3),
    );
    expectTruth(utilization(results, 'app'), held / 3, 0.015);
  });
});

describe('a quota', () => {
  // Work that goes on for many periods of 100 ms sees the quota as so many cores, nearly: what is
  // left of a period in which it begins is its own, half a period or less.
  test.each([
    ['one core of four, constant work', 4, 1, '[{ cpu: 6s }]', 6000],
    ['two and a half of three', 3, 2.5, '[{ cpu: { exponential: 6s } }]', 10_000],
  ])('%s, half of it used: the chain of so many servers within 3 %', (...row) => {
    const [, cores, quota, steps, requests] = row;
    const arrivalsPerSecond = quota / 2 / 6;
    const serves = `{ cpu-shared: ${cores}, quota: ${quota} }`;
    const results = run(stationText({ serves, steps, arrivalsPerSecond, requests }));
    const number = meanInside(arrivalsPerSecond, (n) => Math.min(n, quota) / 6);
    expectTruth(measured(results, MEAN), (1000 * number) / arrivalsPerSecond, 0.03);
    expectTruth(utilization(results, 'station'), 0.5, 0.02);
  });

  test.each([
    ['more than the threads can use', 2.5],
    ['exactly what they can use', 2],
  ])('that is never hit changes nothing, to the byte: %s', (_, quota) => {
    const visited = (rest: string) => {
      const serves = `{ cpu-shared: 4, threads: 2${rest} }`;
      const steps = '[{ cpu: { exponential: 10ms } }, { wait: 1ms }]';
      return run(stationText({ serves, steps, arrivalsPerSecond: 150, requests: 20_000 }), 2);
    };
    const [without, limited] = [visited(''), visited(`, quota: ${quota}`)];
    const seen = ({ runs }: Results) => JSON.stringify(runs.map(({ journeys }) => journeys));
    expect(seen(limited)).toBe(seen(without));
    const cores = 4 * mean(utilization(without, 'station'));
    expect(quota * mean(utilization(limited, 'station'))).toBeCloseTo(cores, 9);
  });

  test.each([
    ['one and a half of two cores', 2, 1.5],
    ['two and a half of four', 4, 2.5],
    ['three tenths of one', 1, 0.3],
  ])('under twice its load, %s: throughput is quota/E[S] within 0.1 %', (_, cores, quota) => {
    const offered = 2 * quota * 100;
    const serves = `{ cpu-shared: ${cores}, quota: ${quota}, threads: 8, queue: { limit: 20 } }`;
    const text = { serves, steps: CONSTANT, arrivalsPerSecond: offered, requests: 30_000 };
    const results = run(stationText({ ...text, arrivals: 'even' }), 2);
    const served = measured(results, ERROR_RATE).map((shed) => (1 - shed) * offered);
    expect(Math.abs(mean(served) / (quota * 100) - 1)).toBeLessThan(0.001);
    expect(mean(utilization(results, 'station'))).toBeCloseTo(1, 3);
  });
});
