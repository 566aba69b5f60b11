/**
 * Rate limits through the model file: what comes through a limit that is always exceeded is its
 * rate, and one that is not exceeded lets Poisson arrivals through as a loss system does.
 */
import { expect, test } from 'vitest';
import { ERROR_RATE, MEAN } from '../../simulator/analysis/statistics.ts';
import { expectTruth, measured, run } from './stations.ts';
import { gate, inside, systemText } from './systems.ts';

const AT_A_TIME = 100;
const SECONDS = 200;

/** Arrivals of `rate` a second at a limited service where all take 10 ms. */
function limitedText(limit: string, rate: number, arrivals: 'even' | 'poisson', instances = 1) {
  return systemText({
    visit: '[{ call: limited.work }]',
    services: {
      limited: gate('[{ wait: 10ms }]')
        .replace('{ serves', `{ rate-limit: ${limit}, serves`)
        .replace('instances: 1', `instances: ${instances}`),
    },
    arrivalsPerSecond: rate,
    arrivals,
    requests: rate * SECONDS,
    warmUp: 0,
  });
}

/** Requests that passed, of the first replication. */
function passed(limit: string, instances = 1): number {
  const { runs } = run(limitedText(limit, AT_A_TIME, 'even', instances), 1);
  const { completed, shed, arrived } = runs[0]!.journeys['visit']!.counters;
  expect(completed + shed).toBe(arrived);
  return completed;
}

test.each([
  // What is there at the start, and 10 a second; arrivals at 5, 15, 25 … ms or so.
  ['token bucket', '{ token-bucket: { rate: 10/s, burst: 20 } }', 20 + 10 * SECONDS],
  ['GCRA, which has one more', '{ gcra: { rate: 10/s, burst: 20 } }', 21 + 10 * SECONDS],
  ['nginx, which has one more', '{ nginx: { rate: 10/s, burst: 20 } }', 21 + 10 * SECONDS],
  ['nginx at once', '{ nginx: { rate: 10/s, burst: 20, nodelay: true } }', 21 + 10 * SECONDS],
  ['fixed window', '{ fixed-window: { limit: 10, window: 1s } }', 10 * SECONDS],
  ['fixed window of 10 s', '{ fixed-window: { limit: 100, window: 10s } }', 10 * SECONDS],
])('at ten times its rate, a %s lets through what it says', (_, limit, most) => {
  const count = passed(limit);
  expect(count).toBeLessThanOrEqual(most);
  // One at the end, and a tenth of a second between what is due and who comes.
  expect(count).toBeGreaterThan(most - 3);
});

test('a limit for each instance is as many limits', () => {
  const own = '{ token-bucket: { rate: 10/s, burst: 20 }, per: instance }';
  expect(passed(own, 3)).toBeGreaterThan(3 * (20 + 10 * SECONDS) - 9);
  expect(passed(own.replace('instance', 'service'), 3)).toBeLessThanOrEqual(20 + 10 * SECONDS);
});

test('a sliding window that counts what it refuses blocks those who never pause', () => {
  // The first ten pass; from then on the window before is always full ten times over.
  expect(passed('{ sliding-window: { limit: 10, window: 1s } }')).toBe(10);
});

test('refused requests leave no trace at a bucket of one token: as a server of 1 ÷ rate', () => {
  // A token comes 1/rate after the last was taken, and is lost on nobody: Erlang's loss formula of
  // one server with a constant service time, ρ/(1 + ρ).
  const results = run(limitedText('{ gcra: { rate: 50/s } }', 40, 'poisson'));
  expectTruth(measured(results, ERROR_RATE), 40 / 50 / (1 + 40 / 50), 0.02);
});

test('nginx makes its burst wait as long as M/D/1: delays are a queue before the door', () => {
  // Whoever comes waits for those before him at 1/rate each: ρ/(2(1 − ρ)) / rate, and 10 ms inside.
  const rate = 100;
  const offered = 60;
  const text = limitedText(`{ nginx: { rate: ${rate}/s, burst: 100000 } }`, offered, 'poisson');
  const results = run(text);
  const ratio = offered / rate;
  const waitMs = ((ratio / (2 * (1 - ratio))) * 1000) / rate;
  expectTruth(measured(results, MEAN), 10 + waitMs, 0.02);
  expectTruth(inside(results, 'limited'), (offered * 10) / 1000, 0.01);
});
