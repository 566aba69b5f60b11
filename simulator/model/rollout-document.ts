/** Roll-outs as a model file writes them, after the schema has checked them. */
import type { DistributionDocument, Optional } from './model-document.ts';

export interface PodLimitsDocument {
  surge?: Optional<number | string>;
  unavailable?: Optional<number | string>;
  'min-ready'?: Optional<string>;
  'progress-deadline'?: Optional<string>;
}

export type StrategyDocument =
  | 'rolling'
  | 'instance-refresh'
  | { rolling: PodLimitsDocument }
  | { canary: CanaryDocument }
  | {
      'instance-refresh': {
        'min-healthy'?: Optional<string>;
        'max-healthy'?: Optional<string>;
        checkpoints?: Optional<string[]>;
        'checkpoint-delay'?: Optional<string>;
        'auto-rollback'?: Optional<boolean>;
        bake?: Optional<string>;
      };
    }
  | {
      flagger: {
        interval?: Optional<string>;
        step: string;
        max?: Optional<string>;
        threshold?: Optional<number>;
        'progress-deadline'?: Optional<string>;
      };
    }
  | { groups: { stages: string[]; bake: string } };

export type CanaryStepDocument =
  | { weight: string }
  | { pause: string }
  | { scale: number | string };

export interface CanaryRoutingDocument {
  'dynamic-stable-scale'?: Optional<boolean>;
  'min-pods'?: Optional<number>;
  'scale-down-delay'?: Optional<string>;
  'abort-scale-down-delay'?: Optional<string>;
}

export interface CanaryDocument extends PodLimitsDocument {
  steps: CanaryStepDocument[];
  routing?: Optional<'weighted' | CanaryRoutingDocument>;
}

export interface GateDocument {
  errors?: Optional<string>;
  latency?: Optional<number>;
  requests?: Optional<number>;
  confidence?: Optional<string>;
  every?: Optional<string>;
  failures?: Optional<number>;
}

export interface RolloutDocument {
  at: string;
  version: {
    cpu?: Optional<number>;
    errors?: Optional<string>;
    boot?: Optional<DistributionDocument>;
  };
  strategy: StrategyDocument;
  gate?: Optional<GateDocument>;
}
