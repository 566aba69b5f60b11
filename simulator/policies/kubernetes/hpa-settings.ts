/** A HorizontalPodAutoscaler as its rules work on it: defaults filled in, quantities as numbers. */

/** What the average over pods is compared with. */
export type PodTarget =
  | { readonly type: 'Utilization'; readonly percent: number }
  | { readonly type: 'AverageValue'; readonly milli: bigint };

/** What one figure is compared with: as it is, or per pod. */
export interface ValueTarget {
  readonly type: 'Value' | 'AverageValue';
  readonly milli: bigint;
}

export type MetricSettings =
  | { readonly type: 'Resource'; readonly resource: string; readonly target: PodTarget }
  | {
      readonly type: 'ContainerResource';
      readonly resource: string;
      readonly container: string;
      readonly target: PodTarget;
    }
  | { readonly type: 'Pods'; readonly name: string; readonly target: PodTarget }
  | {
      readonly type: 'Object';
      readonly name: string;
      readonly kind: string;
      /** Absent where the type of the target has no value: Kubernetes takes it, and then fails. */
      readonly target: ValueTarget | undefined;
    }
  | { readonly type: 'External'; readonly name: string; readonly target: ValueTarget };

export interface ScalingPolicy {
  readonly type: 'Pods' | 'Percent';
  readonly value: number;
  readonly periodMs: number;
}

/** How fast it may go in one direction. */
export interface ScalingRules {
  readonly stabilizationMs: number;
  readonly selectPolicy: 'Max' | 'Min' | 'Disabled';
  readonly policies: readonly ScalingPolicy[];
}

export interface Behavior {
  readonly scaleUp: ScalingRules;
  readonly scaleDown: ScalingRules;
}

/** All that decides between a proposal and what is set. */
export interface BehaviorSettings {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Absent: the path of before `behavior` existed. */
  readonly behavior: Behavior | undefined;
  /** For HPAs without behavior (with it, the default of scaleDown's window). */
  readonly downscaleStabilizationMs: number;
}

/** How far the ratio of usage to target may be from 1 without consequence. */
export interface Tolerance {
  readonly upRatio: number;
  readonly downRatio: number;
}

/** When a pod's CPU counts. */
export interface ReadinessTiming {
  readonly cpuInitializationMs: number;
  readonly initialReadinessDelayMs: number;
}

export interface HpaSettings extends BehaviorSettings, ReadinessTiming {
  readonly metrics: readonly MetricSettings[];
  readonly tolerance: Tolerance;
  /** How often it decides. */
  readonly syncMs: number;
  /** Feature gate HPAScaleToZero. */
  readonly canScaleToZero: boolean;
  /** Feature gate PodLevelResources. */
  readonly hasPodLevelResources: boolean;
}
