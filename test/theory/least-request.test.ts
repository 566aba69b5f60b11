/**
 * The power of two choices, through the model file: Envoy's draw, which may look at one instance
 * twice, and draws of different ones, up to the shortest of all queues. Few instances by exact
 * chains, more of them against simulations of 4·10⁸ events whose values are in the ground truth
 * tables (with Gast & Van Houdt's refined mean field beside them).
 */
import { expect, test } from 'vitest';
import { MEAN } from '../../simulator/analysis/statistics.ts';
import { jsqSojournMean } from '../../simulator/theory/jsq.ts';
import { jsqChainSojournMean } from '../../simulator/theory/jsq-chain.ts';
import { expectTruth, mean, measured, run, stationText } from './stations.ts';

const SERVICE_MS = 10;

function sojourns(instances: number, balancing: string, rho: number, requests: number): number[] {
  const arrivalsPerSecond = (rho * instances * 1000) / SERVICE_MS;
  const steps = `[{ cpu: { exponential: ${SERVICE_MS}ms } }]`;
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
  expectTruth(sojourns(instances, better(choices), rho, requests), truth, share);
});

/** Of so many draws, with or without replacement. */
function better(choices: number, replacement = true): string {
  return `{ least-request: { choices: ${choices}, replacement: ${replacement} } }`;
}

test.each([
  [2, better(2, false), 0.8, 2.95573662, 200_000],
  [3, better(2, false), 0.8, 2.50999979, 150_000],
  [3, better(3, false), 0.8, 2.28554761, 150_000],
  [10, better(2, false), 0.9, 2.68474 / 0.9, 200_000],
  // Whom a tie goes to changes no length of a queue.
  [3, 'least-outstanding', 0.8, 2.28554761, 150_000],
  [3, 'leastconn', 0.8, 2.28554761, 150_000],
])('%i instances, %s, ρ %f: %f service times', (instances, balancing, rho, truth, requests) => {
  expectTruth(sojourns(instances, balancing, rho, requests), SERVICE_MS * truth, 0.02);
});

test('five at random are five queues of their own, M/M/1 each', () => {
  expectTruth(sojourns(5, 'random', 0.8, 200_000), SERVICE_MS / (1 - 0.8), 0.03);
});

test('weights 1 and 3 at random are M/M/1 at a quarter and three quarters of the arrivals', () => {
  // 120/s at two servers of 100/s each: 30/s and 90/s.
  const truth = 0.25 * (1000 / (100 - 30)) + 0.75 * (1000 / (100 - 90));
  expectTruth(sojourns(2, '{ random: { weights: [1, 3] } }', 0.6, 200_000), truth, 0.04);
});

test.each(['{ ring-hash: { key: { count: 1 } } }', '{ maglev: { key: { count: 1 } } }'])(
  'with one key for all, %s is M/M/1 at one instance of three',
  (balancing) => {
    expectTruth(sojourns(3, balancing, 0.8 / 3, 100_000), SERVICE_MS / (1 - 0.8), 0.04);
  },
);

test('ten instances, the better of two draws, ρ 0.9: 2.80272 requests each', () => {
  expectTruth(sojourns(10, better(2), 0.9, 200_000), (SERVICE_MS * 2.80272) / 0.9, 0.025);
});

test('a hundred have 2.39139 each, which is the limit of very many, nearly', () => {
  const times = sojourns(100, better(2), 0.9, 250_000);
  expectTruth(times, (SERVICE_MS * 2.39139) / 0.9, 0.02);
  expect(Math.abs(mean(times) / (SERVICE_MS * jsqSojournMean(2, 0.9)) - 1)).toBeLessThan(0.04);
});
