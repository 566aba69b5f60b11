/** `plimsoll decide cloudwatch-alarm`, held to the tables and limits of the CloudWatch guide. */
import { describe, expect, test } from 'vitest';
import { cloudwatchAlarm } from '../../simulator/decide/cloudwatch-alarm.ts';
import {
  type AlarmComparison,
  evaluateRange,
  evaluationIntervalMs,
  INITIAL_ALARM,
  isBreaching,
} from '../../simulator/policies/aws/cloudwatch-alarm.ts';
import { answersOf, complaintsOf } from '../helpers/aws-doors.ts';

const POINT: Record<string, number | null> = { '0': 10, X: 90, '-': null };
const points = (drawing: string) => drawing.split(' ').map((mark) => POINT[mark]!);

function settings(m: number, TreatMissingData = 'missing') {
  return {
    ComparisonOperator: 'GreaterThanThreshold',
    Threshold: 80,
    EvaluationPeriods: 3,
    DatapointsToAlarm: m,
    TreatMissingData,
  };
}

/** "Configuring how CloudWatch alarms treat missing data": drawing, M, points filled, states. */
const TABLES = [
  ['0 - X - X', 3, 0, 'OK', 'OK', 'OK', 'OK'],
  ['0 - - - -', 3, 2, 'OK', 'OK', 'OK', 'OK'],
  ['- - - - -', 3, 3, 'INSUFFICIENT_DATA', 'retained', 'ALARM', 'OK'],
  ['0 X X - X', 3, 0, 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['- - X - -', 3, 2, 'ALARM', 'retained', 'ALARM', 'OK'],
  ['0 - X - X', 2, 0, 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['0 0 X 0 X', 2, 0, 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['0 - X - -', 2, 1, 'OK', 'OK', 'ALARM', 'OK'],
  ['- - - - 0', 2, 2, 'OK', 'OK', 'ALARM', 'OK'],
  ['- - - X -', 2, 2, 'ALARM', 'retained', 'ALARM', 'OK'],
] as const;
const TREATMENTS = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;

describe.each(TABLES)('%s with %i of 3', (drawing, m, filled, ...states) => {
  test.each(TREATMENTS.map((treatment, column) => [treatment, states[column]!] as const))(
    '%s is %s from either state, at once or point by point',
    (treatment, documented) => {
      for (const before of ['OK', 'ALARM'] as const) {
        const expected = documented === 'retained' ? before : documented;
        const state = { value: before, datapoints: [], firedAtMs: null };
        const line = {
          settings: settings(m, treatment),
          observation: { nowMs: 0, datapoints: points(drawing) },
          state,
        };
        const { answer } = cloudwatchAlarm.converse()(JSON.parse(JSON.stringify(line)));
        expect(answer).toMatchObject({ stateValue: expected, filled });
      }
    },
  );
});

test('a premature breach at the end of silence raises no alarm when all three must breach', () => {
  for (const drawing of ['- - - - X', '- - - X -']) {
    const [answer] = answersOf(cloudwatchAlarm, settings(3), [
      { nowMs: 0, datapoints: points(drawing) },
    ]);
    expect(answer!['stateValue']).toBe('OK');
  }
});

test('datapoints given one a line build the evaluation range', () => {
  const marks = points('0 X - X 0 X');
  const answers = answersOf(
    cloudwatchAlarm,
    settings(2),
    marks.map((datapoint, minute) => ({ nowMs: minute * 60_000, datapoint })),
  );
  // 0 | 0 X | 0 X – | 0 X X: two of three | X X 0: two of three | X 0 X: two of three
  expect(answers.map((answer) => answer['stateValue'])).toEqual([
    'OK',
    'OK',
    'OK',
    'ALARM',
    'ALARM',
    'ALARM',
  ]);
});

test('the action of a lasting alarm is invoked each minute, also within a longer period', () => {
  const five = { ...settings(1), EvaluationPeriods: 1, Period: 300 };
  const answers = answersOf(cloudwatchAlarm, five, [
    { nowMs: 300_000, datapoint: 90 },
    { nowMs: 330_000 },
    { nowMs: 360_000 },
    { nowMs: 420_000 },
    { nowMs: 600_000, datapoint: 10 },
  ]);
  expect(answers.map((answer) => answer['fires'])).toEqual([true, false, true, true, false]);
});

test('ActionsEnabled false keeps the state and invokes nothing', () => {
  const [answer] = answersOf(cloudwatchAlarm, { ...settings(1), ActionsEnabled: false }, [
    { nowMs: 0, datapoints: [10, 10, 90] },
  ]);
  expect(answer).toMatchObject({ stateValue: 'ALARM', fires: false });
  expect(answer!.reason).toContain('ActionsEnabled');
});

test.each([
  ['above', 60, false],
  ['above', 60.1, true],
  ['at-or-above', 60, true],
  ['at-or-above', 59.9, false],
  ['below', 60, false],
  ['below', 59.9, true],
  ['at-or-below', 60, true],
  ['at-or-below', 60.1, false],
] as [AlarmComparison, number, boolean][])(
  '%s 60: %f breaches: %s',
  (comparison, value, expected) => {
    const rule = { comparison, threshold: 60, evaluationPeriods: 1, datapointsToAlarm: 1 };
    expect(isBreaching({ ...rule, missingData: 'missing' }, value)).toBe(expected);
  },
);

test.each([
  ['10 s periods are evaluated every 10 s', 10_000, 3, 10_000],
  ['five-minute periods every minute', 300_000, 3, 60_000],
  ['24 hours every minute', 3_600_000, 24, 60_000],
  ['more than a day every hour', 3_600_000, 25, 3_600_000],
])('%s', (_, periodMs, periods, expected) => {
  expect(evaluationIntervalMs(periodMs, periods)).toBe(expected);
});

test('a range that is given whole counts whole, and its newest five points are remembered', () => {
  const rule = {
    comparison: 'above',
    threshold: 80,
    evaluationPeriods: 3,
    datapointsToAlarm: 3,
    missingData: 'missing',
  } as const;
  const decision = evaluateRange(rule, points('X X X - - - -'), 0, INITIAL_ALARM);
  expect(decision.state).toEqual({ value: 'ALARM', datapoints: points('X - - - -'), firedAtMs: 0 });
});

test.each([
  [{ Period: 45 }, 'Period: expected 10, 20, 30 or a multiple of 60 s (CloudWatch: Period)'],
  [{ DatapointsToAlarm: 4 }, 'DatapointsToAlarm: expected at most EvaluationPeriods, 3'],
  [{ Period: 300, EvaluationPeriods: 289 }, 'EvaluationPeriods: expected Period × Evaluation'],
  [{ Period: 3600, EvaluationPeriods: 169 }, 'at most seven days, 604800 s'],
  [{ EvaluationPeriods: 0 }, 'EvaluationPeriods: expected a whole number from 1'],
  [{ ComparisonOperator: 'GreaterThanUpperThreshold' }, 'anomaly bands are not modelled'],
  [{ TreatMissingData: 'not-breaching' }, 'expected missing, ignore, breaching or notBreaching'],
  [{ Treshold: 1 }, 'unknown key "Treshold"'],
])('%j is refused', (wrong, words) => {
  expect(complaintsOf(cloudwatchAlarm, { ...settings(3), ...wrong }).join()).toContain(words);
});

test.each([
  [{ Period: 300, EvaluationPeriods: 288 }],
  [{ Period: 3600, EvaluationPeriods: 168 }],
  [{ Period: 10, EvaluationPeriods: 3 }],
])('%j is taken', (right) => {
  expect(complaintsOf(cloudwatchAlarm, { ...settings(3), ...right })).toEqual([]);
});
