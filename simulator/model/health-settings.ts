/** What keeps sick instances and overload away from callers, and what makes instances sick. */

/** Envoy's: a limit that follows latency. */
export interface GradientConcurrency {
  readonly type: 'gradient';
  readonly concurrencyUpdateIntervalMs: number;
  readonly minRttIntervalMs: number;
  readonly requestCount: number;
  readonly jitterPercent: number;
  readonly bufferPercent: number;
  readonly sampleAggregatePercentile: number;
  readonly minConcurrency: number;
  readonly maxConcurrencyLimit: number;
}

/** Netflix': one more after a success, a share less after a drop. */
export interface AimdConcurrency {
  readonly type: 'aimd';
  readonly initialLimit: number;
  readonly backoffRatio: number;
  readonly timeoutMs: number;
  readonly maxLimit: number;
}

export type Concurrency = GradientConcurrency | AimdConcurrency;

/** Of what all callers together may ask of a service at once (Envoy's circuit breakers). */
export interface Limits {
  readonly maxRequests: number;
  /** Further attempts, from their pause on; a budget goes before it. */
  readonly maxRetries: number;
  readonly retryBudget?: {
    /** Of the requests that are at the service, in percent. */
    readonly budgetPercent: number;
    readonly minRetryConcurrency: number;
  };
}

/** Probes of each instance; the rules say what they come to. */
export interface HealthCheck {
  readonly rules: 'envoy' | 'haproxy' | 'alb' | 'kubernetes';
  /**
   * How it asks; absent: over HTTP. To a TCP check a connection is enough, which the kernel accepts
   * for a process that hangs or fails.
   */
  readonly probe?: 'tcp' | 'grpc';
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Successes in a row that make an instance healthy, and failures that make it unhealthy. */
  readonly rise: number;
  readonly fall: number;
}

/**
 * Something that happens to instances of a service. With `kill` an instance ends at once, and its
 * group replaces it; with `hang` it takes requests and answers none; with `slow` its work on the
 * processor takes `factor` times as long; with `fail` it answers some with an error at once.
 */
export type Fault = {
  readonly atMs: number;
  /** How many of those that serve at that moment. */
  readonly instances: number | 'all';
  /** Only those of this zone, 0 first. */
  readonly zone?: number;
} & (
  | { readonly type: 'kill' }
  | { readonly type: 'hang'; readonly forMs: number }
  | { readonly type: 'slow'; readonly forMs: number; readonly factor: number }
  | { readonly type: 'fail'; readonly forMs: number; readonly ratio: number }
  /** It works, and asks to be spared: its health checks say x-envoy-degraded. */
  | { readonly type: 'degrade'; readonly forMs: number }
);
