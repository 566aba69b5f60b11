/**
 * The engine, through the model file, against closed forms that hold exactly: close in plain per
 * cent, and inside the 99.9 % interval over the replications.
 */
import { test } from 'vitest';
import { MEAN, quantileOf } from '../../simulator/analysis/statistics.ts';
import { md1SojournMsMean, md1SojournMsQuantile } from '../../simulator/theory/md1.ts';
import { mg1WaitMsMean } from '../../simulator/theory/mg1.ts';
import { mmcSojournMsMean, mmcSojournMsQuantile } from '../../simulator/theory/mmc.ts';
import { expectTruth, measured, run, stationText } from './stations.ts';

const SERVICE_MS = 10;

// Requests a replication, eight of them: by the asymptotic variance of the mean in M/M/1 the
// pooled mean is then within 0.6 % in 19 of 20 experiments at ρ 0.8, and closer elsewhere.
test.each([
  [1, 0.5, 400_000],
  [1, 0.8, 1_200_000],
  [10, 0.8, 300_000],
  [20, 0.9, 600_000],
])('M/M/%i at ρ %f: mean within 1 %, p99 within 3 %, both in their 99.9 %', (...row) => {
  const [servers, rho, requests] = row;
  const arrivalsPerSecond = (rho * servers * 1000) / SERVICE_MS;
  const steps = `[{ cpu: { exponential: ${SERVICE_MS}ms } }]`;
  const serves = `{ threads: ${servers} }`;
  const results = run(stationText({ serves, steps, arrivalsPerSecond, requests }));
  const station = { servers, arrivalsPerSecond, serviceMsMean: SERVICE_MS };
  expectTruth(measured(results, MEAN), mmcSojournMsMean(station), 0.01);
  expectTruth(measured(results, quantileOf(0.99)), mmcSojournMsQuantile(station, 0.99), 0.03);
});

test.each([
  [0.5, 200_000],
  [0.8, 600_000],
])('M/D/1 at ρ %f: mean within 1 %, p99 within 3 %, both in their 99.9 %', (rho, requests) => {
  const arrivalsPerSecond = (rho * 1000) / SERVICE_MS;
  const steps = `[{ cpu: ${SERVICE_MS}ms }]`;
  const results = run(stationText({ serves: 'event-loop', steps, arrivalsPerSecond, requests }));
  const station = { arrivalsPerSecond, serviceMs: SERVICE_MS };
  expectTruth(measured(results, MEAN), md1SojournMsMean(station), 0.01);
  expectTruth(measured(results, quantileOf(0.99)), md1SojournMsQuantile(station, 0.99), 0.03);
});

test('M/G/1 with lognormal service: the mean is Pollaczek–Khinchine’s', () => {
  const arrivalsPerSecond = 60;
  const steps = '[{ cpu: { median: 8ms, p99: 40ms } }]';
  const text = { serves: 'event-loop', steps, arrivalsPerSecond, requests: 300_000 };
  const variance = (Math.log(40 / 8) / 2.3263478740408408) ** 2;
  const serviceMsMean = 8 * Math.exp(variance / 2);
  const waitMs = mg1WaitMsMean({ arrivalsPerSecond, serviceMsMean }, Math.exp(variance) - 1);
  expectTruth(measured(run(stationText(text)), MEAN), waitMs + serviceMsMean, 0.01);
});

test('two M/M/1 in a row: the sojourns are independent (Burke, Reich)', () => {
  const endpoints = '{ work: [{ cpu: { exponential: 10ms } }] }';
  const service = (name: string) =>
    `  ${name}: { serves: { threads: 1 }, instances: 1, endpoints: ${endpoints} }\n`;
  const text = `name: tandem
duration: 7500s
warm-up: 1500s
traffic: { guests: { does: visit, rate: 50/s } }
journeys: { visit: [{ call: first.work }, { call: second.work }] }
services:
${service('first')}${service('second')}`;
  const results = run(text);
  // Each sojourn is exponential of 20 ms; 6.63835206799 is Erlang-2’s 99th percentile.
  expectTruth(measured(results, MEAN), 40, 0.01);
  expectTruth(measured(results, quantileOf(0.99)), 20 * 6.63835206799, 0.03);
});
