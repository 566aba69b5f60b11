/**
 * Stabilisation: a proposal is held against those of the last minutes. Source: kubernetes
 * `horizontal.go` (`stabilizeRecommendation`, `stabilizeRecommendationWithBehaviors`).
 */
import { keep, type Recommendation } from './history.ts';
import type { Behavior } from './hpa-settings.ts';

export interface Stabilised {
  readonly replicas: number;
  /** How long it stays so where the metrics go on asking for the same; 0 where nothing is held. */
  readonly heldForMs: number;
  /** With the proposal itself, unstabilised. */
  readonly recommendations: readonly Recommendation[];
}

/**
 * Without behavior: the largest recommendation of the window (its start included), so only
 * scale-down waits.
 * Example: 4, then 5 a minute ago, window 300 s, proposed 3 → 5, for 240 s more.
 */
export function stabiliseDown(
  recommendations: readonly Recommendation[],
  proposed: number,
  windowMs: number,
  nowMs: number,
): Stabilised {
  const cutoffMs = nowMs - windowMs;
  const inWindow = recommendations.filter(({ atMs }) => atMs >= cutoffMs);
  const replicas = inWindow.reduce((most, one) => Math.max(most, one.recommendation), proposed);
  const held = inWindow.filter((one) => replicas !== proposed && one.recommendation >= replicas);
  const entry = { recommendation: proposed, atMs: nowMs };
  return {
    replicas,
    heldForMs: untilGone(held, cutoffMs),
    recommendations: keep(recommendations, ({ atMs }) => atMs < cutoffMs, entry),
  };
}

/**
 * With behavior: as many as there are now, moved into the range between the smallest recommendation
 * of the scale-up window and the largest of the scale-down window. Recommendations count while
 * strictly younger than the window.
 * Examples: 1 replica, 4 and 5 recommended, proposed 7, scale-up window 300 s → 4; 2 replicas, 3
 * recommended, proposed 1, both windows 300 s → 2.
 */
export function stabiliseBoth(
  recommendations: readonly Recommendation[],
  proposed: number,
  current: number,
  { scaleUp, scaleDown }: Behavior,
  nowMs: number,
): Stabilised {
  const upCutoffMs = nowMs - scaleUp.stabilizationMs;
  const downCutoffMs = nowMs - scaleDown.stabilizationMs;
  const inUp = recommendations.filter(({ atMs }) => atMs > upCutoffMs);
  const inDown = recommendations.filter(({ atMs }) => atMs > downCutoffMs);
  const least = inUp.reduce((min, one) => Math.min(min, one.recommendation), proposed);
  const most = inDown.reduce((max, one) => Math.max(max, one.recommendation), proposed);
  const replicas = Math.min(Math.max(current, least), most);
  const isStale = ({ atMs }: Recommendation) => atMs < upCutoffMs && atMs < downCutoffMs;
  const heldUp = inUp.filter((one) => proposed > replicas && one.recommendation <= replicas);
  const heldDown = inDown.filter((one) => proposed < replicas && one.recommendation >= replicas);
  return {
    replicas,
    heldForMs: Math.max(untilGone(heldUp, upCutoffMs), untilGone(heldDown, downCutoffMs)),
    recommendations: keep(recommendations, isStale, { recommendation: proposed, atMs: nowMs }),
  };
}

/** Until the last of them leaves its window. */
function untilGone(holding: readonly Recommendation[], cutoffMs: number): number {
  return holding.reduce((longest, { atMs }) => Math.max(longest, atMs - cutoffMs), 0);
}
