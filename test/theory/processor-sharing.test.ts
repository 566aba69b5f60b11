/**
 * Shared cores, through the model file. On one core the mean time inside is E[S] ÷ (1 − ρ) whatever
 * the distribution of service (M/G/1-PS is insensitive); on k cores with exponential service the
 * number inside is that of M/M/k, and so is the mean time (Little).
 */
import { expect, test } from 'vitest';
import { MEAN } from '../../simulator/analysis/statistics.ts';
import { mmcSojournMsMean } from '../../simulator/theory/mmc.ts';
import {
  expectTruth,
  halfWidth999,
  mean,
  measured,
  run,
  stationText,
  utilization,
} from './stations.ts';

const SERVICE_MS = 10;

function inside(cores: number, rho: number, steps: string, requests: number) {
  const arrivalsPerSecond = (rho * cores * 1000) / SERVICE_MS;
  const serves = `{ cpu-shared: ${cores} }`;
  return run(stationText({ serves, steps, arrivalsPerSecond, requests }));
}

test.each([
  ['exponential', '[{ cpu: { exponential: 10ms } }]'],
  ['constant', '[{ cpu: 10ms }]'],
  // σ = 1: mean = median · e^½ = 10 ms.
  ['lognormal', '[{ cpu: { median: 6.065307ms, p99: 62.111612ms } }]'],
  ['measured', '[{ cpu: { empirical: [1ms, 1ms, 1ms, 1ms, 46ms] } }]'],
])('one core at ρ 0.7, %s service: mean E[S] ÷ (1 − ρ)', (_, steps) => {
  const times = measured(inside(1, 0.7, steps, 150_000), MEAN);
  const truth = SERVICE_MS / 0.3;
  expect(Math.abs(mean(times) / truth - 1)).toBeLessThan(0.02);
  expect(Math.abs(mean(times) - truth)).toBeLessThan(halfWidth999(times));
});

// Wild service needs longer runs.
test.each([
  ['hyperexponential', '[{ cpu: { mean: 10ms, scv: 4 } }]'],
  // min·shape/(shape − 1) = 10 ms, scv 0.8.
  ['Pareto', '[{ cpu: { pareto: { min: 6ms, shape: 2.5 } } }]'],
])('one core at ρ 0.5, %s service: mean E[S] ÷ (1 − ρ)', (_, steps) => {
  expectTruth(measured(inside(1, 0.5, steps, 200_000), MEAN), SERVICE_MS / 0.5, 0.02);
});

test.each([
  [2, 0.8],
  [8, 0.85],
])('%i cores at ρ %f, exponential service: the mean of M/M/k', (servers, rho) => {
  const results = inside(servers, rho, '[{ cpu: { exponential: 10ms } }]', 200_000);
  const arrivalsPerSecond = (rho * servers * 1000) / SERVICE_MS;
  const truth = mmcSojournMsMean({ servers, arrivalsPerSecond, serviceMsMean: SERVICE_MS });
  const times = measured(results, MEAN);
  expect(Math.abs(mean(times) / truth - 1)).toBeLessThan(0.02);
  expect(Math.abs(mean(times) - truth)).toBeLessThan(halfWidth999(times));
  const busy = utilization(results, 'station');
  expect(Math.abs(mean(busy) / rho - 1)).toBeLessThan(0.01);
});
