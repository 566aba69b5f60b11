import { expect, test } from 'vitest';
import { bandsOf } from '../../reports/bands.ts';
import { compare } from '../../reports/compare.ts';
import type { Check } from '../../reports/comparison.ts';
import type { Model, Service } from '../../simulator/model/model.ts';
import type { GeneratorHealth, Results } from '../../simulator/results/results.ts';
import { measuredFrom, predictedBy } from '../helpers/measured.ts';
import { model, scalable, service } from '../helpers/models.ts';

function feed(threads: number, policies = true): Service {
  const alarm = {
    metric: 'requests-per-instance',
    comparison: 'above',
    threshold: 60,
    periodMs: 10_000,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    missingData: 'missing',
  } as const;
  const steps = [
    { lower: 0, upper: undefined, change: { type: 'change-in-capacity', by: 1 } },
  ] as const;
  return service('feed', {
    time: { type: 'lognormal', medianMs: 18, p99Ms: 45 },
    serves: { type: 'threads', count: threads },
    on: {
      type: undefined,
      dollarsPerHour: undefined,
      boot: { type: 'constant', ms: 3000 },
      warmUpMs: 5000,
    },
    scaling: scalable(
      1,
      3,
      policies ? [{ type: 'step-scaling', alarm, steps, minMagnitude: 1 }] : [],
    ),
  });
}

/** 30/s, then 90/s: one instance of four threads carries 205/s, of one thread 51/s. */
function shop(threads = 4, policies = true): Model {
  const what = model(30, 80_000, [feed(threads, policies)], {
    timeoutMs: 2000,
    slos: [{ journey: 'visit', quantiles: [{ quantile: 0.95, ms: 100 }], errorRatio: 0.01 }],
  });
  const calm = { startMs: 0, endMs: 40_000, fromPerSecond: 30, toPerSecond: 30, phase: 'calm' };
  const peak = {
    ...calm,
    startMs: 40_000,
    endMs: 80_000,
    fromPerSecond: 90,
    toPerSecond: 90,
    phase: 'peak',
  };
  return { ...what, traffic: [{ ...what.traffic[0]!, rate: [calm, peak] }] };
}

const predicted = predictedBy(shop());
const measured = measuredFrom(shop(), predicted);

function failing(checks: readonly Check[]): string[] {
  return checks
    .filter(({ verdict }) => verdict !== 'pass')
    .map(({ kind, subject, window, statistic, verdict }) =>
      [kind, subject, window, statistic, verdict].join(' '),
    );
}

function health(changes: Partial<GeneratorHealth>): Results {
  return { ...measured, generator: { ...measured.generator!, ...changes } };
}

test('a further run of the same system passes every check', () => {
  const comparison = compare(predicted, measured);
  expect(failing(comparison.checks)).toEqual([]);
  expect(comparison.verdict).toBe('pass');
  expect(new Set(comparison.checks.map(({ kind }) => kind))).toEqual(
    new Set(['gate', 'band', 'group', 'objective']),
  );
});

test('a quarter of the threads fails, and says where', () => {
  const { verdict, reasons } = compare(predicted, measuredFrom(shop(1), predicted));
  expect(verdict).toBe('fail');
  expect(reasons.join('\n')).toMatch(/visit, peak, p95: .* is above the .* that is allowed/);
});

test('a controller that is off fails by the scale-out that never came', () => {
  const { verdict, reasons } = compare(predicted, measuredFrom(shop(4, false), predicted));
  expect(verdict).toBe('fail');
  expect(reasons).toContain(
    'feed, whole run, scale-out to 2: never scaled out to 2; predicted at 50 s to 50 s',
  );
});

test('a scale-out one control period late still agrees, later does not', () => {
  const late = (byMs: number) => {
    const [run] = measured.runs;
    const decisions = run!.decisions.map((one) => ({ ...one, atMs: one.atMs + byMs }));
    const { checks } = compare(predicted, { ...measured, runs: [{ ...run!, decisions }] });
    return failing(checks);
  };
  expect(late(10_000)).toEqual([]);
  expect(late(10_001)).toEqual(['group feed whole run scale-out to 2 fail']);
});

test('a scale-out that no replication made is one too many', () => {
  const [run] = measured.runs;
  const more = { ...run!.decisions[0]!, atMs: 60_000, from: 2, desired: 3 };
  const decisions = [...run!.decisions, more];
  const { checks } = compare(predicted, { ...measured, runs: [{ ...run!, decisions }] });
  expect(failing(checks)).toEqual(['group feed whole run scale-out to 3 fail']);
});

test.each<[string, Partial<GeneratorHealth>]>([
  ['late', { latenessMs: { count: 1, sum: 9, min: 9, max: 9, buckets: [1682, 1] } }],
  ['dropping', { droppedIterations: 1 }],
  ['behind', { plannedArrivals: 1e6 }],
  ['not the only one', { plannedArrivals: Math.floor(measured.generator!.plannedArrivals / 1.02) }],
  ['busy', { cpuRatio: 1.7 }],
  ['on a full machine', { machineCpuRatio: { mean: 0.9, max: 1 } }],
  ['stalling', { loopDelayMsP99: 200 }],
  ['unknown', { machineCpuRatio: null }],
])('a generator that is %s makes the whole comparison inconclusive', (_, changes) => {
  const { verdict, reasons } = compare(predicted, health(changes));
  expect(verdict).toBe('inconclusive');
  expect(reasons).toHaveLength(1);
});

test('a measurement without a generator cannot pass', () => {
  const { verdict, checks } = compare(predicted, { ...measured, generator: undefined });
  expect(verdict).toBe('inconclusive');
  const gates = checks.filter(({ kind }) => kind === 'gate');
  expect(gates.every((gate) => gate.verdict === 'no data')).toBe(true);
});

test('a journey that nobody measured is no data, which is no pass', () => {
  const comparison = compare(predicted, {
    ...measured,
    runs: [{ ...measured.runs[0]!, journeys: {} }],
  });
  expect(comparison.verdict).not.toBe('pass');
  const bands = comparison.checks.filter(({ kind }) => kind === 'band');
  expect(bands.length).toBeGreaterThan(4);
  expect(bands.every(({ verdict }) => verdict === 'no data')).toBe(true);
});

test('a target without visible instances is compared by what its clients saw', () => {
  const { verdict, checks } = compare(predicted, {
    ...measured,
    runs: [{ ...measured.runs[0]!, services: {}, decisions: [] }],
  });
  expect(verdict).toBe('pass');
  expect(checks.some(({ kind }) => kind === 'group')).toBe(false);
});

test('a service that is missing among others is no data', () => {
  const [run] = measured.runs;
  const services = { other: run!.services['feed']! };
  const { checks } = compare(predicted, { ...measured, runs: [{ ...run!, services }] });
  expect(failing(checks)).toContain('group feed peak instances, mean no data');
});

test('two replications prove nothing', () => {
  const few = predictedBy(shop(), 2);
  expect(compare(few, measured).verdict).toBe('inconclusive');
});

test('results of different models, or the wrong way round, are refused', () => {
  const other = { ...measured, provenance: { ...measured.provenance, modelDigest: 'other' } };
  expect(() => compare(predicted, other)).toThrow(/make both from the same model/);
  expect(() => compare(measured, predicted)).toThrow(/expected a prediction first/);
});

test('a prediction without its model is refused: its objectives and groups would go unseen', () => {
  expect(() => compare({ ...predicted, model: undefined }, measured)).toThrow(
    /expected a prediction with its model/,
  );
});

test('a journey with too few requests to confirm anything is inconclusive, not unmentioned', () => {
  const few: Model = { ...model(1, 10_000, [feed(4, false)]), slos: [] };
  const asked = predictedBy(few);
  const { verdict, reasons } = compare(asked, measuredFrom(few, asked));
  expect(verdict).toBe('inconclusive');
  expect(reasons).toEqual([expect.stringMatching(/^visit, whole run, .*too few requests/)]);
});

test('a broken objective fails even where the prediction said so', () => {
  const slow = {
    ...shop(),
    slos: [{ journey: 'visit', quantiles: [{ quantile: 0.95, ms: 20 }], errorRatio: undefined }],
  };
  const asked = predictedBy(slow);
  const { verdict, reasons } = compare(asked, measuredFrom(slow, asked));
  expect(verdict).toBe('fail');
  expect(reasons).toHaveLength(1);
  expect(reasons[0]).toMatch(/^visit, whole run, p95: .* ms is above the 20 ms that is allowed/);
});

test('a window has bands only for what it has requests enough for', () => {
  const names = bandsOf(predicted, 0.15)
    .filter(({ window }) => window.name === 'calm')
    .map(({ statistic }) => statistic.name);
  // 1,200 requests: 12 beyond the 99th percentile are too few.
  expect(names).toEqual(['mean', 'p50', 'p95', 'error rate']);
});

test('JSON knows every number of a comparison', () => {
  const { verdict, checks } = compare(predictedBy(shop(), 2), {
    ...measured,
    generator: undefined,
  });
  const text = JSON.stringify({ verdict, checks });
  expect(JSON.parse(text)).toEqual({ verdict, checks });
});
