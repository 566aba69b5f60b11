/**
 * A HorizontalPodAutoscaler as people write it (autoscaling/v2), with the controller's flags beside
 * it. Shapes are checked by `hpa-schema.ts`, what they say by `hpa-rules.ts`.
 */
import type { Quantity } from './quantity.ts';

type Optional<T> = T | undefined;

export interface TargetDocument {
  type: 'Utilization' | 'Value' | 'AverageValue';
  averageUtilization?: Optional<number>;
  averageValue?: Optional<Quantity>;
  value?: Optional<Quantity>;
}

export interface ObjectReference {
  apiVersion?: Optional<string>;
  kind: string;
  name: string;
}

export interface MetricIdentifier {
  name: string;
  selector?: Optional<Readonly<Record<string, unknown>>>;
}

export type MetricDocument =
  | { type: 'Resource'; resource: { name: string; target: TargetDocument } }
  | {
      type: 'ContainerResource';
      containerResource: { name: string; container: string; target: TargetDocument };
    }
  | { type: 'Pods'; pods: { metric: MetricIdentifier; target: TargetDocument } }
  | {
      type: 'Object';
      object: {
        describedObject: ObjectReference;
        metric: MetricIdentifier;
        target: TargetDocument;
      };
    }
  | { type: 'External'; external: { metric: MetricIdentifier; target: TargetDocument } };

export interface PolicyDocument {
  type: 'Pods' | 'Percent';
  value: number;
  periodSeconds: number;
}

export interface ScalingRulesDocument {
  stabilizationWindowSeconds?: Optional<number>;
  selectPolicy?: Optional<'Max' | 'Min' | 'Disabled'>;
  policies?: Optional<PolicyDocument[]>;
  tolerance?: Optional<Quantity>;
}

export interface BehaviorDocument {
  scaleUp?: Optional<ScalingRulesDocument>;
  scaleDown?: Optional<ScalingRulesDocument>;
}

export interface SpecDocument {
  scaleTargetRef?: Optional<ObjectReference>;
  minReplicas?: Optional<number>;
  maxReplicas: number;
  metrics?: Optional<MetricDocument[]>;
  behavior?: Optional<BehaviorDocument>;
}

/** Flags of kube-controller-manager (`--horizontal-pod-autoscaler-…`). */
export interface ControllerDocument {
  toleranceRatio?: Optional<number>;
  cpuInitializationPeriod?: Optional<string>;
  initialReadinessDelay?: Optional<string>;
  downscaleStabilization?: Optional<string>;
  syncPeriod?: Optional<string>;
  featureGates?: Optional<{
    HPAScaleToZero?: Optional<boolean>;
    HPAConfigurableTolerance?: Optional<boolean>;
    PodLevelResources?: Optional<boolean>;
  }>;
}

export interface ManifestDocument {
  apiVersion: 'autoscaling/v2';
  kind: 'HorizontalPodAutoscaler';
  metadata?: Optional<Readonly<Record<string, unknown>>>;
  spec: SpecDocument;
  status?: Optional<Readonly<Record<string, unknown>>>;
  controller?: Optional<ControllerDocument>;
}

/** A whole manifest, or the fields of its spec. */
export type HpaDocument =
  | ManifestDocument
  | (SpecDocument & { controller?: Optional<ControllerDocument> });

/**
 * The spec of either, and where it stands.
 * Example: of a manifest → its `spec`, path `['spec']`.
 */
export function specOf(document: HpaDocument): { spec: SpecDocument; path: readonly string[] } {
  return 'spec' in document
    ? { spec: document.spec, path: ['spec'] }
    : { spec: document, path: [] };
}
