/**
 * Argo Rollouts, traffic-routed canary: a mesh, an ingress or a load balancer divides the traffic,
 * so the stable set keeps its full size, for an abort at once.
 * Source: argo-rollouts `utils/replicaset/canary.go` and its tests, `rollout/trafficrouting.go`.
 */
import type { CanaryCounts, CanaryRouting } from './argo-canary-settings.ts';

export interface RoutedCanary {
  readonly replicas: number;
  readonly routing: CanaryRouting;
  /** Weight that the steps ask for, or that setCanaryScale gives the canary's size. */
  readonly weight: number;
  /** Pods that setCanaryScale fixes. */
  readonly fixedReplicas: number | undefined;
  /** Weight of the canary that the router has; undefined before the first. */
  readonly actualWeight: number | undefined;
  readonly isAborted: boolean;
}

/**
 * Pods for a share of the traffic, rounded up.
 * Example: 25 of 100 of 10 replicas are 3 pods.
 */
export function podsForWeight(replicas: number, weight: number, mostWeight: number): number {
  return Math.ceil((weight * replicas) / mostWeight);
}

/**
 * Desired counts. With dynamicStableScale the stable set shrinks as its traffic does: never below
 * what it is asked to carry, nor what it still carries; on abort the same holds for the canary.
 * maxSurge and maxUnavailable play no part.
 * Example: 10 replicas at 10 %: canary 1, stable 10; with dynamicStableScale canary 1, stable 9.
 */
export function routedCounts(seen: RoutedCanary): CanaryCounts {
  const { replicas, routing, weight, actualWeight } = seen;
  const most = routing.maxTrafficWeight;
  const atLeast = (pods: number) => (pods === 0 ? 0 : Math.max(pods, routing.minPodsPerReplicaSet));
  const pods = (share: number) => podsForWeight(replicas, share, most);
  const canary = seen.fixedReplicas ?? atLeast(pods(weight));
  if (!routing.dynamicStableScale) return { canary, stable: replicas };
  // Where setCanaryScale fixes the pods, the controller takes the weight for 0.
  const wanted = pods(most - (seen.fixedReplicas === undefined ? weight : 0));
  if (actualWeight === undefined) return { canary: atLeast(canary), stable: atLeast(wanted) };
  const carried = pods(most - actualWeight);
  const drained = seen.isAborted ? Math.max(pods(actualWeight), canary) : canary;
  return { canary: atLeast(drained), stable: atLeast(Math.max(wanted, carried)) };
}
