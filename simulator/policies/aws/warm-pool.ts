/**
 * A warm pool: prepared instances beside the group, that a scale-out draws on first. Source: EC2
 * Auto Scaling user guide, "Warm pools"; API reference, PutWarmPool.
 *
 *                launch            scale-out (warm start)
 *     ───────────────► warm pool ───────────────────────► group
 *                     Stopped …  ◄─────────────────────── scale-in, with ReuseOnScaleIn
 */
import { type Complaint, mismatch, type Path } from '../../model/problem.ts';

export interface WarmPoolRule {
  /** `MaxGroupPreparedCapacity`; absent: the group's max. */
  readonly maxPrepared: number | undefined;
  /** `MinSize` of the pool. */
  readonly minSize: number;
  /** `PoolState`; how soon an instance serves is the life-cycle's business. */
  readonly poolState: 'stopped' | 'running' | 'hibernated';
  /** `InstanceReusePolicy`: instances of a scale-in go back to the pool. */
  readonly reuseOnScaleIn: boolean;
}

export interface WarmPoolObservation {
  /** Desired capacity that the group has just got. */
  readonly desired: number;
  readonly max: number;
  /** Instances of the group, those on their way included. */
  readonly inGroup: number;
  /** Instances of the pool that are ready to be drawn. */
  readonly ready: number;
  /** Instances of the pool that are being prepared. */
  readonly preparing: number;
}

export interface WarmPoolDecision {
  /** Instances to move from the pool into the group. */
  readonly warmStarts: number;
  /** Instances to launch into the group, because the pool is empty. */
  readonly coldStarts: number;
  /** Instances to move from the group into the pool. */
  readonly returned: number;
  /** Instances of the group to end. */
  readonly ended: number;
  /** Instances to launch into the pool. */
  readonly prepare: number;
  /** Instances of the pool to end. */
  readonly discard: number;
  readonly reason: string;
}

/**
 * Instances that the pool should hold. Example: desired 6, max 10 → 4; prepared 8 → 2; prepared 5
 * and a minimum of 1 → 1.
 */
export function warmPoolSize(rule: WarmPoolRule, desired: number, max: number): number {
  return Math.max(rule.minSize, (rule.maxPrepared ?? max) - desired, 0);
}

/**
 * What moves between group and pool for the group to get to its desired capacity, and the pool to
 * its size. Example: desired 6 → 8 of max 10, 4 ready → 2 warm starts; the pool keeps 2.
 */
export function decideWarmPool(
  rule: WarmPoolRule,
  observation: WarmPoolObservation,
): WarmPoolDecision {
  const { desired, max, inGroup, ready, preparing } = observation;
  const lacking = Math.max(0, desired - inGroup);
  const surplus = Math.max(0, inGroup - desired);
  const warmStarts = Math.min(lacking, ready);
  const size = warmPoolSize(rule, desired, max);
  const left = ready + preparing - warmStarts;
  const returned = rule.reuseOnScaleIn ? Math.min(surplus, Math.max(0, size - left)) : 0;
  const pool = left + returned;
  const coldStarts = lacking - warmStarts;
  const back = returned > 0 ? `${returned} back, ` : '';
  return {
    warmStarts,
    coldStarts,
    returned,
    ended: surplus - returned,
    prepare: Math.max(0, size - pool),
    discard: Math.max(0, pool - size),
    reason: `warm-pool: ${warmStarts} warm and ${coldStarts} cold starts, ${back}pool ${pool} of ${size}`,
  };
}

/** What `PutWarmPool` refuses. */
export function warmPoolComplaints(rule: WarmPoolRule, base: Path = []): Complaint[] {
  const { maxPrepared, minSize } = rule;
  const complaints: Complaint[] = [];
  if (minSize < 0) complaints.push(mismatch([...base, 'minSize'], '0 or more', String(minSize)));
  if (maxPrepared !== undefined && maxPrepared < minSize) {
    const expected = `at least the pool's MinSize, ${minSize} (EC2 Auto Scaling)`;
    complaints.push(mismatch([...base, 'maxPrepared'], expected, String(maxPrepared)));
  }
  return complaints;
}
