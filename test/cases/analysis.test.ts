import { expect, test } from 'vitest';
import { confidenceInterval, predictionInterval } from '../../simulator/analysis/estimate.ts';
import { judgeObjectives, verdictOf } from '../../simulator/analysis/objectives.ts';
import { quantileOf } from '../../simulator/analysis/statistics.ts';
import { studentT } from '../../simulator/analysis/student-t.ts';
import { sampleOf, windowsOf } from '../../simulator/analysis/windows.ts';
import type { Model } from '../../simulator/model/model.ts';
import { simulate } from '../../simulator/simulate.ts';
import { model, service } from '../helpers/models.ts';

// NIST/SEMATECH e-Handbook of Statistical Methods, table of upper critical values of Student's t.
test.each([
  [0.975, 1, 12.706],
  [0.975, 2, 4.303],
  [0.975, 9, 2.262],
  [0.975, 30, 2.042],
  [0.95, 5, 2.015],
  [0.995, 10, 3.169],
  [0.999, 100, 3.174],
])('the %f quantile of t with %i degrees of freedom is %f', (p, degrees, expected) => {
  expect(studentT(p, degrees)).toBeCloseTo(expected, 3);
});

test('a confidence interval is t·s/√n around the mean', () => {
  const { value, low, high } = confidenceInterval([1, 2, 3, 4, 5]);
  const half = (2.7764451 * Math.sqrt(2.5)) / Math.sqrt(5);
  expect(value).toBe(3);
  expect(low).toBeCloseTo(3 - half, 6);
  expect(high).toBeCloseTo(3 + half, 6);
});

test('the interval of one further run is wider than that of the mean', () => {
  const half = 2.7764451 * Math.sqrt(2.5) * Math.sqrt(1 + 1 / 5);
  expect(predictionInterval([1, 2, 3, 4, 5]).high).toBeCloseTo(3 + half, 6);
});

test('two replications have a mean and no interval', () => {
  expect(confidenceInterval([1, 3])).toEqual({ value: 2, low: Number.NaN, high: Number.NaN });
});

test('one replication in which nothing was measured takes the whole estimate with it', () => {
  expect(confidenceInterval([1, 2, Number.NaN]).value).toBeNaN();
});

test.each([
  ['pass', 100, { value: 90, low: 80, high: 100 }],
  ['fail', 79, { value: 90, low: 80, high: 100 }],
  ['inconclusive', 95, { value: 90, low: 80, high: 100 }],
  ['no data', 95, { value: Number.NaN, low: Number.NaN, high: Number.NaN }],
  // Without an interval nothing is proved.
  ['inconclusive', 95, { value: 90, low: Number.NaN, high: Number.NaN }],
] as const)('%s: at most %d against $value', (verdict, objective, estimate) => {
  expect(verdictOf(estimate, objective)).toBe(verdict);
});

test('windows begin after the warm-up, and a phase inside it is none', () => {
  const windows = windowsOf({
    durationMs: 60_000,
    warmUpMs: 20_000,
    phases: [
      { name: 'early', startMs: 0, endMs: 10_000 },
      { name: 'calm', startMs: 10_000, endMs: 30_000 },
      { name: 'peak', startMs: 30_000, endMs: 60_000 },
    ],
  });
  expect(windows).toEqual([
    { name: 'whole run', startMs: 20_000, endMs: 60_000 },
    { name: 'calm', startMs: 20_000, endMs: 30_000 },
    { name: 'peak', startMs: 30_000, endMs: 60_000 },
  ]);
});

test('a window holds the requests that started in it', () => {
  const results = simulated(
    model(50, 20_000, [service('s', { time: { type: 'constant', ms: 5 } })]),
  );
  const window = { name: 'w', startMs: 4_000, endMs: 9_000 };
  const { arrived, latencyMs, seconds } = sampleOf(
    results.runs[0]!,
    'visit',
    window,
    results.bucketMs,
  );
  const series = results.runs[0]!.journeys['visit']!.arrived;
  expect(arrived).toBe(series.slice(4, 9).reduce((sum, count) => sum + count, 0));
  expect(latencyMs.count).toBe(arrived);
  expect(seconds).toBe(5);
});

test('quantiles are named as people name them', () => {
  expect([0.5, 0.95, 0.999].map((q) => quantileOf(q).name)).toEqual(['p50', 'p95', 'p99.9']);
});

function simulated(what: Model) {
  return simulate(what, { seed: 1, replications: 5, arrivals: 'independent', modelDigest: '' });
}

function withObjective(ms: number): Model {
  const busy = service('s', { time: { type: 'exponential', meanMs: 5 } });
  const slos = [{ journey: 'visit', quantiles: [{ quantile: 0.95, ms }], errorRatio: 0.01 }];
  return model(100, 60_000, [busy], { slos });
}

test('an objective far above the prediction is held, one far below is always broken', () => {
  // M/M/1 at ρ 0.5: the 95th percentile of the sojourn is 5 · 5.99 ms = 30 ms.
  const verdicts = (ms: number) => judgeObjectives(withObjective(ms), simulated(withObjective(ms)));
  expect(verdicts(60).map(({ verdict }) => verdict)).toEqual(['pass', 'pass']);
  const [broken] = verdicts(10);
  expect(broken).toMatchObject({ verdict: 'fail', statistic: 'p95', objective: 10 });
  expect(broken!.broken).toEqual([{ startMs: 0, endMs: 60_000 }]);
});

test('an overload breaks the objective from the moment at which it begins', () => {
  const base = withObjective(60);
  const half = { startMs: 0, endMs: 30_000, fromPerSecond: 50, toPerSecond: 50, phase: undefined };
  const over = { ...half, startMs: 30_000, endMs: 60_000, fromPerSecond: 300, toPerSecond: 300 };
  const what = { ...base, traffic: [{ ...base.traffic[0]!, rate: [half, over] }] };
  const [p95] = judgeObjectives(what, simulated(what));
  expect(p95!.broken).toEqual([{ startMs: 30_000, endMs: 60_000 }]);
});
