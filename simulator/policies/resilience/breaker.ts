/**
 * A circuit breaker of the closed/open/half-open kind, as Resilience4j's.
 * Source: Resilience4j documentation, "CircuitBreaker", and `CircuitBreakerStateMachine.java`,
 * `CircuitBreakerMetrics.java`.
 *
 *     closed ──rate ≥ threshold──► open ──waitDurationInOpenState──► half-open
 *       ▲                           ▲                                 │     │
 *       │                           └──rate ≥ threshold, or it waits──┘     │
 *       └──────────────────────────── rates below ──────────────────────────┘
 *
 * Mutable, because a caller keeps one a callee and asks it twice a call.
 */
import type { BreakerSettings } from '../../model/breaker-settings.ts';
import { type CallWindow, emptyWindow, noteCall, windowRates } from './call-window.ts';

export type BreakerMode = 'closed' | 'open' | 'half-open';

export interface Breaker {
  mode: BreakerMode;
  /** When it came to this mode. */
  sinceMs: number;
  /** Calls that half-open still lets through. */
  permits: number;
  window: CallWindow;
  /** Calls that were not permitted, ever. */
  refused: number;
}

export function newBreaker(settings: BreakerSettings): Breaker {
  const window = emptyWindow(settings.slidingWindowType, settings.slidingWindowSize);
  return { mode: 'closed', sinceMs: 0, permits: 0, window, refused: 0 };
}

/**
 * Asks whether a call may be made; one that may takes a permit of half-open.
 * Example: 60 s after it opened the first call turns it half-open and is one of the ten.
 */
export function permits(settings: BreakerSettings, breaker: Breaker, nowMs: number): boolean {
  turnByTime(settings, breaker, nowMs);
  const isOver = nowMs - breaker.sinceMs >= settings.waitDurationInOpenStateMs;
  if (breaker.mode === 'open' && isOver) halfOpen(settings, breaker, nowMs);
  if (breaker.mode === 'closed') return true;
  if (breaker.mode === 'half-open' && breaker.permits > 0) {
    breaker.permits--;
    return true;
  }
  breaker.refused++;
  return false;
}

/** What time alone does: half-open that has waited too long, open that turns by itself. */
export function turnByTime(settings: BreakerSettings, breaker: Breaker, nowMs: number): void {
  const sinceMs = nowMs - breaker.sinceMs;
  const { maxWaitDurationInHalfOpenStateMs: mostMs, waitDurationInOpenStateMs } = settings;
  if (breaker.mode === 'half-open' && mostMs > 0 && sinceMs >= mostMs) {
    open(breaker, breaker.sinceMs + mostMs);
  }
  const turns = settings.automaticTransitionFromOpenToHalfOpenEnabled;
  if (breaker.mode === 'open' && turns) {
    const dueMs = breaker.sinceMs + waitDurationInOpenStateMs;
    if (nowMs >= dueMs) halfOpen(settings, breaker, dueMs);
  }
}

/**
 * Notes how a permitted call went. Whatever was begun in another mode counts for this one, as in
 * Resilience4j; while open nothing turns it.
 *
 * @param tookMs exactly the threshold is not slow
 */
export function noteOutcome(
  settings: BreakerSettings,
  breaker: Breaker,
  failed: boolean,
  tookMs: number,
  nowMs: number,
): void {
  turnByTime(settings, breaker, nowMs);
  if (breaker.mode === 'open') return;
  const isSlow = tookMs > settings.slowCallDurationThresholdMs;
  noteCall(breaker.window, failed, isSlow, nowMs);
  const verdict = judgeWindow(settings, breaker);
  if (verdict === 'too many') open(breaker, nowMs);
  else if (verdict === 'few' && breaker.mode === 'half-open') {
    breaker.mode = 'closed';
    breaker.sinceMs = nowMs;
    breaker.window = emptyWindow(settings.slidingWindowType, settings.slidingWindowSize);
  }
}

/**
 * A permitted call that came to nothing (it was called off) gives back the permit that it took of
 * this half-open; one that began before has none, though Resilience4j makes one more of it.
 *
 * @param startedMs when it was permitted
 */
export function releasePermit(breaker: Breaker, startedMs: number): void {
  if (breaker.mode === 'half-open' && startedMs >= breaker.sinceMs) breaker.permits++;
}

function judgeWindow(settings: BreakerSettings, { mode, window }: Breaker) {
  const { minimumNumberOfCalls, permittedNumberOfCallsInHalfOpenState } = settings;
  const isByCount = mode === 'half-open' || settings.slidingWindowType === 'COUNT_BASED';
  const size =
    mode === 'half-open' ? permittedNumberOfCallsInHalfOpenState : settings.slidingWindowSize;
  const least = isByCount ? Math.min(minimumNumberOfCalls, size) : minimumNumberOfCalls;
  const { calls, failurePercent, slowPercent } = windowRates(window);
  if (calls === 0 || calls < least) return 'unknown';
  const isBad =
    failurePercent >= settings.failureRateThreshold ||
    slowPercent >= settings.slowCallRateThreshold;
  return isBad ? 'too many' : 'few';
}

function open(breaker: Breaker, nowMs: number): void {
  breaker.mode = 'open';
  breaker.sinceMs = nowMs;
  breaker.permits = 0;
}

function halfOpen(settings: BreakerSettings, breaker: Breaker, nowMs: number): void {
  const count = settings.permittedNumberOfCallsInHalfOpenState;
  breaker.mode = 'half-open';
  breaker.sinceMs = nowMs;
  breaker.permits = count;
  breaker.window = emptyWindow('COUNT_BASED', count);
}

/** `closed: 3 of 100 calls, 33.3 % failed, 0.0 % slow`. */
export function breakerReason(breaker: Breaker): string {
  const { calls, failurePercent, slowPercent } = windowRates(breaker.window);
  const { mode, window } = breaker;
  const size = window.type === 'COUNT_BASED' ? ` of ${window.size}` : ` in ${window.size} s`;
  const rates = `${failurePercent.toFixed(1)} % failed, ${slowPercent.toFixed(1)} % slow`;
  return `${mode}: ${calls} calls${size}, ${rates}`;
}
