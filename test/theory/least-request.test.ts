/**
 * The power of two choices, through the model file: Envoy's draw, which may look at one instance
 * twice. Few instances by exact chains, more of them against simulations of 4·10⁸ events whose
 * values are in the ground truth tables (with Gast & Van Houdt's refined mean field beside them).
 */
import { expect, test } from 'vitest';
import { MEAN } from '../../simulator/analysis/statistics.ts';
import { jsqSojournMean } from '../../simulator/theory/jsq.ts';
import { jsqChainSojournMean } from '../../simulator/theory/jsq-chain.ts';
import { expectTruth, mean, measured, run, stationText } from './stations.ts';

const SERVICE_MS = 10;

function sojourns(instances: number, choices: number, rho: number, requests: number): number[] {
  const arrivalsPerSecond = (rho * instances * 1000) / SERVICE_MS;
  const steps = `[{ cpu: { exponential: ${SERVICE_MS}ms } }]`;
  const balancing = `{ least-request: ${choices} }`;
  const station = { steps, arrivalsPerSecond, requests, instances, balancing };
  return measured(run(stationText({ serves: '{ threads: 1 }', ...station })), MEAN);
}

test.each([
  [2, 2, 0.8, 200_000, 0.02],
  [3, 2, 0.8, 150_000, 0.02],
  [3, 3, 0.8, 150_000, 0.02],
])('%i instances, the better of %i draws, ρ %f: the exact chain', (...row) => {
  const [instances, choices, rho, requests, share] = row;
  const group = { servers: instances, choices, replacement: true };
  const truth = SERVICE_MS * jsqChainSojournMean(group, rho);
  expectTruth(sojourns(instances, choices, rho, requests), truth, share);
});

test('ten instances, the better of two draws, ρ 0.9: 2.80272 requests each', () => {
  expectTruth(sojourns(10, 2, 0.9, 200_000), (SERVICE_MS * 2.80272) / 0.9, 0.025);
});

test('a hundred have 2.39139 each, which is the limit of very many, nearly', () => {
  const times = sojourns(100, 2, 0.9, 250_000);
  expectTruth(times, (SERVICE_MS * 2.39139) / 0.9, 0.02);
  expect(Math.abs(mean(times) / (SERVICE_MS * jsqSojournMean(2, 0.9)) - 1)).toBeLessThan(0.04);
});
