/**
 * A CloudWatch metric alarm. Source: CloudWatch user guide, "Using Amazon CloudWatch alarms"
 * (evaluating an alarm, how missing data is treated, premature transitions) and "actions of Auto
 * Scaling are invoked every minute while in ALARM".
 *
 *     evaluation range (N + 2 points)     newest
 *     ├───────────────────────────────────────┤
 *       0    –    X    –    X                     0 within, X breaching, – missing
 */
import type { AlarmSettings } from '../../model/model.ts';

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

/** How many more points than N CloudWatch fetches (documented by its example: 5 for N = 3). */
const EXTRA_POINTS = 2;
/** While in ALARM, an Auto Scaling action is invoked again this often. */
const REFIRE_MS = 60_000;

export const INITIAL_ALARM: AlarmState = {
  value: 'INSUFFICIENT_DATA',
  datapoints: [],
  firedAtMs: null,
};

/** Whether one datapoint is beyond the threshold; strictly, in both directions. */
export function isBreaching(settings: AlarmSettings, value: number): boolean {
  return settings.comparison === 'above' ? value > settings.threshold : value < settings.threshold;
}

/**
 * Takes the datapoint of the period that ends at `nowMs` (undefined: missing) and decides.
 * Example (M = N = 1, above 120): datapoint 143 → ALARM, fires; 143 again ten seconds later →
 * ALARM, silent until a minute has passed.
 */
export function evaluateAlarm(
  settings: AlarmSettings,
  datapoint: number | undefined,
  nowMs: number,
  state: AlarmState,
): AlarmDecision {
  const range = settings.evaluationPeriods + EXTRA_POINTS;
  const datapoints = [...state.datapoints, datapoint ?? null].slice(-range);
  const value = alarmValue(settings, datapoints, state.value);
  const turned = value === 'ALARM' && state.value !== 'ALARM';
  const due = state.firedAtMs !== null && nowMs - state.firedAtMs >= REFIRE_MS;
  const fires = value === 'ALARM' && (turned || due || state.firedAtMs === null);
  const firedAtMs = fires ? nowMs : value === 'ALARM' ? state.firedAtMs : null;
  return { state: { value, datapoints, firedAtMs }, fires };
}

/** The alarm's value from the evaluation range alone; `current` is what `ignore` retains. */
export function alarmValue(
  settings: AlarmSettings,
  datapoints: readonly (number | null)[],
  current: AlarmValue,
): AlarmValue {
  const { evaluationPeriods, datapointsToAlarm, missingData } = settings;
  const real = datapoints.filter((point) => point !== null);
  if (real.length >= evaluationPeriods) {
    return countBreaching(settings, real.slice(-evaluationPeriods)) >= datapointsToAlarm
      ? 'ALARM'
      : 'OK';
  }
  const breaching = countBreaching(settings, real);
  switch (missingData) {
    case 'breaching':
      return breaching + evaluationPeriods - real.length >= datapointsToAlarm ? 'ALARM' : 'OK';
    case 'not-breaching':
      return breaching >= datapointsToAlarm ? 'ALARM' : 'OK';
    case 'missing':
      if (real.length === 0) return 'INSUFFICIENT_DATA';
      return isRipe(settings, datapoints, breaching) ? 'ALARM' : 'OK';
    case 'ignore':
      if (real.length === 0) return current;
      if (breaching >= datapointsToAlarm) return 'ALARM';
      return isRipe(settings, datapoints, breaching) ? current : 'OK';
    default:
      throw new Error(`unknown treatment of missing data ${missingData satisfies never}`);
  }
}

function countBreaching(settings: AlarmSettings, points: readonly number[]): number {
  return points.filter((point) => isBreaching(settings, point)).length;
}

/**
 * With fewer real points than N: enough breach by themselves, or all breach and the oldest of them
 * is at least M periods old (the guard against a premature alarm).
 */
function isRipe(
  settings: AlarmSettings,
  datapoints: readonly (number | null)[],
  breaching: number,
): boolean {
  if (breaching >= settings.datapointsToAlarm) return true;
  const real = datapoints.filter((point) => point !== null).length;
  const oldest = datapoints.findIndex((point) => point !== null);
  return breaching === real && datapoints.length - oldest >= settings.datapointsToAlarm;
}
