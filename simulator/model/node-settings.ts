/** Nodes that pods run on, and who adds and removes them. */
import type { AutoscalerFlags } from './kubernetes/autoscaler-flags.ts';
import type { PodSize } from './kubernetes/least-allocated.ts';
import type { Choice, Labels, Taint } from './kubernetes/taints.ts';
import type { Distribution } from './model.ts';

/** Nodes that are alike. */
export interface NodePool {
  readonly name: string;
  readonly type: string | undefined;
  readonly dollarsPerHour: number | undefined;
  /** What the pods of one node may ask for together (allocatable), and how many there may be. */
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly pods: number;
  readonly min: number;
  readonly max: number;
  /** Nodes that are ready when the run starts. */
  readonly start: number;
  /** From the request for a node until pods can be placed on it. */
  readonly provision: Distribution;
  readonly labels?: Labels;
  readonly taints?: readonly Taint[];
}

/** What a pod asks for, and in which pools it may be: those that it selects and bears. */
export interface PodPlacement extends PodSize, Choice {
  readonly pools: readonly string[];
}

export type NodeAutoscaler =
  | { readonly type: 'cluster-autoscaler'; readonly flags: AutoscalerFlags }
  | ({ readonly type: 'karpenter' } & KarpenterOptions);

/** What all of Karpenter's pools have in common. Times: absent is never. */
export interface KarpenterOptions {
  readonly batchIdleMs: number;
  readonly batchMaxMs: number;
  readonly consolidationPolicy: 'WhenEmpty' | 'WhenEmptyOrUnderutilized';
  readonly consolidateAfterMs?: number;
  readonly expireAfterMs?: number;
  /** Nodes that may go at once: a number, or a percentage. */
  readonly budgets: readonly { readonly nodes: string }[];
  /** The pool of the highest weight is tried first; 0 where a pool is not named. */
  readonly weights: Readonly<Record<string, number>>;
}
