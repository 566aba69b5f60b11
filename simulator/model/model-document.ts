/** A model document whose shape has been checked: units are still words. Read by `build.ts`. */
import type { MetricName, MetricPipelineSettings, MissingData } from './model.ts';

type Optional<T> = T | undefined;

export type DistributionDocument =
  | string
  | { exponential: string }
  | { median: string; p99: string }
  | { mean: string; scv: number }
  | { pareto: { min: string; shape: number } }
  | { empirical: string[] };

export interface RetryDocument {
  attempts: number;
  backoff?: Optional<DistributionDocument>;
  factor?: Optional<number>;
  'at-most'?: Optional<string>;
  jitter?: Optional<'none' | 'full' | 'equal' | 'decorrelated'>;
  budget?: Optional<BudgetDocument>;
}

export type BudgetDocument =
  | string
  | { active: string; min?: Optional<number> }
  | { 'per-request': string; ttl?: Optional<string>; min?: Optional<string> }
  | { 'grpc-throttle': { tokens: number; ratio: number } }
  | {
      'aws-quota': {
        tokens?: Optional<number>;
        cost?: Optional<number>;
        'throttling-cost'?: Optional<number>;
      };
    };

export interface CallDocument {
  call: string;
  timeout?: Optional<DistributionDocument>;
  cancels?: Optional<boolean>;
  deadline?: Optional<'propagate'>;
  retry?: Optional<RetryDocument>;
  hedge?: Optional<HedgeDocument>;
}

export interface HedgeDocument {
  after: string;
  copies?: Optional<number>;
  cancels?: Optional<boolean>;
}

/** A call of several at once. */
export interface CallAtOnceDocument extends CallDocument {
  copies?: Optional<number>;
}

export type FanOutDocument =
  | { all: CallAtOnceDocument[] }
  | { any: CallAtOnceDocument[] }
  | { quorum: number; of: CallAtOnceDocument[] };

/** The steps inside are of the kind that the step itself is of. */
export interface ChooseDocument<S> {
  choose: { share: string; steps?: Optional<S[]> }[];
}

export interface LookupDocument<S> {
  lookup: string;
  miss?: Optional<S[]>;
}

type PlainStepDocument =
  | CallDocument
  | { wait: DistributionDocument }
  | FanOutDocument
  | { publish: string };

/** What a journey may do. */
export type JourneyStepDocument =
  | PlainStepDocument
  | ChooseDocument<JourneyStepDocument>
  | LookupDocument<JourneyStepDocument>;

/** What an endpoint may do. */
export type StepDocument =
  | PlainStepDocument
  | { cpu: DistributionDocument }
  | ChooseDocument<StepDocument>
  | LookupDocument<StepDocument>;

type SegmentDocument =
  | { at: string; for: string; phase?: Optional<string> }
  | { to: string; for: string; phase?: Optional<string> };

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

export interface AdjustmentDocument {
  from?: Optional<ThresholdDocument>;
  to?: Optional<ThresholdDocument>;
  add?: Optional<number | string>;
  remove?: Optional<number | string>;
  set?: Optional<number>;
}

export interface TargetTrackingDocument {
  metric: MetricName;
  target: ThresholdDocument;
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

type PipelineDocument =
  | MetricPipelineSettings['source']
  | {
      source: MetricPipelineSettings['source'];
      scrape?: Optional<string>;
      phase?: Optional<string>;
      window?: Optional<string>;
      delay?: Optional<string>;
      missing?: Optional<string>;
      statistic?: Optional<MetricPipelineSettings['statistic']>;
    };

export interface ScalingDocument {
  min: number;
  max: number;
  start?: Optional<number>;
  drain?: Optional<string>;
  metrics?: Optional<PipelineDocument>;
  policies: PolicyDocument[];
}

export interface QueueDocument {
  limit?: Optional<number>;
  order?: Optional<'fifo' | 'lifo' | 'priority'>;
  expired?: Optional<'serve' | 'drop'>;
}

export interface SharedCpuDocument {
  'cpu-shared': number;
  quota?: Optional<number>;
  threads?: Optional<number>;
  queue?: Optional<QueueDocument>;
}

export interface WindowDocument {
  limit: number;
  window: string;
  'counts-refused'?: Optional<boolean>;
}

export type RateLimitDocument = { per?: Optional<'service' | 'instance'> } & (
  | { 'token-bucket': { rate: string; burst: number } }
  | { gcra: { rate: string; burst?: Optional<number> } }
  | {
      nginx: {
        rate: string;
        burst?: Optional<number>;
        delay?: Optional<number>;
        nodelay?: Optional<boolean>;
      };
    }
  | { 'fixed-window': WindowDocument }
  | { 'sliding-window': WindowDocument }
);

export interface ServiceDocument {
  on?: Optional<{
    type?: Optional<string>;
    price?: Optional<string>;
    boot?: Optional<DistributionDocument>;
    capacity?: Optional<{
      errors?: Optional<string>;
      retry?: Optional<DistributionDocument>;
      quota?: Optional<number>;
    }>;
    image?: Optional<{
      pull: DistributionDocument;
      cached?: Optional<DistributionDocument>;
      'per-node'?: Optional<number>;
    }>;
    start?: Optional<DistributionDocument>;
    readiness?: Optional<{
      delay?: Optional<string>;
      period?: Optional<string>;
      successes?: Optional<number>;
    }>;
    registration?: Optional<DistributionDocument>;
    'warm-up'?: Optional<string>;
  }>;
  serves:
    | 'event-loop'
    | 'delay'
    | { threads: number; queue?: Optional<QueueDocument> }
    | { pool: number; queue?: Optional<QueueDocument> }
    | SharedCpuDocument;
  'rate-limit'?: Optional<RateLimitDocument>;
  balancing?: Optional<'round-robin' | 'least-request' | { 'least-request': number }>;
  instances?: Optional<number>;
  scaling?: Optional<ScalingDocument>;
  endpoints: Record<string, StepDocument[]>;
}

export interface TrafficDocument {
  does: string;
  rate: string | SegmentDocument[];
  arrivals?: Optional<'poisson' | 'even'>;
  priority?: Optional<number>;
}

export interface CacheDocument {
  entries: number;
  keys: { count: number; zipf: number };
  eviction?: Optional<'lru' | 'fifo'>;
  ttl?: Optional<string>;
  starts?: Optional<'empty' | 'full'>;
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
  caches?: Optional<Record<string, CacheDocument>>;
}
