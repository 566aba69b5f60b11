/** Facts of the test-suites of Argo Rollouts (analysis_test.go, evaluate_test.go), and by hand. */
import { describe, expect, test } from 'vitest';
import { argoAnalysis } from '../../simulator/decide/argo-analysis.ts';
import type { Plain } from '../../simulator/model/placed.ts';
import {
  assess,
  decideAnalysis,
  INITIAL_ANALYSIS_STATE,
  type MetricSettings,
  type MetricState,
} from '../../simulator/policies/delivery/argo-analysis.ts';
import { matchesMetric } from '../../simulator/policies/delivery/argo-analysis-rules.ts';
import type { RunPhase } from '../../simulator/policies/delivery/argo-canary-settings.ts';
import { parseCondition } from '../../simulator/policies/delivery/argo-condition.ts';
import { judge, type Measured } from '../../simulator/policies/delivery/argo-evaluate.ts';

describe('a measured value', () => {
  test.each<[string, Measured, string | undefined, string | undefined, RunPhase]>([
    ['meets success', true, 'true', 'false', 'Successful'],
    ['meets both: failure wins', true, 'true', 'true', 'Failed'],
    ['meets neither', true, 'false', 'false', 'Inconclusive'],
    ['does not meet the only failure condition', true, undefined, 'false', 'Successful'],
    ['does not meet the only success condition', true, 'false', undefined, 'Failed'],
    ['is not asked', true, undefined, undefined, 'Successful'],
    ['an unknown name in the success condition', true, 'a == true', 'true', 'Error'],
    ['an unknown name in the failure condition', true, 'true', 'a == true', 'Error'],
    ['equals a truth', true, 'result == true', undefined, 'Successful'],
    ['does not equal a truth', true, 'result == false', undefined, 'Failed'],
    ['a condition that is a number', true, '1', undefined, 'Error'],
    ['between the conditions', 0.7, 'result >= 0.9', 'result < 0.5', 'Inconclusive'],
    ['a vector of Prometheus', [0.97], 'result[0] >= 0.95', undefined, 'Successful'],
    ['an empty vector', [], 'result[0] >= 0.95', undefined, 'Error'],
    [
      'an empty vector that is asked for',
      [],
      'len(result) == 0 || result[0] > 1',
      undefined,
      'Successful',
    ],
    [
      'and stops at the first that is not',
      [],
      'len(result) > 0 && result[0] > 1',
      undefined,
      'Failed',
    ],
    ['every item', { a: { b: [2, 2] } }, 'all(result.a.b, {# > 1})', undefined, 'Successful'],
    ['every item, without brackets', [2, 0], 'all(result, # > 1)', undefined, 'Failed'],
    ['some item', [2, 0], 'any(result, # < 1)', undefined, 'Successful'],
    ['no item', [2, 0], 'none(result, # > 5)', undefined, 'Successful'],
    ['an item of a list', [2, 2], '2 in result', undefined, 'Successful'],
    ['a text for a truth', true, "result == 'hi'", undefined, 'Error'],
    ['a text that is a whole number', '1', 'asInt(result) == 1', undefined, 'Successful'],
    ['a number loses its fraction', 1.123, 'asInt(result) == 1', undefined, 'Successful'],
    ['a text that is no whole number', '1.1', 'asInt(result) == 1', undefined, 'Error'],
    ['a text that is a number', '1.1', 'asFloat(result) >= 1.1', undefined, 'Successful'],
    ['a text that is no number', 'NotANum', 'asFloat(result) == 1.1', undefined, 'Error'],
    ['a number against a text', '1.1', 'asFloat(result) == "1.1"', undefined, 'Error'],
    ['not a number', Number.NaN, 'isNaN(result)', undefined, 'Successful'],
    [
      'not a number meets no comparison',
      [Number.NaN],
      'result[0] >= 0.95',
      'result[0] < 0.5',
      'Inconclusive',
    ],
    ['infinite', Number.POSITIVE_INFINITY, 'isInf(result)', undefined, 'Successful'],
    ['nothing', null, 'isNil(result)', undefined, 'Successful'],
    ['nothing has a default', null, 'default(result, 0) == 0', undefined, 'Successful'],
    ['something needs none', 1, 'default(result, 0) == 1', undefined, 'Successful'],
    [
      'arithmetic before comparison',
      10,
      'result * (2 + 1) - 15 == 31 % 16',
      undefined,
      'Successful',
    ],
    ['and binds more than or', 1, 'result == 1 || true && false', undefined, 'Successful'],
    ['words for operators', 1, 'not (result == 2) and result == 1', undefined, 'Successful'],
    ['unary minus', -3, 'result == -3', undefined, 'Successful'],
    ['a key in brackets', { 'p 99': 3 }, "result['p 99'] < 5", undefined, 'Successful'],
    ['a key that is not there', {}, 'result.a == nil', undefined, 'Successful'],
    ['the last item', [1, 2], 'result[-1] == 2', undefined, 'Successful'],
  ])('%s', (_, value, success, failure, phase) => {
    expect(judge(value, success, failure).phase).toBe(phase);
  });
});

test.each([
  ['', 'expected a value at the end'],
  ['result >=', 'expected a value at the end'],
  ['result[0', 'expected ] at the end'],
  ['result ) 1', 'unexpected ) at 8'],
  ['len()', 'expected a value at 5'],
  ['len(result, 1)', 'len takes 1 at 1, not 2'],
  ['result.constructor()', 'unexpected ( at 19'],
  ['invalidVariable', 'unknown name invalidVariable at 1'],
  ['result == "open', 'unexpected character at 11'],
  ['1 1', 'unexpected 1 at 3'],
  [`${'('.repeat(65)}1${')'.repeat(65)}`, 'more than 64 deep'],
  ['!'.repeat(65), 'more than 64 deep'],
  [`result > ${'1'.repeat(4096)}`, 'longer than 4096 characters'],
])('the condition %s is refused', (text, problem) => {
  expect(parseCondition(text)).toEqual({ problem });
});

test('a condition sees nothing of JavaScript', () => {
  for (const key of ['constructor', '__proto__', 'toString', 'length']) {
    expect(judge({}, `result.${key} == nil`, undefined).phase).toBe('Successful');
  }
});

const METRIC: MetricSettings = {
  name: 'success-rate',
  intervalMs: 60_000,
  initialDelayMs: 0,
  count: 0,
  successCondition: undefined,
  failureCondition: undefined,
  failureLimit: 0,
  inconclusiveLimit: 0,
  consecutiveErrorLimit: 4,
  consecutiveSuccessLimit: 0,
  isDryRun: false,
};

const STATE: MetricState = {
  phase: 'Running',
  count: 0,
  successful: 0,
  failed: 0,
  inconclusive: 0,
  error: 0,
  consecutiveError: 0,
  consecutiveSuccess: 0,
  last: { phase: 'Successful', finishedAtMs: 0 },
  message: '',
};

const last = (phase: RunPhase) => ({ phase, finishedAtMs: 0 });

test.each<[string, Partial<MetricSettings>, Partial<MetricState>, RunPhase, ending: RunPhase]>([
  ['nothing measured', {}, { last: null }, 'Pending', 'Successful'],
  ['one under way', {}, { last: last('Running') }, 'Running', 'Running'],
  ['three failed of two', { failureLimit: 2 }, { failed: 3, count: 3 }, 'Failed', 'Failed'],
  ['three failed of three', { failureLimit: 3 }, { failed: 3, count: 3 }, 'Running', 'Successful'],
  ['any may fail', { failureLimit: -1 }, { failed: 99, count: 99 }, 'Running', 'Successful'],
  [
    'three inconclusive of two',
    { inconclusiveLimit: 2 },
    { inconclusive: 3 },
    'Inconclusive',
    'Inconclusive',
  ],
  [
    'three inconclusive of three',
    { inconclusiveLimit: 3 },
    { inconclusive: 3 },
    'Running',
    'Successful',
  ],
  ['five errors in a row', {}, { consecutiveError: 5 }, 'Error', 'Error'],
  ['four errors in a row', {}, { consecutiveError: 4 }, 'Running', 'Successful'],
  ['ten of ten', { count: 10 }, { successful: 10, count: 10 }, 'Successful', 'Successful'],
  [
    'half of ten inconclusive',
    { count: 10 },
    { inconclusive: 5, count: 10 },
    'Inconclusive',
    'Inconclusive',
  ],
  [
    'several limits: an error says most',
    {},
    { failed: 1, inconclusive: 1, consecutiveError: 5 },
    'Error',
    'Error',
  ],
  [
    'one without interval and count',
    { intervalMs: undefined },
    { count: 1 },
    'Successful',
    'Successful',
  ],
  [
    'enough successes in a row',
    { consecutiveSuccessLimit: 3, failureLimit: -1 },
    { consecutiveSuccess: 3, failed: 7, count: 10 },
    'Successful',
    'Successful',
  ],
  [
    'the count comes before enough successes, which alone decide',
    { consecutiveSuccessLimit: 3, failureLimit: -1, count: 5 },
    { consecutiveSuccess: 2, failed: 3, count: 5 },
    'Failed',
    'Failed',
  ],
  [
    'the count comes before enough successes, and failures have a limit',
    { consecutiveSuccessLimit: 3, failureLimit: 4, count: 5 },
    { consecutiveSuccess: 2, failed: 3, count: 5 },
    'Inconclusive',
    'Inconclusive',
  ],
  [
    'too many failures come before enough successes',
    { consecutiveSuccessLimit: 2, failureLimit: 1 },
    { consecutiveSuccess: 2, failed: 2, count: 4 },
    'Failed',
    'Failed',
  ],
])('metric: %s', (_, settings, state, phase, ending) => {
  const metric = { ...METRIC, ...settings };
  expect(assess(metric, { ...STATE, ...state }, false)).toBe(phase);
  expect(assess(metric, { ...STATE, ...state }, true)).toBe(ending);
});

/** Phases by metric, one observation a minute. */
function run(
  metrics: readonly MetricSettings[],
  minutes: readonly Readonly<Record<string, RunPhase>>[],
  isTerminated = false,
) {
  let state = INITIAL_ANALYSIS_STATE;
  let decision = decideAnalysis(metrics, { nowMs: 0, measurements: [], isTerminated }, state);
  for (const [minute, phases] of minutes.entries()) {
    const finishedAtMs = minute * 60_000;
    const measurements = Object.entries(phases).map(([metric, phase]) => {
      return { metric, phase, value: undefined, message: '', finishedAtMs };
    });
    decision = decideAnalysis(metrics, { nowMs: finishedAtMs, measurements, isTerminated }, state);
    state = decision.state;
  }
  return decision;
}

const named = (name: string, more: Partial<MetricSettings> = {}) => ({ ...METRIC, name, ...more });

test.each<
  [string, MetricSettings[], Record<string, RunPhase>[], RunPhase, Record<string, RunPhase>]
>([
  [
    'runs while one metric runs',
    [named('latency', { count: 1 }), named('rate')],
    [{ latency: 'Successful', rate: 'Successful' }],
    'Running',
    { latency: 'Successful', rate: 'Running' },
  ],
  [
    'the worst wins: failed over error over inconclusive',
    [named('a', { consecutiveErrorLimit: 0 }), named('b'), named('c')],
    [{ a: 'Error', b: 'Failed', c: 'Inconclusive' }],
    'Failed',
    { a: 'Error', b: 'Failed', c: 'Inconclusive' },
  ],
  [
    'error over inconclusive',
    [named('a', { consecutiveErrorLimit: 0 }), named('c')],
    [{ a: 'Error', c: 'Inconclusive' }],
    'Error',
    { a: 'Error', c: 'Inconclusive' },
  ],
  [
    'a failed metric ends the others, and what is under way is called off',
    [named('forever'), named('bad')],
    [{ forever: 'Running', bad: 'Failed' }],
    'Failed',
    { forever: 'Successful', bad: 'Failed' },
  ],
  [
    'a failed dry run has no say',
    [named('rate', { count: 1 }), named('dry', { isDryRun: true })],
    [{ rate: 'Successful', dry: 'Failed' }],
    'Successful',
    { rate: 'Successful', dry: 'Failed' },
  ],
  [
    'a dry run does not end the others',
    [named('rate'), named('dry', { isDryRun: true })],
    [{ rate: 'Successful', dry: 'Failed' }],
    'Running',
    { rate: 'Running', dry: 'Failed' },
  ],
  [
    'dry runs alone succeed',
    [named('dry', { isDryRun: true })],
    [{ dry: 'Failed' }],
    'Successful',
    { dry: 'Failed' },
  ],
  [
    'a success breaks a row of errors',
    [named('a')],
    [...'EEEESEEEE'].map((c) => ({ a: c === 'E' ? 'Error' : 'Successful' })),
    'Running',
    { a: 'Running' },
  ],
  [
    'the fifth error in a row ends it',
    [named('a')],
    [...'EEEEE'].map(() => ({ a: 'Error' as const })),
    'Error',
    { a: 'Error' },
  ],
  [
    'errors do not count',
    [named('a', { count: 2 })],
    [{ a: 'Error' }, { a: 'Successful' }, { a: 'Error' }],
    'Running',
    { a: 'Running' },
  ],
  [
    'a failure breaks a row of successes',
    [named('a', { failureLimit: -1, consecutiveSuccessLimit: 2 })],
    [{ a: 'Successful' }, { a: 'Failed' }, { a: 'Successful' }],
    'Running',
    { a: 'Running' },
  ],
  [
    'what is completed stays',
    [named('a', { count: 1 })],
    [{ a: 'Successful' }, { a: 'Failed' }],
    'Successful',
    { a: 'Successful' },
  ],
])('run: %s', (_, metrics, minutes, phase, phases) => {
  const decision = run(metrics, minutes);
  expect(decision.phase).toBe(phase);
  expect(Object.fromEntries(decision.metrics.map((one) => [one.name, one.phase]))).toEqual(phases);
});

test('run: terminated before any measurement is successful', () => {
  const decision = run([named('a'), named('b')], [{}], true);
  expect(decision).toMatchObject({ phase: 'Successful', nextAtMs: null });
});

/** One observation with what was measured, and the end that somebody asks for. */
function ended(metrics: readonly MetricSettings[], phases: Readonly<Record<string, RunPhase>>) {
  const measurements = Object.entries(phases).map(([metric, phase]) => {
    return { metric, phase, value: undefined, message: '', finishedAtMs: 0 };
  });
  const observation = { nowMs: 0, measurements, isTerminated: true };
  return decideAnalysis(metrics, observation, INITIAL_ANALYSIS_STATE);
}

test.each<[string, MetricSettings[], Record<string, RunPhase>, RunPhase]>([
  ['what is under way is called off, which succeeds', [named('a')], { a: 'Running' }, 'Successful'],
  ['a failure that is let pass', [named('a', { failureLimit: 1 })], { a: 'Failed' }, 'Successful'],
  ['one too many fails all the same', [named('a'), named('b')], { a: 'Failed' }, 'Failed'],
  ['so does an inconclusive one', [named('a'), named('b')], { b: 'Inconclusive' }, 'Inconclusive'],
  [
    'too few successes in a row are enough then',
    [named('a', { consecutiveSuccessLimit: 3 })],
    { a: 'Successful' },
    'Successful',
  ],
  ['a failed dry run has no say', [named('a', { isDryRun: true })], { a: 'Failed' }, 'Successful'],
])('run, terminated: %s', (_, metrics, phases, phase) => {
  const decision = ended(metrics, phases);
  expect(decision).toMatchObject({ phase, nextAtMs: null });
  expect(decision.metrics.every((one) => one.dueAtMs === null)).toBe(true);
});

test('errors are measured again every ten seconds, and five in a row are an error', () => {
  let state = INITIAL_ANALYSIS_STATE;
  const dueAt: (number | null)[] = [];
  for (let nowMs = 0; nowMs <= 40_000; nowMs += 10_000) {
    const error = { metric: METRIC.name, phase: 'Error', value: undefined, message: 'no answer' };
    const measurements = [{ ...error, phase: 'Error' as const, finishedAtMs: nowMs }];
    const decision = decideAnalysis([METRIC], { nowMs, measurements, isTerminated: false }, state);
    state = decision.state;
    dueAt.push(decision.nextAtMs);
  }
  expect(dueAt).toEqual([10_000, 20_000, 30_000, 40_000, null]);
  expect(state.phase).toBe('Error');
});

test('a row of successes that is long enough ends it before its count', () => {
  const metric = named('a', { consecutiveSuccessLimit: 3, failureLimit: 2, count: 9 });
  const phases = [...'SSFSSS'].map((c) => ({ a: c === 'S' ? 'Successful' : 'Failed' }) as const);
  expect(run([metric], phases.slice(0, 5)).phase).toBe('Running');
  expect(run([metric], phases)).toMatchObject({ phase: 'Successful', nextAtMs: null });
});

test('a measurement that is called off is one more success in its row', () => {
  const metrics = [named('a'), named('b')];
  const { metrics: answers } = run(metrics, [{ a: 'Error', b: 'Failed' }]);
  expect(answers[0]).toMatchObject({ consecutiveError: 1, consecutiveSuccess: 0 });
  const ended = run(metrics, [{ a: 'Error' }, { a: 'Running', b: 'Failed' }]);
  const [calledOff] = ended.metrics;
  expect(calledOff).toMatchObject({ successful: 1, consecutiveError: 0, consecutiveSuccess: 1 });
});

test.each<[string, MetricSettings[], Record<string, RunPhase>[], (number | null)[]]>([
  ['at once', [named('a')], [{}], [0]],
  ['after the initial delay', [named('a', { initialDelayMs: 40_000 })], [{}], [40_000]],
  ['an interval after the last', [named('a')], [{ a: 'Successful' }], [60_000]],
  ['ten seconds after an error', [named('a', { intervalMs: 300_000 })], [{ a: 'Error' }], [10_000]],
  ['so without interval, too', [named('a', { intervalMs: undefined })], [{ a: 'Error' }], [10_000]],
  ['never while one is under way', [named('a')], [{ a: 'Running' }], [null]],
  ['never after the count', [named('a', { count: 1 })], [{ a: 'Successful' }], [null]],
  [
    'each metric by itself',
    [named('a'), named('b', { intervalMs: 30_000 })],
    [{ a: 'Successful', b: 'Successful' }],
    [60_000, 30_000],
  ],
])('the next measurement is due %s', (_, metrics, minutes, due) => {
  const decision = run(metrics, minutes);
  expect(decision.metrics.map(({ dueAtMs }) => dueAtMs)).toEqual(due);
  const known = due.filter((ms) => ms !== null);
  expect(decision.nextAtMs).toBe(known.length === 0 ? null : Math.min(...known));
});

test.each([
  ['.*', 'latency', true],
  ['latency', 'latency', true],
  ['late', 'latency', true],
  ['^ency', 'latency', false],
  ['test.*', 'test-1', true],
  ['test.*', 'other', false],
  ['^a.*z$', 'a-z', true],
  ['^a.*z$', 'a-zb', false],
  ['a+', 'aa', undefined],
])('the pattern %s of %s: %s', (pattern, name, matches) => {
  expect(matchesMetric(pattern, name)).toBe(matches);
});

function settingsProblems(settings: unknown): string[] {
  // What a test writes down is JSON.
  const line = { settings, observation: { nowMs: 0 } } as Plain;
  return (argoAnalysis.converse()(line).complaints ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );
}

test.each([
  ['no metric', { metrics: [] }, 'metrics: expected a list of one metric or more'],
  ['a count without interval', [{ name: 'a', count: 2 }], '0.interval: missing'],
  ['a failureLimit above the count', [{ name: 'a', count: 1, failureLimit: 2 }], 'at most 1 (Argo'],
  [
    'both limits together above it',
    [{ name: 'a', interval: '1m', count: 3, failureLimit: 2, consecutiveSuccessLimit: 2 }],
    '0.failureLimit: expected at most 3 (Argo Rollouts: count must be >= failureLimit + cons',
  ],
  [
    'neither limit',
    [{ name: 'a', failureLimit: -1 }],
    '0.failureLimit: expected a limit from 0 on, or a consecutiveSuccessLimit',
  ],
  ['two of one name', [{ name: 'a' }, { name: 'a' }], '1.name: expected a name of its own'],
  [
    'an interval without a unit',
    [{ name: 'a', interval: '60' }],
    '0.interval: expected a duration',
  ],
  [
    'a broken condition',
    [{ name: 'a', successCondition: 'result >' }],
    'expected a value at the end',
  ],
  ['a negative limit', [{ name: 'a', inconclusiveLimit: -1 }], 'a whole number from 0 on'],
  [
    'a dry run of no metric',
    { metrics: [{ name: 'a' }], dryRun: [{ metricName: 'b' }] },
    "didn't match",
  ],
  ['a slip in a key', [{ name: 'a', failureLimt: 1 }], 'did you mean `failureLimit`'],
])('settings with %s are refused', (_, settings, words) => {
  expect(settingsProblems(settings).join('\n')).toContain(words);
});

test('a manifest may be pasted, with numbers as texts', () => {
  const metric = {
    name: 'a',
    interval: '1m30s',
    count: '3',
    failureLimit: '1',
    provider: { job: {} },
  };
  const manifest = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisTemplate',
    metadata: { name: 'x' },
    spec: { args: [{ name: 'y' }], metrics: [metric] },
  };
  const line = { settings: manifest, observation: { nowMs: 1000, measurements: { a: 0.5 } } };
  const { answer } = argoAnalysis.converse()(line);
  expect(answer).toMatchObject({ phase: 'Running', nextAtMs: 91_000 });
});
