/**
 * Envoy's circuit breakers: limits on what goes to a cluster at once.
 * Source: Envoy "Circuit breaking", `config.cluster.v3.CircuitBreakers`, and
 * `resource_manager_impl.h`.
 */

export interface CircuitLimits {
  /** Default 1024. */
  readonly maxConnections?: number;
  /** Default 1024. */
  readonly maxPendingRequests?: number;
  /** Default 1024. */
  readonly maxRequests?: number;
  /** Default 3; a budget goes before it. */
  readonly maxRetries?: number;
  readonly retryBudget?: RetryBudget;
}

export interface RetryBudget {
  /** Default 20. */
  readonly budgetPercent?: number;
  /** Default 3. */
  readonly minRetryConcurrency?: number;
}

/** What is there now. */
export interface CircuitUse {
  readonly connections: number;
  readonly pendingRequests: number;
  readonly requests: number;
  readonly retries: number;
}

/** Of a whole cluster or a host. */
export type CircuitResource = keyof CircuitUse;

const MOST = 1024;
const MOST_RETRIES = 3;
const BUDGET_PERCENT = 20;

/**
 * How many retries may be under way: the share of what is active or waits, and never fewer than the
 * least.
 * Example: 20 % of 100 active and pending is 20; of 10 it is the least, 3.
 */
export function mostRetries({ maxRetries, retryBudget }: CircuitLimits, use: CircuitUse): number {
  if (retryBudget === undefined) return maxRetries ?? MOST_RETRIES;
  const { budgetPercent = BUDGET_PERCENT, minRetryConcurrency = MOST_RETRIES } = retryBudget;
  const share = Math.floor((budgetPercent * (use.requests + use.pendingRequests)) / 100);
  return Math.max(minRetryConcurrency, share);
}

/** How many of a resource there may be. */
export function limitOf(limits: CircuitLimits, resource: CircuitResource, use: CircuitUse): number {
  switch (resource) {
    case 'connections':
      return limits.maxConnections ?? MOST;
    case 'pendingRequests':
      return limits.maxPendingRequests ?? MOST;
    case 'requests':
      return limits.maxRequests ?? MOST;
    case 'retries':
      return mostRetries(limits, use);
    default:
      throw new Error(`unknown resource ${resource satisfies never}`);
  }
}

/** Whether there may be one more: strictly below the limit. */
export function admits(limits: CircuitLimits, resource: CircuitResource, use: CircuitUse): boolean {
  return use[resource] < limitOf(limits, resource, use);
}
