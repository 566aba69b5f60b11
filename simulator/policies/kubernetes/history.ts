/**
 * What the controller remembers of an autoscaler: recommendations and changes of size. Plain JSON,
 * never changed in place. Source: kubernetes `horizontal.go`.
 */
import type { Behavior, ScalingRules } from './hpa-settings.ts';

/** What the metrics asked for, before stabilisation. */
export interface Recommendation {
  readonly recommendation: number;
  readonly atMs: number;
}

/** A change of size that was made; its direction is known from the list it stands in. */
export interface ScaleEvent {
  /** Replicas, always positive. */
  readonly replicaChange: number;
  readonly atMs: number;
  /** Older than any policy's period when it was last looked at: its slot may be used again. */
  readonly outdated: boolean;
}

export interface History {
  readonly recommendations: readonly Recommendation[];
  readonly scaleUpEvents: readonly ScaleEvent[];
  readonly scaleDownEvents: readonly ScaleEvent[];
}

/**
 * The list with one entry more, in the slot of the last one that is no longer needed where there is
 * such a slot: so the list stays as long as the longest window needs.
 * Example: [a, b, c] with a and b stale, new d → [a, d, c].
 */
export function keep<T>(
  list: readonly T[],
  isStale: (entry: T) => boolean,
  entry: T,
): readonly T[] {
  const slot = list.findLastIndex(isStale);
  return slot < 0 ? [...list, entry] : list.with(slot, entry);
}

/**
 * History with a change of size in it. Without behavior nothing reads events, and none are kept.
 * Source: `storeScaleEvent`, `markScaleEventsOutdated`.
 * Example: 10 → 15 replicas → 5 among the scale-up events.
 */
export function withEvent(
  history: History,
  behavior: Behavior | undefined,
  from: number,
  to: number,
  nowMs: number,
): History {
  if (behavior === undefined || from === to) return history;
  const event = { replicaChange: Math.abs(to - from), atMs: nowMs, outdated: false };
  if (to > from) {
    const scaleUpEvents = stored(history.scaleUpEvents, behavior.scaleUp, event);
    return { ...history, scaleUpEvents };
  }
  const scaleDownEvents = stored(history.scaleDownEvents, behavior.scaleDown, event);
  return { ...history, scaleDownEvents };
}

function stored(
  events: readonly ScaleEvent[],
  rules: ScalingRules,
  event: ScaleEvent,
): readonly ScaleEvent[] {
  const longestMs = rules.policies.reduce((most, { periodMs }) => Math.max(most, periodMs), 0);
  const cutoffMs = event.atMs - longestMs;
  const marked = events.map((one) => (one.atMs < cutoffMs ? { ...one, outdated: true } : one));
  return keep(marked, ({ outdated }) => outdated, event);
}
