/**
 * Retries, through the model file. Attempts that fail by themselves: a pool with a thread for
 * everybody waits an exponential time and its callers give up after a fixed one, so that each
 * attempt fails with exactly e^(−timeout/mean). And an outage: one request that takes ten seconds
 * of the only thread, then the fluid rule for the time until all is well again, or never.
 */
import { expect, test } from 'vitest';
import { ERROR_RATE } from '../../simulator/analysis/statistics.ts';
import type { Results, Run } from '../../simulator/results/results.ts';
import { allFailRatio, attemptsMean, outageRecoveryMs } from '../../simulator/theory/retries.ts';
import { expectTruth, mean, measured, run, utilization } from './stations.ts';

const THREADS = 100_000;
const WAIT_MS = 10;
const PER_SECOND = 1000;

function failingText(failing: number, attempts: number): string {
  const timeoutMs = (-WAIT_MS * Math.log(failing)).toFixed(9);
  return `name: failing
duration: 30s
warm-up: 5s
traffic:
  guests: { does: visit, rate: ${PER_SECOND}/s }
journeys:
  visit: [{ call: pool.work, timeout: ${timeoutMs}ms, retry: { attempts: ${attempts} } }]
services:
  pool:
    serves: { threads: ${THREADS} }
    instances: 1
    endpoints:
      work: [{ wait: { exponential: ${WAIT_MS}ms } }]
`;
}

test.each([
  [0.1, 2],
  [0.5, 2],
  [0.5, 3],
  [0.5, 6],
  [0.9, 2],
  [0.9, 4],
  [0.9, 6],
])('attempts that fail with %f, at most %i of them: as many as the table says', (failing, most) => {
  const results = run(failingText(failing, most));
  // Every attempt holds its thread for its whole time, whoever still waits: Little’s law.
  const busy = utilization(results, 'pool').map((ratio) => ratio * THREADS);
  const attempts = busy.map((threads) => threads / ((PER_SECOND * WAIT_MS) / 1000));
  expectTruth(attempts, attemptsMean(most, failing), 0.015);
  expectTruth(measured(results, ERROR_RATE), allFailRatio(most, failing), 0.12);
});

const OUTAGE_S = 10;

/** Served by one thread, 100/s; nobody listens for longer than a second, and all try again. */
function outageText(arrivalsPerSecond: number, attempts: number, queue: string): string {
  const retry = `retry: { attempts: ${attempts} }`;
  return `name: outage
duration: 450s
traffic:
  guests: { does: visit, rate: ${arrivalsPerSecond}/s }
  outage: { does: block, rate: [{ at: 1/min, for: 1s }, { at: 0/s, for: 1s }], arrivals: even }
journeys:
  visit: [{ call: server.work, timeout: 1s, ${retry} }]
  block: [{ call: server.stop }]
services:
  server:
    serves: { threads: 1, queue: ${queue} }
    instances: 1
    endpoints:
      work: [{ cpu: { exponential: 10ms } }]
      stop: [{ cpu: ${OUTAGE_S}s }]
`;
}

/** Seconds from the end of the outage to the last bucket of which most requests failed. */
function recoverySeconds({ journeys }: Run, { bucketMs }: Results): number {
  const { arrived, errors } = journeys['visit']!;
  const last = arrived.findLastIndex((count, bucket) => errors[bucket]! > count / 2);
  return ((last + 1) * bucketMs) / 1000 - OUTAGE_S;
}

/** Share of the visits of the last minute that were answered in time. */
function goodputRatio({ runs, bucketMs }: Results): number {
  const from = (450_000 - 60_000) / bucketMs;
  const sum = (counts: readonly number[]) => counts.slice(from).reduce((a, b) => a + b, 0);
  const series = runs.map(({ journeys }) => journeys['visit']!);
  return mean(series.map(({ completed, arrived }) => sum(completed) / sum(arrived)));
}

test.each([
  [30, 2],
  [45, 2],
  [30, 3],
])('%i/s with %i attempts recover from an outage in the time of the fluid rule', (...row) => {
  const [arrivalsPerSecond, attempts] = row;
  const results = run(outageText(arrivalsPerSecond, attempts, '{ order: fifo }'));
  const server = { timeoutMs: 1000, servedPerSecond: 100, outageMs: 1000 * OUTAGE_S };
  const fluid = outageRecoveryMs({ ...server, arrivalsPerSecond, attempts }) / 1000;
  const seconds = mean(results.runs.map((one) => recoverySeconds(one, results)));
  expect(Math.abs(seconds - fluid)).toBeLessThan(3 + 0.2 * fluid);
  expect(goodputRatio(results)).toBeGreaterThan(0.99);
});

test.each([
  [26, 4],
  [36, 3],
  [52, 2],
])('%i/s with %i attempts are more than the server: the outage never ends', (rate, attempts) => {
  expect(goodputRatio(run(outageText(rate, attempts, '{ order: fifo }')))).toBeLessThan(0.05);
});

test.each(['{ order: lifo }', '{ expired: drop }'])(
  '36/s with 3 attempts recover with queue: %s',
  (queue) => {
    expect(goodputRatio(run(outageText(36, 3, queue)))).toBeGreaterThan(0.99);
  },
);
