/**
 * gRPC's retry throttle: a count of tokens per server name that failures take from and successes
 * give back to slowly; no retry and no hedge is sent at half of it or below. Sources: gRFC A6
 * ("Throttling Retry Attempts and Hedged RPCs", "Pushback", "Limits on Retries and Hedges");
 * grpc `client_channel/retry_throttle.cc` (thousandths of a token, counts after the change).
 */
import { type Complaint, mismatch } from '../../model/problem.ts';

export interface GrpcThrottleSettings {
  /** Above 0, at most 1000. */
  readonly maxTokens: number;
  /** Given back by a success; what is behind the third decimal is cut off. */
  readonly tokenRatio: number;
}

/** Thousandths of a token, integers, so that counts are exact. */
export interface GrpcThrottleState {
  readonly milliTokens: number;
  /** Of which; when it changes, the share that is filled stays. */
  readonly maxMilliTokens: number;
}

export const MOST_TOKENS = 1000;
/** gRPC clients treat a higher `maxAttempts` as this. */
export const MOST_ATTEMPTS = 5;

/** All tokens there. */
export function fullGrpcThrottle({ maxTokens }: GrpcThrottleSettings): GrpcThrottleState {
  return { milliTokens: 1000 * maxTokens, maxMilliTokens: 1000 * maxTokens };
}

/**
 * The count under new settings: it keeps the share that is filled, cut off to thousandths.
 * Example: 6 of 10 tokens become 12 of 20.
 */
export function rescaled(
  { maxTokens }: GrpcThrottleSettings,
  state: GrpcThrottleState,
): GrpcThrottleState {
  const maxMilliTokens = 1000 * maxTokens;
  if (state.maxMilliTokens === maxMilliTokens) return state;
  const milliTokens = Math.floor((state.milliTokens * maxMilliTokens) / state.maxMilliTokens);
  return { milliTokens, maxMilliTokens };
}

/** After a failure that counts: a retryable status, or a pushback not to retry. */
export function afterFailure(state: GrpcThrottleState): GrpcThrottleState {
  return { ...state, milliTokens: Math.max(0, state.milliTokens - 1000) };
}

export function afterSuccess(
  settings: GrpcThrottleSettings,
  state: GrpcThrottleState,
): GrpcThrottleState {
  const more = state.milliTokens + milliRatio(settings);
  return { ...state, milliTokens: Math.min(state.maxMilliTokens, more) };
}

/** Whether retries and hedges may be sent: more than half is there. */
export function mayRetry({ milliTokens, maxMilliTokens }: GrpcThrottleState): boolean {
  return 2 * milliTokens > maxMilliTokens;
}

/** Cut off, but for the last digit of a product such as 0.057 · 1000. */
function milliRatio({ tokenRatio }: GrpcThrottleSettings): number {
  return Math.floor(Number((1000 * tokenRatio).toPrecision(15)));
}

/** How an attempt came back. */
export interface GrpcOutcome {
  /** Retryable is a status of the policy's list; anything else that is no success is fatal. */
  readonly status: 'ok' | 'retryable' | 'fatal';
  /** Number of the attempt, the first one is 1. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** `grpc-retry-pushback-ms` of the answer: below 0 asks not to retry. */
  readonly pushbackMs: number | undefined;
}

export interface GrpcDecision {
  readonly retry: boolean;
  /** From the pushback; undefined leaves it to the backoff. */
  readonly delayMs: number | undefined;
  readonly reason: string;
  readonly state: GrpcThrottleState;
}

/**
 * Counts an outcome, and says whether it is tried again.
 *
 * Example: 10 tokens, ratio 0.1: four failures leave 6 and are retried, the fifth leaves 5, which
 * is half, and is not.
 */
export function grpcThrottle(
  settings: GrpcThrottleSettings,
  outcome: GrpcOutcome,
  before: GrpcThrottleState,
): GrpcDecision {
  const { status, attempt, pushbackMs } = outcome;
  const from = rescaled(settings, before);
  if (status === 'ok') {
    return none(settings, 'answered', afterSuccess(settings, from));
  }
  const forbids = pushbackMs !== undefined && pushbackMs < 0;
  // Only what tells of an overloaded server counts: not what a malformed request would cause, too.
  const state = status === 'retryable' || forbids ? afterFailure(from) : from;
  if (status === 'fatal') return none(settings, 'status is not retryable', state);
  if (forbids) return none(settings, 'the server asks not to retry (pushback)', state);
  const most = Math.min(outcome.maxAttempts, MOST_ATTEMPTS);
  if (attempt >= most) return none(settings, `attempt ${attempt} of ${most} was the last`, state);
  if (!mayRetry(state)) return none(settings, 'throttled: not above half', state);
  const delayMs = pushbackMs;
  const words = delayMs === undefined ? 'retried' : `retried after a pushback of ${delayMs} ms`;
  return { retry: true, delayMs, reason: `${words}: ${count(settings, state)}`, state };
}

function none(settings: GrpcThrottleSettings, why: string, state: GrpcThrottleState): GrpcDecision {
  return { retry: false, delayMs: undefined, reason: `${why}: ${count(settings, state)}`, state };
}

function count({ maxTokens }: GrpcThrottleSettings, { milliTokens }: GrpcThrottleState): string {
  return `${milliTokens / 1000} of ${maxTokens} tokens`;
}

/** What gRPC refuses in a service config. */
export function grpcThrottleRules(settings: GrpcThrottleSettings): readonly Complaint[] {
  const { maxTokens, tokenRatio } = settings;
  const complaints: Complaint[] = [];
  if (!(maxTokens > 0 && maxTokens <= MOST_TOKENS)) {
    const expected = `above 0 and at most ${MOST_TOKENS} (gRPC: maxTokens)`;
    complaints.push(mismatch(['maxTokens'], expected, String(maxTokens)));
  }
  if (milliRatio(settings) <= 0) {
    const expected = 'at least 0.001 (gRPC: tokenRatio, to three decimals)';
    complaints.push(mismatch(['tokenRatio'], expected, String(tokenRatio)));
  }
  return complaints;
}
