/**
 * Envoy's retry budget: so many retries at once as are a share of the requests that are active or
 * pending, but always a few. It stands in for the limit of 3 (`max_retries`). Source: Envoy
 * `config/cluster/v3/circuit_breaker.proto` (`RetryBudget`), `upstream/resource_manager_impl.h`.
 */

export interface EnvoyBudgetSettings {
  /** 0.2 unless given (`budget_percent: 20`). */
  readonly ratio: number;
  /** 3 unless given (`min_retry_concurrency`). */
  readonly minRetries: number;
}

/**
 * Whether one more retry may be under way.
 *
 * @param active requests that are active or pending now, retries among them
 * @param retries that are active or pending now
 *
 * Example: 20 % of 100 active: with 19 retries under way one more may go, with 20 none.
 */
export function envoyBudgetAllows(
  { ratio, minRetries }: EnvoyBudgetSettings,
  active: number,
  retries: number,
): boolean {
  return retries < Math.max(minRetries, Math.floor(Number((ratio * active).toPrecision(15))));
}
