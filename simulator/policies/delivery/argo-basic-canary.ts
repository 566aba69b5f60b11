/**
 * Argo Rollouts, basic canary: without a traffic router the replica counts are the traffic.
 * Source: argo-rollouts `utils/replicaset/canary.go` and its tests.
 *
 *     scale up        stable first, then canary, to at most replicas + maxSurge
 *     scale down      not while older sets have pods; then the draining side only, as far as
 *                     replicas − maxUnavailable pods stay available
 */
import type { CanaryCounts, ReplicaSetSeen } from './argo-canary-settings.ts';
import { type Fenceposts, minAvailable } from './fenceposts.ts';

/**
 * The counts nearest to a weight. Their sum is the replicas, or one more where surge is allowed and
 * comes nearer. From 1 to 99 % neither side gets nothing when there is more than one pod; a tie
 * goes to the larger canary.
 *
 * @param weight percent, 0 … 100
 * @param surge pods above the replicas that are allowed
 * Example: 15 % of 10 replicas without surge is 2 and 8; 1 % is 1 and 9.
 */
export function nearestCounts(replicas: number, weight: number, surge: number): CanaryCounts {
  if (replicas === 0) return { canary: 0, stable: 0 };
  const ceiling = Math.ceil((replicas * weight) / 100);
  const floor = Math.floor((replicas * weight) / 100);
  const mayBeZero = weight === 100 || weight === 0 || (replicas === 1 && surge === 0);
  const mayFloor = floor !== 0 || mayBeZero;

  const options: [canary: number, total: number][] = [];
  if (ceiling < replicas || mayBeZero) options.push([ceiling, replicas]);
  if (!isTied(replicas, weight) && mayFloor) options.push([floor, replicas]);
  if (surge > 0) {
    options.push([ceiling, replicas + 1]);
    if (!isTied(replicas + 1, weight) && mayFloor) options.push([floor, replicas + 1]);
  }
  if (options.length === 0) return { canary: 0, stable: replicas };
  const error = ([canary, total]: [number, number]) => Math.abs((canary * 100) / total - weight);
  const [canary, total] = options.reduce((best, next) => (error(next) < error(best) ? next : best));
  return { canary, stable: total - canary };
}

/** Whether the whole pods below and above are as far from the weight. */
function isTied(total: number, weight: number): boolean {
  // In floating point as the controller has it: 0.29 · 50 is a hair below 14.5.
  const pods = total * (weight / 100);
  return pods - Math.trunc(pods) === 0.5;
}

export interface BasicCanary {
  readonly replicas: number;
  /** Percent for the canary. */
  readonly weight: number;
  readonly fence: Fenceposts;
  readonly canary: ReplicaSetSeen | undefined;
  /** Undefined when the canary is all there is: then it goes to full size. */
  readonly stable: ReplicaSetSeen | undefined;
  /** Desired pods of all other sets. */
  readonly olderDesired: number;
}

/**
 * What the two sets are told to have next: one move towards the weight that neither limit forbids.
 * Example: 10 replicas at 30 %, surge 3, none unavailable, stable 10 of 10: canary 3, stable 10.
 */
export function basicCounts(seen: BasicCanary): CanaryCounts {
  const { replicas, fence, canary, stable, olderDesired } = seen;
  const goal =
    stable === undefined
      ? { canary: replicas, stable: 0 }
      : nearestCounts(replicas, seen.weight, fence.surge);
  const most = replicas + fence.surge;
  const raised = scaleUp(seen, goal, most);
  if (olderDesired > 0) return raised;

  const least = minAvailable(replicas, fence);
  const isRising = canary === undefined || goal.canary >= canary.desired;
  const countable = drainable(canary, !isRising) + drainable(stable, isRising);
  if (countable <= least) return raised;
  const mayGo = countable - least;
  if (!isRising) {
    const drained = drain(canary, goal.canary, mayGo, raised.canary);
    const [onCanary, onStable] = withinLimits(canary, stable, drained, raised.stable, most, least);
    return { canary: onCanary, stable: onStable };
  }
  if (stable === undefined) return raised;
  const drained = drain(stable, goal.stable, mayGo, raised.stable);
  const [onStable, onCanary] = withinLimits(stable, canary, drained, raised.canary, most, least);
  return { canary: onCanary, stable: onStable };
}

/** Stable before canary, as far as there is room. */
function scaleUp(seen: BasicCanary, goal: CanaryCounts, most: number): CanaryCounts {
  let onStable = seen.stable?.desired ?? 0;
  let onCanary = seen.canary?.desired ?? 0;
  let room = most - onStable - onCanary - seen.olderDesired;
  if (seen.stable !== undefined && onStable < goal.stable && room > 0) {
    const added = Math.min(room, goal.stable - onStable);
    onStable += added;
    room -= added;
  }
  if (seen.canary !== undefined && onCanary < goal.canary && room > 0) {
    onCanary += Math.min(room, goal.canary - onCanary);
  }
  return { canary: onCanary, stable: onStable };
}

/**
 * Pods of a set that count when something is to go. Of the side that drains all count: those that
 * are not available may always go. Of the other only those that are available.
 */
function drainable(set: ReplicaSetSeen | undefined, drains: boolean): number {
  if (set === undefined) return 0;
  // More available than desired: some are on their way out already.
  if (drains || set.desired < set.available) return set.desired;
  return set.available;
}

function drain(
  set: ReplicaSetSeen | undefined,
  goal: number,
  mayGo: number,
  otherwise: number,
): number {
  if (set === undefined || set.desired <= goal) return otherwise;
  return Math.max(goal, set.desired - mayGo);
}

/**
 * Both counts may be above the most that is allowed in sum: the side that does not drain gives way,
 * but not below what must be available, and what is left over the draining side gives.
 */
function withinLimits(
  draining: ReplicaSetSeen | undefined,
  staying: ReplicaSetSeen | undefined,
  drained: number,
  stays: number,
  most: number,
  least: number,
): [drained: number, stays: number] {
  if (staying === undefined) return [drained, stays];
  const cut = stays - Math.max(0, stays + drained - most);
  const availableDraining = Math.min(draining?.available ?? 0, drained);
  const available = availableDraining + Math.min(staying.available, cut);
  const lost = Math.max(0, staying.available - cut);
  const kept = cut + Math.min(lost, Math.max(0, least - available));
  return [drained - Math.max(0, kept + drained - most), kept];
}
