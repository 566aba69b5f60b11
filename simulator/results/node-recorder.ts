/** Collects the series of one pool of nodes: one element per bucket of simulated time. */
import type { Cluster } from '../components/cluster.ts';
import type { NodeTime } from '../components/node-pools.ts';
import type { NodeSeries } from './results.ts';

const HOUR_MS = 3_600_000;

export class NodeRecorder {
  private readonly ready: number[] = [];
  private readonly provisioning: number[] = [];
  private readonly draining: number[] = [];
  private readonly desired: number[] = [];
  private readonly pending: number[] = [];
  private readonly allocatedCpuRatio: (number | null)[] = [];
  private readonly allocatedMemoryRatio: (number | null)[] = [];
  private before: NodeTime = { nodeMs: 0, cpuMs: 0, memoryMs: 0 };

  sample(cluster: Cluster, pool: number, nowMs: number): void {
    const { ready, provisioning, draining, desired } = cluster.pools.counts(pool);
    this.ready.push(ready);
    this.provisioning.push(provisioning);
    this.draining.push(draining);
    this.desired.push(desired);
    this.pending.push(cluster.pendingOf(pool));
    const time = cluster.pools.time(pool, nowMs);
    const nodeMs = time.nodeMs - this.before.nodeMs;
    const shareOf = (key: 'cpuMs' | 'memoryMs') =>
      nodeMs > 0 ? (time[key] - this.before[key]) / nodeMs : null;
    this.allocatedCpuRatio.push(shareOf('cpuMs'));
    this.allocatedMemoryRatio.push(shareOf('memoryMs'));
    this.before = time;
  }

  /** Of a run that has come to its end. */
  series(cluster: Cluster, pool: number): NodeSeries {
    const { nodeMs, cpuMs, memoryMs } = cluster.pools.time(pool, Number.POSITIVE_INFINITY);
    const { ready, provisioning, draining, desired, pending } = this;
    return {
      ready,
      provisioning,
      draining,
      desired,
      pending,
      allocatedCpuRatio: this.allocatedCpuRatio,
      allocatedMemoryRatio: this.allocatedMemoryRatio,
      nodeHours: nodeMs / HOUR_MS,
      allocatedCpuHours: cpuMs / HOUR_MS,
      allocatedMemoryHours: memoryMs / HOUR_MS,
    };
  }
}
