/** What `plimsoll explain` says of a moment: the evaluation in force, its rule, what followed. */
import { describe, expect, test } from 'vitest';
import { type Explained, explain, type Question } from '../../reports/explain.ts';
import { ruleOf } from '../../reports/explain-group.ts';
import { policiesInWords, policiesSeen } from '../../reports/rule-words.ts';
import { renderExplained } from '../../reports/text-explain.ts';
import { PIPELINE_DEFAULTS } from '../../simulator/model/metric-sources.ts';
import type { Scaling } from '../../simulator/model/model.ts';
import type { AlarmSettings, ScalingPolicy } from '../../simulator/model/scaling-settings.ts';
import { decideGroup, initialGroupState } from '../../simulator/policies/aws/group.ts';
import { isHeldBack, type ScalingObservation } from '../../simulator/policies/scaling.ts';
import { EvaluationLog, MOST_EVALUATIONS } from '../../simulator/results/evaluation-log.ts';
import type { Evaluation, Results, Run } from '../../simulator/results/results.ts';
import { HOSTILE, hostile, measurement, outside, prediction } from '../goldens/made-up.ts';
import { scalable } from '../helpers/models.ts';

const MADE_UP = prediction(5);

function asked(results: Results, question: Partial<Question> = {}): Explained {
  return explain(results, { run: 1, atMs: undefined, service: undefined, ...question });
}

/** The first group at a moment. */
function web(atMs: number, results: Results = MADE_UP) {
  return asked(results, { atMs, service: 'web' }).explanations[0]!;
}

function text(explained: Explained, width = 80): string {
  return renderExplained(explained, { color: false, width, origin: 'simulator 0.1.0' });
}

/** The same results with another first run. */
function changedRun(changes: Partial<Run>, results: Results = MADE_UP): Results {
  const [first, ...rest] = results.runs;
  return { ...results, runs: [{ ...first!, ...changes }, ...rest] };
}

function without(key: 'evaluations', results: Results): Results {
  const [{ [key]: _, ...first }, ...rest] = results.runs as [Run, ...Run[]];
  return { ...results, runs: [first, ...rest] };
}

// Evaluations every 10 s; kept are those of 10 s (hold), 30 s (1 → 2), 40 s (held back), 50 s.
test.each([
  ['before the first evaluation', 9_999, null, null, 10_000, 1],
  ['at an evaluation', 10_000, 10_000, 10_000, 20_000, 1],
  ['after it', 12_000, 10_000, 10_000, 20_000, 1],
  ['when one has said the same again', 29_000, 10_000, 20_000, 30_000, 1],
  ['at a decision', 30_000, 30_000, 30_000, 40_000, 2],
  ['where it is held back', 44_000, 40_000, 40_000, 50_000, 2],
  ['at the end', 60_000, 50_000, 60_000, null, 2],
])('the evaluation in force, %s', (_, atMs, said, latest, next, desired) => {
  const found = web(atMs);
  expect(found.said?.atMs ?? null).toBe(said);
  expect([found.latestEvaluationMs, found.nextEvaluationMs, found.desired]).toEqual([
    latest,
    next,
    desired,
  ]);
});

test('what was seen comes whole, and a missing datapoint is said to be missing', () => {
  expect(web(41_000).said?.observation).toMatchObject({ desired: 2, booting: 1, warming: 0 });
  const words = text(asked(MADE_UP, { atMs: 41_000, service: 'web' }));
  expect(words).toContain('at 0:40: desired 2, 1 booting, 0 warming up');
  expect(words).toContain('requests-per-instance 151.9/s over 10 s');
  const missing = text(asked(MADE_UP, { atMs: 50_000, service: 'web' }));
  expect(missing).toContain('requests-per-instance missing over 10 s');
  expect(missing).toContain('seen: requests-per-instance: the datapoint is missing');
});

test('actual instances are those of the latest sample', () => {
  // Buckets of 10 s: one boots in the sample at 40 s and serves in the one at 50 s.
  expect(web(49_000).actual).toEqual({
    sampledAtMs: 40_000,
    booting: 1,
    serving: 1,
    draining: 0,
    desired: 1,
  });
  expect(web(50_000).actual).toMatchObject({ sampledAtMs: 50_000, booting: 0, serving: 2 });
  expect(web(0).actual).toMatchObject({ sampledAtMs: 10_000, serving: 1 });
});

describe('what became of the latest change', () => {
  const decision = (atMs: number, from: number, desired: number) => ({
    atMs,
    service: 'web',
    from,
    desired,
    reason: 'asked',
  });
  const series = MADE_UP.runs[0]!.services['web']!;
  const run = (serving: number[], draining: number[], ...decisions: Run['decisions'][number][]) =>
    changedRun({
      decisions,
      evaluations: [],
      services: { web: { ...series, serving, draining } },
    });
  const none = [0, 0, 0, 0, 0, 0];

  test.each([
    ['all asked for serve', [1, 1, 1, 2, 3, 3], none, [decision(20_000, 1, 3)], 50_000],
    ['they never do', [1, 1, 1, 2, 2, 2], none, [decision(20_000, 1, 3)], null],
    [
      'the next change comes first',
      [1, 1, 1, 2, 3, 3],
      none,
      [decision(20_000, 1, 3), decision(45_000, 3, 4)],
      null,
    ],
    [
      'all taken away have drained',
      [3, 3, 1, 1, 1, 1],
      [0, 0, 2, 1, 0, 0],
      [decision(20_000, 3, 1)],
      50_000,
    ],
  ])('%s', (_, serving, draining, decisions, doneByMs) => {
    const results = run(serving, draining, ...decisions);
    expect(web(21_000, results).change).toMatchObject({ atMs: 20_000, doneByMs });
  });

  test('in words', () => {
    const words = (...parts: Parameters<typeof run>) =>
      text(asked(run(...parts), { atMs: 21_000, service: 'web' }));
    expect(words([1, 1, 1, 2, 3, 3], none, decision(20_000, 1, 3))).toContain(
      '1 → 3 at 0:20: 3 serve by 0:50, 30 s later',
    );
    expect(words([1, 1, 1, 2, 2, 2], none, decision(20_000, 1, 3))).toContain(
      '1 → 3 at 0:20: fewer than 3 served when the run ended',
    );
    const again = [decision(20_000, 3, 1), decision(45_000, 1, 2)] as const;
    expect(words([3, 3, 3, 3, 2, 2], none, ...again)).toMatch(
      /not all 2 were gone when the size changed again at\s+0:45/,
    );
  });
});

test('a metric that is visible late is decided on late', () => {
  const cloudwatch = { ...PIPELINE_DEFAULTS.cloudwatch, source: 'cloudwatch' } as const;
  const metrics = { ...cloudwatch, statistic: 'average' } as const;
  const settings = { ...MADE_UP.model!.services[0]!.scaling, metrics };
  const results = { ...measurement(), durationMs: 300_000 };
  const late = changedRun({ scaling: { web: settings }, evaluations: [] }, results);
  // Periods end every 10 s, and are seen a minute later: first at 70 s.
  expect([0, 69_000, 70_000, 119_000].map((atMs) => web(atMs, late).nextEvaluationMs)).toEqual([
    70_000, 70_000, 80_000, 120_000,
  ]);
  const words = ruleOf(late, late.runs[0]!, 'web').words.join('\n');
  expect(words).toContain('by cloudwatch, visible after 1 min');
});

test('without a moment every decision is explained, one by one', () => {
  const { explanations, atMs } = asked(MADE_UP);
  expect(atMs).toBeNull();
  expect(explanations.map(({ service, atMs: at }) => [service, at])).toEqual([['web', 30_000]]);
  expect(text(asked(MADE_UP))).toMatch(/ {2}0:30 {6}1 → 2\n[\s\S]*seen {6}desired 1, 0 booting/);
});

test('of other runs only decisions are kept, and it says so', () => {
  const words = text(asked(MADE_UP, { run: 2, atMs: 42_000, service: 'web' }));
  expect(words).toContain('not kept: what loops see is kept of the first run only');
  expect(words).toContain('at 0:30: 1 → 2');
  expect(words).not.toContain('said again');
});

test('a group without a policy has nothing to explain', () => {
  const words = text(asked(MADE_UP, { atMs: 42_000, service: 'stock' }));
  expect(words).toMatch(/stock {2}desired 2; .*\n {2}rule {6}no policy: the size stays as it is$/);
});

test('a live run is explained by the settings that it had', () => {
  const scaling = { web: MADE_UP.model!.services[0]!.scaling };
  const live = changedRun({ scaling }, measurement());
  expect(live.model).toBeUndefined();
  const words = text(asked(live, { atMs: 42_000, service: 'web' }));
  expect(words).toContain('step-scaling when requests-per-instance is above 120/s');
  expect(text(asked(live, { atMs: 42_000, service: 'stock' }))).toContain('not known');
});

test('what is not known of a longer run is said', () => {
  const [first] = MADE_UP.runs[0]!.evaluations!;
  const evaluations = Array.from({ length: MOST_EVALUATIONS }, (_, index) => ({
    ...first!,
    atMs: index,
  }));
  const long = changedRun({ evaluations });
  expect(asked(long, { atMs: 5_000 }).warnings).toEqual([]);
  expect(asked(long, { atMs: 20_000 }).warnings).toEqual([
    'the first 10000 evaluations that said something new were kept: what was seen after ' +
      '0:09.999 is not known',
  ]);
});

const OLD = without('evaluations', MADE_UP);

test.each<[string, Results, Partial<Question>, RegExp]>([
  ['a moment after the end', MADE_UP, { atMs: 60_001 }, /from 0:00 to 1:00, .*, found 1:00\.001/],
  ['a run that there is not', MADE_UP, { run: 6 }, /expected a --run from 1 to 5, found 6/],
  ['an unknown service', MADE_UP, { service: 'wbe' }, /one of web, stock, found "wbe"/],
  ['older results', OLD, { atMs: 1000 }, /an older version wrote .*`plimsoll simulate/],
  ['a load of k6 alone', outside(), { atMs: 1000 }, /nobody noted .*`plimsoll read .*--staging/],
  ['an older measurement', measurement(), {}, /nobody noted/],
])('%s is refused in words', (_, results, question, message) => {
  expect(() => asked(results, question)).toThrow(message);
});

test('results in which nothing can have been said are no older ones', () => {
  const services = MADE_UP.model!.services.map((one) => ({ ...one, scaling: scalable(1, 4, []) }));
  const fixed = { ...OLD, model: { ...MADE_UP.model!, services } };
  expect(text(asked(fixed))).toContain('no policy');
  // The first evaluation is at 10 s.
  expect(text(asked({ ...OLD, durationMs: 9_000 }))).toContain('no decision');
});

test('fields of an observation that are not known yet are told of', () => {
  const [first] = MADE_UP.runs[0]!.evaluations!;
  const more = { pods: [{ name: 'web-1' }, { name: 'web-2' }], ready: 2 };
  const observation = { ...first!.observation, ...more } as ScalingObservation;
  const results = changedRun({ evaluations: [{ ...first!, observation }] });
  const words = text(asked(results, { atMs: 10_000, service: 'web' }));
  expect(words).toContain('pods: 2, all of them with --json');
  expect(words).toContain('ready 2');
});

test.each(HOSTILE)('no control byte reaches the terminal: %j', (name) => {
  const names = hostile(name);
  const all = [undefined, 42_000].map((atMs) => text(asked(prediction(2, names), { atMs })));
  expect(all.join('').replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cs}\p{Bidi_Control}]/u);
});

test.each([60, 80, 120])('it fits %d columns, and no line ends in a space', (width) => {
  const all = [undefined, 0, 42_000, 60_000].map((atMs) => text(asked(MADE_UP, { atMs }), width));
  const lines = all.flatMap((one) => one.split('\n'));
  expect(lines.filter((line) => [...line].length > width || / $/.test(line))).toEqual([]);
});

test('colour is all that colour adds', () => {
  const explained = asked(MADE_UP, { atMs: 42_000 });
  const options = { width: 80, origin: 'simulator 0.1.0' };
  const colored = renderExplained(explained, { ...options, color: true });
  expect(colored).toContain('\u001b[');
  expect(colored.replaceAll(/\p{Cc}\[[\d;]*m/gu, '')).toBe(text(explained));
});

const HIGH: AlarmSettings = {
  metric: 'utilization',
  comparison: 'above',
  threshold: 0.6,
  periodMs: 60_000,
  evaluationPeriods: 3,
  datapointsToAlarm: 2,
  missingData: 'missing',
};
const LOW: AlarmSettings = { ...HIGH, comparison: 'below', threshold: 0.3, missingData: 'ignore' };
const add = (by: number) => ({ type: 'change-in-capacity', by }) as const;
const percent = (byRatio: number) => ({ type: 'percent-change-in-capacity', byRatio }) as const;
const STEPS = { type: 'step-scaling', minMagnitude: 1 } as const;

test.each<[string, ScalingPolicy, string[]]>([
  [
    'steps above a threshold include their lower bound',
    {
      ...STEPS,
      alarm: HIGH,
      minMagnitude: 2,
      steps: [
        { lower: undefined, upper: 0.1, change: add(1) },
        { lower: 0.1, upper: 0.2, change: percent(0.5) },
        { lower: 0.2, upper: undefined, change: { type: 'exact-capacity', to: 9 } },
      ],
    },
    [
      'step-scaling when utilization is above 60 % in 2 of the latest 3 datapoints of 1 min',
      '70 % and below: add 1; 70 % to 80 %: add 50 %, at least 2; 80 % or more: set to 9',
    ],
  ],
  [
    'steps below one include their upper bound',
    {
      ...STEPS,
      alarm: LOW,
      steps: [
        { lower: -0.1, upper: 0, change: add(-1) },
        { lower: undefined, upper: -0.1, change: percent(-0.2) },
      ],
    },
    [
      'step-scaling when utilization is below 30 % in 2 of the latest 3 datapoints of 1 min ' +
        '(with gaps the alarm stays as it is)',
      '30 % to 20 %: remove 1; 20 % or less: remove 20 %',
    ],
  ],
  [
    'target tracking is two alarms',
    {
      type: 'target-tracking',
      metric: 'requests-per-instance',
      target: 200,
      periodMs: 60_000,
      highPeriods: 3,
      lowPeriods: 15,
      lowRatio: 0.9,
      scaleIn: true,
    },
    [
      'target-tracking keeps requests-per-instance at 200/s',
      'wants instances × value ÷ target, rounded up',
      'out when requests-per-instance is above 200/s in 3 of the latest 3 datapoints of 1 min',
      'in when requests-per-instance is below 180/s in 15 of the latest 15 datapoints of 1 min',
    ],
  ],
])('the rule in words: %s', (_, policy, lines) => {
  const [words] = policiesInWords(scalable(1, 9, [policy]));
  expect(words!.lines).toEqual(lines);
  expect(words!.sources[0]!.url).toMatch(/^https:\/\/docs\.aws\.amazon\.com\//);
});

describe('policies at an evaluation', () => {
  const steps = [{ lower: undefined, upper: undefined, change: add(1) }];
  const settings: Scaling = scalable(1, 9, [
    { ...STEPS, alarm: { ...HIGH, evaluationPeriods: 1, datapointsToAlarm: 1 }, steps },
    { ...STEPS, alarm: { ...LOW, evaluationPeriods: 1, datapointsToAlarm: 1 }, steps },
  ]);
  const observation = (value: number | undefined): ScalingObservation => ({
    nowMs: 60_000,
    desired: 2,
    booting: 0,
    warming: 0,
    datapoints: [{ metric: 'utilization', periodMs: 60_000, value }],
  });

  test.each([
    ['above', 0.7, [true, false], ['70.0 % is above 60 %', '70.0 % is not below 30 %']],
    ['below', 0.2, [false, true], ['20.0 % is not above 60 %', '20.0 % is below 30 %']],
    ['between', 0.5, [false, false], ['50.0 % is not above 60 %', '50.0 % is not below 30 %']],
  ])('the one that gave the reason is named: %s', (_, value, isNamed, lines) => {
    const seen = observation(value);
    const { reason } = decideGroup(settings, seen, initialGroupState(settings));
    const policies = policiesSeen(settings, seen.datapoints, reason);
    expect(policies.map((policy) => policy.isNamed)).toEqual(isNamed);
    expect(policies.flatMap((policy) => policy.lines)).toEqual(lines);
  });

  test('a period that has not ended says nothing', () => {
    expect(policiesSeen(settings, [], '')[0]!.lines).toEqual(['utilization: no datapoint was due']);
    expect(policiesSeen(settings, undefined, '')[0]!.lines).toEqual([]);
  });

  test('a group that is content is not held back', () => {
    const { reason } = decideGroup(settings, observation(0.5), initialGroupState(settings));
    expect(isHeldBack(reason)).toBe(false);
  });
});

test.each([
  ['step-scaling: utilization 20.0 % below 30.0 %: scale-in waits for 2 warming up', true],
  ['step-scaling: utilization 70.0 % above 60.0 %: 4 → 8, limited to max 4', true],
  ['TooManyReplicas: 12 proposed; limited to 8', true],
  ['ScaleDownStabilized: 3 proposed; stabilised to 8 for 240 s more', true],
  ['DesiredWithinRange: cpu utilization 50 % of requests, target 50 %: within tolerance', false],
])('%s: held back is %s', (reason, isHeld) => {
  expect(isHeldBack(reason)).toBe(isHeld);
});

test('a group that has come to its limit says so, though its last step had the same reason', () => {
  const log = new EvaluationLog();
  const evaluation = (atMs: number, from: number, desired: number): Evaluation => ({
    atMs,
    service: 'web',
    observation: { nowMs: atMs, desired: from, booting: 0, warming: 0, datapoints: [] },
    desired,
    reason: `step-scaling: ${from} → ${from + 1}, limited to max 4`,
  });
  log.add(evaluation(10, 3, 4));
  log.add(evaluation(20, 4, 4));
  log.add(evaluation(30, 4, 4));
  expect(log.entries.map(({ atMs }) => atMs)).toEqual([10, 20]);
});
