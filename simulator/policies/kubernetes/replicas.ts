/** What all metrics have in common. Source: kubernetes `replica_calculator.go`. */
import type { Tolerance } from './hpa-settings.ts';

/** Replica counts are int32. */
export const MAX_REPLICAS = 2_147_483_647;

/**
 * Whether usage ÷ target is near enough to 1, both ends included.
 * Source: `Tolerances.isWithin`.
 * Example: 1.1 with a tolerance of 0.1 → true.
 */
export function isWithin({ upRatio, downRatio }: Tolerance, ratio: number): boolean {
  return 1 - downRatio <= ratio && ratio <= 1 + upRatio;
}

/**
 * ⌈value⌉, at most what an int32 holds.
 * Examples: 2.1 → 3; 1e300 → 2147483647.
 */
export function ceilReplicas(value: number): number {
  // + 0: no minus zero.
  return Math.min(Math.ceil(value), MAX_REPLICAS) + 0;
}
