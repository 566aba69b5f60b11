/**
 * Generic cell rate algorithm: one number, the theoretical arrival time (TAT), is the moment at
 * which all that was let through would have come if it had come evenly. Sources: ITU-T I.371;
 * redis-cell `CL.THROTTLE` and throttled (`rate.go`) for what is reported.
 *
 *     now ───┬─────────┬──────────────► time     T  = period ÷ count
 *            │◄─ ttl ─►│ TAT                     refused when TAT + n·T − (burst + 1)·T is to come
 */
import type { LimitRequest, LimitVerdict } from './limit.ts';

/**
 * Moments nearer to each other are the same: periods that a count does not divide would else refuse
 * what comes exactly in time. (The vendors' clocks count whole nanoseconds, and cut T off to them.)
 */
const SAME_MS = 0.001;

export interface GcraSettings {
  /** So many requests … */
  readonly count: number;
  /** … in so long. */
  readonly periodMs: number;
  /** Requests that may come at once beyond the first one. */
  readonly burst: number;
}

/** TAT; undefined before the first request. */
export interface GcraState {
  readonly tatMs: number | undefined;
}

export const NO_ARRIVALS: GcraState = { tatMs: undefined };

export interface GcraVerdict extends LimitVerdict<GcraState> {
  /** After how long all is as if nobody had come. */
  readonly resetAfterMs: number;
}

/**
 * Whether a request of `cost` may pass: `tat = max(now, tat) + cost·T` is refused when
 * `tat − (burst + 1)·T > now`; who is refused leaves no trace, and never passes with a cost above
 * burst + 1.
 *
 * Example: 30 a minute, burst 15: the 16th at once passes with remaining 0, reset after 32 s; the
 * 17th is refused, and passes 2 s later.
 */
export function gcra(
  { count, periodMs, burst }: GcraSettings,
  { nowMs, cost }: LimitRequest,
  state: GcraState,
): GcraVerdict {
  const intervalMs = periodMs / count;
  const toleranceMs = (burst + 1) * intervalMs;
  // Reckoned from now, where the digits of a small number are finer than those of an epoch's.
  const aheadMs = Math.max(0, (state.tatMs ?? nowMs) - nowMs);
  const nextMs = aheadMs + cost * intervalMs;
  const lateMs = nextMs - toleranceMs;
  const allowed = lateMs <= SAME_MS;
  const resetAfterMs = allowed ? nextMs : aheadMs;
  const neverPasses = cost > burst + 1;
  return {
    allowed,
    delayMs: 0,
    retryAfterMs: allowed ? 0 : neverPasses ? undefined : lateMs,
    remaining: Math.max(0, Math.floor((toleranceMs - resetAfterMs + SAME_MS) / intervalMs)),
    resetAfterMs,
    state: allowed && cost > 0 ? { tatMs: nowMs + nextMs } : state,
  };
}
