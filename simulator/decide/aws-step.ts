import { z } from 'zod';
import { type Complaint, mismatch } from '../model/problem.ts';
import type { StepAdjustment } from '../model/scaling-settings.ts';
import { expects, listOf, positive } from '../model/schema-parts.ts';
import type { CapacityChange } from '../policies/aws/adjustment.ts';
import { alarmComplaints } from '../policies/aws/alarm-rules.ts';
import {
  type ApplicationCooldowns,
  forgetOld,
  NO_COOLDOWNS,
  noteScaling,
} from '../policies/aws/application-cooldowns.ts';
import {
  type AlarmRule,
  type AlarmState,
  evaluateAlarm,
  evaluateRange,
  INITIAL_ALARM,
  isBreaching,
} from '../policies/aws/cloudwatch-alarm.ts';
import { combinePolicies } from '../policies/aws/combined-policies.ts';
import { groupComplaints, warmupSeconds } from '../policies/aws/group-rules.ts';
import { serviceScaling } from '../policies/aws/service-scaling.ts';
import { stepComplaints } from '../policies/aws/step-rules.ts';
import {
  type CapacityObservation,
  type StepRule,
  stepScaling,
} from '../policies/aws/step-scaling.ts';
import type { Proposal } from '../policies/scaling.ts';
import {
  alarmState,
  capacity,
  capacityKeys,
  capacityOf,
  comparisonOf,
  comparisonOperator,
  cooldownState,
  datapoint,
  datapoints,
  nowMs,
  number,
  seconds,
  text,
  treatMissingData,
  treatmentOf,
} from './aws-schemas.ts';
import { type Answer, type Door, door } from './door.ts';

const bound = expects(z.union([z.number(), z.null()]), 'a number, or null for infinity');

const step = z.strictObject({
  MetricIntervalLowerBound: bound
    .describe('offset from the threshold; default: minus infinity')
    .optional(),
  MetricIntervalUpperBound: bound
    .describe('offset from the threshold; default: infinity')
    .optional(),
  ScalingAdjustment: expects(z.int(), 'a whole number such as 2 or -30').describe(
    'instances, or per cent, to add or, below 0, to remove; with ExactCapacity the capacity',
  ),
});

const settings = z.strictObject({
  AutoScalingGroupName: text.describe('no part in the decision').optional(),
  PolicyName: text.describe('no part in the decision').optional(),
  PolicyType: expects(z.literal('StepScaling'), 'StepScaling').describe('kind').optional(),
  AdjustmentType: expects(
    z.enum(['ChangeInCapacity', 'ExactCapacity', 'PercentChangeInCapacity']),
    'ChangeInCapacity, ExactCapacity or PercentChangeInCapacity',
  ).describe('what ScalingAdjustment means'),
  StepAdjustments: listOf(step, 'step').describe('without overlap and without gap'),
  MinAdjustmentMagnitude: positive
    .describe('smallest change in instances, with PercentChangeInCapacity')
    .optional(),
  EstimatedInstanceWarmup: seconds
    .describe('seconds until a new instance counts; default: DefaultInstanceWarmup')
    .optional(),
  DefaultInstanceWarmup: seconds
    .describe('of the group, in seconds; default: DefaultCooldown')
    .optional(),
  DefaultCooldown: seconds.describe('of the group, in seconds; default: 300').optional(),
  Cooldown: seconds
    .describe('of an ECS service, which has no warm-up: seconds, for both directions')
    .optional(),
  MetricAggregationType: expects(
    z.enum(['Average', 'Minimum', 'Maximum']),
    'Average, Minimum or Maximum',
  )
    .describe('no part in the decision: the metric comes aggregated')
    .optional(),
  MinSize: capacity.describe('of the group'),
  MaxSize: capacity.describe('of the group'),
  Threshold: number.describe('of the alarm; steps are offsets from it'),
  ComparisonOperator: comparisonOperator
    .describe(
      'of the alarm; default: GreaterThanOrEqualToThreshold, or LessThanOrEqualToThreshold when ' +
        'all steps lie below the threshold',
    )
    .optional(),
  EvaluationPeriods: positive
    .describe('N of the alarm; without it every breaching datapoint runs the policy')
    .optional(),
  DatapointsToAlarm: positive.describe('M; default: EvaluationPeriods').optional(),
  Period: expects(z.int().min(1), 'seconds: 10, 20, 30 or a multiple of 60')
    .describe('of the alarm, in seconds')
    .default(60),
  TreatMissingData: treatMissingData.describe('of the alarm').default('missing'),
});
type Settings = z.output<typeof settings>;

const observation = z.strictObject({
  nowMs,
  ...capacityKeys,
  metricValue: datapoint.describe('newest datapoint; null: missing').optional(),
  datapoints: datapoints.describe('or the whole evaluation range, oldest first').optional(),
});
type Observation = z.output<typeof observation>;

function ruleOf(settings: Settings): AlarmRule {
  const { EvaluationPeriods = 1, DatapointsToAlarm = EvaluationPeriods } = settings;
  return {
    comparison: comparisonOf(settings.ComparisonOperator ?? operatorOf(settings)),
    threshold: settings.Threshold,
    evaluationPeriods: EvaluationPeriods,
    datapointsToAlarm: DatapointsToAlarm,
    missingData: treatmentOf(settings.TreatMissingData),
  };
}

function operatorOf({ StepAdjustments }: Settings) {
  const isBelow = StepAdjustments.every(
    ({ MetricIntervalUpperBound: upper = null }) => upper !== null && upper <= 0,
  );
  return isBelow ? 'LessThanOrEqualToThreshold' : 'GreaterThanOrEqualToThreshold';
}

function changeOf({ AdjustmentType }: Settings, adjustment: number): CapacityChange {
  switch (AdjustmentType) {
    case 'ChangeInCapacity':
      return { type: 'change-in-capacity', by: adjustment };
    case 'ExactCapacity':
      return { type: 'exact-capacity', to: adjustment };
    case 'PercentChangeInCapacity':
      return { type: 'percent-change-in-capacity', byRatio: adjustment / 100 };
    default:
      throw new Error(`unknown adjustment type ${AdjustmentType satisfies never}`);
  }
}

function stepsOf(settings: Settings): StepAdjustment[] {
  return settings.StepAdjustments.map((one) => ({
    lower: one.MetricIntervalLowerBound ?? undefined,
    upper: one.MetricIntervalUpperBound ?? undefined,
    change: changeOf(settings, one.ScalingAdjustment),
  }));
}

/** The alarm; without `EvaluationPeriods` every breaching datapoint runs the policy. */
function alarmOf(settings: Settings, seen: Observation, state: AlarmState) {
  const rule = ruleOf(settings);
  const value = seen.metricValue ?? undefined;
  const next =
    seen.datapoints === undefined
      ? evaluateAlarm(rule, value, seen.nowMs, state)
      : evaluateRange(rule, seen.datapoints, seen.nowMs, state);
  const newest = next.state.datapoints.findLast((point) => point !== null) ?? undefined;
  if (settings.EvaluationPeriods !== undefined) return { ...next, newest };
  const last = seen.datapoints === undefined ? value : (seen.datapoints.at(-1) ?? undefined);
  return { ...next, newest: last, fires: last !== undefined && isBreaching(rule, last) };
}

/** Of an ECS service the cooldowns are remembered, too. */
type State = AlarmState | { readonly alarm: AlarmState; readonly cooldowns: ApplicationCooldowns };

function decide(settings: Settings, seen: Observation, before: State): Answer<State> {
  const own = 'alarm' in before ? before : { alarm: before, cooldowns: NO_COOLDOWNS };
  const warmup = warmupSeconds(
    settings.EstimatedInstanceWarmup,
    settings.DefaultInstanceWarmup,
    settings.DefaultCooldown,
  );
  const group = capacityOf(seen, warmup * 1000);
  const alarm = alarmOf(settings, seen, own.alarm);
  const policy = {
    alarm: { ...ruleOf(settings), metric: 'metric' },
    steps: stepsOf(settings),
    minMagnitude: settings.MinAdjustmentMagnitude ?? 0,
  };
  const proposal =
    alarm.fires && alarm.newest !== undefined
      ? ask(settings, policy, { nowMs: seen.nowMs, value: alarm.newest }, group, own.cooldowns)
      : { desired: undefined, reason: silence(alarm.state) };
  const sizes = { min: settings.MinSize, max: settings.MaxSize, desired: group.desired };
  const { desired, reason } = combinePolicies(sizes, [{ type: 'step-scaling', ...proposal }]);
  return {
    desired,
    change: desired - group.desired,
    proposed: proposal.desired ?? null,
    alarm: alarm.state.value,
    fires: alarm.fires,
    reason,
    state: after(settings, alarm.state, own.cooldowns, {
      nowMs: seen.nowMs,
      desired,
      before: group.desired,
    }),
  };
}

function ask(
  { Cooldown }: Settings,
  policy: StepRule,
  { nowMs, value }: { readonly nowMs: number; readonly value: number },
  group: CapacityObservation,
  cooldowns: ApplicationCooldowns,
): Proposal {
  if (Cooldown === undefined) return stepScaling(policy, value, group);
  const times = { scaleOutMs: Cooldown * 1000, scaleInMs: Cooldown * 1000 };
  // Steps are by the metric's distance from the threshold: which way they go is theirs.
  const seen = { nowMs, desired: group.desired, value, comparison: 'above' } as const;
  return serviceScaling({ type: 'step-scaling', ...policy }, times, seen, cooldowns);
}

function after(
  { Cooldown }: Settings,
  alarm: AlarmState,
  cooldowns: ApplicationCooldowns,
  change: { readonly nowMs: number; readonly desired: number; readonly before: number },
): State {
  if (Cooldown === undefined) return alarm;
  const noted = noteScaling(cooldowns, change);
  return { alarm, cooldowns: forgetOld(noted, change.nowMs, Cooldown * 1000) };
}

function silence({ value }: AlarmState): string {
  if (value === 'ALARM') return 'alarm is in ALARM, its action is not due: once a minute';
  return `alarm is ${value}`;
}

function rules(settings: Settings): Complaint[] {
  const { EvaluationPeriods = 1, DatapointsToAlarm = EvaluationPeriods } = settings;
  return [
    ...groupComplaints(settings),
    ...stepComplaints(settings),
    ...cooldownComplaints(settings),
    ...alarmComplaints({ Period: settings.Period, EvaluationPeriods, DatapointsToAlarm }),
  ];
}

/** An ECS service has a cooldown, and nothing that warms up. */
function cooldownComplaints(settings: Settings): Complaint[] {
  const { Cooldown, EstimatedInstanceWarmup, DefaultInstanceWarmup, DefaultCooldown } = settings;
  const warm = EstimatedInstanceWarmup ?? DefaultInstanceWarmup ?? DefaultCooldown;
  if (Cooldown === undefined || warm === undefined) return [];
  const expected = 'no warm-up and no DefaultCooldown with it (an ECS service has neither)';
  return [mismatch(['Cooldown'], expected, `${warm} s`)];
}

/** `plimsoll decide aws-step` */
export const awsStep: Door = door({
  name: 'aws-step',
  summary: 'desired capacity that an AWS step scaling policy sets',
  source:
    'EC2 Auto Scaling user guide, "Step and simple scaling policies"; Application Auto Scaling ' +
    'user guide, "Step scaling policies"',
  settings,
  observation,
  state: z.union([
    alarmState,
    z.strictObject({
      alarm: alarmState.describe('its alarm'),
      cooldowns: cooldownState.describe('of an ECS service'),
    }),
  ]),
  rules,
  initial: () => INITIAL_ALARM,
  decide,
  example: {
    settings: {
      AdjustmentType: 'PercentChangeInCapacity',
      StepAdjustments: [
        { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 10, ScalingAdjustment: 0 },
        { MetricIntervalLowerBound: 10, MetricIntervalUpperBound: 20, ScalingAdjustment: 10 },
        { MetricIntervalLowerBound: 20, ScalingAdjustment: 30 },
      ],
      EstimatedInstanceWarmup: 120,
      MinSize: 1,
      MaxSize: 50,
      Threshold: 50,
    },
    observations: [
      { nowMs: 60_000, desiredCapacity: 10, metricValue: 60 },
      { nowMs: 120_000, desiredCapacity: 11, inService: 10, metricValue: 62 },
      { nowMs: 180_000, desiredCapacity: 11, warming: 1, metricValue: 70 },
    ],
  },
});
