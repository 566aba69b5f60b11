/**
 * Replicas for one figure of the whole: Object and External metrics. Source: kubernetes
 * `replica_calculator.go` (`getUsageRatioReplicaCount`, `GetObjectPerPodMetricReplicas`,
 * `GetExternalMetricReplicas`, `GetExternalPerPodMetricReplicas`).
 */

import { MAX_INT64 } from '../../model/kubernetes/quantity.ts';
import type { Tolerance } from './hpa-settings.ts';
import { ceilReplicas, isWithin } from './replicas.ts';

/** What is there. */
export interface Replicas {
  /** `spec.replicas` of the scale target. */
  readonly spec: number;
  /** `status.replicas` of the scale target. */
  readonly status: number;
  /** Pods that run and are ready; undefined where the selector finds no pod at all. */
  readonly ready: number | undefined;
}

/**
 * Target type Value: the ratio times the pods that are ready. At 0 replicas there is nothing to
 * multiply and no tolerance: the ratio itself, rounded up. Undefined where it would multiply and
 * there are no pods.
 * Examples: 50 with a target of 10 and 1 ready pod of 3 → 5; 12 with a target of 20 and 5 ready
 * pods → 3; 30 with a target of 20 at 0 replicas → 2.
 */
export function replicasForValue(
  valueMilli: bigint,
  targetMilli: bigint,
  replicas: Replicas,
  tolerance: Tolerance,
): number | undefined {
  const ratio = Number(valueMilli) / Number(targetMilli);
  if (replicas.spec === 0) return ceilReplicas(ratio);
  if (isWithin(tolerance, ratio)) return replicas.spec;
  return replicas.ready === undefined ? undefined : ceilReplicas(ratio * replicas.ready);
}

/**
 * Target type AverageValue: value ÷ target, rounded up. Tolerance is asked of what each pod of
 * `status.replicas` has now, and it stays at that number.
 * Examples: 8600m with 2150m a pod and 3 pods → 4; 20.166 with 5 a pod and 4 pods → 4.
 */
export function replicasForAverageValue(
  valueMilli: bigint,
  targetMilli: bigint,
  replicas: Replicas,
  tolerance: Tolerance,
): number {
  const ratio = Number(valueMilli) / (Number(targetMilli) * replicas.status);
  if (isWithin(tolerance, ratio)) return replicas.status;
  return ceilReplicas(Number(valueMilli) / Number(targetMilli));
}

/**
 * What each pod has of a value, rounded up; 0 where there is no pod.
 * Source: `getPerPodUsage`, which divides as doubles.
 * Example: 8600 over 3 pods → 2867.
 */
export function perPodMilli(valueMilli: bigint, statusReplicas: number): bigint {
  if (Number(valueMilli) >= Number(MAX_INT64)) return MAX_INT64;
  if (statusReplicas === 0) return 0n;
  return BigInt(Math.ceil(Number(valueMilli) / statusReplicas));
}

/**
 * Several series of an External metric are one sum that stops at the largest int64. For
 * AverageValue Kubernetes takes a sum below 0 for one that went over, so that a negative metric
 * asks for the maximum; for Value it does not.
 * Examples: 2n, 3n → 5n; twice 2^62 → 2^63 − 1; −1n for AverageValue → 2^63 − 1.
 */
export function sumOfSeries(
  valuesMilli: readonly bigint[],
  type: 'Value' | 'AverageValue',
): bigint {
  let sum = 0n;
  for (const value of valuesMilli) {
    sum += value;
    if (sum > MAX_INT64 || (type === 'AverageValue' && sum < 0n)) return MAX_INT64;
  }
  return sum;
}
