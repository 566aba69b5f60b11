import { expect, test } from 'vitest';
import { paced } from '../../bin/plan.ts';
import type { LoadedModel } from '../../bin/systems.ts';
import { compare } from '../../reports/compare.ts';
import { makePlan } from '../../reports/make-plan.ts';
import type { Model, Traffic } from '../../simulator/model/model.ts';
import { allArrivals, arrivalStreams } from '../../simulator/traffic/arrivals.ts';
import { decodeArrivals, encodeArrivals } from '../../simulator/traffic/load-plan.ts';
import { measuredFrom, predictedBy } from '../helpers/measured.ts';
import { model, service } from '../helpers/models.ts';

const OPTIONS = { target: 'http://127.0.0.1:4100', pacing: 'exact', toleranceRatio: 0.15 } as const;
const shop = (changes: Partial<Model> = {}): Model =>
  model(50, 60_000, [service('s', { time: { type: 'exponential', meanMs: 5 } })], {
    timeoutMs: 1000,
    ...changes,
  });

const BURSTS = { type: 'bursts', everyMs: 8000, forMs: 800, times: 6 } as const;

test.each(['poisson', BURSTS] as const)(
  'a plan has the very arrivals of the simulation: %j',
  (arrivals) => {
    const what = shop();
    const predicted = predictedBy({ ...what, traffic: [{ ...what.traffic[0]!, arrivals }] });
    const [load] = makePlan(predicted, OPTIONS).loads;
    const times = load!.arrivals.flatMap(decodeArrivals);
    expect(times).toHaveLength(load!.arrivalCount);
    const seconds = Array.from({ length: 60 }, () => 0);
    for (const atMs of times) seconds[Math.floor(atMs / 1000)]!++;
    expect(seconds).toEqual(predicted.runs[3]!.journeys['visit']!.arrived);
  },
);

test('arrival times survive their blocks, also across a block boundary', () => {
  const times = Array.from({ length: 2500 }, (_, k) => k * 1.2345);
  const decoded = encodeArrivals(times).flatMap(decodeArrivals);
  expect(decoded).toHaveLength(2500);
  for (const [k, atMs] of decoded.entries())
    expect(Math.abs(atMs - times[k]!)).toBeLessThan(0.0006);
});

test('thresholds stand at the upper end of what was predicted for the whole run', () => {
  const predicted = predictedBy(shop());
  const { thresholds, bands } = makePlan(predicted, OPTIONS);
  const p95 = bands.find(({ statistic, window }) => statistic === 'p95' && window === 'whole run')!;
  const rules = thresholds['plimsoll_latency{journey:visit}']!;
  // No warm-up here, so both are of the same requests.
  const limit = Number(rules.find((rule) => rule.startsWith('p(95)<'))!.slice(6));
  expect(limit / p95.high).toBeCloseTo(1, 3);
  expect(rules.map((rule) => rule.split('<')[0])).toEqual(['avg', 'med', 'p(95)', 'p(99)']);
  expect(thresholds['plimsoll_errors{journey:visit}']).toEqual(['rate<0.001000']);
});

test('a plan that sends nothing cannot pass: it asks for requests, in time, none dropped', () => {
  const { thresholds, loads } = makePlan(predictedBy(shop()), OPTIONS);
  expect(thresholds['http_reqs']).toEqual([`count>=${Math.floor(loads[0]!.arrivalCount * 0.99)}`]);
  expect(thresholds['dropped_iterations']).toEqual(['count<1']);
  expect(thresholds['plimsoll_lateness']).toEqual(['p(99)<5']);
});

test('virtual users are enough for a system in which everybody waits until the timeout', () => {
  // 50/s × 1 s, in the busiest second somewhat more; Poisson: hardly ever beyond 80.
  const { virtualUsers } = makePlan(predictedBy(shop()), OPTIONS).loads[0]!;
  expect(virtualUsers).toBeGreaterThan(50);
  expect(virtualUsers).toBeLessThan(100);
});

test('and enough for a burst that is shorter than the buckets of a long run', () => {
  const base = shop({ durationMs: 600_000 });
  const rate = [{ ...base.traffic[0]!.rate[0]!, endMs: 600_000 }];
  const arrivals = { type: 'bursts', everyMs: 60_000, forMs: 1500, times: 8 } as const;
  const bursty = { ...base, traffic: [{ ...base.traffic[0]!, rate, arrivals }] };
  const predicted = predictedBy(bursty);
  expect(predicted.bucketMs).toBe(5000);
  const times = allArrivals(bursty.traffic[0]!, arrivalStreams(1, 0, 'learners'));
  const seconds = new Float64Array(601);
  for (const ms of times) seconds[Math.floor(ms / 1000)]!++;
  const most = Math.max(...seconds);
  expect(most).toBeGreaterThan(300);
  expect(makePlan(predicted, OPTIONS).loads[0]!.virtualUsers).toBeGreaterThanOrEqual(most);
});

test('even pacing is stages of the rate curve', () => {
  const ramp = [
    { startMs: 0, endMs: 10_000, fromPerSecond: 10, toPerSecond: 10, phase: undefined },
    { startMs: 10_000, endMs: 60_000, fromPerSecond: 10, toPerSecond: 50, phase: undefined },
  ];
  const what = shop();
  const even = {
    ...what,
    traffic: [{ ...what.traffic[0]!, rate: ramp, arrivals: 'even' as const }],
  };
  const [load] = makePlan(predictedBy(even), { ...OPTIONS, pacing: 'even' }).loads;
  expect(load).toMatchObject({ pacing: 'even', arrivals: [], arrivalCount: 100 + 1500 });
  expect(load!.stages).toEqual([
    { durationMs: 10_000, fromPerSecond: 10, toPerSecond: 10 },
    { durationMs: 50_000, fromPerSecond: 10, toPerSecond: 50 },
  ]);
});

test.each<[string, Traffic['arrivals']]>([
  ['comes in bursts', BURSTS],
  [
    'is that of a capture',
    { type: 'replayed', file: 'a', digest: '', speed: 1, count: 1, left: 0, blocks: ['1'] },
  ],
])('what %s is not spaced evenly', (words, arrivals) => {
  const what = shop();
  const traffic = [{ ...what.traffic[0]!, arrivals }];
  const loaded: LoadedModel = { model: { ...what, traffic }, digest: '', files: [], question: '' };
  expect(paced(loaded, 'exact')).toBe(loaded);
  expect(() => paced(loaded, 'even')).toThrow(
    `traffic learners ${words}: it cannot be spaced evenly`,
  );
});

test('the bands of a plan are those of the comparison', () => {
  const predicted = predictedBy(shop());
  const { bands } = makePlan(predicted, OPTIONS);
  const { checks } = compare(predicted, measuredFrom(shop(), predicted), 0.15);
  const compared = checks.filter(({ kind }) => kind === 'band');
  expect(bands.map(({ low, high }) => ({ low, high }))).toEqual(
    compared.map(({ allowed }) => allowed),
  );
});

test('what no load generator can play, and what has no interval, is refused in words', () => {
  const waits = shop({
    journeys: [{ name: 'visit', steps: [{ type: 'wait', time: { type: 'constant', ms: 5 } }] }],
  });
  expect(() => makePlan(predictedBy(waits), OPTIONS)).toThrow(
    'journey visit: expected one call, which is what load generators play so far, found other',
  );
  expect(() => makePlan(predictedBy(shop(), 2), OPTIONS)).toThrow('at least 3 replications');
});
