/**
 * Sliding window log: the moments of all that passed in the last window are kept, so that the limit
 * holds in any stretch of that length. Source: Figma, "An alternative approach to rate limiting"
 * (sliding window log); exact, at the price of a list as long as the limit.
 */
import type { LimitRequest, LimitVerdict } from './limit.ts';

export interface SlidingLogSettings {
  readonly limit: number;
  readonly windowMs: number;
}

/** Moments, one for each token, in their order. */
export interface SlidingLogState {
  readonly passedMs: readonly number[];
}

export const EMPTY_LOG: SlidingLogState = { passedMs: [] };

/**
 * Whether fewer than `limit` tokens have passed in the `windowMs` up to now; what passed exactly one
 * window ago is over. What is refused is not kept.
 *
 * Example: 2 a second: at 0, 100 and 900 ms two pass and one is refused, for another 100 ms.
 */
export function slidingLog(
  { limit, windowMs }: SlidingLogSettings,
  { nowMs, cost }: LimitRequest,
  { passedMs }: SlidingLogState,
): LimitVerdict<SlidingLogState> {
  const kept = passedMs.filter((atMs) => atMs > nowMs - windowMs);
  const room = limit - kept.length;
  if (cost <= room) {
    const state = { passedMs: [...kept, ...Array.from({ length: cost }, () => nowMs)] };
    return { allowed: true, delayMs: 0, retryAfterMs: 0, remaining: room - cost, state };
  }
  // The last of those that have to be over before there is room for it.
  const blocking = cost > limit ? undefined : kept[cost - room - 1]!;
  const retryAfterMs = blocking === undefined ? undefined : blocking + windowMs - nowMs;
  return { allowed: false, delayMs: 0, retryAfterMs, remaining: room, state: { passedMs: kept } };
}
