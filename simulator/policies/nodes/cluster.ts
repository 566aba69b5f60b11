/**
 * Nodes and pods as a scheduler sees them. Source: Kubernetes documentation, "Assigning Pods to
 * Nodes", "Taints and Tolerations", "Pod Topology Spread Constraints".
 */

import type { Labels, Taint, Toleration } from '../../model/kubernetes/taints.ts';

/** `cpu` in thousandths of a core, `memory` in bytes, anything else in pieces. */
export type Resources = Readonly<Record<string, number>>;

export interface LabelExpression {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
  readonly values?: readonly string[] | undefined;
}

/** All of the expressions must hold; one without any holds for no node. */
export interface NodeTerm {
  readonly matchExpressions: readonly LabelExpression[];
}

export interface HostPort {
  readonly hostPort: number;
  readonly protocol?: 'TCP' | 'UDP' | 'SCTP' | undefined;
  readonly hostIP?: string | undefined;
}

export interface SpreadConstraint {
  readonly topologyKey: string;
  readonly maxSkew: number;
  /** `ScheduleAnyway` hinders nothing. */
  readonly whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway';
  readonly minDomains?: number | undefined;
  readonly matchLabels: Labels;
}

export interface Pod {
  readonly name: string;
  readonly namespace: string;
  readonly requests: Resources;
  readonly labels: Labels;
  readonly nodeSelector: Labels;
  /** Required terms, one of which must hold; none: any node. */
  readonly nodeTerms: readonly NodeTerm[];
  readonly tolerations: readonly Toleration[];
  readonly hostPorts: readonly HostPort[];
  readonly spread: readonly SpreadConstraint[];
  /** Kind of the controller that would make it again, such as ReplicaSet; none: nobody would. */
  readonly ownerKind: string | undefined;
  readonly priority: number;
  readonly createdAtMs: number | undefined;
  readonly gracePeriodMs: number;
  /** Annotation cluster-autoscaler.kubernetes.io/safe-to-evict, where it is set. */
  readonly isSafeToEvict: boolean | undefined;
  /** Annotation karpenter.sh/do-not-disrupt. */
  readonly isNotToDisrupt: boolean;
  readonly hasLocalStorage: boolean;
}

export interface Node {
  readonly name: string;
  /** Node group or pool; none: nobody scales it. */
  readonly group: string | undefined;
  readonly allocatable: Resources;
  readonly labels: Labels;
  readonly taints: readonly Taint[];
  readonly isReady: boolean;
  readonly createdAtMs: number;
  /** Being drained or deleted already. */
  readonly isDeleting: boolean;
  /** Annotation scale-down-disabled or do-not-disrupt. */
  readonly isKept: boolean;
}

/** A pod that only asks for resources; the further parts as given. */
export function plainPod(name: string, requests: Resources, parts: Partial<Pod> = {}): Pod {
  return {
    name,
    namespace: 'default',
    requests,
    labels: {},
    nodeSelector: {},
    nodeTerms: [],
    tolerations: [],
    hostPorts: [],
    spread: [],
    ownerKind: 'ReplicaSet',
    priority: 0,
    createdAtMs: undefined,
    gracePeriodMs: 30_000,
    isSafeToEvict: undefined,
    isNotToDisrupt: false,
    hasLocalStorage: false,
    ...parts,
  };
}

/** A ready node without labels; the further parts as given. */
export function plainNode(name: string, allocatable: Resources, parts: Partial<Node> = {}): Node {
  return {
    name,
    group: undefined,
    allocatable,
    labels: {},
    taints: [],
    isReady: true,
    createdAtMs: 0,
    isDeleting: false,
    isKept: false,
    ...parts,
  };
}

/** Whether the pod belongs to its node and goes away with it. */
export function staysOnNode({ ownerKind }: Pod): boolean {
  return ownerKind === 'DaemonSet' || ownerKind === 'Node';
}
