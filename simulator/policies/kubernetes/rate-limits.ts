/**
 * How far a single decision may go: policies of `behavior`. Source: kubernetes `horizontal.go`
 * (`calculateScaleUpLimitWithScalingRules`, `calculateScaleDownLimitWithBehaviors`).
 */
import type { History, ScaleEvent } from './history.ts';
import type { ScalingPolicy, ScalingRules } from './hpa-settings.ts';

/**
 * The most replicas that the policies allow now, never below those that are there. A policy counts
 * from the size at the start of its period: changes in *both* directions within it are taken back.
 * Percentages are rounded up, so that a small percentage still adds one.
 *
 *     size at the start = current − Σ ups within the period + Σ downs within the period
 *
 * Examples: 10 replicas, Pods 4 and Percent 100, Max → 20, Min → 14; Disabled → 10; 6 replicas
 * after +4 and −2 within the period, Percent 300 → (6 − 4 + 2)·4 = 16.
 */
export function scaleUpLimit(
  current: number,
  history: History,
  rules: ScalingRules,
  nowMs: number,
): number {
  if (rules.selectPolicy === 'Disabled') return current;
  const limits = rules.policies.map((policy) => {
    const start = replicasAtStart(current, history, policy, nowMs);
    if (policy.type === 'Pods') return start + policy.value;
    return Math.ceil(start * (1 + policy.value / 100));
  });
  const limit = rules.selectPolicy === 'Min' ? Math.min(...limits) : Math.max(...limits);
  return Math.max(limit, current);
}

/**
 * The fewest replicas that the policies allow now, never above those that are there; as
 * `scaleUpLimit`, with percentages cut off. Max is the largest change: the smallest size.
 * Examples: 100 replicas, Pods 20 and Percent 1, Max → 80, Min → 99; 100 replicas after −12 within
 * the period, Percent 50 → 56.
 */
export function scaleDownLimit(
  current: number,
  history: History,
  rules: ScalingRules,
  nowMs: number,
): number {
  if (rules.selectPolicy === 'Disabled') return current;
  const limits = rules.policies.map((policy) => {
    const start = replicasAtStart(current, history, policy, nowMs);
    if (policy.type === 'Pods') return start - policy.value;
    return Math.trunc(start * (1 - policy.value / 100)) + 0;
  });
  const limit = rules.selectPolicy === 'Min' ? Math.max(...limits) : Math.min(...limits);
  return Math.min(limit, current);
}

function replicasAtStart(
  current: number,
  { scaleUpEvents, scaleDownEvents }: History,
  { periodMs }: ScalingPolicy,
  nowMs: number,
): number {
  const sinceMs = nowMs - periodMs;
  return current - changeSince(sinceMs, scaleUpEvents) + changeSince(sinceMs, scaleDownEvents);
}

/** Events strictly younger than the period. */
function changeSince(sinceMs: number, events: readonly ScaleEvent[]): number {
  let change = 0;
  for (const { atMs, replicaChange } of events) if (atMs > sinceMs) change += replicaChange;
  return change;
}
