/** What an autoscaler of nodes sees of a simulated cluster, and what it may do to it. */
import type { NodePool } from '../model/node-settings.ts';
import { type Node, type Pod, plainNode, type Resources } from '../policies/nodes/cluster.ts';
import {
  CAPACITY_TYPE,
  HOSTNAME,
  INSTANCE_TYPE,
  ZONE,
} from '../policies/nodes/karpenter-settings.ts';

export interface ClusterView {
  readonly nowMs: number;
  /** Those that are still to come are not ready. */
  readonly nodes: readonly Node[];
  readonly placed: readonly {
    readonly pod: Pod;
    readonly node: string;
    /** It drains, and its group has replaced it already. */
    readonly isEnding: boolean;
  }[];
  readonly pending: readonly Pod[];
}

export interface NodeActions {
  /** Pool of each node that is launched. */
  readonly launches: readonly string[];
  /** Nodes on their way that are given up, by pool. */
  readonly cancels: readonly { readonly pool: string; readonly nodes: number }[];
  /** Nodes that go now; their pods have so long at most to end. */
  readonly drains: readonly { readonly node: string; readonly longestMs: number }[];
  /** Nodes that go once the nodes are ready that are launched for them. */
  readonly replaces:
    | { readonly nodes: readonly string[]; readonly by: readonly string[] }
    | undefined;
  readonly reason: string;
}

/** One of a run: it remembers. */
export interface NodeScaler {
  readonly look: (view: ClusterView) => NodeActions;
  /**
   * When it wants to look next; undefined: when something has changed. A look costs milliseconds,
   * so that one that could only say the same again is left out.
   *
   * @param hasChanged whether a pod or a node has come or gone since the last look
   * @param isPending whether any pod is pending
   */
  readonly nextMs: (nowMs: number, hasChanged: boolean, isPending: boolean) => number | undefined;
}

/** A pool is a zone to the policies: pods select by it, and like pools count as similar. */
export const POOL_LABEL: string = ZONE;

/** What a node's pods may ask for; `nodes` so that a pool can be limited in nodes. */
export function allocatableOf({ cpuMillis, memoryBytes, pods }: NodePool): Resources {
  return { cpu: cpuMillis, memory: memoryBytes, pods, nodes: 1 };
}

/** A node of a pool as policies see it. */
export function nodeOf(pool: NodePool, name: string, parts: Partial<Node> = {}): Node {
  const labels = {
    ...pool.labels,
    [HOSTNAME]: name,
    [POOL_LABEL]: pool.name,
    [INSTANCE_TYPE]: typeOf(pool),
    [CAPACITY_TYPE]: 'on-demand',
  };
  const { taints = [] } = pool;
  return plainNode(name, allocatableOf(pool), { group: pool.name, labels, taints, ...parts });
}

export function typeOf({ type, name }: NodePool): string {
  return type ?? name;
}

/** The first moment of a beat from now on at which nobody has looked yet. */
export function nextBeat(nowMs: number, lastLookMs: number, everyMs: number): number {
  const atMs = Math.ceil(nowMs / everyMs) * everyMs;
  return atMs > lastLookMs ? atMs : atMs + everyMs;
}

/**
 * The first beat from now on at which one of the timers has run out; undefined where none will. A
 * timer that ran out at the very moment of the last look may not have counted yet.
 */
export function beatAfterTimers(
  timersMs: readonly number[],
  nowMs: number,
  lastLookMs: number,
  everyMs: number,
): number | undefined {
  const dueMs = Math.min(...timersMs.filter((atMs) => atMs >= lastLookMs));
  if (dueMs === Number.POSITIVE_INFINITY) return undefined;
  return Math.max(nextBeat(nowMs, lastLookMs, everyMs), Math.ceil(dueMs / everyMs) * everyMs);
}
