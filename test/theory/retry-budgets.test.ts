/**
 * What a budget leaves of retries where everything fails, through the model file: exact counts, or
 * Brooker's bound of 1 + r attempts a request. And how long jitter makes callers pause, by Little's
 * law.
 */
import { expect, test } from 'vitest';
import { expectTruth, mean, run } from './stations.ts';
import { gate, inside, serving, systemText } from './systems.ts';

const BROKEN = serving('delay', '[{ wait: 1s }]');

/** Requests that arrived, and attempts that were made, over all replications. */
function counted(retry: string, callers = 1, arrivalsPerSecond = 50, timeout = '10ms') {
  const steps = `[{ call: broken.work, timeout: ${timeout}, retry: ${retry} }]`;
  const text = `name: budgets
duration: 60s
traffic:
  guests: { does: visit, rate: [{ at: ${arrivalsPerSecond}/s, for: 40s }, { at: 0/s, for: 20s }] }
journeys: { visit: [{ call: caller.work }] }
services:
  caller: ${serving('delay', steps, callers)}
  broken: ${BROKEN}
`;
  const { runs } = run(text, 2);
  const sum = (of: (one: (typeof runs)[number]) => number) => runs.reduce((a, b) => a + of(b), 0);
  return {
    runs: runs.length,
    arrived: sum(({ journeys }) => journeys['visit']!.counters.arrived),
    // Whatever the callee does is too late.
    attempts: sum(({ services }) => services['broken']!.zombies),
  };
}

test.each([
  // 10 tokens: failures leave 9, 8, 7, 6, which is above half, and then 5.
  [
    'gRPC: four retries until half of the tokens are gone',
    'grpc-throttle: { tokens: 10, ratio: 0.1 }',
    1,
    4,
  ],
  [
    'gRPC: four for each instance of the caller',
    'grpc-throttle: { tokens: 10, ratio: 0.1 }',
    3,
    12,
  ],
  // ⌊500 / 14⌋
  ['AWS: 35 retries of 14 tokens', 'aws-quota: {}', 1, 35],
  ['AWS: 100 retries of 5 tokens', 'aws-quota: { cost: 5 }', 1, 100],
  ['AWS: 35 for each instance of the caller', 'aws-quota: {}', 2, 70],
  ['Envoy: none at once are none', 'active: 0%, min: 0', 1, 0],
])('%s', (_, budget, callers, retries) => {
  const { arrived, attempts, runs } = counted(`{ attempts: 5, budget: { ${budget} } }`, callers);
  expect(attempts - arrived).toBe(runs * retries);
});

test.each([10, 20, 50])('a budget of %i% a request makes 1 + r attempts of each', (percent) => {
  const { arrived, attempts } = counted(`{ attempts: 10, budget: { per-request: ${percent}% } }`);
  const bound = arrived * (1 + percent / 100);
  expect(attempts).toBeLessThanOrEqual(bound);
  // What is paid last is not used any more.
  expect(attempts).toBeGreaterThan(0.995 * bound);
});

test('a budget of 20 % of what is active makes at most 1 ÷ (1 − 20 %) attempts of each', () => {
  // 200 active without retries, so that whole numbers of them matter little.
  const retry = '{ attempts: 10, budget: { active: 20%, min: 0 } }';
  const { arrived, attempts } = counted(retry, 1, 1000, '200ms');
  expect(attempts / arrived).toBeLessThanOrEqual(1.25);
  expect(attempts / arrived).toBeGreaterThan(1.23);
});

test('without a budget all attempts are made', () => {
  const { arrived, attempts } = counted('{ attempts: 5 }');
  expect(attempts).toBe(5 * arrived);
});

test.each([
  // Three attempts of 10 ms each; pauses of 100 and 200 ms as reckoned.
  ['none', 'factor: 2', 330],
  ['full', 'factor: 2', 180],
  ['equal', 'factor: 2', 255],
  ['equal', 'factor: 2, at-most: 150ms', 217.5],
  // Uniform in 100 … 300, mean 200; then in 100 … three times that, mean 350.
  ['decorrelated', '', 580],
])('jitter %s %s: a request that fails is inside for %d ms', (jitter, more, insideMs) => {
  const settings = ['attempts: 3', 'backoff: 100ms', `jitter: ${jitter}`, more].filter(Boolean);
  const retry = `{ ${settings.join(', ')} }`;
  const text = systemText({
    visit: '[{ call: caller.work }]',
    services: {
      caller: gate(`[{ call: broken.work, timeout: 10ms, retry: ${retry} }]`),
      broken: BROKEN,
    },
    arrivalsPerSecond: 200,
    arrivals: 'even',
    requests: 20_000,
  });
  const measuredMs = inside(run(text), 'caller').map((count) => (1000 * count) / 200);
  if (jitter === 'none') expect(mean(measuredMs)).toBeCloseTo(insideMs, 6);
  else expectTruth(measuredMs, insideMs, 0.01);
});
