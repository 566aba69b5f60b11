/** Long runs: what is believed, what is not, and in which words. */
import { expect, test } from 'vitest';
import { runQuantileInterval } from '../../simulator/analysis/run-quantile.ts';
import { judgeLatencies, relativeHalfWidth } from '../../simulator/analysis/steady-journey.ts';
import {
  findSteadyState,
  nextLook,
  nextRequests,
  type SimulateLatencies,
  type SteadyLook,
} from '../../simulator/analysis/steady-state.ts';
import { stream } from '../../simulator/engine/random.ts';
import { drawExponential } from '../../simulator/engine/ziggurat.ts';
import { simulateLatencies } from '../../simulator/simulate.ts';
import { model, service } from '../helpers/models.ts';

const WISH = { relativeHalfWidth: 0.02, mostRequests: 400_000 };
const exponential = (n: number, seed = 1) => {
  const random = stream(seed, 0, 'latencies', 'exponential');
  return Float64Array.from({ length: n }, () => drawExponential(random));
};
const bySeed: SimulateLatencies = (what, run) => simulateLatencies(what, 1, run);
const queue = model(50, 1000, [service('s', { time: { type: 'exponential', meanMs: 10 } })]);

test('independent latencies are trusted, with all four numbers near the truth', () => {
  const { verdict, reason, latencyMs } = judgeLatencies(exponential(200_000), WISH);
  expect(verdict).toBe('trustworthy');
  expect(reason).toMatch(/^mean ± 0\.\d+ %, p99 ± [\d.]+ %; no trend and no slow swing$/);
  for (const [estimate, truth] of [
    [latencyMs.mean, 1],
    [latencyMs.p50, Math.log(2)],
    [latencyMs.p95, Math.log(20)],
    [latencyMs.p99, Math.log(100)],
  ] as const) {
    expect(estimate.value / truth).toBeCloseTo(1, 1);
    expect(estimate.low).toBeLessThan(estimate.value);
    expect(estimate.high).toBeGreaterThan(estimate.value);
  }
});

test.each([
  ['few latencies', exponential(1279), /^1,279 requests were completed, an interval takes 1,280$/],
  [
    'a rise',
    exponential(20_000).map((each, i) => each + i / 5000),
    /^latency in ms: it rises: the mean of its last third is [\d.]+, of its middle third/,
  ],
  [
    'a slow swing',
    exponential(20_000).map((each, i) => each + Math.sin(i / 2000)),
    /^latency in ms: it swings slowly: 20000 observations are too few, or its load changes$/,
  ],
  [
    'too wide an interval',
    exponential(20_000),
    /^mean ± [\d.]+ %, p99 ± [\d.]+ %, not the ± 2 % asked for$/,
  ],
])('%s: inconclusive, and why', (_, series, words) => {
  const judged = judgeLatencies(series, WISH);
  expect(judged.verdict).toBe('inconclusive');
  expect(judged.reason).toMatch(words);
});

test('a series that is not stationary has no numbers', () => {
  const { latencyMs, rises } = judgeLatencies(
    exponential(20_000).map((each, i) => each + i / 5000),
    WISH,
  );
  expect(rises).toBe(true);
  expect(Object.values(latencyMs).map(({ value }) => value)).toEqual(Array(4).fill(Number.NaN));
});

test('a constant is known exactly, rounding or not', () => {
  const series = Float64Array.from({ length: 5000 }, (_, i) => i / 7 + 12.5 - i / 7);
  const { verdict, latencyMs } = judgeLatencies(series, WISH);
  expect(verdict).toBe('trustworthy');
  expect(latencyMs.p99.high).toBeCloseTo(12.5, 9);
  expect(relativeHalfWidth(latencyMs.p99)).toBe(0);
});

test('a width is that of the farther edge, and none around a sure 0', () => {
  expect(relativeHalfWidth({ value: 10, low: 9, high: 12 })).toBe(0.2);
  expect(relativeHalfWidth({ value: 0, low: 0, high: 0 })).toBe(0);
});

test('the p99 of few distinct values is the largest of them, for sure', () => {
  const random = stream(1, 0, 'latencies', 'coin');
  const series = Float64Array.from({ length: 20_000 }, () => 1 + random.below(10));
  expect(runQuantileInterval(series, 0.99)).toMatchObject({ value: 10, low: 10, high: 10 });
  const constant = new Float64Array(2000).fill(3);
  expect(runQuantileInterval(constant, 0.99)).toMatchObject({ value: 3, low: 3, high: 3 });
});

test('a maximum that came only once is no quantile with an interval', () => {
  const { high } = runQuantileInterval(exponential(2000), 0.9999);
  expect(high).toBeNaN();
});

test('millions of observations give the interval that thousands of batches give', () => {
  const series = exponential(1 << 22);
  const { value, low, high } = runQuantileInterval(series, 0.99);
  // The binomial half-width of the share over the density at the quantile, which is the share.
  const half = (1.96 * Math.sqrt(0.01 * 0.99 * series.length)) / series.length / 0.01;
  expect((high - low) / 2 / half).toBeCloseTo(1, 0);
  expect(Math.abs(value - Math.log(100))).toBeLessThan(3 * half);
});

test('the first run has a hundred bursts, however many requests these are', () => {
  const arrivals = { type: 'bursts', everyMs: 60_000, forMs: 6000, times: 2 } as const;
  const bursty = { ...queue, traffic: [{ ...queue.traffic[0]!, arrivals }] };
  const wish = { ...WISH, mostRequests: 50_000_000 };
  expect(nextRequests(bursty, wish)).toBe(300_000);
  expect(nextRequests(bursty, wish, { requests: 300_000 } as SteadyLook)).toBe(600_000);
});

test('runs are doubled up to the cap', () => {
  const wish = { ...WISH, mostRequests: 600_000 };
  const after = (requests: number) => nextRequests(queue, wish, { requests } as SteadyLook);
  expect([nextRequests(queue, wish), after(200_000), after(400_000)]).toEqual([
    200_000, 400_000, 600_000,
  ]);
  expect(nextRequests(queue, { ...wish, mostRequests: 5000 })).toBe(5000);
});

test('a quiet queue is trusted', () => {
  const wish = { relativeHalfWidth: 0.1, mostRequests: 3_200_000 };
  const look = findSteadyState(queue, wish, bySeed);
  expect(look).toMatchObject({ verdict: 'trustworthy', isLast: true });
  const [journey] = look.journeys;
  expect(journey).toMatchObject({ journey: 'visit', errorRatio: 0, risen: 0 });
  expect(journey!.completed / look.requests).toBeCloseTo(1, 1);
  expect(journey!.latencyMs.mean.value / 20).toBeCloseTo(1, 1);
});

/** Independent latencies, other ones in each run, without a system. */
function fake(count: (run: number) => number): SimulateLatencies {
  return (what, number) => {
    const { run } = simulateLatencies(model(50, 1000, what.services), 1);
    return { run, latenciesMs: [exponential(count(number), number)] };
  };
}

test('the first run that looks good decides the length, the next one is the answer', () => {
  const simulate = fake(() => 200_000);
  const first = nextLook(queue, WISH, simulate);
  expect(first.journeys[0]!.verdict).toBe('trustworthy');
  expect(first).toMatchObject({ verdict: 'inconclusive', wasGood: true, isLast: false, run: 0 });
  const second = nextLook(queue, WISH, simulate, first);
  expect(second).toMatchObject({ verdict: 'trustworthy', isLast: true, run: 1 });
  expect(second).toMatchObject({ requests: 400_000, requestsInAll: 600_000 });
  expect(second.journeys[0]!.latencyMs).not.toEqual(first.journeys[0]!.latencyMs);
});

test('a run at the cap that looks good is made once more', () => {
  const wish = { ...WISH, mostRequests: 100_000 };
  const twice = findSteadyState(
    queue,
    wish,
    fake(() => 100_000),
  );
  expect(twice).toMatchObject({ verdict: 'trustworthy', run: 1, requests: 100_000 });
  const luck = findSteadyState(
    queue,
    wish,
    fake((run) => (run === 0 ? 100_000 : 5000)),
  );
  expect(luck).toMatchObject({ verdict: 'inconclusive', run: 1, isLast: true });
});

test('the cap is reached: how far it got is said', () => {
  const look = findSteadyState(queue, { ...WISH, mostRequests: 20_000 }, bySeed);
  expect(look).toMatchObject({ verdict: 'inconclusive', isLast: true, requests: 20_000 });
  expect(look.journeys[0]!.reason).toMatch(/ not the ± 2 % asked for$/);
});

test('a latency that rises in three runs is not waited for', () => {
  const hopeless = model(110, 1000, queue.services);
  const look = findSteadyState(hopeless, { ...WISH, mostRequests: 50_000_000 }, bySeed);
  expect(look).toMatchObject({ verdict: 'inconclusive', requests: 800_000 });
  expect(look.journeys[0]!.reason).toMatch(
    /^latency in ms: it rises: .*; it rose in 3 runs, each twice as long as the one before$/,
  );
});

test('a journey that nobody does is left out, and each one is judged by itself', () => {
  const rare = { ...queue.traffic[0]!, name: 'rare', does: 'rare', rate: rate(0.005) };
  const [visit] = queue.journeys;
  const what = {
    ...queue,
    journeys: [visit!, { ...visit!, name: 'rare' }, { ...visit!, name: 'never' }],
    traffic: [...queue.traffic, rare],
  };
  const look = nextLook(what, WISH, bySeed);
  expect(look.journeys.map(({ journey }) => journey)).toEqual(['visit', 'rare']);
  expect(look.journeys[1]!.reason).toMatch(/^\d+ requests were completed/);
});

function rate(perSecond: number) {
  const segment = { startMs: 0, endMs: 1000, phase: undefined };
  return [{ ...segment, fromPerSecond: perSecond, toPerSecond: perSecond }];
}
