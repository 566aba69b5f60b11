/**
 * New versions of a service, and how they are rolled out. A version is the same endpoints on other
 * instances: slower or faster, failing now and then, quicker or slower to boot.
 */
import type { Distribution } from './model.ts';

export interface Version {
  /** Work on the processor takes so many times as long as with the version before all others. */
  readonly slowness: number;
  /** Of requests that are answered with an error at once. */
  readonly failRatio: number;
  /** From launch until the machine is up, where that is another time. */
  readonly boot?: Distribution;
}

/** The new version's health, judged by the old one's at the same time. */
export interface VersionGate {
  /** How much more of its requests may fail, 0..1; undefined: errors are not looked at. */
  readonly errorRatioMargin: number | undefined;
  /** Mean time at its instances over that of the old ones'; undefined: not looked at. */
  readonly latencyRatioMax: number | undefined;
  /** Requests of the new version before it is judged at all. */
  readonly requestsMin: number;
  /** That more errors are none of chance, such as 0.95. */
  readonly confidence: number;
  /** How often it is judged, where the strategy does not say. */
  readonly everyMs: number;
  /** Failed judgements that are let pass. */
  readonly failuresMax: number;
}

/** Pods, such as 2, or a share of the replicas, such as `25%`. */
type PodsOrShare = number | string;

/** How far a Kubernetes strategy may leave the size, and when a pod counts. */
export interface PodLimits {
  readonly maxSurge: PodsOrShare;
  readonly maxUnavailable: PodsOrShare;
  /** A pod is available when it has been ready for so long. */
  readonly minReadyMs: number;
  readonly progressDeadlineMs: number;
}

export type CanaryRolloutStep =
  /** Percent of the pods that are of the new version, or with routing of the requests. */
  | { readonly weight: number }
  | { readonly pauseMs: number }
  /** Size of the canary apart from its traffic; with routing only. */
  | { readonly scale: CanaryScale };

/** Pods, percent of the replicas, or again the size that goes with the traffic. */
export type CanaryScale =
  | { readonly replicas: number }
  | { readonly weight: number }
  | { readonly matchTrafficWeight: true };

/** What goes with a router in front of an Argo Rollouts canary. */
export interface CanaryRoutes {
  /** The stable side shrinks as its traffic does. */
  readonly dynamicStableScale: boolean;
  /** Of a side that has any. */
  readonly minPodsPerReplicaSet: number;
  /** So long the old pods stay after the promotion. */
  readonly scaleDownDelayMs: number;
  /** So long an aborted canary stays, once the stable side is whole; undefined is not said. */
  readonly abortScaleDownDelayMs: number | undefined;
}

export type RolloutStrategy =
  /** Deployment of Kubernetes, RollingUpdate. */
  | ({ readonly type: 'rolling' } & PodLimits)
  /** Argo Rollouts; without routing it is a basic canary: the pods are the traffic. */
  | ({
      readonly type: 'canary';
      readonly steps: readonly CanaryRolloutStep[];
      readonly routing?: CanaryRoutes;
    } & PodLimits)
  /** EC2 Auto Scaling; percent. */
  | {
      readonly type: 'instance-refresh';
      readonly minHealthyPercent: number;
      readonly maxHealthyPercent: number;
      readonly checkpointPercents: readonly number[];
      readonly checkpointDelayMs: number;
      readonly autoRollback: boolean;
      readonly bakeMs: number;
    }
  /** Flagger: a second group, and a router that moves traffic to it; percent. */
  | {
      readonly type: 'flagger';
      readonly intervalMs: number;
      readonly stepWeight: number;
      readonly maxWeight: number;
      readonly threshold: number;
      readonly progressDeadlineMs: number;
    }
  /** Shares of the users, one after the other; the old instances stay until all have passed. */
  | {
      readonly type: 'groups';
      readonly stages: readonly { readonly percent: number; readonly bakeMs: number }[];
    };

/** A version that comes at some moment of the run. */
export interface Rollout {
  readonly atMs: number;
  readonly version: Version;
  readonly strategy: RolloutStrategy;
  readonly gate?: VersionGate;
}

/** Whether a router says which share of the requests the new version gets, whatever its size. */
export function isRouted(strategy: RolloutStrategy): boolean {
  if (strategy.type === 'canary') return strategy.routing !== undefined;
  return strategy.type === 'flagger' || strategy.type === 'groups';
}
