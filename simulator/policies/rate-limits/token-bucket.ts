/**
 * Token bucket as Go's `golang.org/x/time/rate` has it: tokens are reckoned when somebody asks.
 * Source: `rate/rate.go` (`reserveN`, `advance`) and `rate/rate_test.go`.
 *
 *     tokens  burst ┤‾‾\        /‾‾‾‾‾   falls with what is taken, below 0 with what is reserved,
 *                 0 ┤   \__/\__/         and rises by `ratePerSecond`
 */
import type { LimitRequest, LimitVerdict } from './limit.ts';

export interface TokenBucketSettings {
  /** Infinity lets everything pass; 0 only what is in the bucket at the start. */
  readonly ratePerSecond: number;
  /** Tokens that the full bucket holds. */
  readonly burst: number;
  /**
   * How long a request may wait for tokens that it reserves: 0 refuses at once (`Allow`), Infinity
   * always waits (`Reserve`), else a deadline (`Wait`).
   */
  readonly maxWaitMs: number;
}

export interface TokenBucketState {
  /** Below 0 when tokens to come are reserved. */
  readonly tokens: number;
  /** When they were reckoned; undefined before the first request. */
  readonly lastMs: number | undefined;
}

/** A full bucket. */
export function fullBucket({ burst }: { readonly burst: number }): TokenBucketState {
  return { tokens: burst, lastMs: undefined };
}

/**
 * Whether a request of `cost` tokens may pass, and after which wait.
 *
 * What costs more than `burst` never passes. Who is refused leaves no trace. A clock that goes back
 * moves the bucket's reference: it fills again from the earlier moment on.
 *
 * Example: 10/s, burst 3, empty at 0 ms: one token at 50 ms is refused, and passes 50 ms later.
 */
export function tokenBucket(
  settings: TokenBucketSettings,
  { nowMs, cost }: LimitRequest,
  state: TokenBucketState,
): LimitVerdict<TokenBucketState> {
  const { ratePerSecond, burst, maxWaitMs } = settings;
  if (ratePerSecond === Number.POSITIVE_INFINITY) {
    return { allowed: true, delayMs: 0, retryAfterMs: 0, remaining: ratePerSecond, state };
  }
  const there = tokensAt(settings, nowMs, state);
  const tokens = there - cost;
  const waitMs = tokens < 0 ? (1000 * -tokens) / ratePerSecond : 0;
  if (cost <= burst && waitMs <= maxWaitMs) {
    const remaining = wholeTokens(tokens);
    return {
      allowed: true,
      delayMs: waitMs,
      retryAfterMs: 0,
      remaining,
      state: { tokens, lastMs: nowMs },
    };
  }
  const isPossible = cost <= burst && waitMs < Number.POSITIVE_INFINITY;
  const retryAfterMs = isPossible ? waitMs - maxWaitMs : undefined;
  return { allowed: false, delayMs: 0, retryAfterMs, remaining: wholeTokens(there), state };
}

/** Tokens in the bucket at a moment; those of an earlier moment than the last one do not grow. */
export function tokensAt(
  { ratePerSecond, burst }: Pick<TokenBucketSettings, 'ratePerSecond' | 'burst'>,
  nowMs: number,
  { tokens, lastMs }: TokenBucketState,
): number {
  const elapsedMs = lastMs === undefined ? 0 : Math.max(0, nowMs - lastMs);
  return Math.min(burst, tokens + (elapsedMs * ratePerSecond) / 1000);
}

function wholeTokens(tokens: number): number {
  return Math.max(0, Math.floor(tokens));
}
