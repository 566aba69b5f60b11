/**
 * Retries, through the model file. Attempts that fail by themselves: a pool with a thread for
 * everybody waits an exponential time and its callers give up after a fixed one, so that each
 * attempt fails with exactly e^(−timeout/mean). Attempts that all fail, through layers that all try
 * again. And an outage: one request that takes ten seconds of the only thread, then the fluid rule
 * for the time until all is well again, or never.
 */
import { expect, test } from 'vitest';
import { ERROR_RATE } from '../../simulator/analysis/statistics.ts';
import type { Results, Run } from '../../simulator/results/results.ts';
import { allFailRatio, attemptsMean, outageRecoveryMs } from '../../simulator/theory/retries.ts';
import { expectTruth, mean, measured, run, utilization } from './stations.ts';
import { serving } from './systems.ts';

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

/** Layers that call the next one and try again, and at the bottom what always comes too late. */
function layersText(attempts: number, layers: number): string {
  const again = `retry: { attempts: ${attempts} }`;
  const services = Array.from({ length: layers }, (_, layer) => {
    const next = layer + 1 < layers ? `layer${layer + 1}.work` : 'broken.work, timeout: 10ms';
    return `  layer${layer}: ${serving('delay', `[{ call: ${next}, ${again} }]`)}\n`;
  });
  return `name: layers
duration: 60s
traffic: { guests: { does: visit, rate: [{ at: 50/s, for: 6s }, { at: 0/s, for: 54s }] } }
journeys: { visit: [{ call: layer0.work }] }
services:
${services.join('')}  broken: ${serving('delay', '[{ wait: 50ms }]')}
`;
}

test.each([
  ['two attempts double the work', 2, 1],
  ['three treble it', 3, 1],
  ['ten make it ten times as much', 10, 1],
  ['two layers of two attempts: four times', 2, 2],
  ['three of three: 27 times', 3, 3],
  ['four of four: 256 times', 4, 4],
  ['eight of two: 256 times', 2, 8],
])('where everything fails, %s, exactly', (_, attempts, layers) => {
  for (const { journeys, services } of run(layersText(attempts, layers), 2).runs) {
    const { arrived, failed } = journeys['visit']!.counters;
    expect(failed).toBe(arrived);
    // Whatever the bottom does is too late.
    expect(services['broken']!.zombies).toBe(attempts ** layers * arrived);
  }
});

const OUTAGE_S = 10;
const RUN_S = 450;
const TIMEOUT_S = 1;

/** Served by one thread, 100/s; nobody listens for longer than a second, and all try again. */
function outageText(
  arrivalsPerSecond: number,
  attempts: number,
  queue: string,
  seconds = RUN_S,
): string {
  const retry = attempts > 1 ? `, retry: { attempts: ${attempts} }` : '';
  return `name: outage
duration: ${seconds}s
traffic:
  guests: { does: visit, rate: ${arrivalsPerSecond}/s }
  outage: { does: block, rate: [{ at: 1/min, for: 1s }, { at: 0/s, for: 1s }], arrivals: even }
journeys:
  visit: [{ call: server.work, timeout: ${TIMEOUT_S}s${retry} }]
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

/**
 * Seconds from the end of the outage until the queue is short enough: the last visit to fail came
 * when there was time for all of its attempts but the last.
 */
function recoverySeconds({ journeys }: Run, arrivalsPerSecond: number, attempts: number): number {
  const { arrived, completed } = journeys['visit']!.counters;
  return (arrived - completed) / arrivalsPerSecond + (attempts - 1) * TIMEOUT_S - OUTAGE_S;
}

/** Share of the visits of the last minute that were answered in time. */
function goodputRatio({ runs, bucketMs, durationMs }: Results): number {
  const from = (durationMs - 60_000) / bucketMs;
  const sum = (counts: readonly number[]) => counts.slice(from).reduce((a, b) => a + b, 0);
  const series = runs.map(({ journeys }) => journeys['visit']!);
  return mean(series.map(({ completed, arrived }) => sum(completed) / sum(arrived)));
}

// How close is three times the standard error or more; near the boundary the work is a random
// walk for minutes.
test.each([
  ['who tries once, three seconds', 30, 1, 120, 64, 0.15],
  ['who tries once at a higher load, eight', 50, 1, 120, 32, 0.15],
  ['two attempts at 60 % in all, twelve', 30, 2, 120, 48, 0.15],
  ['two at 90 % in all, more than a minute', 45, 2, 300, 32, 0.15],
  ['three at 90 % in all, the same', 30, 3, 300, 32, 0.2],
  ['three at 96 % in all, three minutes', 32, 3, 600, 24, 0.25],
  ['four at 96 % in all, three minutes', 24, 4, 600, 24, 0.3],
])('after an outage, %s: the fluid rule’s time (%i/s, attempts: %i)', (...row) => {
  const [, arrivalsPerSecond, attempts, runSeconds, replications, share] = row;
  const text = outageText(arrivalsPerSecond, attempts, '{ order: fifo }', runSeconds);
  const results = run(text, replications);
  const server = { timeoutMs: 1000 * TIMEOUT_S, servedPerSecond: 100, outageMs: 1000 * OUTAGE_S };
  const fluid = outageRecoveryMs({ ...server, arrivalsPerSecond, attempts }) / 1000;
  const seconds = results.runs.map((one) => recoverySeconds(one, arrivalsPerSecond, attempts));
  expectTruth(seconds, fluid, share);
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
