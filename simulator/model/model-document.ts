/** A model document whose shape has been checked: units are still words. Read by `build.ts`. */

import type { HealthCheck } from './health-settings.ts';
import type { AutoscalerFlags } from './kubernetes/autoscaler-flags.ts';
import type { Labels, Taint, Toleration } from './kubernetes/taints.ts';
import type { BudgetDocument, HedgeDocument, RateLimitDocument } from './limit-documents.ts';
import type { PolicyDocument } from './policy-document.ts';
import type { RolloutDocument } from './rollout-document.ts';
import type { MetricPipelineSettings } from './scaling-settings.ts';
import type { TerminationOrder } from './termination-settings.ts';

export type Optional<T> = T | undefined;

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

export interface BreakerDocument {
  'failure-rate'?: Optional<string>;
  'slow-rate'?: Optional<string>;
  slow?: Optional<string>;
  window?: Optional<number | string>;
  minimum?: Optional<number>;
  open?: Optional<string>;
  'half-open'?: Optional<number>;
  'half-open-at-most'?: Optional<string>;
}

export interface CallDocument {
  call: string;
  timeout?: Optional<DistributionDocument>;
  cancels?: Optional<boolean>;
  deadline?: Optional<'propagate'>;
  retry?: Optional<RetryDocument>;
  hedge?: Optional<HedgeDocument>;
  breaker?: Optional<BreakerDocument>;
  fallback?: Optional<StepDocument[]>;
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
  termination?: Optional<TerminationOrder[]>;
  'replace-unhealthy'?: Optional<{ grace?: Optional<string> }>;
  'warm-pool'?: Optional<{
    state: 'stopped' | 'running' | 'hibernated';
    boot?: Optional<DistributionDocument>;
    min?: Optional<number>;
    'max-prepared'?: Optional<number>;
    reuse?: Optional<boolean>;
    price?: Optional<string>;
  }>;
  metrics?: Optional<PipelineDocument>;
  policies: PolicyDocument[];
}

export interface QueueDocument {
  limit?: Optional<number>;
  order?: Optional<'fifo' | 'lifo' | 'priority'>;
  expired?: Optional<'serve' | 'drop'>;
  codel?: Optional<{ target?: Optional<string>; interval?: Optional<string> }>;
}

export interface SharedCpuDocument {
  'cpu-shared': number;
  quota?: Optional<number>;
  threads?: Optional<number>;
  queue?: Optional<QueueDocument>;
}

export interface KeysDocument {
  count: number;
  zipf?: Optional<number>;
}

/** A window, or all of the ramp. */
export type SlowStartDocument =
  | string
  | { window: string; aggression?: Optional<number>; 'min-weight'?: Optional<string> };

interface WeightedDocument {
  weights?: Optional<number[]>;
}

export type BalancingDocument =
  | 'round-robin'
  | 'least-request'
  | 'random'
  | 'leastconn'
  | 'least-outstanding'
  | 'zone-aware'
  | { 'round-robin': WeightedDocument & { 'slow-start'?: Optional<SlowStartDocument> } }
  | { 'least-request': number | LeastRequestDocument }
  | { random: WeightedDocument }
  | { leastconn: WeightedDocument & { 'slow-start'?: Optional<string> } }
  | { 'ring-hash': WeightedDocument & { key: KeysDocument; 'min-size'?: Optional<number> } }
  | { maglev: WeightedDocument & { key: KeysDocument; table?: Optional<number> } }
  | { 'zone-aware': { 'min-instances'?: Optional<number> } };

/** So many, or by name. */
export type ZonesDocument =
  | number
  | Record<string, { priority?: Optional<number>; weight?: Optional<number> }>;

export interface LeastRequestDocument extends WeightedDocument {
  choices?: Optional<number>;
  replacement?: Optional<boolean>;
  bias?: Optional<number>;
  'slow-start'?: Optional<SlowStartDocument>;
}

export interface HealthCheckDocument {
  rules: HealthCheck['rules'];
  probe?: Optional<'http' | 'tcp' | 'grpc'>;
  interval?: Optional<string>;
  timeout?: Optional<string>;
  rise?: Optional<number>;
  fall?: Optional<number>;
}

export interface OutlierDetectionDocument {
  interval?: Optional<string>;
  'base-ejection'?: Optional<string>;
  'max-ejection'?: Optional<string>;
  jitter?: Optional<string>;
  'max-ejected'?: Optional<string>;
  'at-least-one'?: Optional<boolean>;
  errors?: Optional<number>;
  'gateway-errors'?: Optional<number>;
  deviations?: Optional<number>;
  failures?: Optional<string>;
  hosts?: Optional<number>;
  requests?: Optional<number>;
}

export interface GradientDocument {
  window?: Optional<string>;
  'probe-every'?: Optional<string>;
  'probe-requests'?: Optional<number>;
  jitter?: Optional<string>;
  buffer?: Optional<string>;
  percentile?: Optional<string>;
  min?: Optional<number>;
  max?: Optional<number>;
}

export interface AimdDocument {
  start?: Optional<number>;
  ratio?: Optional<string>;
  timeout?: Optional<string>;
  max?: Optional<number>;
}

export type ConcurrencyDocument = { gradient: GradientDocument } | { aimd: AimdDocument };

export interface LimitsDocument {
  requests?: Optional<number>;
  retries?: Optional<number>;
  'retry-budget'?: Optional<string>;
  'min-retries'?: Optional<number>;
}

export interface MixedTypeDocument {
  type: string;
  weight: number;
  size?: Optional<number>;
  price?: Optional<string>;
  quota?: Optional<number>;
}

export interface ContainerProbeDocument {
  delay?: Optional<string>;
  period?: Optional<string>;
  failures?: Optional<number>;
  successes?: Optional<number>;
}

export type ReadinessDocument = Omit<ContainerProbeDocument, 'failures'>;

export interface LivenessDocument extends ContainerProbeDocument {
  probe?: Optional<'http' | 'side-port' | 'tcp'>;
  timeout?: Optional<string>;
}

export interface ServiceDocument {
  on?: Optional<{
    nodes?: Optional<string | string[]>;
    'node-selector'?: Optional<Labels>;
    tolerations?: Optional<Toleration[]>;
    cpu?: Optional<number>;
    memory?: Optional<string>;
    type?: Optional<string>;
    price?: Optional<string>;
    types?: Optional<MixedTypeDocument[]>;
    allocation?: Optional<'prioritized' | 'lowest-price'>;
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
    startup?: Optional<ContainerProbeDocument>;
    readiness?: Optional<ReadinessDocument>;
    liveness?: Optional<LivenessDocument>;
    registration?: Optional<DistributionDocument>;
    cold?: Optional<{ cpu: number; for: string }>;
    'warm-up'?: Optional<string>;
  }>;
  serves:
    | 'event-loop'
    | 'delay'
    | { threads: number; queue?: Optional<QueueDocument> }
    | { pool: number; queue?: Optional<QueueDocument> }
    | SharedCpuDocument;
  'rate-limit'?: Optional<RateLimitDocument>;
  balancing?: Optional<BalancingDocument>;
  zones?: Optional<ZonesDocument>;
  overprovisioning?: Optional<string>;
  discovery?: Optional<{ delay: DistributionDocument }>;
  instances?: Optional<number>;
  scaling?: Optional<ScalingDocument>;
  endpoints: Record<string, StepDocument[]>;
  'health-check'?: Optional<HealthCheckDocument>;
  'outlier-detection'?: Optional<OutlierDetectionDocument>;
  panic?: Optional<string>;
  rollouts?: Optional<RolloutDocument[]>;
  limits?: Optional<LimitsDocument>;
  concurrency?: Optional<ConcurrencyDocument>;
}

export interface ReplayedDocument {
  replayed: string;
  speed?: Optional<number>;
  only?: Optional<string>;
}

export interface BurstsDocument {
  bursts: { every: string; for: string; times: number };
}

export interface TrafficDocument {
  does: string;
  rate?: Optional<string | SegmentDocument[]>;
  arrivals?: Optional<'poisson' | 'even' | BurstsDocument | ReplayedDocument>;
  priority?: Optional<number>;
}

export interface CacheDocument {
  entries: number;
  keys: { count: number; zipf: number };
  eviction?: Optional<'lru' | 'fifo'>;
  ttl?: Optional<string>;
  starts?: Optional<'empty' | 'full'>;
}

export type FaultDocument = {
  at: string;
  instances?: Optional<number>;
  zone?: Optional<string>;
} & (
  | { kill: string }
  | { hang: string; for: string }
  | { slow: string; for: string; factor: number }
  | { fail: string; for: string; ratio: string }
);

/** Quantiles by name, such as p99 or p99.9. */
export interface SloDocument {
  errors?: Optional<string>;
  [quantile: string]: Optional<string>;
}

export interface NodePoolDocument {
  type?: Optional<string>;
  cpu: number;
  memory: string;
  pods?: Optional<number>;
  price?: Optional<string>;
  min?: Optional<number>;
  max?: Optional<number>;
  start?: Optional<number>;
  provision?: Optional<DistributionDocument>;
  labels?: Optional<Labels>;
  taints?: Optional<Taint[]>;
}

export interface KarpenterDocument {
  'batch-idle-duration'?: Optional<string>;
  'batch-max-duration'?: Optional<string>;
  disruption?: Optional<{
    consolidationPolicy?: Optional<'WhenEmpty' | 'WhenEmptyOrUnderutilized'>;
    consolidateAfter?: Optional<string>;
    budgets?: Optional<{ nodes: string }[]>;
  }>;
  expireAfter?: Optional<string>;
  weight?: Optional<Record<string, number>>;
}

export type NodeAutoscalerDocument =
  | 'cluster-autoscaler'
  | 'karpenter'
  | { 'cluster-autoscaler': AutoscalerFlags }
  | { karpenter: KarpenterDocument };

export interface ModelDocument {
  name: string;
  duration: string;
  'warm-up'?: Optional<string>;
  hop?: Optional<string>;
  starts?: Optional<string>;
  slo?: Optional<Record<string, SloDocument>>;
  traffic: Record<string, TrafficDocument>;
  journeys: Record<string, JourneyStepDocument[]>;
  services: Record<string, ServiceDocument>;
  caches?: Optional<Record<string, CacheDocument>>;
  nodes?: Optional<Record<string, NodePoolDocument>>;
  autoscaler?: Optional<NodeAutoscalerDocument>;
  faults?: Optional<FaultDocument[]>;
}
