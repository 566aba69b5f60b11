/** Policies of a group as a checked document has them: units are still words. */
import type { BehaviorDocument, ControllerDocument } from './kubernetes/hpa-document.ts';
import type { Optional } from './model-document.ts';
import type { MetricName, MissingData, PredictiveSettings } from './scaling-settings.ts';

/** In the unit of its metric; a number for what is counted. */
export type ThresholdDocument = string | number;

export interface AlarmDocument {
  metric: MetricName;
  above?: Optional<ThresholdDocument>;
  below?: Optional<ThresholdDocument>;
  period: string;
  datapoints?: Optional<string>;
  missing?: Optional<MissingData>;
}

export interface AdjustmentDocument extends ChangeDocument {
  from?: Optional<ThresholdDocument>;
  to?: Optional<ThresholdDocument>;
}

export interface TargetTrackingDocument {
  metric: MetricName;
  target: ThresholdDocument;
  period?: Optional<string>;
  high?: Optional<number>;
  low?: Optional<number>;
  'low-threshold'?: Optional<string>;
  'scale-in'?: Optional<boolean>;
  cooldown?: Optional<{ out?: Optional<string>; in?: Optional<string> }>;
}

export interface ChangeDocument {
  add?: Optional<number | string>;
  remove?: Optional<number | string>;
  set?: Optional<number>;
}

export interface SimpleScalingDocument extends ChangeDocument {
  alarm: AlarmDocument;
  'min-magnitude'?: Optional<number>;
  cooldown?: Optional<string>;
}

export interface ScheduledDocument {
  at?: Optional<string>;
  cron?: Optional<string>;
  zone?: Optional<string>;
  min?: Optional<number>;
  max?: Optional<number>;
  set?: Optional<number>;
}

export interface PredictiveDocument {
  target: string;
  history: string[];
  mode?: Optional<PredictiveSettings['mode']>;
  buffer?: Optional<string>;
  'max-breach'?: Optional<PredictiveSettings['maxBreach']>;
  'max-buffer'?: Optional<string>;
}

export interface HpaPolicyDocument {
  metrics: { metric: MetricName; target: ThresholdDocument }[];
  request?: Optional<string>;
  behavior?: Optional<BehaviorDocument>;
  controller?: Optional<ControllerDocument>;
}

export interface KedaModifiersDocument {
  formula: string;
  target: number;
  'activation-target'?: Optional<number>;
  'metric-type'?: Optional<'average-value' | 'value'>;
}

export interface KedaPolicyDocument {
  triggers: {
    metric: MetricName;
    target: ThresholdDocument;
    activation?: Optional<ThresholdDocument>;
  }[];
  polling?: Optional<string>;
  cooldown?: Optional<string>;
  'initial-cooldown'?: Optional<string>;
  idle?: Optional<number>;
  fallback?: Optional<{ failures: number; replicas: number; behavior?: Optional<FallbackName> }>;
  'scaling-modifiers'?: Optional<KedaModifiersDocument>;
  behavior?: Optional<BehaviorDocument>;
}

/** `static` is the one that is meant without it. */
export type FallbackName =
  | 'static'
  | 'current-replicas'
  | 'current-replicas-if-higher'
  | 'current-replicas-if-lower'
  | 'scaling-modifiers';

export type PolicyDocument =
  | { 'simple-scaling': SimpleScalingDocument }
  | { scheduled: ScheduledDocument }
  | { predictive: PredictiveDocument }
  | { hpa: HpaPolicyDocument }
  | { keda: KedaPolicyDocument }
  | {
      'step-scaling': {
        alarm: AlarmDocument;
        steps: AdjustmentDocument[];
        'min-magnitude'?: Optional<number>;
        cooldown?: Optional<string>;
      };
    }
  | { 'target-tracking': TargetTrackingDocument };
