/**
 * What the Cluster Autoscaler is told and what it remembers. Source: Cluster Autoscaler FAQ, "What
 * are the parameters to CA?", and `config/flags/flags.go`.
 */

import type { Expander } from '../../model/kubernetes/autoscaler-flags.ts';
import type { Labels } from '../../model/kubernetes/taints.ts';
import type { Node, Pod } from './cluster.ts';
import type { Priorities } from './expander.ts';
import type { NodeTemplate } from './pack.ts';

export interface NodeGroup {
  readonly name: string;
  readonly minSize: number;
  readonly maxSize: number;
  readonly pricePerHour: number | undefined;
  readonly template: NodeTemplate;
}

export interface AutoscalerSettings {
  readonly scanIntervalMs: number;
  readonly expanders: readonly Expander[];
  readonly priorities: Priorities;
  readonly balanceSimilarGroups: boolean;
  readonly enforceMinSize: boolean;
  /** 0: no limit. */
  readonly maxNodesTotal: number;
  readonly maxNodesPerScaleUp: number;
  readonly maxProvisionMs: number;
  readonly newPodDelayMs: number;
  readonly expendablePriorityCutoff: number;
  readonly backoffMs: { readonly first: number; readonly most: number; readonly reset: number };
  /** More unready nodes than the count and than the share: nothing is scaled. */
  readonly okUnreadyCount: number;
  readonly maxUnreadyRatio: number;
  readonly scaleDownEnabled: boolean;
  readonly scaleDownUnreadyEnabled: boolean;
  readonly delayAfterAddMs: number;
  readonly delayAfterDeleteMs: number;
  readonly delayAfterFailureMs: number;
  readonly unneededMs: number;
  readonly unreadyMs: number;
  readonly utilizationThreshold: number;
  readonly gpuUtilizationThreshold: number;
  readonly gpuResource: string;
  readonly ignoreDaemonsUtilization: boolean;
  readonly ignoreMirrorsUtilization: boolean;
  readonly maxParallelism: number;
  readonly maxDrainParallelism: number;
  readonly maxGracefulMs: number;
  readonly skipSystemPods: boolean;
  readonly skipLocalStorage: boolean;
  readonly skipCustomControllers: boolean;
  readonly groups: readonly NodeGroup[];
}

/** How many of the pods with these labels may be evicted now. */
export interface DisruptionBudget {
  readonly namespace: string;
  readonly matchLabels: Labels;
  readonly disruptionsAllowed: number;
}

export interface AutoscalerObservation {
  readonly nowMs: number;
  readonly nodes: readonly Node[];
  /** Pods on nodes, in the order of the nodes' names or of any other. */
  readonly placed: readonly { readonly pod: Pod; readonly node: string }[];
  readonly pending: readonly Pod[];
  /** Desired size of each group at the cloud; nodes that are being deleted are in it. */
  readonly targetSizes: Readonly<Record<string, number>>;
  readonly budgets: readonly DisruptionBudget[];
  /** Groups that the cloud could not grow since the last scan. */
  readonly failedScaleUps: readonly string[];
  /** Whether the deletion of a node failed since the last scan. */
  readonly hasScaleDownFailed: boolean;
}

export interface Backoff {
  readonly durationMs: number;
  readonly untilMs: number;
  readonly failedAtMs: number;
}

export interface AutoscalerState {
  /** Node → since when it has been unneeded. */
  readonly unneededSinceMs: Readonly<Record<string, number>>;
  readonly lastScaleUpAtMs: number | null;
  readonly lastDeleteAtMs: number | null;
  readonly lastFailureAtMs: number | null;
  /** Group → when nodes were last asked for that have not all come. */
  readonly requestedAtMs: Readonly<Record<string, number>>;
  readonly backoffs: Readonly<Record<string, Backoff>>;
}

export const INITIAL_AUTOSCALER: AutoscalerState = {
  unneededSinceMs: {},
  lastScaleUpAtMs: null,
  lastDeleteAtMs: null,
  lastFailureAtMs: null,
  requestedAtMs: {},
  backoffs: {},
};
