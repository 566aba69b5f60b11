/**
 * A CloudWatch metric alarm. Source: CloudWatch user guide, "Configuring how CloudWatch alarms
 * treat missing data" (both tables, premature transitions) and "Alarm evaluation"; the actions of
 * Auto Scaling are invoked again every minute while in ALARM.
 *
 *     evaluation range (N + 2 points)     newest
 *     ├───────────────────────────────────────┤
 *       0    –    X    –    X                     0 within, X breaching, – missing
 */
import type { MissingData } from '../../model/scaling-settings.ts';

/** The four operators of `PutMetricAlarm` against a fixed threshold. */
export type AlarmComparison = 'above' | 'at-or-above' | 'below' | 'at-or-below';

/** What the alarm's value depends on: `AlarmSettings` of a model file are such a rule, too. */
export interface AlarmRule {
  readonly comparison: AlarmComparison;
  readonly threshold: number;
  /** N */
  readonly evaluationPeriods: number;
  /** M */
  readonly datapointsToAlarm: number;
  readonly missingData: MissingData;
}

export type AlarmValue = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

export interface AlarmState {
  readonly value: AlarmValue;
  /** Datapoints of the evaluation range, oldest first; null is a missing one. */
  readonly datapoints: readonly (number | null)[];
  /** When the action was last invoked. */
  readonly firedAtMs: number | null;
}

export interface AlarmDecision {
  readonly state: AlarmState;
  /** Whether the alarm's action is invoked now. */
  readonly fires: boolean;
}

/**
 * How many more points than N CloudWatch fetches. The number is not published; its only worked
 * examples have 5 for N = 3.
 */
const EXTRA_POINTS = 2;
/** While in ALARM, an Auto Scaling action is invoked again this often. */
const REFIRE_MS = 60_000;
const DAY_MS = 86_400_000;

export const INITIAL_ALARM: AlarmState = {
  value: 'INSUFFICIENT_DATA',
  datapoints: [],
  firedAtMs: null,
};

/**
 * Whether one datapoint breaches. Source: `PutMetricAlarm`, ComparisonOperator.
 * Example: 60 at a threshold of 60 breaches `at-or-above`, and not `above`.
 */
export function isBreaching(rule: AlarmRule, value: number): boolean {
  switch (rule.comparison) {
    case 'above':
      return value > rule.threshold;
    case 'at-or-above':
      return value >= rule.threshold;
    case 'below':
      return value < rule.threshold;
    case 'at-or-below':
      return value <= rule.threshold;
    default:
      throw new Error(`unknown comparison ${rule.comparison satisfies never}`);
  }
}

/** How many datapoints the evaluation range holds: N + 2. */
export function evaluationRange(rule: AlarmRule): number {
  return rule.evaluationPeriods + EXTRA_POINTS;
}

/**
 * How often CloudWatch evaluates an alarm, in ms: every minute; every 10 s for periods of less than
 * a minute; every hour for alarms that look at more than a day. Source: "Alarm evaluation".
 * Example: 3 periods of 5 min → 60,000.
 */
export function evaluationIntervalMs(periodMs: number, evaluationPeriods: number): number {
  if (periodMs < 60_000) return 10_000;
  return periodMs * evaluationPeriods > DAY_MS ? 3_600_000 : 60_000;
}

/**
 * Takes the datapoint of the period that ends at `nowMs` (undefined: missing) and decides.
 * Example (M = N = 1, above 120): datapoint 143 → ALARM, fires; 143 again ten seconds later →
 * ALARM, silent until a minute has passed.
 */
export function evaluateAlarm(
  rule: AlarmRule,
  datapoint: number | undefined,
  nowMs: number,
  state: AlarmState,
): AlarmDecision {
  const range = [...state.datapoints, datapoint ?? null].slice(-evaluationRange(rule));
  return evaluateRange(rule, range, nowMs, state);
}

/**
 * Decides from a whole evaluation range, oldest point first, null for a missing one. A range longer
 * than N + 2 is taken as it is (how many points CloudWatch fetches is not published); N + 2 of them
 * are remembered. Without a new point (`state.datapoints`) this is the evaluation of a minute in
 * which no period ended: an alarm that lasts fires again.
 * Example (M = N = 3, above 0.5): [null, null, 0.9, null, null] → ALARM; [null, …, 0.9] → OK.
 */
export function evaluateRange(
  rule: AlarmRule,
  range: readonly (number | null)[],
  nowMs: number,
  state: AlarmState,
): AlarmDecision {
  const value = alarmValue(rule, range, state.value);
  const turned = value === 'ALARM' && state.value !== 'ALARM';
  const due = state.firedAtMs !== null && nowMs - state.firedAtMs >= REFIRE_MS;
  const fires = value === 'ALARM' && (turned || due || state.firedAtMs === null);
  const firedAtMs = fires ? nowMs : value === 'ALARM' ? state.firedAtMs : null;
  const datapoints = range.slice(-evaluationRange(rule));
  return { state: { value, datapoints, firedAtMs }, fires };
}

/** How many of the N datapoints are missing from the range and have to be filled in. */
export function filledPoints(rule: AlarmRule, range: readonly (number | null)[]): number {
  const real = range.filter((point) => point !== null).length;
  return Math.max(0, rule.evaluationPeriods - real);
}

/**
 * The alarm's value from the evaluation range alone; `current` is what `ignore` retains. Points that
 * all breach, too few and too fresh for ALARM under `missing` or `ignore`, are OK: the guide says
 * only that they do not raise the alarm.
 */
export function alarmValue(
  rule: AlarmRule,
  datapoints: readonly (number | null)[],
  current: AlarmValue,
): AlarmValue {
  const { evaluationPeriods, datapointsToAlarm, missingData } = rule;
  const real = datapoints.filter((point) => point !== null);
  if (real.length >= evaluationPeriods) {
    return countBreaching(rule, real.slice(-evaluationPeriods)) >= datapointsToAlarm
      ? 'ALARM'
      : 'OK';
  }
  const breaching = countBreaching(rule, real);
  switch (missingData) {
    case 'breaching':
      return breaching + evaluationPeriods - real.length >= datapointsToAlarm ? 'ALARM' : 'OK';
    case 'not-breaching':
      return breaching >= datapointsToAlarm ? 'ALARM' : 'OK';
    case 'missing':
      if (real.length === 0) return 'INSUFFICIENT_DATA';
      return isRipe(rule, datapoints, breaching) ? 'ALARM' : 'OK';
    case 'ignore':
      if (real.length === 0) return current;
      if (breaching >= datapointsToAlarm) return 'ALARM';
      return isRipe(rule, datapoints, breaching) ? current : 'OK';
    default:
      throw new Error(`unknown treatment of missing data ${missingData satisfies never}`);
  }
}

function countBreaching(rule: AlarmRule, points: readonly number[]): number {
  return points.filter((point) => isBreaching(rule, point)).length;
}

/**
 * With fewer real points than N: enough breach by themselves, or all breach and the oldest of them
 * is at least M periods old (the guard against a premature alarm). A point within the threshold,
 * however old, switches the guard off (second table, row `0 - X - -`).
 */
function isRipe(
  rule: AlarmRule,
  datapoints: readonly (number | null)[],
  breaching: number,
): boolean {
  if (breaching >= rule.datapointsToAlarm) return true;
  const real = datapoints.filter((point) => point !== null).length;
  const oldest = datapoints.findIndex((point) => point !== null);
  return breaching === real && datapoints.length - oldest >= rule.datapointsToAlarm;
}
