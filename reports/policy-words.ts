/** Each kind of policy in words with its numbers, and where the vendor has its rule. */
import type {
  AlarmSettings,
  HpaPolicySettings,
  KedaPolicySettings,
  MetricName,
  PredictiveSettings,
  ScalingPolicy,
  ScheduledSettings,
  StepAdjustment,
  StepScalingSettings,
} from '../simulator/model/scaling-settings.ts';
import {
  formatDuration,
  formatPercent,
  formatRate,
  significant,
} from '../simulator/model/units.ts';
import { formatMetric } from '../simulator/policies/metrics.ts';

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

const AWS = 'https://docs.aws.amazon.com';
const ALARMS: Source = {
  title: 'CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data"',
  url: `${AWS}/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html`,
};
const HPA: Source = {
  title: 'Kubernetes documentation, "Horizontal Pod Autoscaling"',
  url: 'https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/',
};
/** By the type of a policy. */
export const SOURCES: Readonly<Record<ScalingPolicy['type'], readonly Source[]>> = {
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
  'simple-scaling': [
    {
      title: 'EC2 Auto Scaling user guide, "Step and simple scaling policies"',
      url: `${AWS}/autoscaling/ec2/userguide/as-scaling-simple-step.html`,
    },
    ALARMS,
  ],
  scheduled: [
    {
      title: 'EC2 Auto Scaling user guide, "Scheduled scaling"',
      url: `${AWS}/autoscaling/ec2/userguide/ec2-auto-scaling-scheduled-scaling.html`,
    },
  ],
  predictive: [
    {
      title: 'EC2 Auto Scaling user guide, "Predictive scaling"',
      url: `${AWS}/autoscaling/ec2/userguide/ec2-auto-scaling-predictive-scaling.html`,
    },
  ],
  hpa: [HPA],
  keda: [
    {
      title: 'KEDA documentation, "ScaledObject specification"',
      url: 'https://keda.sh/docs/latest/reference/scaledobject-spec/',
    },
    HPA,
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
export function shownThreshold(metric: string, value: number): string {
  if (metric === 'requests-per-instance') return formatRate(value);
  return metric === 'utilization' ? formatPercent(value) : shownMetric(metric, value);
}

function isMetric(name: string): name is MetricName {
  return Object.hasOwn(METRICS, name);
}

/** What reasons call a policy: its type with its metric, and what they hold the metric against. */
export function marksOf(policy: ScalingPolicy): string[] {
  switch (policy.type) {
    case 'step-scaling': {
      const { metric, comparison, threshold } = policy.alarm;
      return [`${policy.type}: ${metric} `, ` ${comparison} ${shownMetric(metric, threshold)}`];
    }
    case 'target-tracking':
      return [`${policy.type}: ${policy.metric}`];
    case 'simple-scaling':
      return [`${policy.type}: `];
    case 'scheduled':
      return [`scheduled-scaling: ${policy.cron ?? `at ${(policy.atMs ?? 0) / 1000} s`}`];
    case 'predictive':
      return ['predictive-scaling: '];
    case 'hpa':
    case 'keda':
      // It is alone in its group: whatever is said, it says.
      return [];
    default:
      throw new Error(`unknown policy ${policy satisfies never}`);
  }
}

/** What a policy does, in a few sentences. */
export function linesOf(policy: ScalingPolicy, alarms: readonly AlarmSettings[]): string[] {
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
    case 'simple-scaling':
      return [
        `simple-scaling when ${condition(policy.alarm)}`,
        changeWords(policy.change, policy.minMagnitude),
        `then nothing of the kind until ${formatDuration(policy.cooldownMs)} after it is done`,
      ];
    case 'scheduled':
      return scheduledLines(policy);
    case 'predictive':
      return predictiveLines(policy);
    case 'hpa':
      return hpaLines(policy);
    case 'keda':
      return kedaLines(policy);
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

function scheduledLines({ cron, atMs, min, max, desired }: ScheduledSettings): string[] {
  const when = cron === undefined ? `at ${formatDuration(atMs ?? 0)}` : `by cron ${cron} (UTC)`;
  const sizes = Object.entries({ min, max, 'desired capacity': desired }).flatMap(
    ([name, value]) => (value === undefined ? [] : [`${name} ${value}`]),
  );
  return [`scheduled ${when}: ${sizes.join(', ')}`];
}

function predictiveLines(policy: PredictiveSettings): string[] {
  const { targetPerSecond, historyPerSecond, bufferMs, mode } = policy;
  return [
    `predictive: ${formatRate(targetPerSecond)} an instance, by ${historyPerSecond.length} hours ` +
      `of history, ${formatDuration(bufferMs)} ahead of the hour, never in`,
    ...(mode === 'forecast-only' ? ['forecasts only'] : []),
  ];
}

function hpaLines({ metrics, requestRatio, behavior }: HpaPolicySettings): string[] {
  return [
    ...metrics.map(
      ({ metric, target }) => `hpa keeps ${metric} at ${shownThreshold(metric, target)}`,
    ),
    ...(requestRatio === 1 ? [] : [`of a request of ${formatPercent(requestRatio)}`]),
    'the metric that asks for most decides',
    ...(['scaleUp', 'scaleDown'] as const).flatMap((direction) => {
      const rules = behavior?.[direction];
      return rules === undefined ? [] : [`behavior.${direction}: ${JSON.stringify(rules)}`];
    }),
  ];
}

function kedaLines({ triggers, cooldownMs, pollingMs }: KedaPolicySettings): string[] {
  return [
    ...triggers.map(
      ({ metric, target, activation }) =>
        `keda: ${shownThreshold(metric, target)} of ${metric} an instance, active above ` +
        `${shownThreshold(metric, activation)} in all`,
    ),
    `looks every ${formatDuration(pollingMs)}; to zero or idle when inactive for ` +
      formatDuration(cooldownMs),
  ];
}
