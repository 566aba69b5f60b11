/**
 * One server, through the model file, where arrivals or services are not exponential: how much they
 * vary decides the wait. The wilder the service, the longer a run must be; how close the mean must
 * come is in the table, three times its standard error or more.
 */
import { test } from 'vitest';
import { MEAN, quantileOf } from '../../simulator/analysis/statistics.ts';
import { evenGaps, gm1SojournMsMean, gm1SojournMsQuantile } from '../../simulator/theory/gm1.ts';
import { mg1WaitMsMean } from '../../simulator/theory/mg1.ts';
import { expectTruth, measured, run, stationText } from './stations.ts';

const SERVICE_MS = 10;

test.each([
  [0.25, 0.5, 100_000, 0.01],
  [0.25, 0.8, 200_000, 0.02],
  [1, 0.5, 100_000, 0.015],
  [4, 0.5, 200_000, 0.025],
  [4, 0.8, 350_000, 0.03],
  [10, 0.5, 200_000, 0.045],
  [10, 0.8, 400_000, 0.045],
])('M/G/1, scv %f, at ρ %f is Pollaczek’s and Khinchine’s', (scv, rho, requests, share) => {
  const arrivalsPerSecond = (rho * 1000) / SERVICE_MS;
  const steps = `[{ cpu: { mean: ${SERVICE_MS}ms, scv: ${scv} } }]`;
  const text = stationText({ serves: '{ threads: 1 }', steps, arrivalsPerSecond, requests });
  const waitMs = mg1WaitMsMean({ arrivalsPerSecond, serviceMsMean: SERVICE_MS }, scv);
  expectTruth(measured(run(text), MEAN), waitMs + SERVICE_MS, share);
});

test.each([
  [0.5, 100_000, 0.01],
  [0.8, 300_000, 0.015],
])('D/M/1 at ρ %f: even arrivals wait a fraction; p99 within 3 %', (rho, requests, share) => {
  const arrivalsPerSecond = (rho * 1000) / SERVICE_MS;
  const steps = `[{ cpu: { exponential: ${SERVICE_MS}ms } }]`;
  const serves = '{ threads: 1 }';
  const text = { serves, steps, arrivalsPerSecond, requests, arrivals: 'even' } as const;
  const gapTransform = evenGaps(arrivalsPerSecond);
  const queue = { arrivalsPerSecond, serviceMsMean: SERVICE_MS, gapTransform };
  const results = run(stationText(text));
  expectTruth(measured(results, MEAN), gm1SojournMsMean(queue), share);
  expectTruth(measured(results, quantileOf(0.99)), gm1SojournMsQuantile(queue, 0.99), 0.03);
});
