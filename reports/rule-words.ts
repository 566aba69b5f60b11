/** The policies of a group in words with their numbers, and whether what was seen breaks them. */
import type {
  AlarmSettings,
  MetricName,
  Scaling,
  ScalingPolicy,
  StepAdjustment,
  StepScalingSettings,
} from '../simulator/model/model.ts';
import {
  formatDuration,
  formatPercent,
  formatRate,
  significant,
} from '../simulator/model/units.ts';
import { isBreaching } from '../simulator/policies/aws/cloudwatch-alarm.ts';
import { groupAlarms } from '../simulator/policies/aws/group.ts';
import { DIRECT } from '../simulator/policies/metric-pipeline.ts';
import { formatMetric } from '../simulator/policies/metrics.ts';
import type { Datapoint } from '../simulator/policies/scaling.ts';
import { counted } from './text-clean.ts';

/** A page of the vendor's that has the rule. */
interface Source {
  readonly title: string;
  readonly url: string;
}

/** One policy, for a reader who asks why. */
export interface PolicyWords {
  readonly type: ScalingPolicy['type'];
  /** What it does, in a few sentences. */
  readonly lines: readonly string[];
  readonly sources: readonly Source[];
}

/** A policy at one evaluation. */
export interface PolicySeen {
  /** Whether the reason that was given names it. */
  readonly isNamed: boolean;
  /** What the newest datapoint says of its alarms; empty where it is not known. */
  readonly lines: readonly string[];
}

const AWS = 'https://docs.aws.amazon.com';
const ALARMS: Source = {
  title: 'CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data"',
  url: `${AWS}/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html`,
};
const SOURCES: Readonly<Record<ScalingPolicy['type'], readonly Source[]>> = {
  'step-scaling': [
    {
      title: 'EC2 Auto Scaling user guide, "Step and simple scaling policies"',
      url: `${AWS}/autoscaling/ec2/userguide/as-scaling-simple-step.html`,
    },
    ALARMS,
  ],
  'target-tracking': [
    {
      title: 'EC2 Auto Scaling user guide, "Target tracking scaling policies"',
      url: `${AWS}/autoscaling/ec2/userguide/as-scaling-target-tracking.html`,
    },
    ALARMS,
  ],
};

const METRICS: Readonly<Record<MetricName, true>> = {
  'requests-per-instance': true,
  utilization: true,
  'in-flight': true,
  'queue-length': true,
  latency: true,
};

/** As reasons have it, `131.7/s`; a metric that is not known here, as its bare number. */
export function shownMetric(metric: string, value: number): string {
  return isMetric(metric) ? formatMetric(metric, value) : significant(value);
}

/** As model files have it: `120/s`, `60 %`, `300 ms`. */
function shownThreshold(metric: string, value: number): string {
  if (metric === 'requests-per-instance') return formatRate(value);
  return metric === 'utilization' ? formatPercent(value) : shownMetric(metric, value);
}

function isMetric(name: string): name is MetricName {
  return Object.hasOwn(METRICS, name);
}

/** The policies of a group, in the order of the model. */
export function policiesInWords(scaling: Scaling): PolicyWords[] {
  return scaling.policies.map((policy) => ({
    type: policy.type,
    lines: linesOf(policy, alarmsOf(scaling, policy)),
    sources: SOURCES[policy.type],
  }));
}

/**
 * How the same policies stood at an evaluation.
 *
 * @param datapoints undefined where they are not known
 * @param reason what the evaluation said
 */
export function policiesSeen(
  scaling: Scaling,
  datapoints: readonly Datapoint[] | undefined,
  reason: string,
): PolicySeen[] {
  return scaling.policies.map((policy) => ({
    isNamed: marksOf(policy).every((mark) => reason.includes(mark)),
    lines:
      datapoints === undefined
        ? []
        : alarmsOf(scaling, policy).map((alarm) => seenWords(alarm, datapoints)),
  }));
}

function alarmsOf(scaling: Scaling, policy: ScalingPolicy): AlarmSettings[] {
  return groupAlarms({ ...scaling, policies: [policy] }).map(({ alarm }) => alarm);
}

/** What reasons call a policy: its type with its metric, and what they hold the metric against. */
function marksOf(policy: ScalingPolicy): string[] {
  switch (policy.type) {
    case 'step-scaling': {
      const { metric, comparison, threshold } = policy.alarm;
      return [`${policy.type}: ${metric} `, ` ${comparison} ${shownMetric(metric, threshold)}`];
    }
    case 'target-tracking':
      return [`${policy.type}: ${policy.metric}`];
    default:
      throw new Error(`unknown policy ${policy satisfies never}`);
  }
}

function linesOf(policy: ScalingPolicy, alarms: readonly AlarmSettings[]): string[] {
  switch (policy.type) {
    case 'step-scaling':
      return [
        `step-scaling when ${condition(policy.alarm)}`,
        policy.steps.map((step) => stepWords(step, policy)).join('; '),
      ];
    case 'target-tracking': {
      const { metric, target, scaleIn } = policy;
      return [
        `target-tracking keeps ${metric} at ${shownThreshold(metric, target)}`,
        'wants instances × value ÷ target, rounded up',
        ...alarms.map((alarm) => `${DIRECTION[alarm.comparison]} when ${condition(alarm)}`),
        ...(scaleIn ? [] : ['never in']),
      ];
    }
    default:
      throw new Error(`unknown policy ${policy satisfies never}`);
  }
}

const DIRECTION: Readonly<Record<AlarmSettings['comparison'], string>> = {
  above: 'out',
  below: 'in',
};

const GAPS: Readonly<Record<AlarmSettings['missingData'], string>> = {
  missing: '',
  ignore: ' (with gaps the alarm stays as it is)',
  breaching: ' (gaps count as beyond it)',
  'not-breaching': ' (gaps count as within it)',
};

/** `utilization is above 60 % in 2 of the latest 3 datapoints of 1 min` */
function condition(alarm: AlarmSettings): string {
  const { metric, comparison, threshold, missingData } = alarm;
  const { periodMs, evaluationPeriods: of, datapointsToAlarm: out } = alarm;
  const period = formatDuration(periodMs);
  const points =
    of === 1 ? `a datapoint of ${period}` : `${out} of the latest ${of} datapoints of ${period}`;
  const beyond = `${comparison} ${shownThreshold(metric, threshold)}`;
  return `${metric} is ${beyond} in ${points}${GAPS[missingData]}`;
}

/** `120/s to 180/s: add 1` */
function stepWords(step: StepAdjustment, { alarm, minMagnitude }: StepScalingSettings): string {
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

function changeWords(change: StepAdjustment['change'], minMagnitude: number): string {
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
function seenWords(alarm: AlarmSettings, datapoints: readonly Datapoint[]): string {
  const { metric, comparison, threshold } = alarm;
  const datapoint = datapoints.find(
    (one) => one.metric === metric && one.periodMs === alarm.periodMs,
  );
  if (datapoint === undefined) return `${metric}: no datapoint was due`;
  const { value } = datapoint;
  if (value === undefined) return `${metric}: the datapoint is missing`;
  const isNot = isBreaching(alarm, value) ? '' : 'not ';
  const limit = shownThreshold(metric, threshold);
  return `${shownMetric(metric, value)} is ${isNot}${comparison} ${limit}`;
}

/** What holds for all policies of a group: bounds, warm-up, and how its metrics come about. */
export function groupInWords(scaling: Scaling, warmUpMs: number | undefined): string[] {
  const { min, max, policies } = scaling;
  if (policies.length === 0) return [`no policy: the size stays as it is`];
  const several = policies.length > 1 ? '; the largest capacity that a policy asks for wins' : '';
  return [
    `from ${min} to ${counted(max, 'instance')}${several}`,
    ...warmUpWords(warmUpMs),
    metricsWords(scaling),
  ];
}

function warmUpWords(warmUpMs: number | undefined): string[] {
  if (warmUpMs === undefined || warmUpMs === 0) return [];
  return [
    `warm-up ${formatDuration(warmUpMs)}: such an instance counts as asked for, is in no metric, ` +
      'and keeps the group from scaling in',
  ];
}

function metricsWords({ metrics = DIRECT }: Scaling): string {
  const { source, statistic, scrapeMs, windowMs, delayMs, missingRatio } = metrics;
  const of = `${statistic} of the instances past their warm-up`;
  if (source === 'direct') return `metrics: ${of}, exact and at once`;
  const parts = [
    `metrics: ${of}, by ${source}`,
    ...(scrapeMs === undefined ? [] : [`scraped every ${formatDuration(scrapeMs)}`]),
    ...(windowMs === undefined ? [] : [`over ${formatDuration(windowMs)}`]),
    ...(delayMs > 0 ? [`visible after ${formatDuration(delayMs)}`] : []),
    ...(missingRatio > 0 ? [`${formatPercent(missingRatio)} of the samples lost`] : []),
  ];
  return parts.join(', ');
}
