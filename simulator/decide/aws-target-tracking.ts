import { z } from 'zod';
import { type Complaint, mismatch, type Path } from '../model/problem.ts';
import { expects, flag, listOf, positive } from '../model/schema-parts.ts';
import {
  type ApplicationCooldowns,
  forgetOld,
  NO_COOLDOWNS,
  noteScaling,
} from '../policies/aws/application-cooldowns.ts';
import { combinePolicies } from '../policies/aws/combined-policies.ts';
import { groupComplaints, warmupSeconds } from '../policies/aws/group-rules.ts';
import { serviceScaling } from '../policies/aws/service-scaling.ts';
import {
  INITIAL_TRACKING,
  type MetricSeen,
  type TrackingDecision,
  type TrackingRule,
  type TrackingState,
  trackTarget,
} from '../policies/aws/target-tracking.ts';
import {
  alarmState,
  capacity,
  capacityKeys,
  capacityOf,
  cooldownState,
  datapoint,
  datapoints,
  dimensions,
  nowMs,
  seconds,
  text,
} from './aws-schemas.ts';
import { type Answer, type Door, door } from './door.ts';

/** ECS: seconds. */
const DEFAULT_COOLDOWN_S = 300;

const predefined = z.strictObject({
  PredefinedMetricType: text.describe('such as ASGAverageCPUUtilization'),
  ResourceLabel: text.describe('target group, with ALBRequestCountPerTarget').optional(),
});
const customized = z.strictObject({
  MetricName: text.describe('name of the metric'),
  Namespace: text.describe('no part in the decision').optional(),
  Dimensions: dimensions.describe('no part in the decision').optional(),
  Statistic: text.describe('no part in the decision').optional(),
  Unit: text.describe('no part in the decision').optional(),
});

/** `TargetTrackingConfiguration`; in lower case what AWS keeps to itself. */
const configuration = {
  TargetValue: expects(z.number().gt(0), 'a number above 0 such as 50').describe(
    'value that the metric is kept near',
  ),
  DisableScaleIn: flag.describe('whether the policy only scales out').default(false),
  PredefinedMetricSpecification: predefined.describe('metric that AWS defines').optional(),
  CustomizedMetricSpecification: customized.describe('metric of your own').optional(),
  ScaleOutCooldown: seconds
    .describe('of an ECS service: what it adds counts so many seconds as there already')
    .optional(),
  ScaleInCooldown: seconds
    .describe('of an ECS service: seconds to its next scale-in; default, with the other one: 300')
    .optional(),
  lowRatio: expects(z.number().gt(0).max(1), 'a ratio above 0 and up to 1 such as 0.9')
    .describe('threshold of the low alarm ÷ TargetValue; not published, seen in the field')
    .default(0.9),
  highPeriods: positive
    .describe('datapoints above the target before a scale-out; seen in the field')
    .default(3),
  lowPeriods: positive
    .describe('datapoints below lowRatio · TargetValue before a scale-in; seen in the field')
    .default(15),
};
const configurationShape = z.strictObject(configuration);
type Configuration = z.output<typeof configurationShape>;

const group = {
  AutoScalingGroupName: text.describe('no part in the decision').optional(),
  MinSize: capacity.describe('of the group'),
  MaxSize: capacity.describe('of the group'),
  DefaultInstanceWarmup: seconds
    .describe('of the group, in seconds; default: DefaultCooldown')
    .optional(),
  DefaultCooldown: seconds.describe('of the group, in seconds; default: 300').optional(),
};
const policyKeys = {
  PolicyType: expects(z.literal('TargetTrackingScaling'), 'TargetTrackingScaling')
    .describe('kind')
    .optional(),
  EstimatedInstanceWarmup: seconds
    .describe('seconds until a new instance counts; default: DefaultInstanceWarmup')
    .optional(),
};

const settings = z.union([
  z.strictObject({
    ...group,
    PolicyName: text.describe('no part in the decision').optional(),
    ...policyKeys,
    ...configuration,
  }),
  z.strictObject({
    ...group,
    ScalingPolicies: listOf(
      z.strictObject({
        PolicyName: text.describe('its name in `metrics`'),
        ...policyKeys,
        TargetTrackingConfiguration: configurationShape.describe('target and metric'),
      }),
      'policy',
    ).describe('several policies: out if any, in only if all'),
  }),
]);
type Settings = z.output<typeof settings>;

const observation = z.strictObject({
  nowMs,
  ...capacityKeys,
  metricValue: datapoint.describe("the one policy's newest datapoint; null: missing").optional(),
  datapoints: datapoints.describe('or its last datapoints, oldest first').optional(),
  metrics: expects(
    z.record(z.string(), z.union([datapoint, datapoints])),
    'a map from PolicyName to a datapoint or a list of them',
  )
    .describe('the same for several policies, by PolicyName; one that is not named is missing')
    .optional(),
});
type Observation = z.output<typeof observation>;

interface Policy {
  readonly name: string;
  readonly path: Path;
  readonly warmup: number | undefined;
  readonly configuration: Configuration;
}

function policiesOf(settings: Settings): readonly Policy[] {
  if (!('ScalingPolicies' in settings)) {
    const { PolicyName: name = 'policy', EstimatedInstanceWarmup: warmup } = settings;
    return [{ name, path: [], warmup, configuration: settings }];
  }
  return settings.ScalingPolicies.map((policy, index) => ({
    name: policy.PolicyName,
    path: ['ScalingPolicies', index, 'TargetTrackingConfiguration'],
    warmup: policy.EstimatedInstanceWarmup,
    configuration: policy.TargetTrackingConfiguration,
  }));
}

function metricOf({ name, configuration }: Policy): string {
  const { PredefinedMetricSpecification: own, CustomizedMetricSpecification: custom } =
    configuration;
  return own?.PredefinedMetricType ?? custom?.MetricName ?? `metric of ${name}`;
}

function ruleOf(policy: Policy): TrackingRule {
  const { TargetValue: target, DisableScaleIn, ...rest } = policy.configuration;
  const { highPeriods, lowPeriods, lowRatio } = rest;
  return {
    metric: metricOf(policy),
    target,
    highPeriods,
    lowPeriods,
    lowRatio,
    scaleIn: !DisableScaleIn,
  };
}

/** What the line says about a policy's metric. */
function seenOf(seen: Observation, { name }: Policy, isOnly: boolean): MetricSeen {
  const own = isOnly ? (seen.datapoints ?? seen.metricValue) : undefined;
  const value = seen.metrics?.[name] ?? own;
  return Array.isArray(value) ? { range: value } : { datapoint: value ?? undefined };
}

interface PolicyState extends TrackingState {
  /** Of an ECS service. */
  readonly cooldowns?: ApplicationCooldowns | undefined;
}
type State = Readonly<Record<string, PolicyState>>;

function decide(settings: Settings, seen: Observation, state: State): Answer<State> {
  const policies = policiesOf(settings);
  const decisions = policies.map((policy) => decideOne(settings, policy, policies, seen, state));
  const { MinSize: min, MaxSize: max } = settings;
  const sizes = { min, max, desired: seen.desiredCapacity };
  const { desired, reason } = combinePolicies(
    sizes,
    decisions.map(({ proposal }) => proposal),
  );
  return {
    desired,
    change: desired - sizes.desired,
    proposals: decisions.map((one, index) => shown(policies[index]!, one)),
    reason,
    state: Object.fromEntries(
      policies.map((policy, i) => {
        const change = { nowMs: seen.nowMs, desired, before: sizes.desired };
        return [policy.name, after(policy, decisions[i]!, state[policy.name], change)];
      }),
    ),
  };
}

/** A policy's alarms, and of an ECS service what the change leaves behind. */
function after(
  { configuration }: Policy,
  { state }: TrackingDecision,
  before: PolicyState | undefined,
  change: { readonly nowMs: number; readonly desired: number; readonly before: number },
): PolicyState {
  const times = cooldownTimes(configuration);
  if (times === undefined) return state;
  const noted = noteScaling(before?.cooldowns ?? NO_COOLDOWNS, change);
  return { ...state, cooldowns: forgetOld(noted, change.nowMs, times.scaleOutMs) };
}

/** Undefined for a group of EC2. */
function cooldownTimes({ ScaleOutCooldown, ScaleInCooldown }: Configuration) {
  if (ScaleOutCooldown === undefined && ScaleInCooldown === undefined) return undefined;
  const ms = (seconds: number = DEFAULT_COOLDOWN_S) => 1000 * seconds;
  return { scaleOutMs: ms(ScaleOutCooldown), scaleInMs: ms(ScaleInCooldown) };
}

function decideOne(
  settings: Settings,
  policy: Policy,
  policies: readonly Policy[],
  seen: Observation,
  state: State,
): TrackingDecision {
  const { DefaultInstanceWarmup, DefaultCooldown } = settings;
  const warmup = warmupSeconds(policy.warmup, DefaultInstanceWarmup, DefaultCooldown);
  const capacity = { ...capacityOf(seen, warmup * 1000), nowMs: seen.nowMs };
  const metric = seenOf(seen, policy, policies.length === 1);
  const own = state[policy.name] ?? INITIAL_TRACKING;
  const rule = ruleOf(policy);
  const times = cooldownTimes(policy.configuration);
  if (times === undefined) return trackTarget(rule, metric, capacity, own);
  const { nowMs, desiredCapacity: desired } = seen;
  const cooldowns = state[policy.name]?.cooldowns ?? NO_COOLDOWNS;
  return trackTarget(rule, metric, capacity, own, (direction, value) => {
    const comparison = direction === 'out' ? 'above' : 'below';
    const now = { nowMs, desired, value, comparison } as const;
    return serviceScaling({ type: 'target-tracking', ...rule }, times, now, cooldowns);
  });
}

function shown(policy: Policy, { proposal, state }: TrackingDecision) {
  const { DisableScaleIn } = policy.configuration;
  return {
    policy: policy.name,
    desired: proposal.desired ?? null,
    alarmHigh: state.high.value,
    alarmLow: DisableScaleIn ? null : state.low.value,
    reason: proposal.reason,
  };
}

function rules(settings: Settings): Complaint[] {
  const policies = policiesOf(settings);
  return [
    ...groupComplaints(settings),
    ...policies.flatMap(metricComplaints),
    ...policies.flatMap((policy) => cooldownComplaints(policy, settings)),
    ...repeated(policies, ({ name }) => name, 'a PolicyName of its own'),
    ...repeated(policies.filter(hasMetric), metricKey, 'a metric of its own (EC2 Auto Scaling)'),
  ];
}

function metricComplaints({ configuration, path }: Policy): Complaint[] {
  const { PredefinedMetricSpecification: own, CustomizedMetricSpecification: custom } =
    configuration;
  if (own === undefined || custom === undefined) return [];
  const expected = 'one of PredefinedMetricSpecification and CustomizedMetricSpecification';
  return [mismatch([...path, 'CustomizedMetricSpecification'], expected, 'both')];
}

/** An ECS service has cooldowns, and nothing that warms up. */
function cooldownComplaints({ configuration, path, warmup }: Policy, group: Settings): Complaint[] {
  const { DefaultInstanceWarmup, DefaultCooldown } = group;
  const warm = warmup ?? DefaultInstanceWarmup ?? DefaultCooldown;
  if (cooldownTimes(configuration) === undefined || warm === undefined) return [];
  const key = configuration.ScaleOutCooldown === undefined ? 'ScaleInCooldown' : 'ScaleOutCooldown';
  const expected = 'no warm-up and no DefaultCooldown with it (an ECS service has neither)';
  return [mismatch([...path, key], expected, `${warm} s`)];
}

function hasMetric({ configuration }: Policy): boolean {
  const { PredefinedMetricSpecification: own, CustomizedMetricSpecification: custom } =
    configuration;
  return own !== undefined || custom !== undefined;
}

function metricKey({ configuration }: Policy): string {
  const { PredefinedMetricSpecification: own, CustomizedMetricSpecification: custom } =
    configuration;
  return JSON.stringify([own, custom]);
}

function repeated(
  policies: readonly Policy[],
  keyOf: (policy: Policy) => string,
  expected: string,
): Complaint[] {
  const keys = policies.map(keyOf);
  return policies
    .filter((_, index) => keys.indexOf(keys[index]!) < index)
    .map(({ path, name }) => mismatch(path, expected, `that of another policy, in ${name}`));
}

const trackingState = z.strictObject({
  high: alarmState.describe('alarm above the target'),
  low: alarmState.describe('alarm below lowRatio · target'),
  cooldowns: cooldownState.describe('of an ECS service').optional(),
});

/** `plimsoll decide aws-target-tracking` */
export const awsTargetTracking: Door = door({
  name: 'aws-target-tracking',
  summary: 'desired capacity that AWS target tracking policies set',
  source:
    'EC2 and Application Auto Scaling user guides, "Target tracking scaling policies"; alarms: ' +
    'field reports',
  settings,
  observation,
  state: expects(z.record(z.string(), trackingState), 'a map from PolicyName to its two alarms'),
  rules,
  initial: () => ({}),
  decide,
  example: {
    settings: {
      TargetValue: 50,
      PredefinedMetricSpecification: { PredefinedMetricType: 'ASGAverageCPUUtilization' },
      EstimatedInstanceWarmup: 120,
      MinSize: 2,
      MaxSize: 20,
    },
    observations: [
      { nowMs: 60_000, desiredCapacity: 4, metricValue: 75 },
      { nowMs: 120_000, desiredCapacity: 4, metricValue: 75 },
      { nowMs: 180_000, desiredCapacity: 4, metricValue: 75 },
      { nowMs: 240_000, desiredCapacity: 6, warming: 2, metricValue: 80 },
    ],
  },
});
