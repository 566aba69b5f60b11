/** A model document whose shape has been checked: units are still words. Read by `build.ts`. */
import type { MetricName, MissingData } from './model.ts';

type Optional<T> = T | undefined;

export type DistributionDocument =
  | string
  | { exponential: string }
  | { median: string; p99: string }
  | { mean: string; scv: number }
  | { pareto: { min: string; shape: number } }
  | { empirical: string[] };

/** What a journey may do. */
type JourneyStepDocument =
  | {
      call: string;
      timeout?: Optional<string>;
      retry?: Optional<{ attempts: number; backoff?: Optional<DistributionDocument> }>;
    }
  | { wait: DistributionDocument };

export type StepDocument = JourneyStepDocument | { cpu: DistributionDocument };

type SegmentDocument =
  | { at: string; for: string; phase?: Optional<string> }
  | { to: string; for: string; phase?: Optional<string> };

export interface AlarmDocument {
  metric: MetricName;
  above?: Optional<string>;
  below?: Optional<string>;
  period: string;
  datapoints?: Optional<string>;
  missing?: Optional<MissingData>;
}

export interface AdjustmentDocument {
  from?: Optional<string>;
  to?: Optional<string>;
  add?: Optional<number | string>;
  remove?: Optional<number | string>;
  set?: Optional<number>;
}

export interface TargetTrackingDocument {
  metric: MetricName;
  target: string;
  period?: Optional<string>;
  high?: Optional<number>;
  low?: Optional<number>;
  'low-threshold'?: Optional<string>;
  'scale-in'?: Optional<boolean>;
}

export type PolicyDocument =
  | {
      'step-scaling': {
        alarm: AlarmDocument;
        steps: AdjustmentDocument[];
        'min-magnitude'?: Optional<number>;
      };
    }
  | { 'target-tracking': TargetTrackingDocument };

export interface ScalingDocument {
  min: number;
  max: number;
  start?: Optional<number>;
  drain?: Optional<string>;
  policies: PolicyDocument[];
}

export interface QueueDocument {
  limit?: Optional<number>;
  order?: Optional<'fifo' | 'lifo'>;
  expired?: Optional<'serve' | 'drop'>;
}

export interface ServiceDocument {
  on?: Optional<{
    type?: Optional<string>;
    price?: Optional<string>;
    boot?: Optional<DistributionDocument>;
    'warm-up'?: Optional<string>;
  }>;
  serves:
    | 'event-loop'
    | { threads: number; queue?: Optional<QueueDocument> }
    | { 'cpu-shared': number };
  balancing?: Optional<'round-robin' | 'least-request' | { 'least-request': number }>;
  instances?: Optional<number>;
  scaling?: Optional<ScalingDocument>;
  endpoints: Record<string, StepDocument[]>;
}

export interface TrafficDocument {
  does: string;
  rate: string | SegmentDocument[];
  arrivals?: Optional<'poisson' | 'even'>;
}

/** Quantiles by name, such as p99 or p99.9. */
export interface SloDocument {
  errors?: Optional<string>;
  [quantile: string]: Optional<string>;
}

export interface ModelDocument {
  name: string;
  duration: string;
  'warm-up'?: Optional<string>;
  hop?: Optional<string>;
  slo?: Optional<Record<string, SloDocument>>;
  traffic: Record<string, TrafficDocument>;
  journeys: Record<string, JourneyStepDocument[]>;
  services: Record<string, ServiceDocument>;
}
