/**
 * How far a roll-out may leave its size: maxSurge above it, maxUnavailable below it. The same rule
 * for Kubernetes Deployments and for Argo Rollouts.
 */
import { type Complaint, mismatch, type Path } from '../../model/problem.ts';

/** Pods, such as 2, or a share of the replicas, such as `25%`. */
export type IntOrPercent = number | string;

/** In pods. */
export interface Fenceposts {
  readonly surge: number;
  readonly unavailable: number;
}

/** Pods: a share is rounded up for surge, down for unavailable. Throws for what is no share. */
function podsOf(value: IntOrPercent, replicas: number, round: (pods: number) => number): number {
  if (typeof value === 'number') return value;
  const percent = percentOf(value);
  if (percent === undefined) throw new RangeError(`${value} is neither pods nor a percentage`);
  return round((percent * replicas) / 100);
}

/** `25` of `25%`; undefined for other texts. */
export function percentOf(text: string): number | undefined {
  return /^\d{1,9}%$/.test(text) ? Number(text.slice(0, -1)) : undefined;
}

/**
 * Pods that may be there above, and may be missing below, the replicas. A percentage of surge is
 * rounded up, one of unavailable down; where both come to nothing one pod may be missing, or the
 * roll-out could not move.
 * Source: kubernetes `pkg/controller/deployment/util/deployment_util.go` (ResolveFenceposts),
 * argo-rollouts `utils/replicaset/replicaset.go`.
 * Example: 39 % and 39 % of 10 replicas are a surge of 4 and 3 unavailable.
 */
export function resolveFenceposts(
  maxSurge: IntOrPercent,
  maxUnavailable: IntOrPercent,
  replicas: number,
): Fenceposts {
  const surge = podsOf(maxSurge, replicas, Math.ceil);
  const unavailable = podsOf(maxUnavailable, replicas, Math.floor);
  if (surge === 0 && unavailable === 0) return { surge, unavailable: 1 };
  return { surge, unavailable };
}

/** Pods that must be available: never more are excused than there are replicas. */
export function minAvailable(replicas: number, { unavailable }: Fenceposts): number {
  return replicas === 0 ? 0 : replicas - Math.min(unavailable, replicas);
}

/**
 * What is wrong with the pair. Both as 0 pods are refused as the vendors refuse them; percentages
 * that come to nothing are not: the rule knows what to do then.
 *
 * @param vendor such as `Kubernetes`, named in the message
 */
export function fencepostComplaints(
  maxSurge: IntOrPercent,
  maxUnavailable: IntOrPercent,
  base: Path,
  vendor: string,
): Complaint[] {
  const complaints: Complaint[] = [];
  if (maxSurge === 0 && maxUnavailable === 0) {
    const expected = `maxSurge or maxUnavailable above 0 (${vendor}: both can not be zero)`;
    complaints.push(mismatch([...base, 'maxUnavailable'], expected, '0 and 0'));
  }
  const percent = typeof maxUnavailable === 'string' ? percentOf(maxUnavailable) : 0;
  if (percent !== undefined && percent > 100) {
    const expected = `at most 100% (${vendor}: maxUnavailable)`;
    complaints.push(mismatch([...base, 'maxUnavailable'], expected, String(maxUnavailable)));
  }
  return complaints;
}
