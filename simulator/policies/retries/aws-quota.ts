/**
 * Retry quota of the AWS SDKs' standard mode: retries cost tokens of a pool that a client shares,
 * and a success gives the last cost back. Sources: AWS SDKs and Tools reference guide, "Retry
 * behavior" (2026 revision: AWS_NEW_RETRIES_2026); smithy-python `StandardRetryQuota`;
 * aws-sdk-net `StandardRetryPolicy.CalculateRetryDelay`.
 */

export interface AwsQuotaSettings {
  /** Tokens that there can be: 500. */
  readonly capacity: number;
  /** What a retry after a transient error costs: 5, revised 14. */
  readonly transientCost: number;
  /** After a time-out: 10, revised 14, as it is a transient error. */
  readonly timeoutCost: number;
  /** After a throttling error: 5. */
  readonly throttlingCost: number;
  /** What a success at the first attempt gives back: 1. */
  readonly noRetryIncrement: number;
  readonly maxAttempts: number;
  readonly baseMs: number;
  readonly throttlingBaseMs: number;
  readonly mostMs: number;
}

/** Until the 2026 revision. */
export const AWS_STANDARD: AwsQuotaSettings = {
  capacity: 500,
  transientCost: 5,
  timeoutCost: 10,
  throttlingCost: 5,
  noRetryIncrement: 1,
  maxAttempts: 3,
  baseMs: 1000,
  throttlingBaseMs: 1000,
  mostMs: 20_000,
};

/** With the 2026 revision. */
export const AWS_REVISED: AwsQuotaSettings = {
  ...AWS_STANDARD,
  transientCost: 14,
  timeoutCost: 14,
  baseMs: 50,
};

/** A `retry-after` may lengthen a pause by so much. */
const MOST_RETRY_AFTER_MS = 5000;

/** One for all requests of a client. */
export interface AwsQuotaState {
  readonly available: number;
}

/** Errors that are worth a retry. */
export type AwsRetryable = 'transient' | 'timeout' | 'throttling';

/** How an attempt came back. */
export interface AwsOutcome {
  readonly outcome: 'success' | AwsRetryable | 'fatal';
  /** Number of the attempt, the first one is 1. */
  readonly attempt: number;
  /** What the retry that this attempt is has cost; 0 for a first attempt. */
  readonly lastCost: number;
  /** What the answer asks for (`x-amz-retry-after`). */
  readonly retryAfterMs: number | undefined;
}

export interface AwsDecision {
  readonly retry: boolean;
  readonly delayMs: number | undefined;
  /** Taken from the quota; the outcome of the retry gives it as `lastCost`. */
  readonly cost: number;
  readonly reason: string;
  readonly state: AwsQuotaState;
}

/**
 * Counts an outcome, and says whether and when it is tried again. What a fatal error, or a retry
 * that fails again, has cost is not given back.
 *
 * Example: 500 tokens; a transient error costs 5 (495), the retry's success gives them back (500).
 *
 * @param uniform in [0, 1)
 */
export function awsRetryQuota(
  settings: AwsQuotaSettings,
  { outcome, attempt, lastCost, retryAfterMs }: AwsOutcome,
  { available }: AwsQuotaState,
  uniform: () => number,
): AwsDecision {
  const { capacity, maxAttempts } = settings;
  const settled = settleQuota(settings, outcome, attempt, lastCost, available);
  const stays = (reason: string, there: number): AwsDecision => ({
    retry: false,
    delayMs: undefined,
    cost: 0,
    reason: `${reason}: ${there} of ${capacity} tokens`,
    state: { available: there },
  });
  if (outcome === 'success') {
    return stays(
      `success gives ${lastCost > 0 ? lastCost : settings.noRetryIncrement} back`,
      settled.available,
    );
  }
  if (outcome === 'fatal') return stays('error is not retryable', available);
  if (attempt >= maxAttempts) {
    return stays(`attempt ${attempt} of ${maxAttempts} was the last`, available);
  }
  const { cost } = settled;
  if (cost === 0) {
    return stays(`quota exceeded: a retry costs ${costOf(settings, outcome)}`, available);
  }
  const delayMs = awsDelayMs(settings, outcome, attempt, retryAfterMs, uniform());
  const state = { available: settled.available };
  const reason = `retried for ${cost}: ${state.available} of ${capacity} tokens`;
  return { retry: true, delayMs, cost, reason, state };
}

/** The quota after an outcome, and what a retry has taken from it: 0 when there is none. */
export function settleQuota(
  settings: Pick<AwsQuotaSettings, 'capacity' | 'maxAttempts' | 'noRetryIncrement'> & Costs,
  outcome: AwsOutcome['outcome'],
  attempt: number,
  lastCost: number,
  available: number,
): { readonly cost: number; readonly available: number } {
  if (outcome === 'success') {
    const back = lastCost > 0 ? lastCost : settings.noRetryIncrement;
    return { cost: 0, available: Math.min(settings.capacity, available + back) };
  }
  if (outcome === 'fatal' || attempt >= settings.maxAttempts) return { cost: 0, available };
  const cost = costOf(settings, outcome);
  return cost > available ? { cost: 0, available } : { cost, available: available - cost };
}

type Costs = Pick<AwsQuotaSettings, 'transientCost' | 'timeoutCost' | 'throttlingCost'>;

/** Tokens of a retry after an error of a kind. */
function costOf(settings: Costs, outcome: AwsRetryable): number {
  const { transientCost: transient, timeoutCost: timeout, throttlingCost: throttling } = settings;
  return { transient, timeout, throttling }[outcome];
}

/** uniform · min(most, base · 2^(attempt − 1)); a `retry-after` is held to it … 5 s more. */
function awsDelayMs(
  settings: AwsQuotaSettings,
  outcome: AwsRetryable,
  attempt: number,
  retryAfterMs: number | undefined,
  uniform: number,
): number {
  let boundMs = outcome === 'throttling' ? settings.throttlingBaseMs : settings.baseMs;
  for (let again = 1; again < attempt && boundMs < settings.mostMs; again++) boundMs *= 2;
  const delayMs = uniform * Math.min(boundMs, settings.mostMs);
  if (retryAfterMs === undefined) return delayMs;
  return Math.min(Math.max(retryAfterMs, delayMs), delayMs + MOST_RETRY_AFTER_MS);
}
