import { z } from 'zod';
import { expects, flag, positive } from '../model/schema-parts.ts';
import { alarmComplaints } from '../policies/aws/alarm-rules.ts';
import {
  type AlarmRule,
  type AlarmState,
  evaluateAlarm,
  evaluateRange,
  evaluationIntervalMs,
  filledPoints,
  INITIAL_ALARM,
  isBreaching,
} from '../policies/aws/cloudwatch-alarm.ts';
import {
  alarmState,
  comparisonOf,
  comparisonOperator,
  datapoint,
  datapoints,
  dimensions,
  nowMs,
  number,
  text,
  texts,
  treatMissingData,
  treatmentOf,
} from './aws-schemas.ts';
import { type Answer, type Door, door } from './door.ts';

const period = expects(z.int().min(1), 'seconds: 10, 20, 30 or a multiple of 60');

const settings = z.strictObject({
  AlarmName: text.describe('no part in the decision').optional(),
  AlarmDescription: text.describe('no part in the decision').optional(),
  ActionsEnabled: flag.describe('whether actions are invoked at all').default(true),
  OKActions: texts.describe('no part in the decision').optional(),
  AlarmActions: texts.describe('no part in the decision').optional(),
  InsufficientDataActions: texts.describe('no part in the decision').optional(),
  MetricName: text.describe('no part in the decision').optional(),
  Namespace: text.describe('no part in the decision').optional(),
  Statistic: text.describe('no part in the decision').optional(),
  Unit: text.describe('no part in the decision').optional(),
  Dimensions: dimensions.describe('no part in the decision').optional(),
  ComparisonOperator: comparisonOperator.describe('how a datapoint breaches'),
  Threshold: number.describe('what datapoints are compared with'),
  Period: period.describe('length of one datapoint, in seconds').default(60),
  EvaluationPeriods: positive.describe('N, how many datapoints are looked at'),
  DatapointsToAlarm: positive
    .describe('M, how many of them must breach; default: EvaluationPeriods')
    .optional(),
  TreatMissingData: treatMissingData
    .describe('what stands for missing datapoints when there are fewer than N')
    .default('missing'),
});
type Settings = z.output<typeof settings>;

const observation = expects(
  z.union([
    z.strictObject({
      nowMs,
      datapoint: datapoint.describe('of the period that has just ended; null: missing'),
    }),
    z.strictObject({
      nowMs,
      datapoints: datapoints.describe('the whole evaluation range, evaluated at once'),
    }),
    z.strictObject({ nowMs }),
  ]),
  '{ nowMs, datapoint }, { nowMs, datapoints } or, for a minute in which no period ends, { nowMs }',
);
type Observation = z.output<typeof observation>;

function ruleOf(settings: Settings): AlarmRule {
  return {
    comparison: comparisonOf(settings.ComparisonOperator),
    threshold: settings.Threshold,
    evaluationPeriods: settings.EvaluationPeriods,
    datapointsToAlarm: settings.DatapointsToAlarm ?? settings.EvaluationPeriods,
    missingData: treatmentOf(settings.TreatMissingData),
  };
}

function decide(settings: Settings, seen: Observation, state: AlarmState): Answer<AlarmState> {
  const rule = ruleOf(settings);
  const range = 'datapoints' in seen ? seen.datapoints : state.datapoints;
  const next =
    'datapoint' in seen
      ? evaluateAlarm(rule, seen.datapoint ?? undefined, seen.nowMs, state)
      : evaluateRange(rule, range, seen.nowMs, state);
  const evaluated = 'datapoints' in seen ? range : next.state.datapoints;
  return {
    stateValue: next.state.value,
    previousStateValue: state.value,
    fires: next.fires && settings.ActionsEnabled,
    filled: filledPoints(rule, evaluated),
    evaluateEveryMs: evaluationIntervalMs(settings.Period * 1000, settings.EvaluationPeriods),
    reason: reasonOf(settings, rule, evaluated, next.state, next.fires),
    state: next.state,
  };
}

function reasonOf(
  settings: Settings,
  rule: AlarmRule,
  range: readonly (number | null)[],
  { value }: AlarmState,
  fires: boolean,
): string {
  const real = range.filter((point) => point !== null).slice(-rule.evaluationPeriods);
  const breaching = real.filter((point) => isBreaching(rule, point)).length;
  const filled = filledPoints(rule, range);
  const filling = filled > 0 ? `, ${filled} filled as ${settings.TreatMissingData}` : '';
  const seen = `${breaching} of ${real.length} real datapoints breach${filling}`;
  const needed = `${rule.datapointsToAlarm} of ${rule.evaluationPeriods} needed`;
  const isEarly = value === 'ALARM' && breaching < rule.datapointsToAlarm;
  const guard =
    isEarly && settings.TreatMissingData === 'missing'
      ? `, the oldest is ${rule.datapointsToAlarm} periods old or more`
      : '';
  const action = fires ? '; action invoked' : value === 'ALARM' ? '; action not due' : '';
  const muted = fires && !settings.ActionsEnabled ? ', but ActionsEnabled is false' : '';
  const operator = `${settings.ComparisonOperator} ${rule.threshold}`;
  return `${value}: ${seen}, ${needed} (${operator})${guard}${action}${muted}`;
}

/** `plimsoll decide cloudwatch-alarm` */
export const cloudwatchAlarm: Door = door({
  name: 'cloudwatch-alarm',
  summary: 'the state of a CloudWatch metric alarm, and whether its action is invoked now',
  source: 'CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data"',
  settings,
  observation,
  state: alarmState,
  rules: (settings) =>
    alarmComplaints({
      ...settings,
      DatapointsToAlarm: settings.DatapointsToAlarm ?? settings.EvaluationPeriods,
    }),
  initial: () => INITIAL_ALARM,
  decide,
  example: {
    settings: {
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 80,
      Period: 60,
      EvaluationPeriods: 3,
      DatapointsToAlarm: 2,
    },
    observations: [
      { nowMs: 60_000, datapoint: 91 },
      { nowMs: 120_000, datapoint: null },
      { nowMs: 180_000, datapoint: 75 },
      { nowMs: 240_000, datapoint: 95 },
      { nowMs: 300_000, datapoints: [70, null, 91, null, 92] },
    ],
  },
});
