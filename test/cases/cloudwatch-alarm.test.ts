import { expect, test } from 'vitest';
import type { AlarmSettings, MissingData } from '../../simulator/model/scaling-settings.ts';
import {
  type AlarmValue,
  alarmValue,
  evaluateAlarm,
  INITIAL_ALARM,
} from '../../simulator/policies/aws/cloudwatch-alarm.ts';

function alarm(m: number, n: number, missingData: MissingData = 'missing'): AlarmSettings {
  return {
    metric: 'utilization',
    comparison: 'above',
    threshold: 0.5,
    periodMs: 60_000,
    evaluationPeriods: n,
    datapointsToAlarm: m,
    missingData,
  };
}

const POINT: Record<string, number | null> = { '0': 0.1, X: 0.9, '-': null };
const points = (drawing: string) => drawing.split(' ').map((mark) => POINT[mark]!);

const TREATMENTS = ['missing', 'ignore', 'breaching', 'not-breaching'] as const;
const KEPT = 'INSUFFICIENT_DATA';

/** CloudWatch user guide, "How alarm state is evaluated when data is missing", both tables. */
const DOCUMENTED: readonly [string, number, readonly AlarmValue[]][] = [
  ['0 - X - X', 3, ['OK', 'OK', 'OK', 'OK']],
  ['0 - - - -', 3, ['OK', 'OK', 'OK', 'OK']],
  ['- - - - -', 3, ['INSUFFICIENT_DATA', KEPT, 'ALARM', 'OK']],
  ['0 X X - X', 3, ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
  ['- - X - -', 3, ['ALARM', KEPT, 'ALARM', 'OK']],
  ['0 - X - X', 2, ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
  ['0 0 X 0 X', 2, ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
  ['0 - X - -', 2, ['OK', 'OK', 'ALARM', 'OK']],
  ['- - - - 0', 2, ['OK', 'OK', 'ALARM', 'OK']],
  ['- - - X -', 2, ['ALARM', KEPT, 'ALARM', 'OK']],
];

for (const [drawing, m, values] of DOCUMENTED) {
  TREATMENTS.forEach((treatment, column) => {
    // "0 - X - X" with M = N = 3 has three real points, one of them within: no treatment is needed.
    test(`${drawing} with ${m} of 3 and ${treatment} is ${values[column]}`, () => {
      expect(alarmValue(alarm(m, 3, treatment), points(drawing), KEPT)).toBe(values[column]);
    });
  });
}

test('one breaching point after silence is no alarm yet when two must breach', () => {
  expect(alarmValue(alarm(2, 3), points('- - - - X'), 'OK')).toBe('OK');
});

test('a point at the threshold does not breach', () => {
  expect(evaluateAlarm(alarm(1, 1), 0.5, 0, INITIAL_ALARM).state.value).toBe('OK');
});

test('an alarm fires when it turns and again every minute while it lasts, not in between', () => {
  let state = INITIAL_ALARM;
  const fired: number[] = [];
  for (let nowMs = 10_000; nowMs <= 150_000; nowMs += 10_000) {
    const decision = evaluateAlarm(alarm(1, 1), 0.9, nowMs, state);
    state = decision.state;
    if (decision.fires) fired.push(nowMs);
  }
  expect(fired).toEqual([10_000, 70_000, 130_000]);
});

test('an alarm that comes back after a pause fires at once', () => {
  const first = evaluateAlarm(alarm(1, 1), 0.9, 0, INITIAL_ALARM);
  const calm = evaluateAlarm(alarm(1, 1), 0.1, 10_000, first.state);
  const again = evaluateAlarm(alarm(1, 1), 0.9, 20_000, calm.state);
  expect([first.fires, calm.fires, again.fires]).toEqual([true, false, true]);
});

test('the evaluation range forgets what is older than N + 2 periods', () => {
  let state = INITIAL_ALARM;
  for (let i = 0; i < 9; i++) state = evaluateAlarm(alarm(2, 3), i / 100, i * 60_000, state).state;
  expect(state.datapoints).toEqual([0.04, 0.05, 0.06, 0.07, 0.08]);
});
