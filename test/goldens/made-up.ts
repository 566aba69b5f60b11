/** Small Results and Comparisons for reports: made by hand, the same on every machine. */
import { type Check, COMPARISON_FORMAT, type Comparison } from '../../reports/comparison.ts';
import type { Model } from '../../simulator/model/model.ts';
import type { ScalingPolicy } from '../../simulator/model/scaling-settings.ts';
import { Histogram } from '../../simulator/results/histogram.ts';
import {
  type Evaluation,
  type GeneratorHealth,
  type JourneySeries,
  type Provenance,
  RESULTS_FORMAT,
  type Results,
  type Run,
  type ServiceSeries,
} from '../../simulator/results/results.ts';
import { model, scalable, service } from '../helpers/models.ts';

const BUCKETS = 6;
const BUCKET_MS = 10_000;
const REQUESTS = 120;

export interface Names {
  readonly model: string;
  readonly journey: string;
  readonly services: readonly [string, string];
  readonly cache: string;
  readonly phases: readonly [string, string];
  readonly reason: string;
  readonly warning: string;
  readonly tool: string;
}

export const PLAIN: Names = {
  model: 'shop',
  journey: 'buy',
  services: ['web', 'stock'],
  cache: 'prices',
  phases: ['calm', 'peak'],
  reason: 'step-scaling: requests-per-instance 143.2/s above 120.0/s: 1 → 2',
  warning: 'the system is overloaded',
  tool: '2.0.0',
};

const OUT: ScalingPolicy = {
  type: 'step-scaling',
  minMagnitude: 1,
  alarm: {
    metric: 'requests-per-instance',
    comparison: 'above',
    threshold: 120,
    periodMs: 10_000,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    missingData: 'missing',
  },
  steps: [
    { lower: 0, upper: 60, change: { type: 'change-in-capacity', by: 1 } },
    { lower: 60, upper: undefined, change: { type: 'percent-change-in-capacity', byRatio: 1 } },
  ],
};

/** Two phases of half a minute, two services; the first one scales from 1 to 2 at 30 s. */
function modelOf({ model: name, journey, services, cache, phases }: Names): Model {
  const rate = phases.map((phase, index) => ({
    startMs: index * 30_000,
    endMs: (index + 1) * 30_000,
    fromPerSecond: 12,
    toPerSecond: 12,
    phase,
  }));
  const on = {
    type: 'small',
    dollarsPerHour: 0.096,
    boot: { type: 'constant', ms: 0 },
    warmUpMs: 0,
  };
  const time = { type: 'constant', ms: 10 } as const;
  const all = services.map((one, index) =>
    service(one, { time, on: on as never, scaling: scalable(1, 4, index === 0 ? [OUT] : []) }),
  );
  const keys = { count: 1000, zipf: 0.9 };
  return model(12, 60_000, all, {
    name,
    caches: [
      { name: cache, entries: 100, eviction: 'lru', ttlMs: undefined, keys, starts: 'empty' },
    ],
    warmUpMs: 5000,
    slos: [{ journey, quantiles: [{ quantile: 0.95, ms: 100 }], errorRatio: 0.001 }],
    traffic: [{ name: 'guests', does: journey, rate, arrivals: 'poisson' }],
  });
}

/** @param slower factor on every latency; 1.5 breaks the objective of `modelOf` in the peak */
export function prediction(replications: number, names: Names = PLAIN, slower = 1): Results {
  const runs = Array.from({ length: replications }, (_, index) => ({
    ...runOf(index, names, slower),
    caches: { [names.cache]: { lookUps: 700 + index, hits: 450 + 3 * index } },
  }));
  return { ...results(names, runs), model: modelOf(names) };
}

/** One run of k6 with a healthy generator. */
export function measurement(names: Names = PLAIN, slower = 1): Results {
  const lateness = new Histogram();
  for (let i = 0; i < 1000; i++) lateness.record(0.1 + (i % 100) / 40);
  const generator: GeneratorHealth = {
    latenessMs: lateness.toData(),
    plannedArrivals: BUCKETS * REQUESTS,
    droppedIterations: 0,
    cpuRatio: 0.31,
    cores: 2,
    machineCpuRatio: { mean: 0.42, max: 0.81 },
    loopDelayMsP99: null,
  };
  const provenance: Provenance = {
    ...results(names, []).provenance,
    tool: 'k6',
    toolVersion: names.tool,
    startedAtMs: Date.UTC(2026, 2, 2, 14, 5, 9),
  };
  return { ...results(names, [runOf(7, names, slower)]), provenance, generator };
}

/** A target outside: latency is seen, services are not. */
export function outside(names: Names = PLAIN): Results {
  const one = measurement(names);
  return { ...one, runs: one.runs.map((run) => ({ ...run, services: {}, decisions: [] })) };
}

function results({ model: name, phases, warning, tool }: Names, runs: readonly Run[]): Results {
  return {
    format: RESULTS_FORMAT,
    name,
    provenance: {
      version: '0.1.0',
      tool: 'simulator',
      toolVersion: tool === PLAIN.tool ? undefined : tool,
      modelDigest: 'abc0123456789def',
      seed: 1,
      startedAtMs: undefined,
    },
    model: undefined,
    durationMs: BUCKETS * BUCKET_MS,
    warmUpMs: 5000,
    bucketMs: BUCKET_MS,
    phases: phases.map((phase, i) => ({
      name: phase,
      startMs: i * 30_000,
      endMs: (i + 1) * 30_000,
    })),
    runs,
    generator: undefined,
    warnings: [warning],
  };
}

function runOf(index: number, names: Names, slower: number): Run {
  const [first, second] = names.services;
  const growing = [1, 1, 1, 1, 2, 2];
  return {
    seed: index,
    journeys: { [names.journey]: journeyOf(index, slower) },
    services: {
      [first]: serviceOf(growing, index),
      [second]: serviceOf(
        growing.map(() => 2),
        index,
      ),
    },
    decisions: [{ atMs: 30_000, service: first, from: 1, desired: 2, reason: names.reason }],
    ...(index === 0 || index === 7 ? { evaluations: evaluationsOf(first, names.reason) } : {}),
  };
}

/** Nothing to do; out; held back, because the new one still boots; nothing to do. */
function evaluationsOf(service: string, reason: string): Evaluation[] {
  const said = [
    [10_000, 1, 0, 98.4, 1, 'no policy asks for a change'],
    [30_000, 1, 0, 143.2, 2, reason],
    [40_000, 2, 1, 151.9, 2, `${reason}, 1 already on the way`],
    [50_000, 2, 0, undefined, 2, 'no policy asks for a change'],
  ] as const;
  return said.map(([atMs, desired, booting, value, next, words]) => {
    const datapoint = { metric: 'requests-per-instance', periodMs: 10_000, value } as const;
    const observation = { nowMs: atMs, desired, booting, warming: 0, datapoints: [datapoint] };
    return { atMs, service, observation, desired: next, reason: words };
  });
}

/** Latencies from 10 to 70 ms, half as much again in the second half of the run. */
function journeyOf(index: number, slower: number): JourneySeries {
  const buckets = Array.from({ length: BUCKETS }, (_, bucket) => bucket);
  const errors = buckets.map((bucket) => (bucket === 4 ? 1 : 0));
  const latencyMs = buckets.map((bucket) => {
    const factor = slower * (bucket < 3 ? 1 : 1.5);
    const histogram = new Histogram();
    for (let i = 0; i < REQUESTS; i++) histogram.record(factor * (10 + i / 2 + (index % 5)));
    return histogram.toData();
  });
  const arrived = BUCKETS * REQUESTS + 1;
  return {
    counters: { arrived, completed: arrived - 1, failed: 1, timedOut: 0, shed: 0, inside: 0 },
    latencyMs,
    arrived: errors.map((count) => REQUESTS + count),
    completed: errors.map(() => REQUESTS),
    errors,
  };
}

function serviceOf(serving: readonly number[], index: number): ServiceSeries {
  return {
    booting: serving.map((_, bucket) => (bucket === 3 ? 1 : 0)),
    serving: serving.map((count, bucket) => (bucket === 4 && index % 2 === 1 ? count + 1 : count)),
    draining: serving.map(() => 0),
    desired: serving,
    utilizationRatio: serving.map((_, bucket) => (bucket === 0 ? null : 0.2 + bucket / 10)),
    zombies: index,
    instanceHours: 0.03 + index / 1000,
  };
}

/** A check of every kind and every verdict. */
export function comparison(names: Names = PLAIN): Comparison {
  const { provenance: predicted } = prediction(1, names);
  const { provenance: measured } = measurement(names);
  return {
    format: COMPARISON_FORMAT,
    name: names.model,
    verdict: 'fail',
    reasons: [
      `${names.journey}, ${names.phases[1]}, p95: 142 ms is above the 121 ms that is allowed`,
    ],
    checks: checksOf(names),
    warnings: [names.warning],
    toleranceRatio: 0.15,
    predicted,
    measured,
  };
}

export const PASSING: Comparison = {
  ...comparison(),
  verdict: 'pass',
  reasons: [],
  checks: comparison().checks.filter(({ verdict }) => verdict === 'pass'),
};

function checksOf({ journey, services, phases, reason }: Names): Check[] {
  const gate = {
    kind: 'gate',
    subject: 'load generator',
    window: 'whole run',
    predicted: null,
  } as const;
  const band = { kind: 'band', subject: journey, unit: 'ms', verdict: 'pass', reason: '' } as const;
  const group = { kind: 'group', subject: services[0], verdict: 'pass', reason: '' } as const;
  return [
    {
      ...gate,
      statistic: 'lateness p99',
      unit: 'ms',
      allowed: { low: null, high: 5 },
      measured: exactly(2.24),
      verdict: 'pass',
      reason: '',
    },
    {
      ...gate,
      statistic: 'timer delay p99',
      unit: 'ms',
      allowed: { low: null, high: 25 },
      measured: exactly(null),
      verdict: 'no data',
      reason: 'it was not measured',
    },
    {
      ...band,
      window: phases[0],
      statistic: 'p95',
      predicted: { value: 69.5, low: 67.1, high: 71.9 },
      allowed: { low: 57, high: 82.7 },
      measured: { value: 70.2, low: 68.8, high: 71.4 },
    },
    {
      ...band,
      window: phases[1],
      statistic: 'p95',
      predicted: { value: 104, low: 101, high: 105 },
      allowed: { low: 85.9, high: 121 },
      measured: { value: 142, low: 139, high: 144 },
      verdict: 'fail',
      reason: `142 ms is above the 121 ms that is allowed${reason === PLAIN.reason ? '' : reason}`,
    },
    {
      ...band,
      window: phases[1],
      statistic: 'error rate',
      unit: 'ratio',
      predicted: { value: 0.002, low: null, high: null },
      allowed: { low: null, high: null },
      measured: exactly(0.003),
      verdict: 'inconclusive',
      reason: 'too few replications for an interval',
    },
    {
      ...group,
      window: 'whole run',
      statistic: 'scale-out to 2',
      unit: 'ms',
      predicted: { value: 30_000, low: 20_000, high: 40_000 },
      allowed: { low: 10_000, high: 50_000 },
      measured: exactly(30_000),
    },
    {
      ...band,
      kind: 'objective',
      window: 'whole run',
      statistic: 'p95',
      predicted: { value: 98, low: 97, high: 99 },
      allowed: { low: null, high: 100 },
      measured: exactly(96),
    },
  ];
}

function exactly(value: number | null) {
  return { value, low: null, high: null };
}

/** What an attacker would write into names. */
export const HOSTILE: readonly string[] = [
  '"><script>alert(1)</script>',
  "' onload='alert(1)' x='",
  '</style><img src=x onerror=alert(1)>',
  '</title></desc></svg><svg onload=alert(1)>',
  ']]><!--',
  '--!><!DOCTYPE x [<!ENTITY e "boom">]>&e;',
  '\u0000\u001b[31mred\u001b]0;title\u0007\u009b2J\u007f',
  '\u202Eevil\u2066\u200F \uD800 \uFFFE',
  'javascript:alert(1)\r\n\u2028next',
  '\u0024{7*7}{{7*7}}`',
  '=HYPERLINK("http://x")',
  'constructor',
];

/** The same hostile text in every slot; a number keeps journeys and services apart. */
export function hostile(text: string): Names {
  return {
    model: text,
    journey: text,
    services: [text, `${text}2`],
    cache: text,
    phases: [text, `${text}2`],
    reason: text,
    warning: text,
    tool: text,
  };
}
