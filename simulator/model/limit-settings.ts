/** Rate limits of services and budgets of retries, as a model has them. */

/** What is over a limit is shed at once. */
export interface RateLimit {
  readonly rule: RateLimitRule;
  /** Whether all instances share one, asked before one is picked, or each has its own. */
  readonly per: 'service' | 'instance';
}

export type RateLimitRule =
  | { readonly type: 'token-bucket'; readonly ratePerSecond: number; readonly burst: number }
  /** `burst` beyond the first. */
  | { readonly type: 'gcra'; readonly ratePerSecond: number; readonly burst: number }
  | {
      readonly type: 'nginx';
      readonly ratePerSecondMilli: number;
      readonly burst: number;
      /** Of the burst so many pass at once, the rest waits; absent: all pass at once. */
      readonly delay?: number;
    }
  | {
      readonly type: 'fixed-window' | 'sliding-window';
      readonly limit: number;
      readonly windowMs: number;
      readonly countsRefused: boolean;
    }
  /** Windows of the calendar, several at once: each has to have room. */
  | {
      readonly type: 'kong';
      readonly limits: Readonly<Partial<Record<KongUnit, number>>>;
      /** Time since the epoch of the run's moment 0. */
      readonly clockMs: number;
    };

export type KongUnit = 'second' | 'minute' | 'hour' | 'day';

/** Of one instance of the caller, for all calls of a service; of a journey, for all its users. */
export type RetryBudget =
  /** Envoy: so many retries at once as are a share of what is active, but always a few. */
  | { readonly type: 'active'; readonly ratio: number; readonly minRetries: number }
  /** Finagle, linkerd: each request pays for a share of a retry, for a time. */
  | {
      readonly type: 'per-request';
      readonly ratio: number;
      readonly ttlMs: number;
      readonly minRetriesPerSecond: number;
    }
  | { readonly type: 'grpc-throttle'; readonly maxTokens: number; readonly tokenRatio: number }
  | {
      readonly type: 'aws-quota';
      readonly capacity: number;
      readonly transientCost: number;
      /** After the callee has shed a request. */
      readonly throttlingCost: number;
    };
