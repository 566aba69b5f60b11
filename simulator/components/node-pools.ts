/**
 * The nodes of every pool, what is on them, and what they come to over time:
 *
 *     launch ──► provisioning ──► ready ──► draining ──► gone
 *                (no pods yet)              finishes its pods
 */
import { addPod, type PodSize, type Room, roomOf } from '../model/kubernetes/least-allocated.ts';
import type { NodePool } from '../model/node-settings.ts';
import type { Node } from '../policies/nodes/cluster.ts';
import { nodeOf } from './node-scaler.ts';

export interface ClusterNode extends Room {
  readonly number: number;
  readonly pool: number;
  readonly name: string;
  readonly createdAtMs: number;
  state: 'provisioning' | 'ready' | 'draining';
  /** Takes no new pods, for another node is to come in its place. */
  isCordoned: boolean;
  /** Rows of its pods. */
  readonly rows: Set<number>;
  /** Service → from when on its image is there. */
  readonly imageAtMs: Map<number, number>;
}

/** How many nodes a pool has. */
export interface PoolCounts {
  readonly ready: number;
  readonly provisioning: number;
  readonly draining: number;
  /** Those that are to stay. */
  readonly desired: number;
}

/** Integrals over time: nodes, and what of their CPU and memory is requested, in node-ms. */
export interface NodeTime {
  nodeMs: number;
  cpuMs: number;
  memoryMs: number;
}

/** Of one run. */
export class NodePools {
  readonly pools: readonly NodePool[];
  /** In the order in which they were launched. */
  readonly all: ClusterNode[] = [];
  private readonly endMs: number;
  private readonly launched: number[];
  private readonly times: (NodeTime & { touchedMs: number })[];
  private latest = 0;

  constructor(pools: readonly NodePool[], endMs: number) {
    this.pools = pools;
    this.endMs = endMs;
    this.launched = pools.map(() => 0);
    this.times = pools.map(() => ({ nodeMs: 0, cpuMs: 0, memoryMs: 0, touchedMs: 0 }));
  }

  launch(pool: number, nowMs: number, state: ClusterNode['state']): ClusterNode {
    this.touch(pool, nowMs);
    const kind = this.pools[pool]!;
    const node: ClusterNode = {
      ...roomOf(kind),
      number: this.latest++,
      pool,
      name: `${kind.name}-${++this.launched[pool]!}`,
      createdAtMs: nowMs,
      state,
      isCordoned: false,
      rows: new Set(),
      imageAtMs: new Map(),
    };
    this.all.push(node);
    return node;
  }

  /** A node is gone, or will never come. */
  remove(node: ClusterNode, nowMs: number): void {
    this.touch(node.pool, nowMs);
    this.all.splice(this.all.indexOf(node), 1);
  }

  place(node: ClusterNode, row: number, pod: PodSize, nowMs: number): void {
    this.touch(node.pool, nowMs);
    node.rows.add(row);
    addPod(node, pod, 1);
  }

  leave(node: ClusterNode, row: number, pod: PodSize, nowMs: number): void {
    this.touch(node.pool, nowMs);
    node.rows.delete(row);
    addPod(node, pod, -1);
  }

  named(name: string): ClusterNode {
    return this.all.find((node) => node.name === name)!;
  }

  /** Nodes of these pools that take pods, pool by pool. */
  open(pools: readonly string[]): ClusterNode[] {
    return this.pools.flatMap(({ name }, index) =>
      pools.includes(name) ? this.all.filter((node) => node.pool === index && isOpen(node)) : [],
    );
  }

  counts(pool: number): PoolCounts {
    const own = this.all.filter((node) => node.pool === pool);
    const inState = (state: ClusterNode['state']) => own.filter((node) => node.state === state);
    const staying = own.filter((node) => node.state !== 'draining' && !node.isCordoned);
    return {
      ready: inState('ready').length,
      provisioning: inState('provisioning').length,
      draining: inState('draining').length,
      desired: staying.length,
    };
  }

  /** A node as policies see it. */
  view(node: ClusterNode): Node {
    return nodeOf(this.pools[node.pool]!, node.name, {
      createdAtMs: node.createdAtMs,
      isReady: node.state !== 'provisioning',
      isDeleting: node.state === 'draining' || node.isCordoned,
    });
  }

  /** Nodes are paid for until the run's end, though a drain may go on. */
  time(pool: number, nowMs: number): NodeTime {
    this.touch(pool, nowMs);
    const { nodeMs, cpuMs, memoryMs } = this.times[pool]!;
    return { nodeMs, cpuMs, memoryMs };
  }

  private touch(pool: number, nowMs: number): void {
    const time = this.times[pool]!;
    const untilMs = Math.min(nowMs, this.endMs);
    const elapsedMs = untilMs - time.touchedMs;
    if (elapsedMs <= 0) return;
    time.touchedMs = untilMs;
    for (const { pool: own, used, cpuMillis, memoryBytes } of this.all) {
      if (own !== pool) continue;
      time.nodeMs += elapsedMs;
      time.cpuMs += (elapsedMs * used.cpuMillis) / cpuMillis;
      time.memoryMs += (elapsedMs * used.memoryBytes) / memoryBytes;
    }
  }
}

/** Whether pods may be placed on it. */
export function isOpen({ state, isCordoned }: ClusterNode): boolean {
  return state === 'ready' && !isCordoned;
}
