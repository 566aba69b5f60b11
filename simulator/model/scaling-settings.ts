/** What moves a group's size: metrics, and the policies that look at them. */
import type { BehaviorDocument, ControllerDocument } from './kubernetes/hpa-document.ts';

/** Of one instance; the group's is as a rule the mean over those that are past their warm-up. */
export type MetricName =
  /** Requests per second that arrived at an instance. */
  | 'requests-per-instance'
  /** Busy threads ÷ threads, or busy share of the event loop: 0..1. */
  | 'utilization'
  /** Requests at an instance, queued or served: mean over time. */
  | 'in-flight'
  /** Requests that wait at an instance. */
  | 'queue-length'
  /** Mean time that requests spend at an instance, in ms. */
  | 'latency';

/** How measurements get from the instances to the policies; see `policies/metric-pipeline.ts`. */
export interface MetricPipelineSettings {
  readonly source: 'direct' | 'cloudwatch' | 'prometheus' | 'metrics-server';
  /** Between two scrapes; undefined: one at the end of each period of an alarm. */
  readonly scrapeMs: number | undefined;
  /** Of the first scrape; undefined: drawn. */
  readonly phaseMs: number | undefined;
  /** What a value is over; undefined: the period of the alarm. */
  readonly windowMs: number | undefined;
  /** From the scrape until policies see it. */
  readonly delayMs: number;
  /** Share of samples that get lost. */
  readonly missingRatio: number;
  /** How the group's value is made of those of its instances. */
  readonly statistic: 'average' | 'maximum' | 'minimum' | 'sum';
}

export type MissingData = 'missing' | 'ignore' | 'breaching' | 'not-breaching';

/** A CloudWatch alarm: M of N datapoints beyond a threshold. */
export interface AlarmSettings {
  readonly metric: MetricName;
  readonly comparison: 'above' | 'below';
  readonly threshold: number;
  readonly periodMs: number;
  /** N */
  readonly evaluationPeriods: number;
  /** M */
  readonly datapointsToAlarm: number;
  readonly missingData: MissingData;
}

/** Bounds are offsets from the alarm's threshold; an absent bound is infinite. */
export interface StepAdjustment {
  readonly lower: number | undefined;
  readonly upper: number | undefined;
  readonly change:
    | { readonly type: 'change-in-capacity'; readonly by: number }
    | { readonly type: 'percent-change-in-capacity'; readonly byRatio: number }
    | { readonly type: 'exact-capacity'; readonly to: number };
}

/** Of Application Auto Scaling (ECS and others); absent: instances of EC2 warm up instead. */
export interface ApplicationCooldown {
  /** Capacity that a scale-out added is, for so long, what the next one already has. */
  readonly scaleOutMs: number;
  /** From one scale-in to the next. */
  readonly scaleInMs: number;
}

export interface StepScalingSettings {
  readonly type: 'step-scaling';
  readonly alarm: AlarmSettings;
  readonly steps: readonly StepAdjustment[];
  /** Smallest change of a percent adjustment, in instances. */
  readonly minMagnitude: number;
  readonly cooldown?: ApplicationCooldown;
}

export interface TargetTrackingSettings {
  readonly type: 'target-tracking';
  readonly metric: MetricName;
  readonly target: number;
  readonly periodMs: number;
  /** Datapoints above the target before a scale-out (AWS: 3). */
  readonly highPeriods: number;
  /** Datapoints below `lowRatio` × target before a scale-in (AWS: 15). */
  readonly lowPeriods: number;
  readonly lowRatio: number;
  readonly scaleIn: boolean;
  readonly cooldown?: ApplicationCooldown;
}

/** One adjustment, then a cooldown. */
export interface SimpleScalingSettings {
  readonly type: 'simple-scaling';
  readonly alarm: AlarmSettings;
  readonly change: StepAdjustment['change'];
  readonly minMagnitude: number;
  readonly cooldownMs: number;
}

/** New sizes at a moment of the run, or by the clock. */
export interface ScheduledSettings {
  readonly type: 'scheduled';
  /** Fields of cron, of clocks that are `offsetMs` ahead of UTC (absent: UTC). */
  readonly cron: string | undefined;
  readonly offsetMs?: number;
  readonly atMs: number | undefined;
  /** Time since the epoch (a Thursday, 0:00) of the run's moment 0. */
  readonly clockMs: number;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly desired: number | undefined;
}

/** Ahead of what the hours of earlier days say; never scales in. */
export interface PredictiveSettings {
  readonly type: 'predictive';
  /** Requests a second that one instance carries. */
  readonly targetPerSecond: number;
  /** Of the whole group in each hour before the run, in requests a second. */
  readonly historyPerSecond: readonly number[];
  readonly clockMs: number;
  readonly mode: 'forecast-only' | 'forecast-and-scale';
  readonly bufferMs: number;
  readonly maxBreach: 'honor-max-capacity' | 'increase-max-capacity';
  readonly maxBufferPercent: number | undefined;
}

/** Kubernetes' HorizontalPodAutoscaler; behaviour and flags as Kubernetes writes them. */
export interface HpaPolicySettings {
  readonly type: 'hpa';
  readonly metrics: readonly { readonly metric: MetricName; readonly target: number }[];
  /** What an instance requests of the processor, as a share of what it can do. */
  readonly requestRatio: number;
  readonly behavior?: BehaviorDocument;
  readonly controller?: ControllerDocument;
}

/** A KEDA ScaledObject on the sums of the group's metrics. */
export interface KedaPolicySettings {
  readonly type: 'keda';
  readonly triggers: readonly {
    readonly metric: MetricName;
    /** Per instance. */
    readonly target: number;
    /** Active is what is above. */
    readonly activation: number;
  }[];
  readonly pollingMs: number;
  readonly cooldownMs: number;
  readonly initialCooldownMs: number;
  readonly idle: number | undefined;
  readonly fallback: KedaFallback | undefined;
  readonly behavior?: BehaviorDocument;
  /** A formula over the sums, by `formulaName`, that takes the place of the triggers. */
  readonly modifiers?: KedaModifiers;
}

export interface KedaFallback {
  readonly failureThreshold: number;
  readonly replicas: number;
  readonly behavior?:
    | 'static'
    | 'currentReplicas'
    | 'currentReplicasIfHigher'
    | 'currentReplicasIfLower'
    /** A formula says what takes the place of a trigger that is nil: `queue ?? 3`. */
    | 'scalingModifiers'
    | undefined;
}

export interface KedaModifiers {
  readonly formula: string;
  /** Of the formula's value: per instance, or of all together with `Value`. */
  readonly target: number;
  readonly activationTarget: number;
  readonly metricType: 'AverageValue' | 'Value';
}

export type ScalingPolicy =
  | StepScalingSettings
  | TargetTrackingSettings
  | SimpleScalingSettings
  | ScheduledSettings
  | PredictiveSettings
  | HpaPolicySettings
  | KedaPolicySettings;
