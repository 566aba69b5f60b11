/** What a policy gets to see, and when. */
import { expect, test } from 'vitest';
import { PIPELINE_DEFAULTS } from '../../simulator/model/metric-sources.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import type { MetricName, MetricPipelineSettings } from '../../simulator/model/scaling-settings.ts';
import {
  DIRECT,
  groupMetric,
  instanceMetric,
  isOn,
  MetricPipeline,
  nextOf,
  type Sample,
} from '../../simulator/policies/metric-pipeline.ts';
import { ScalingControl } from '../../simulator/policies/scaling-control.ts';
import { changed } from '../helpers/model-text.ts';
import { scalable } from '../helpers/models.ts';

const PROMETHEUS: MetricPipelineSettings = {
  source: 'prometheus',
  statistic: 'average',
  ...PIPELINE_DEFAULTS.prometheus,
};

/** An instance of 4 servers; by default 10 requests and 1 s of work a second. */
function sample(beatMs: number, overrides: Partial<Sample> = {}): Sample {
  const usual = { requests: beatMs / 100, busyMs: beatMs, insideMs: 2 * beatMs, queued: 0 };
  return { beatMs, atMs: beatMs, servers: 4, ...usual, ...overrides };
}

function valueAt(
  settings: MetricPipelineSettings,
  nowMs: number,
  samples: readonly Sample[],
  metric: MetricName = 'requests-per-instance',
): number | undefined {
  const pipeline = new MetricPipeline<string>(settings, 10_000);
  for (const one of samples) pipeline.add('a', one);
  const window = pipeline.read('a', 10_000, nowMs);
  return window === undefined ? undefined : instanceMetric(metric, window);
}

test.each<[string, MetricName, number]>([
  ['requests a second', 'requests-per-instance', 10],
  ['1 s of work a second on 4 servers', 'utilization', 0.25],
  ['2 request-seconds a second', 'in-flight', 2],
  ['2 inside, 10 a second: 200 ms each (Little)', 'latency', 200],
  ['the gauge at the end of the period', 'queue-length', 7],
])('a period shows %s', (_, metric, expected) => {
  const samples = [sample(10_000, { queued: 99 }), sample(20_000, { queued: 7 })];
  expect(valueAt(DIRECT, 20_000, samples, metric)).toBe(expected);
});

test.each([
  ['an instance that was not sampled at the end of the period is missing', 30_000, undefined],
  ['nothing is visible of a later sample', 10_000, 10],
])('%s', (_, nowMs, expected) => {
  expect(valueAt(DIRECT, nowMs, [sample(10_000), sample(20_000)])).toBe(expected);
});

test('an instance that began during the period is counted from 0, over the whole period', () => {
  expect(valueAt(DIRECT, 20_000, [sample(20_000, { requests: 50 })])).toBe(5);
});

test('a publication delay shows the period before, until the next one is out', () => {
  const late = { ...DIRECT, delayMs: 5000 };
  const samples = [sample(10_000), sample(20_000, { requests: 1100 })];
  expect(valueAt(late, 25_000, samples)).toBe(100);
  expect(valueAt(late, 20_000, samples)).toBeUndefined();
});

test('a rate is the slope between the first and the last scrape of the window', () => {
  const samples = [0, 15_000, 30_000, 45_000, 60_000].map((beatMs) =>
    sample(beatMs, { requests: beatMs === 60_000 ? 1500 : beatMs / 100 }),
  );
  // Window of 60 s at 74 s: scrapes at 15 … 60 s; 1500 − 150 requests in 45 s.
  expect(valueAt(PROMETHEUS, 74_000, samples)).toBe(30);
});

test('a gauge is the mean over the scrapes of the window', () => {
  const samples = [0, 15_000, 30_000].map((beatMs, queued) => sample(beatMs, { queued }));
  expect(valueAt(PROMETHEUS, 31_000, samples, 'queue-length')).toBe(1);
});

test('one scrape is no rate, and an old one is none either', () => {
  expect(valueAt(PROMETHEUS, 20_000, [sample(15_000)])).toBeUndefined();
  expect(valueAt(PROMETHEUS, 200_000, [sample(15_000), sample(30_000)])).toBeUndefined();
});

test('nobody who came has no latency', () => {
  const idle = [sample(10_000, { requests: 5 }), sample(20_000, { requests: 5 })];
  expect(valueAt(DIRECT, 20_000, idle, 'latency')).toBeUndefined();
});

test.each([
  ['average', 2],
  ['maximum', 3],
  ['minimum', 1],
  ['sum', 6],
] as const)('%s of a group', (statistic, expected) => {
  expect(groupMetric(statistic, [1, 2, 3])).toBe(expected);
  expect(groupMetric(statistic, [])).toBeUndefined();
});

test('beats: the next one, and whether now is one', () => {
  const beat = { everyMs: 15_000, offsetMs: 7000 };
  expect([0, 6999, 7000, 21_999, 22_000].map((now) => nextOf(beat, now))).toEqual([
    7000, 7000, 22_000, 22_000, 37_000,
  ]);
  expect([0, 7000, 15_000, 22_000].map((now) => isOn(beat, now))).toEqual([
    false,
    true,
    false,
    true,
  ]);
  expect(nextOf({ everyMs: 60_000, offsetMs: 0 }, 0)).toBe(60_000);
});

const ALARM = {
  metric: 'requests-per-instance',
  comparison: 'above',
  threshold: 50,
  periodMs: 60_000,
  evaluationPeriods: 1,
  datapointsToAlarm: 1,
  missingData: 'missing',
} as const;
const GROUP = scalable(1, 9, [
  {
    type: 'step-scaling',
    minMagnitude: 1,
    alarm: ALARM,
    steps: [{ lower: 0, upper: undefined, change: { type: 'change-in-capacity', by: 1 } }],
  },
]);

/** Moments at which a group scrapes and decides, up to a time. */
function moments(metrics: MetricPipelineSettings, untilMs: number) {
  const control = new ScalingControl<string>({ ...GROUP, metrics }, () => 0.5);
  const [scrapes, decisions]: [number[], number[]] = [[], []];
  for (let nowMs = control.nextMs(0)!; nowMs <= untilMs; nowMs = control.nextMs(nowMs)!) {
    if (control.scrapesAt(nowMs)) scrapes.push(nowMs / 1000);
    if (control.decidesAt(nowMs)) decisions.push(nowMs / 1000);
  }
  return { scrapes, decisions };
}

test('CloudWatch: a value a minute, and a decision on it a minute later', () => {
  const cloudwatch = { ...DIRECT, ...PIPELINE_DEFAULTS.cloudwatch, delayMs: 20_000 };
  expect(moments(cloudwatch, 140_000)).toEqual({ scrapes: [60, 120], decisions: [80, 140] });
});

test('Prometheus: scraped at a phase of its own, decided on by the alarm', () => {
  expect(moments(PROMETHEUS, 60_000)).toEqual({
    scrapes: [7.5, 22.5, 37.5, 52.5],
    decisions: [60],
  });
});

test('a sample that gets lost is not seen', () => {
  const lossy = { ...DIRECT, missingRatio: 0.3 };
  const chances = [0.29, 0.31];
  const control = new ScalingControl<string>({ ...GROUP, metrics: lossy }, () => chances.shift()!);
  control.scrape('a', sample(60_000));
  control.scrape('b', sample(60_000, { requests: 6000 }));
  const instances = ['a', 'b'].map((id) => ({
    id,
    state: 'ready' as const,
    startedAtMs: 0,
    readyAtMs: 0,
  }));
  const sizes = { desired: 2, draining: 0, instances };
  const { observation, desired } = control.decide(60_000, sizes);
  expect(observation.datapoints[0]!.value).toBe(100);
  expect(desired).toBe(3);
});

test('the model file says where metrics come from', () => {
  const metrics = 'max: 4\n      metrics: { source: prometheus, scrape: 40s, missing: 5% }';
  const { model } = parseModel([changed('max: 4', metrics)]);
  expect(model!.services.find(({ name }) => name === 'web')!.scaling.metrics).toEqual({
    source: 'prometheus',
    scrapeMs: 40_000,
    phaseMs: undefined,
    windowMs: 80_000,
    delayMs: 0,
    missingRatio: 0.05,
    statistic: 'average',
  });
});
