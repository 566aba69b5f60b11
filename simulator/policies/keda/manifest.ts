/**
 * What a ScaledObject says, in the vendor's words and units. Source: KEDA documentation,
 * "ScaledObject specification", and `apis/keda/v1alpha1/scaledobject_types.go`.
 */
import type { KedaFallback } from '../../model/scaling-settings.ts';

export type Fallback = KedaFallback;
export type FallbackBehavior = NonNullable<Fallback['behavior']>;

export type MetricType = 'AverageValue' | 'Value' | 'Utilization';

export interface TriggerManifest {
  readonly type: string;
  readonly name?: string | undefined;
  /** Texts only, numbers too. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly metricType?: MetricType | undefined;
  readonly useCachedMetrics?: boolean | undefined;
}

export type Annotations = Readonly<Record<string, string>>;

/** What the HPA is told about its pace; KEDA hands it on unread. */
export type HpaBehavior = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

/** A formula over the names of the triggers; numbers are texts. */
export interface ModifiersManifest {
  readonly formula?: string | undefined;
  readonly target?: string | undefined;
  readonly activationTarget?: string | undefined;
  readonly metricType?: MetricType | undefined;
}

export interface ScaledObjectSpec {
  /** Seconds, as the next two. */
  readonly pollingInterval?: number | undefined;
  readonly initialCooldownPeriod?: number | undefined;
  readonly cooldownPeriod?: number | undefined;
  readonly idleReplicaCount?: number | undefined;
  readonly minReplicaCount?: number | undefined;
  readonly maxReplicaCount?: number | undefined;
  readonly fallback?: Fallback | undefined;
  readonly advanced?:
    | {
        readonly horizontalPodAutoscalerConfig?:
          | { readonly behavior?: HpaBehavior | undefined }
          | undefined;
        readonly scalingModifiers?: ModifiersManifest | undefined;
      }
    | undefined;
  readonly triggers: readonly TriggerManifest[];
}

/** The manifest, or its `spec` alone. */
export type Manifest<Spec> =
  | Spec
  | {
      readonly metadata?: { readonly annotations?: Annotations | undefined } | undefined;
      readonly spec: Spec;
    };

/** `spec` and annotations of a manifest; a bare `spec` has none. */
export function partsOf<Spec extends object>(
  manifest: Manifest<Spec>,
): { readonly spec: Spec; readonly annotations: Annotations; readonly isWhole: boolean } {
  if ('spec' in manifest) {
    return {
      spec: manifest.spec,
      annotations: manifest.metadata?.annotations ?? {},
      isWhole: true,
    };
  }
  return { spec: manifest, annotations: {}, isWhole: false };
}

const TRUE = ['1', 't', 'T', 'true', 'TRUE', 'True'];
const FALSE = ['0', 'f', 'F', 'false', 'FALSE', 'False'];

/**
 * Whether an annotation says yes. One that is there and is neither yes nor no counts as yes
 * (`getBoolAnnotation` in `scaledobject_types.go`).
 * Example: absent → false, "false" → false, "soon" → true.
 */
export function isSet(annotations: Annotations, name: string): boolean {
  const value = annotations[name];
  if (value === undefined) return false;
  return TRUE.includes(value) || !FALSE.includes(value);
}
