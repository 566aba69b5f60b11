/** Alarms and adjustments of AWS in words with their numbers. */
import type {
  AlarmSettings,
  StepAdjustment,
  StepScalingSettings,
} from '../simulator/model/scaling-settings.ts';
import { formatDuration, formatPercent } from '../simulator/model/units.ts';
import { isBreaching } from '../simulator/policies/aws/cloudwatch-alarm.ts';
import type { Datapoint } from '../simulator/policies/scaling.ts';
import { shownMetric, shownThreshold } from './metric-words.ts';

const GAPS: Readonly<Record<AlarmSettings['missingData'], string>> = {
  missing: '',
  ignore: ' (with gaps the alarm stays as it is)',
  breaching: ' (gaps count as beyond it)',
  'not-breaching': ' (gaps count as within it)',
};

/** `utilization is above 60 % in 2 of the latest 3 datapoints of 1 min` */
export function condition(alarm: AlarmSettings): string {
  const { metric, comparison, threshold, missingData } = alarm;
  const { periodMs, evaluationPeriods: of, datapointsToAlarm: out } = alarm;
  const period = formatDuration(periodMs);
  const points =
    of === 1 ? `a datapoint of ${period}` : `${out} of the latest ${of} datapoints of ${period}`;
  const beyond = `${comparison} ${shownThreshold(metric, threshold)}`;
  return `${metric} is ${beyond} in ${points}${GAPS[missingData]}`;
}

/** `120/s to 180/s: add 1` */
export function stepWords(
  step: StepAdjustment,
  { alarm, minMagnitude }: StepScalingSettings,
): string {
  const { metric, comparison, threshold } = alarm;
  const at = (offset: number) => shownThreshold(metric, threshold + offset);
  const { lower, upper } = step;
  const isAbove = comparison === 'above';
  const change = changeWords(step.change, minMagnitude);
  if (lower === undefined && upper === undefined) return change;
  if (upper === undefined) return `${at(lower!)} ${isAbove ? 'or more' : 'and above'}: ${change}`;
  if (lower === undefined) return `${at(upper)} ${isAbove ? 'and below' : 'or less'}: ${change}`;
  return `${at(isAbove ? lower : upper)} to ${at(isAbove ? upper : lower)}: ${change}`;
}

/** `add 50 %, at least 2` */
export function changeWords(change: StepAdjustment['change'], minMagnitude: number): string {
  switch (change.type) {
    case 'change-in-capacity':
      return `${verb(change.by)} ${Math.abs(change.by)}`;
    case 'percent-change-in-capacity': {
      const least = minMagnitude > 1 ? `, at least ${minMagnitude}` : '';
      return `${verb(change.byRatio)} ${formatPercent(Math.abs(change.byRatio))}${least}`;
    }
    case 'exact-capacity':
      return `set to ${change.to}`;
    default:
      throw new Error(`unknown adjustment ${change satisfies never}`);
  }
}

function verb(change: number): string {
  return change < 0 ? 'remove' : 'add';
}

/** `131.7/s is above 120/s`; earlier datapoints may count, too. */
export function alarmSeen(alarm: AlarmSettings, datapoints: readonly Datapoint[]): string {
  const { metric, comparison, threshold } = alarm;
  const datapoint = datapointOf(alarm, datapoints);
  if (datapoint === undefined) return `${metric}: no datapoint was due`;
  const { value } = datapoint;
  if (value === undefined) return `${metric}: the datapoint is missing`;
  const isNot = isBreaching(alarm, value) ? '' : 'not ';
  const limit = shownThreshold(metric, threshold);
  return `${shownMetric(metric, value)} is ${isNot}${comparison} ${limit}`;
}

/** Whether the newest datapoint is there, and beyond the threshold. */
export function isBeyond(alarm: AlarmSettings, datapoints: readonly Datapoint[]): boolean {
  const value = datapointOf(alarm, datapoints)?.value;
  return value !== undefined && isBreaching(alarm, value);
}

function datapointOf(
  { metric, periodMs }: AlarmSettings,
  datapoints: readonly Datapoint[],
): Datapoint | undefined {
  return datapoints.find((one) => one.metric === metric && one.periodMs === periodMs);
}
