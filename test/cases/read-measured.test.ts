import { expect, test } from 'vitest';
import { makePlan } from '../../reports/make-plan.ts';
import { measuredResults } from '../../reports/measured.ts';
import { readK6Json } from '../../reports/read-k6-json.ts';
import { readLoadLog } from '../../reports/read-load-log.ts';
import { parsePlan, parseResults } from '../../reports/read-results.ts';
import { readStagingLog } from '../../reports/read-staging-log.ts';
import { modelDigest } from '../../simulator/model/digest.ts';
import type { Cache } from '../../simulator/model/model.ts';
import type { ScalingPolicy } from '../../simulator/model/scaling-settings.ts';
import { BUCKET_LAYOUT } from '../../simulator/results/histogram.ts';
import type { Results } from '../../simulator/results/results.ts';
import type { LoadPlan } from '../../simulator/traffic/load-plan.ts';
import { histogramOf, predictedBy } from '../helpers/measured.ts';
import { model, scalable, service } from '../helpers/models.ts';

const HEADER = {
  type: 'header',
  format: 'plimsoll-load/1',
  tool: 'k6',
  toolVersion: 'v2.2.0',
  buckets: BUCKET_LAYOUT,
};
const START = { type: 'start', startAtMs: 1_700_000_000_000, declared: true };

function second(n: number, visit: object, rest: object = {}): object {
  return { type: 'second', second: n, journeys: { visit }, ...rest };
}

function log(...lines: readonly object[]): string {
  const end = { type: 'end', atMs: 9000, requests: 0, lines: lines.length + 3 };
  return lines
    .concat(end)
    .toSpliced(0, 0, HEADER, START)
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
}

const prices: Cache = {
  name: 'prices',
  entries: 10,
  eviction: 'lru',
  ttlMs: undefined,
  keys: { count: 100, zipf: 1 },
  starts: 'empty',
};
const system = model(20, 4_000, [service('s', { time: { type: 'constant', ms: 5 } })], {
  caches: [prices],
});
const simulated = predictedBy(system);
const predicted: Results = {
  ...simulated,
  provenance: { ...simulated.provenance, modelDigest: modelDigest(system) },
};
const plan: LoadPlan = makePlan(predicted, {
  target: 'http://127.0.0.1:4100',
  pacing: 'exact',
  toleranceRatio: 0.15,
});

test('lines of one second add up, and a request belongs to the second in which it started', () => {
  const totals = readLoadLog(
    'load.ndjson',
    log(
      second(
        1,
        { started: 2, ok: histogramOf(10).toData() },
        { lateness: histogramOf(0.5).toData() },
      ),
      second(1, { ok: histogramOf(30).toData(), timeout: histogramOf(2000).toData() }),
      second(2, { started: 2, error: histogramOf(1).toData() }, { droppedIterations: 3 }),
    ),
  );
  const { runs, generator } = measuredResults({
    plan,
    totals,
    staging: undefined,
    machine: undefined,
  });
  const { counters, arrived, completed, errors, latencyMs } = runs[0]!.journeys['visit']!;
  expect({ arrived, completed, errors }).toEqual({
    // One request had no outcome when the log ended: it is still inside, in the last second.
    arrived: [0, 3, 1, 0],
    completed: [0, 2, 0, 0],
    errors: [0, 1, 1, 0],
  });
  expect(counters).toEqual({
    arrived: 4,
    completed: 2,
    failed: 1,
    timedOut: 1,
    shed: 0,
    inside: 0,
  });
  expect(latencyMs[1]).toEqual(histogramOf(10, 30).toData());
  expect(generator).toMatchObject({
    droppedIterations: 3,
    plannedArrivals: plan.loads[0]!.arrivalCount,
  });
});

test('a request that was started and has no outcome is still inside', () => {
  const totals = readLoadLog('f', log(second(0, { started: 5, ok: histogramOf(1, 2).toData() })));
  const { runs } = measuredResults({ plan, totals, staging: undefined, machine: undefined });
  const { counters, arrived } = runs[0]!.journeys['visit']!;
  expect(counters).toMatchObject({ arrived: 5, completed: 2, inside: 3 });
  expect(arrived).toEqual([2, 0, 0, 3]);
});

test('a load of which nothing succeeded says so', () => {
  const warningsOf = (visit: object) => {
    const totals = readLoadLog('f', log(second(0, { started: 1, ...visit })));
    return measuredResults({ plan, totals, staging: undefined, machine: undefined }).warnings;
  };
  expect(warningsOf({ error: histogramOf(1).toData() })).toEqual([
    'not one request succeeded: does the target run, and is it the right one?',
  ]);
  expect(warningsOf({ ok: histogramOf(1).toData() })).toEqual([]);
});

test('what started late still belongs to the run', () => {
  const totals = readLoadLog('f', log(second(77, { started: 1, ok: histogramOf(1).toData() })));
  const { runs } = measuredResults({ plan, totals, staging: undefined, machine: undefined });
  expect(runs[0]!.journeys['visit']!.arrived).toEqual([0, 0, 0, 1]);
});

test('CPU is what the generator used between its first and its latest report', () => {
  const report = (atMs: number, cpuMs: number) => ({ type: 'generator', atMs, cpuMs });
  const totals = readLoadLog('f', log(report(1000, 400), report(3000, 900)));
  expect(totals.cpuRatio).toBe(0.25);
});

test.each([
  ['an empty file', '', 'f: expected lines of JSON, found an empty file'],
  ['no JSON', 'hello\n', 'f:1: expected a JSON object, found "hello"'],
  ['something else', '{"type":"header","format":"other/1"}\n', 'f:1: format: '],
  ['no header', `${JSON.stringify(START)}\n`, 'f:1: expected a header first, found start'],
  ['a cut file', log().split('\n').slice(0, 2).join('\n'), 'f: expected an `end` line, found none'],
  ['a half line', log().slice(0, -20), 'f:3: expected a JSON object'],
  ['a lost line', log(second(1, {})).replace(/.*"second".*\n/, ''), 'f: expected 4 lines, found 3'],
  [
    'other buckets',
    log().replace('"perOctave":128', '"perOctave":64'),
    'f:1: expected the bucket layout',
  ],
  [
    'counts that do not add up',
    log(second(1, { ok: { ...histogramOf(3).toData(), count: 2 } })),
    'f:3: journeys.visit.ok: expected bucket counts that add up to `count`',
  ],
  [
    'buckets out of order',
    log(second(1, { ok: { count: 2, sum: 2, min: 1, max: 1, buckets: [9, 1, 8, 1] } })),
    'f:3: journeys.visit.ok: expected pairs of ascending bucket index',
  ],
])('a load log that is %s is refused with its place', (_, text, message) => {
  expect(() => readLoadLog('f', text)).toThrow(message);
});

test('a load that broke off is no measurement', () => {
  const broken = log().replace('"requests":0', '"requests":0,"error":"interrupted"');
  expect(() => readLoadLog('f', broken)).toThrow('f: the load broke off: interrupted');
});

/** The points of one request, in the order in which k6 writes them. */
function request(time: string, blockedMs: number, durationMs: number, tags: object = {}): string {
  const all = { journey: 'visit', status: '200', ...tags };
  const point = (metric: string, value: number) =>
    `${JSON.stringify({ metric, type: 'Point', data: { time, value, tags: all } })}\n`;
  return (
    point('http_reqs', 1) +
    point('http_req_duration', durationMs) +
    point('http_req_blocked', blockedMs) +
    point('http_req_connecting', 1) +
    point('http_req_failed', 0)
  );
}

const DEFINITION = `${JSON.stringify({ type: 'Metric', metric: 'http_reqs', data: { name: 'http_reqs', type: 'counter' } })}\n`;
const MOMENT_ZERO = `${JSON.stringify({
  metric: 'plimsoll_start',
  type: 'Point',
  data: { time: '2023-11-14T22:13:19Z', value: 1_700_000_000_000, tags: null },
})}\n`;

test('k6 stamps a request at its end; it is put where it started, with all of its wait', () => {
  // Ends 2.1 s after moment 0, took 0.2 + 1.5 s: started at 0.4 s.
  const text = DEFINITION + MOMENT_ZERO + request('2023-11-14T22:13:22.100000000Z', 200, 1500);
  const totals = readK6Json('k6.json', text);
  expect(totals.at('visit', 0).ok.toData()).toEqual(histogramOf(1700).toData());
});

test.each([
  ['ok', {}],
  ['error', { status: '503', error_code: '1503' }],
  ['error', { status: '0', error_code: '1212' }],
  ['timeout', { status: '0', error_code: '1050' }],
] as const)('k6: %s is a request with %o', (outcome, tags) => {
  const text = MOMENT_ZERO + request('2023-11-14T22:13:20.5Z', 0, 1, tags);
  expect(readK6Json('f', text).at('visit', 0)[outcome].count).toBe(1);
});

test('a k6 script that names no start begins with its first request', () => {
  const text =
    request('2023-11-14T22:13:22.5Z', 0, 100) + request('2023-11-14T22:13:21.5+00:00', 0, 100);
  const totals = readK6Json('f', text);
  expect(totals.startAtMs).toBe(1_700_000_001_400);
  expect(totals.at('visit', 1).ok.count).toBe(1);
});

test.each([
  ['', 'f: expected lines of JSON'],
  ['[]\n', 'f:1: '],
  [DEFINITION, 'f: expected points of http_reqs, found none'],
  [request('yesterday', 0, 1), 'f:1: expected a point with RFC 3339 time and value'],
])('k6: %j is refused', (text, message) => {
  expect(() => readK6Json('f', text)).toThrow(message);
});

test('k6: a request without its times is not left out in silence', () => {
  const text = request('2023-11-14T22:13:21.5Z', 0, 1).replace('http_req_blocked', 'other');
  const whole = request('2023-11-14T22:13:22.5Z', 0, 1);
  expect(() => readK6Json('f', text + whole)).toThrow(
    'f: expected http_req_duration and http_req_blocked of every request, found 1 of 2 with both',
  );
});

const SAMPLE = { booting: 0, serving: 1, draining: 0, desired: 1, utilizationRatio: 0.5 };
const sample = (atMs: number, changes: object = {}) => ({
  type: 'sample',
  atMs,
  services: { s: { ...SAMPLE, ...changes } },
});
const STAGING_HEADER = {
  type: 'header',
  format: 'plimsoll-staging/1',
  name: 'n',
  modelDigest: 'd',
};

function stagingLog(...lines: readonly object[]): string {
  return [STAGING_HEADER, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('');
}

test('of a staging log one run is read; a sample stands for the second that it ends', () => {
  const seen = { nowMs: 2000, desired: 1, booting: 0, warming: 0, datapoints: [] };
  const decision = {
    type: 'decision',
    atMs: 2003,
    service: 's',
    observation: seen,
    reason: 'busy',
  };
  const series = readStagingLog(
    'f',
    stagingLog(
      { type: 'run', startAtMs: 5, scaling: {} },
      sample(1000, { serving: 9 }),
      { type: 'run', startAtMs: 1_700_000_000_000, scaling: {} },
      sample(1000.4),
      sample(2000, { booting: 1, desired: 2 }),
      { ...decision, desired: 2 },
      { ...decision, observation: { ...seen, nowMs: 3000, desired: 2 }, desired: 2 },
      sample(3001, { serving: 2, desired: 2, utilizationRatio: null }),
      { type: 'event', atMs: 3500, service: 's', instance: 's-1', event: 'died' },
    ),
    1_700_000_000_000,
    4000,
  );
  expect(series.services['s']).toEqual({
    booting: [0, 1, 0, 0],
    serving: [1, 1, 2, 2],
    draining: [0, 0, 0, 0],
    desired: [1, 2, 2, 2],
    utilizationRatio: [0.5, 0.5, null, null],
    zombies: 0,
    instanceHours: (1 + 2 + 2 + 2) / 3600,
  });
  expect(series.decisions).toEqual([
    { atMs: 2000, service: 's', from: 1, desired: 2, reason: 'busy' },
  ]);
  expect(series.deaths).toEqual([{ service: 's', atMs: 3500 }]);
});

test('faults and what guards turned are incidents; who is killed by a fault is no doubt', () => {
  const startAtMs = 1_700_000_000_000;
  const note = (nowMs: number, reason: string, originMs = startAtMs) => ({
    type: 'guarded',
    guard: 'health',
    name: 's',
    service: 's',
    originMs,
    entries: [
      { seen: { type: 'sweep', nowMs }, said: {} },
      { seen: { type: 'sweep', nowMs }, said: { notes: [reason] } },
    ],
  });
  const died = { type: 'event', atMs: 1500, service: 's', instance: 's-1', event: 'died' };
  const series = readStagingLog(
    'f',
    stagingLog(
      { type: 'run', startAtMs, scaling: {} },
      note(900, 'of an earlier run', 5),
      { type: 'incident', atMs: 1000, service: 's', reason: 'kill: 1 instance' },
      note(3000, 'uneject s-1'),
      note(2000, 'eject s-1'),
      note(9000, 'after the end'),
      { ...died, detail: 'killed by a fault of the model' },
      { ...died, atMs: 1600, detail: 'exit code 1' },
    ),
    startAtMs,
    4000,
  );
  expect(series.incidents).toEqual([
    { atMs: 1000, service: 's', reason: 'kill: 1 instance' },
    { atMs: 2000, service: 's', reason: 'eject s-1' },
    { atMs: 3000, service: 's', reason: 'uneject s-1' },
  ]);
  expect(series.deaths).toEqual([{ service: 's', atMs: 1600 }]);
  const totals = readLoadLog('f', log());
  const measured = measuredResults({ plan, totals, staging: series, machine: undefined });
  expect(measured.runs[0]!.incidents).toEqual(series.incidents);
  const again = parseResults('f', JSON.stringify(measured));
  expect(again.runs[0]!.incidents).toEqual(series.incidents);
});

test('a staging log without the run is refused', () => {
  expect(() => readStagingLog('f', stagingLog(sample(1000)), 7, 4000)).toThrow(
    'f: expected a run that started at 7, found none',
  );
});

test('a live run says what its loops saw, without repetitions, and how they were set', () => {
  const seen = { desired: 1, booting: 0, warming: 0 };
  const decision = (nowMs: number, value: number, rest: object = {}) => ({
    type: 'decision',
    atMs: nowMs + 3,
    service: 's',
    observation: {
      nowMs,
      ...seen,
      datapoints: [{ metric: 'requests-per-instance', periodMs: 1000, value }],
      pods: ['s-1'],
    },
    desired: 1,
    reason: `seen ${value}/s`,
    ...rest,
  });
  const scaling = { s: scaled.scaling };
  const staged = stagingLog(
    { type: 'run', startAtMs: 7, scaling: {} },
    decision(500, 1),
    { type: 'run', startAtMs: START.startAtMs, scaling },
    decision(2000, 12),
    // Written late, by a group that was slow.
    decision(1000, 11),
    decision(3000, 13, { desired: 2 }),
  );
  const staging = readStagingLog('f', staged, START.startAtMs, 4000);
  const totals = readLoadLog('f', log());
  const { runs } = measuredResults({ plan, totals, staging, machine: undefined });
  const { evaluations = [], scaling: found } = runs[0]!;
  expect(evaluations.map(({ atMs, desired }) => [atMs, desired])).toEqual([
    [1000, 1],
    [3000, 2],
  ]);
  expect(evaluations[0]!.observation).toMatchObject({ pods: ['s-1'], datapoints: [{ value: 11 }] });
  expect(found).toEqual(JSON.parse(JSON.stringify(scaling)));
});

test('results and plans survive their files', () => {
  expect(predicted.runs[0]!.caches).toEqual({ prices: { lookUps: 0, hits: 0 } });
  const again = parseResults('f', JSON.stringify(predicted));
  expect(JSON.stringify(again)).toBe(JSON.stringify(predicted));
  expect(JSON.stringify(parsePlan('f', JSON.stringify(plan)))).toBe(JSON.stringify(plan));
});

const STEPS: ScalingPolicy = {
  type: 'step-scaling',
  alarm: {
    metric: 'requests-per-instance',
    comparison: 'above',
    threshold: 5,
    periodMs: 1000,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    missingData: 'missing',
  },
  steps: [{ lower: 0, upper: undefined, change: { type: 'change-in-capacity', by: 1 } }],
  minMagnitude: 1,
};
const scaled = service('s', {
  time: { type: 'constant', ms: 5 },
  scaling: scalable(1, 3, [STEPS]),
});

/** A prediction of a group that scales, as its file. */
function scaledFile(change: (run: Record<string, unknown>) => void = () => {}): string {
  const scaling = model(20, 4000, [scaled]);
  const results = predictedBy(scaling, 2);
  const provenance = { ...results.provenance, modelDigest: modelDigest(scaling) };
  const copy = JSON.parse(JSON.stringify({ ...results, provenance }));
  change(copy.runs[0]);
  return JSON.stringify(copy);
}

test('what control loops saw survives its file, with fields that nobody knows yet', () => {
  const plain = scaledFile();
  expect(JSON.stringify(parseResults('f', plain))).toBe(plain);
  const evaluations = parseResults('f', plain).runs[0]!.evaluations!;
  // Out at the first second; the alarm's action comes again only after a minute.
  expect(evaluations.map(({ atMs, desired }) => [atMs, desired])).toEqual([
    [1000, 2],
    [2000, 2],
  ]);
  const more = scaledFile((run) => {
    run['evaluations'] = [
      { ...evaluations[0]!, observation: { ...evaluations[0]!.observation, pods: [{ cpu: 0.4 }] } },
    ];
    run['scaling'] = { s: { ...scaled.scaling, tolerance: 0.1 } };
  });
  expect(parseResults('f', more)).toEqual(JSON.parse(more));
});

test.each<[string, string, unknown, string]>([
  ['no list', 'evaluations', 7, 'evaluations: expected array, found number'],
  ['no observations', 'evaluations', [{ atMs: 1 }], 'evaluations.0.service: '],
  ['bare policies', 'scaling', { s: { ...scaled.scaling, policies: [{}] } }, 'scaling.s.policies'],
])('evaluations that are %s are refused with their field', (_, key, value, message) => {
  const file = scaledFile((run) => {
    run[key] = value;
  });
  expect(() => parseResults('f', file)).toThrow(`f: expected results; runs.0.${message}`);
});

test('evaluations out of order are refused', () => {
  const file = scaledFile((run) => {
    run['evaluations'] = (run['evaluations'] as unknown[]).toReversed();
  });
  expect(() => parseResults('f', file)).toThrow(/runs\.0\.evaluations\.1: expected them in order/);
});

test.each([
  ['{', 'f: expected results as JSON, found "{"'],
  ['{}', 'f: expected results; format: '],
  [JSON.stringify({ ...predicted, runs: [] }), 'f: expected results; runs: '],
  [JSON.stringify({ ...predicted, durationMs: 'long' }), 'f: expected results; durationMs: '],
  [JSON.stringify({ ...predicted, model: 7 }), 'f: expected results; model: expected a model'],
])('results: %.20s is refused with its field', (text, message) => {
  expect(() => parseResults('f', text)).toThrow(message);
});

/** The prediction as JSON in which somebody has written something else at a path. */
function edited(path: string, value: unknown): string {
  const copy: unknown = JSON.parse(JSON.stringify(predicted));
  const keys = path.split('.');
  const last = keys.pop()!;
  const at = keys.reduce((node, key) => (node as Record<string, unknown>)[key], copy);
  (at as Record<string, unknown>)[last] = value;
  return JSON.stringify(copy);
}

test.each<[what: string, path: string, value: unknown, message: string]>([
  ['endless', 'durationMs', 1e300, 'durationMs: '],
  ['of a million buckets', 'bucketMs', 1e-6, 'bucketMs: expected 1000'],
  ['of an edited model', 'model.slos', [null], 'model: expected the one of digest'],
  [
    'short of buckets',
    'runs.1.journeys.visit.latencyMs',
    [],
    'runs.1.journeys.visit.latencyMs: expected 4 buckets, found 0',
  ],
  [
    'short of a service',
    'runs.0.services',
    {},
    "runs.0.services: expected the model's s, found none",
  ],
  [
    'with more arrivals than fates',
    'runs.0.journeys.visit.counters.arrived',
    1e6,
    'runs.0.journeys.visit.counters: ',
  ],
  [
    'short of a cache',
    'runs.0.caches',
    {},
    "runs.0.caches: expected the model's prices, found none",
  ],
  [
    'of more hits than look-ups',
    'runs.2.caches.prices.hits',
    3,
    'runs.2.caches.prices: 3 hits of 0 look-ups',
  ],
  ['of half a hit', 'runs.2.caches.prices.hits', 0.5, 'runs.2.caches.prices.hits: '],
  ['a measurement of many runs', 'provenance.tool', 'k6', 'runs: expected one run of k6, found 8'],
])('results that are %s are refused with the field', (_, path, value, message) => {
  expect(() => parseResults('f', edited(path, value))).toThrow(`f: expected results; ${message}`);
});

test('what a field holds instead is in the message', () => {
  expect(() => parseResults('f', edited('format', 'plimsoll-plan/1'))).toThrow(
    'f: expected results; format: expected "plimsoll-results/1", found "plimsoll-plan/1"',
  );
});

test.each<[string, object]>([
  ['more users than a machine holds', { virtualUsers: 1e9 }],
  ['nobody to send', { virtualUsers: 0 }],
  ['a rate below nothing', { stages: [{ durationMs: 1, fromPerSecond: -1, toPerSecond: 1 }] }],
  ['a rate without end', { stages: [{ durationMs: 1, fromPerSecond: 1e9, toPerSecond: 1 }] }],
])('a plan with %s is refused', (_, changes) => {
  const loads = [{ ...plan.loads[0]!, ...changes }];
  expect(() => parsePlan('f', JSON.stringify({ ...plan, loads }))).toThrow(
    /^f: expected a load plan; loads\.0\.(virtualUsers|stages)/,
  );
});
