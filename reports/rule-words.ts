/** The policies of a group in words with their numbers, and whether what was seen breaks them. */
import type { Scaling } from '../simulator/model/model.ts';
import type {
  AlarmSettings,
  PredictiveSettings,
  ScalingPolicy,
  ScheduledSettings,
  TargetTrackingSettings,
} from '../simulator/model/scaling-settings.ts';
import {
  formatClock,
  formatDuration,
  formatPercent,
  formatRate,
} from '../simulator/model/units.ts';
import { groupAlarms } from '../simulator/policies/aws/group.ts';
import { deciderOf } from '../simulator/policies/decider.ts';
import { DIRECT } from '../simulator/policies/metric-pipeline.ts';
import type { Datapoint } from '../simulator/policies/scaling.ts';
import { alarmSeen, changeWords, condition, isBeyond, stepWords } from './alarm-words.ts';
import { shownMetric, shownThreshold } from './metric-words.ts';
import { hpaLines, kedaLines } from './pod-words.ts';
import { type Source, sourcesOf } from './rule-sources.ts';
import { counted } from './text-clean.ts';

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

/** The policies of a group, in the order of the model. */
export function policiesInWords(scaling: Scaling): PolicyWords[] {
  return scaling.policies.map((policy) => ({
    type: policy.type,
    lines: linesOf(scaling, policy),
    sources: sourcesOf(policy.type),
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
  return scaling.policies.map((policy) => {
    const alarms = alarmsOf(scaling, policy);
    return {
      isNamed: isNamed(policy, alarms, datapoints ?? [], reason),
      lines: datapoints === undefined ? [] : alarms.map((alarm) => alarmSeen(alarm, datapoints)),
    };
  });
}

function alarmsOf(scaling: Scaling, policy: ScalingPolicy): AlarmSettings[] {
  return groupAlarms({ ...scaling, policies: [policy] }).map(({ alarm }) => alarm);
}

/** Reasons tell a policy by its type, its metric, and what it holds the metric against. */
function isNamed(
  policy: ScalingPolicy,
  alarms: readonly AlarmSettings[],
  datapoints: readonly Datapoint[],
  reason: string,
): boolean {
  const has = (...marks: string[]) => marks.every((mark) => reason.includes(mark));
  switch (policy.type) {
    case 'step-scaling': {
      const { metric, comparison, threshold } = policy.alarm;
      return has(`step-scaling: ${metric} `, ` ${comparison} ${shownMetric(metric, threshold)}`);
    }
    case 'target-tracking':
      return has(`target-tracking: ${policy.metric}`);
    case 'simple-scaling':
      // Its reasons tell of its cooldown, not of its alarm.
      return has('simple-scaling: ') && alarms.some((alarm) => isBeyond(alarm, datapoints));
    case 'scheduled':
      return has(`scheduled-scaling: ${policy.cron ?? `at ${(policy.atMs ?? 0) / 1000} s`}:`);
    case 'predictive':
      return has('predictive-scaling: ');
    case 'hpa':
    case 'keda':
      // Nobody else decides in their groups.
      return true;
    default:
      throw new Error(`unknown policy ${policy satisfies never}`);
  }
}

function linesOf(scaling: Scaling, policy: ScalingPolicy): string[] {
  switch (policy.type) {
    case 'step-scaling':
      return [
        `step-scaling when ${condition(policy.alarm)}`,
        policy.steps.map((step) => stepWords(step, policy)).join('; '),
      ];
    case 'target-tracking':
      return trackingLines(policy, alarmsOf(scaling, policy));
    case 'simple-scaling': {
      const { alarm, change, minMagnitude, cooldownMs } = policy;
      const pause = `nothing of the kind until ${formatDuration(cooldownMs)} after it is done`;
      return [
        `simple-scaling when ${condition(alarm)}`,
        `${changeWords(change, minMagnitude)}, then ${pause}`,
      ];
    }
    case 'scheduled':
      return scheduledLines(policy);
    case 'predictive':
      return predictiveLines(policy);
    case 'hpa':
      return hpaLines(scaling, policy);
    case 'keda':
      return kedaLines(scaling, policy);
    default:
      throw new Error(`unknown policy ${policy satisfies never}`);
  }
}

function trackingLines(
  { metric, target, scaleIn }: TargetTrackingSettings,
  alarms: readonly AlarmSettings[],
): string[] {
  return [
    `target-tracking keeps ${metric} at ${shownThreshold(metric, target)}`,
    'wants instances × value ÷ target, rounded up',
    ...alarms.map((alarm) => `${DIRECTION[alarm.comparison]} when ${condition(alarm)}`),
    ...(scaleIn ? [] : ['never in']),
  ];
}

const DIRECTION: Readonly<Record<AlarmSettings['comparison'], string>> = {
  above: 'out',
  below: 'in',
};

/** `scheduled at 20:00`, `scheduled by "0 9 * * 1-5" (UTC)`, and the sizes that it sets. */
function scheduledLines({ cron, atMs, min, max, desired }: ScheduledSettings): string[] {
  const when = cron === undefined ? `at ${formatClock(atMs ?? 0)}` : `by "${cron}" (UTC)`;
  const sizes = Object.entries({ min, max, desired }).flatMap(([name, size]) =>
    size === undefined ? [] : [`${name} ${size}`],
  );
  return [`scheduled ${when}`, `sets ${sizes.join(', ')}`];
}

function predictiveLines(policy: PredictiveSettings): string[] {
  const { targetPerSecond, historyPerSecond, mode, bufferMs } = policy;
  const hours = counted(historyPerSecond.length, 'hour');
  const isIdle = mode === 'forecast-only';
  const early = bufferMs > 0 ? `, ${formatDuration(bufferMs)} ahead` : '';
  return [
    `predictive: as the ${hours} before the run say, ${formatRate(targetPerSecond)} an instance`,
    isIdle ? 'only forecasts' : `never in${early}`,
  ];
}

/** What holds for all policies of a group: bounds, warm-up, and how its metrics come about. */
export function groupInWords(
  scaling: Scaling,
  warmUpMs: number | undefined,
  counts: 'instances' | 'units' = 'instances',
): string[] {
  const { min, max, policies } = scaling;
  if (policies.length === 0) return ['no policy: the size stays as it is'];
  const several = policies.length > 1 ? '; the largest capacity that a policy asks for wins' : '';
  const isByInstance = deciderOf(scaling).sees === 'instances';
  return [
    `from ${min} to ${counted(max, counts === 'units' ? 'unit' : 'instance')}${several}`,
    ...(isByInstance ? [] : warmUpWords(warmUpMs)),
    metricsWords(scaling, isByInstance),
  ];
}

function warmUpWords(warmUpMs: number | undefined): string[] {
  if (warmUpMs === undefined || warmUpMs === 0) return [];
  return [
    `warm-up ${formatDuration(warmUpMs)}: such an instance counts as asked for, is in no metric, ` +
      'and keeps the group from scaling in',
  ];
}

function metricsWords({ metrics = DIRECT }: Scaling, isByInstance: boolean): string {
  const { source, statistic, scrapeMs, windowMs, delayMs, missingRatio } = metrics;
  const of = isByInstance ? 'of each instance' : `${statistic} of the instances past their warm-up`;
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
