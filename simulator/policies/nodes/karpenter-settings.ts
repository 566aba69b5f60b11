/**
 * What Karpenter is told and what it remembers. Source: Karpenter documentation, "NodePools",
 * "Disruption", "Settings" (BATCH_IDLE_DURATION, BATCH_MAX_DURATION).
 */
import type { Labels, Taint } from '../../model/kubernetes/taints.ts';
import type { DisruptionBudget } from './autoscaler-settings.ts';
import type { LabelExpression, Node, Pod, Resources } from './cluster.ts';

export type CapacityType = 'on-demand' | 'spot';

export interface InstanceType {
  readonly name: string;
  readonly allocatable: Resources;
  /** Such as kubernetes.io/arch; type, zone and capacity type come by themselves. */
  readonly labels: Labels;
  readonly offerings: readonly {
    readonly zone: string;
    readonly capacityType: CapacityType;
    readonly pricePerHour: number;
  }[];
}

export type DisruptionReason = 'Empty' | 'Underutilized';

export interface NodePool {
  readonly name: string;
  /** The pool of the highest weight is tried first. */
  readonly weight: number;
  readonly requirements: readonly LabelExpression[];
  readonly labels: Labels;
  readonly taints: readonly Taint[];
  readonly daemons: readonly Pod[];
  /** Most of each resource that its nodes may have together. */
  readonly limits: Resources;
  readonly consolidationPolicy: 'WhenEmpty' | 'WhenEmptyOrUnderutilized';
  /** Undefined: never. */
  readonly consolidateAfterMs: number | undefined;
  /** Undefined: never. */
  readonly expireAfterMs: number | undefined;
  readonly budgets: readonly {
    /** A number of nodes, or a percentage. */
    readonly nodes: string;
    /** Absent: every reason. */
    readonly reasons?: readonly (DisruptionReason | 'Drifted')[] | undefined;
  }[];
}

export interface KarpenterSettings {
  readonly batchIdleMs: number;
  readonly batchMaxMs: number;
  /** Feature gate SpotToSpotConsolidation. */
  readonly spotToSpot: boolean;
  readonly pools: readonly NodePool[];
  readonly instanceTypes: readonly InstanceType[];
}

/** The vendor's defaults of a pool that says nothing. */
export const POOL_DEFAULTS: Omit<NodePool, 'name'> = {
  weight: 0,
  requirements: [],
  labels: {},
  taints: [],
  daemons: [],
  limits: {},
  consolidationPolicy: 'WhenEmptyOrUnderutilized',
  consolidateAfterMs: 0,
  expireAfterMs: 720 * 3_600_000,
  budgets: [{ nodes: '10%' }],
};

export interface KarpenterObservation {
  readonly nowMs: number;
  /** A node's group is its pool; its labels say type, zone and capacity type. */
  readonly nodes: readonly Node[];
  readonly placed: readonly { readonly pod: Pod; readonly node: string }[];
  readonly pending: readonly Pod[];
  readonly budgets: readonly DisruptionBudget[];
}

/** Pods that have come while a batch waits for more; null while none does. */
export interface Batch {
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly pods: readonly string[];
}

export interface KarpenterState {
  readonly batch: Batch | null;
  /** Node → its pods, and when one last came or went. */
  readonly nodes: Readonly<Record<string, { readonly pods: string; readonly changedAtMs: number }>>;
}

export const INITIAL_KARPENTER: KarpenterState = { batch: null, nodes: {} };

export const INSTANCE_TYPE = 'node.kubernetes.io/instance-type';
export const ZONE = 'topology.kubernetes.io/zone';
export const CAPACITY_TYPE = 'karpenter.sh/capacity-type';
export const HOSTNAME = 'kubernetes.io/hostname';

/** How long a node may take to register (the vendor's registration time to live). */
export const REGISTRATION_MS = 900_000;
