/** The policies of a group in words with their numbers, and whether what was seen breaks them. */
import type { Scaling } from '../simulator/model/model.ts';
import type {
  AlarmSettings,
  MetricName,
  ScalingPolicy,
} from '../simulator/model/scaling-settings.ts';
import { formatDuration, formatPercent } from '../simulator/model/units.ts';
import { isBreaching } from '../simulator/policies/aws/cloudwatch-alarm.ts';
import { groupAlarms } from '../simulator/policies/aws/group.ts';
import { DIRECT } from '../simulator/policies/metric-pipeline.ts';
import type { Datapoint, ScalingObservation } from '../simulator/policies/scaling.ts';
import {
  linesOf,
  marksOf,
  type PolicyWords,
  SOURCES,
  shownMetric,
  shownThreshold,
} from './policy-words.ts';
import { counted } from './text-clean.ts';

/** A policy at one evaluation. */
export interface PolicySeen {
  /** Whether the reason that was given names it. */
  readonly isNamed: boolean;
  /** What the newest datapoint says of its alarms; empty where it is not known. */
  readonly lines: readonly string[];
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
 * @param observation undefined where it is not known
 * @param reason what the evaluation said
 */
export function policiesSeen(
  scaling: Scaling,
  observation: ScalingObservation | undefined,
  reason: string,
): PolicySeen[] {
  return scaling.policies.map((policy) => ({
    isNamed: marksOf(policy).every((mark) => reason.includes(mark)),
    lines: observation === undefined ? [] : seenLines(scaling, policy, observation),
  }));
}

function seenLines(
  scaling: Scaling,
  policy: ScalingPolicy,
  { datapoints, instances = [] }: ScalingObservation,
): string[] {
  switch (policy.type) {
    case 'hpa':
      return policy.metrics.map(({ metric }) => instancesWords(metric, instances));
    case 'keda':
      return policy.triggers.map(({ metric }) => instancesWords(metric, instances));
    default:
      return alarmsOf(scaling, policy).map((alarm) => seenWords(alarm, datapoints));
  }
}

/** `utilization: 3 of 5 instances tell 71.5 % in the mean` */
function instancesWords(
  metric: MetricName,
  instances: NonNullable<ScalingObservation['instances']>,
): string {
  const values = instances.flatMap(({ metrics }) => metrics[metric] ?? []);
  const of = `${metric}: ${values.length} of ${counted(instances.length, 'instance')} tell`;
  if (values.length === 0) return of.replace(/tell$/, 'tell anything');
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return `${of} ${shownMetric(metric, mean)} in the mean`;
}

function alarmsOf(scaling: Scaling, policy: ScalingPolicy): AlarmSettings[] {
  return groupAlarms({ ...scaling, policies: [policy] }).map(({ alarm }) => alarm);
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
