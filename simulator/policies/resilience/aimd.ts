/**
 * A concurrency limit that grows by one and shrinks by a factor.
 * Source: Netflix concurrency-limits, `AIMDLimit.java`.
 */

export interface AimdSettings {
  /** Default 10. */
  readonly initialLimit?: number;
  /** From 0.5 up to and without 1; default 0.9. */
  readonly backoffRatio?: number;
  /** A slower answer counts as a drop; default 5 s. */
  readonly timeoutMs?: number;
  /** Default no limit. */
  readonly maxLimit?: number;
}

/** One answer. */
export interface AimdSample {
  readonly tookMs: number;
  /** Requests that were inside when this one came, itself included. */
  readonly inflight: number;
  /** Whether it failed for want of capacity. */
  readonly dropped: boolean;
}

/**
 * The limit after an answer: × ratio, and at least one less, after a drop; one more after a success
 * while half of it or more is in use.
 * Example: 10 → 9 after a drop, 10 → 11 after a success with 5 inside, 10 with 4.
 */
export function aimdLimit(settings: AimdSettings, limit: number, sample: AimdSample): number {
  const { backoffRatio = 0.9, timeoutMs = 5000, maxLimit = Number.POSITIVE_INFINITY } = settings;
  if (sample.dropped || sample.tookMs > timeoutMs) {
    return Math.max(1, Math.min(limit - 1, Math.floor(limit * backoffRatio)));
  }
  return sample.inflight * 2 >= limit ? Math.min(maxLimit, limit + 1) : limit;
}
