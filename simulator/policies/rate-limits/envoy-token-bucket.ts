/**
 * Token bucket of Envoy's local rate limit: so many tokens are added at the end of every fill
 * interval, up to a most. Sources: Envoy `type/v3/token_bucket.proto`, and the local rate limit
 * filter (fill interval of at least 50 ms).
 *
 *     tokens   max ┤‾|    |‾|             a stair, not a slope: between two fills nothing comes
 *                0 ┤ |____| |____|‾|
 */
import type { Complaint } from '../../model/problem.ts';
import { mismatch } from '../../model/problem.ts';
import type { LimitRequest, LimitVerdict } from './limit.ts';

export interface EnvoyBucketSettings {
  readonly maxTokens: number;
  readonly tokensPerFill: number;
  readonly fillIntervalMs: number;
}

export interface EnvoyBucketState {
  readonly tokens: number;
  /** When the bucket was last filled; undefined before the first request, which starts it. */
  readonly filledMs: number | undefined;
}

/** Envoy: fill interval of a local rate limit. */
export const SHORTEST_FILL_MS = 50;

/** A full bucket. */
export function fullEnvoyBucket({ maxTokens }: EnvoyBucketSettings): EnvoyBucketState {
  return { tokens: maxTokens, filledMs: undefined };
}

/**
 * Whether a request may take its tokens; nobody waits. Fills are counted from the first request on.
 * Example: 2 tokens at most, 1 a second: 2 pass at 0 ms, none at 999 ms, one at 1000 ms.
 */
export function envoyTokenBucket(
  settings: EnvoyBucketSettings,
  { nowMs, cost }: LimitRequest,
  { tokens: before, filledMs = nowMs }: EnvoyBucketState,
): LimitVerdict<EnvoyBucketState> {
  const { maxTokens, tokensPerFill, fillIntervalMs } = settings;
  const fills = Math.max(0, Math.floor((nowMs - filledMs) / fillIntervalMs));
  const there = Math.min(maxTokens, before + fills * tokensPerFill);
  const filled = filledMs + fills * fillIntervalMs;
  if (cost <= there) {
    const tokens = there - cost;
    const state = { tokens, filledMs: filled };
    return { allowed: true, delayMs: 0, retryAfterMs: 0, remaining: Math.floor(tokens), state };
  }
  const fillsToCome = Math.ceil((cost - there) / tokensPerFill);
  const retryAfterMs = cost > maxTokens ? undefined : filled + fillsToCome * fillIntervalMs - nowMs;
  const state = { tokens: there, filledMs: filled };
  return { allowed: false, delayMs: 0, retryAfterMs, remaining: Math.floor(there), state };
}

/** What Envoy refuses; paths are of the vendor's keys. */
export function envoyBucketRules({ fillIntervalMs }: EnvoyBucketSettings): readonly Complaint[] {
  if (fillIntervalMs >= SHORTEST_FILL_MS) return [];
  const expected = `at least ${SHORTEST_FILL_MS} ms (Envoy local rate limit: fill_interval)`;
  return [mismatch(['fill_interval'], expected, `${fillIntervalMs} ms`)];
}
