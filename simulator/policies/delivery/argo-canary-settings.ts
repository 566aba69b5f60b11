/** What an Argo Rollouts canary is told and what it sees; times in ms. */
import type { IntOrPercent } from './fenceposts.ts';

/**
 * One step of `spec.strategy.canary.steps`. The controller asks in the order pause, setCanaryScale,
 * setWeight, the rest whether a step is done.
 */
export interface CanaryStep {
  /** Share of the traffic for the canary, 0 … 100 (or `maxTrafficWeight`). */
  readonly setWeight?: number | undefined;
  /** Without a duration until somebody promotes. */
  readonly pause?: { readonly durationMs: number | undefined } | undefined;
  readonly setCanaryScale?: CanaryScale | undefined;
  readonly runs?: 'analysis' | 'experiment' | undefined;
  /** A route for a header or a mirror: done at once. */
  readonly setsRoute?: boolean | undefined;
}

/** Size of the canary apart from its traffic; only with traffic routing. */
export interface CanaryScale {
  readonly replicas?: number | undefined;
  /** Percent of the replicas, may be above 100. */
  readonly weight?: number | undefined;
  /** Back to the size that goes with the traffic. */
  readonly matchTrafficWeight?: boolean | undefined;
}

export interface CanarySettings {
  readonly replicas: number;
  readonly maxSurge: IntOrPercent;
  readonly maxUnavailable: IntOrPercent;
  readonly steps: readonly CanaryStep[];
  /** Undefined for a basic canary, whose replica counts are its traffic. */
  readonly routing: CanaryRouting | undefined;
  readonly isPaused: boolean;
  readonly progressDeadlineMs: number;
  readonly progressDeadlineAbort: boolean;
}

/** What goes with a traffic router: a mesh, an ingress, a load balancer. */
export interface CanaryRouting {
  /** What stands for all traffic: 100 as a rule. */
  readonly maxTrafficWeight: number;
  readonly dynamicStableScale: boolean;
  readonly minPodsPerReplicaSet: number;
  readonly scaleDownDelayMs: number;
  /** So many former stable sets may wait for their delay; undefined is any number. */
  readonly scaleDownDelayRevisionLimit: number | undefined;
  /** 0 is: the canary stays where setCanaryScale put it. Undefined is not set: 30 s. */
  readonly abortScaleDownDelayMs: number | undefined;
}

/** Vendor's defaults (argo-rollouts `utils/defaults/defaults.go`). */
export const CANARY_DEFAULTS = {
  replicas: 1,
  maxSurge: '25%',
  maxUnavailable: '25%',
  progressDeadlineMs: 600_000,
  scaleDownDelayMs: 30_000,
  abortScaleDownDelayMs: 30_000,
  maxTrafficWeight: 100,
} as const;

/** A replica set as it is seen. */
export interface ReplicaSetSeen {
  /** Of the pod template; a new one of the canary starts the steps again. */
  readonly revision?: string | undefined;
  /** What the set was last told to have (`spec.replicas`). */
  readonly desired: number;
  /** Pods that have been ready for minReadySeconds. */
  readonly available: number;
  /** Pods that are there, in whatever state; default: as many as desired. */
  readonly actual?: number | undefined;
  /** Default: as many as are available. */
  readonly ready?: number | undefined;
}

export type RunPhase = 'Pending' | 'Running' | 'Successful' | 'Failed' | 'Error' | 'Inconclusive';

/** As `kubectl argo rollouts` offers them. */
export type CanaryAction =
  | 'promote'
  | 'promote-full'
  | 'skip-current-step'
  | 'skip-all-steps'
  | 'abort'
  | 'retry';

export interface CanaryObservation {
  readonly nowMs: number;
  /** Absent before the first version is there. */
  readonly stable: ReplicaSetSeen | undefined;
  /** Absent when no other version than the stable one is wanted. */
  readonly canary: ReplicaSetSeen | undefined;
  /** Sets of still other versions, newest first. */
  readonly older: readonly ReplicaSetSeen[];
  /** Phase of the analysis in the background. */
  readonly backgroundAnalysis: RunPhase | undefined;
  /** Phase of the analysis or experiment that the current step runs. */
  readonly stepRun: RunPhase | undefined;
  /** Whether the router says that it has the weight; undefined where it does not say. */
  readonly isWeightVerified: boolean | undefined;
  readonly action: CanaryAction | undefined;
}

/** Desired pods of the two versions. */
export interface CanaryCounts {
  readonly canary: number;
  readonly stable: number;
}

/** Pods of a set that are there. */
export function actualOf(set: ReplicaSetSeen): number {
  return set.actual ?? set.desired;
}
