/**
 * Hedging: further copies of a request are sent while there is no answer; the first good answer
 * wins. Sources: gRFC A6 ("Hedging Policy", "Summary of Retry and Hedging Logic"); Dean & Barroso,
 * "The Tail at Scale" (hedged and tied requests, which cancel each other).
 *
 *     copy 1  ├───────────────────────x        cancelled when copy 2 answers
 *     copy 2  ├ delay ┤├──────────────┤ wins
 *     copy 3  ├ delay ┤├ delay ┤├─────x
 */

export interface HedgingSettings {
  /** Copies in all; gRPC takes more than 5 as 5. */
  readonly maxAttempts: number;
  /** Between one copy and the next. */
  readonly hedgingDelayMs: number;
  /** Whether the losers are told to stop. */
  readonly cancels: boolean;
}

/** What is known of a hedged call. */
export interface HedgingState {
  readonly sent: number;
  /** Copies without an answer, by number from 1 on, in their order. */
  readonly outstanding: readonly number[];
  /** When the next copy goes out; undefined for never. */
  readonly nextMs: number | undefined;
}

export type HedgingEvent =
  /** The call begins. */
  | { readonly type: 'start' }
  /** The moment of `nextMs` has come. */
  | { readonly type: 'due' }
  /** A copy has an answer. */
  | {
      readonly type: 'answer';
      readonly copy: number;
      readonly status: 'ok' | 'non-fatal' | 'fatal';
      /** `grpc-retry-pushback-ms`: below 0 stops further copies, else puts the next one off. */
      readonly pushbackMs?: number | undefined;
    };

export interface HedgingDecision {
  /** Number of the copy that goes out now; undefined for none. */
  readonly send: number | undefined;
  readonly cancel: readonly number[];
  /** What the caller gets; undefined while it waits. */
  readonly answer: 'ok' | 'error' | undefined;
  readonly reason: string;
  readonly state: HedgingState;
}

/** Nothing sent yet. */
export const UNHEDGED: HedgingState = { sent: 0, outstanding: [], nextMs: undefined };

/**
 * What is sent and what is cancelled. The first copy always goes out; further ones only while
 * `allowed` (a throttle has a say in them). An error that is not fatal sends the next one at once.
 *
 * Example: 3 copies, 50 ms apart: at 50 ms copy 2 goes out; its answer at 70 ms cancels copy 1.
 */
export function hedge(
  settings: HedgingSettings,
  event: HedgingEvent,
  nowMs: number,
  state: HedgingState,
  allowed = true,
): HedgingDecision {
  switch (event.type) {
    case 'start':
      return sent(settings, nowMs, { ...state, sent: 0 }, 'first copy');
    case 'due':
      if (state.nextMs === undefined || nowMs < state.nextMs) return waiting(state, 'not due yet');
      if (!allowed) return throttled(state);
      return sent(settings, nowMs, state, `no answer for ${settings.hedgingDelayMs} ms`);
    case 'answer':
      return answered(settings, event, nowMs, state, allowed);
    default:
      throw new Error(`unknown event ${event satisfies never}`);
  }
}

function sent(
  { maxAttempts, hedgingDelayMs }: HedgingSettings,
  nowMs: number,
  state: HedgingState,
  why: string,
): HedgingDecision {
  const copy = state.sent + 1;
  const next: HedgingState = {
    sent: copy,
    outstanding: [...state.outstanding, copy],
    nextMs: copy < maxAttempts ? nowMs + hedgingDelayMs : undefined,
  };
  const reason = `copy ${copy} of ${maxAttempts} goes out: ${why}`;
  return { send: copy, cancel: [], answer: undefined, reason, state: next };
}

function answered(
  settings: HedgingSettings,
  event: Extract<HedgingEvent, { type: 'answer' }>,
  nowMs: number,
  before: HedgingState,
  allowed: boolean,
): HedgingDecision {
  const { copy, status, pushbackMs } = event;
  const outstanding = before.outstanding.filter((other) => other !== copy);
  if (status !== 'non-fatal') return ended(settings, copy, status, outstanding, before.sent);
  const state = { ...before, outstanding };
  if (pushbackMs !== undefined && pushbackMs < 0)
    return stopped(state, 'pushback: no further copy');
  if (before.nextMs === undefined) return stopped(state, 'no copy is left');
  if (pushbackMs !== undefined) {
    const put = { ...state, nextMs: nowMs + pushbackMs };
    return waiting(put, `pushback: the next copy in ${pushbackMs} ms`);
  }
  if (!allowed) return throttled(state);
  return sent(settings, nowMs, state, `copy ${copy} failed`);
}

function ended(
  { cancels }: HedgingSettings,
  copy: number,
  status: 'ok' | 'fatal',
  outstanding: readonly number[],
  count: number,
): HedgingDecision {
  const cancel = cancels ? outstanding : [];
  const words = cancel.length > 0 ? `, ${cancel.length} cancelled` : '';
  const state = { sent: count, outstanding: cancels ? [] : outstanding, nextMs: undefined };
  const answer = status === 'ok' ? 'ok' : 'error';
  return { send: undefined, cancel, answer, reason: `copy ${copy}: ${status}${words}`, state };
}

function waiting(state: HedgingState, reason: string): HedgingDecision {
  return { send: undefined, cancel: [], answer: undefined, reason, state };
}

/** No more copies: the caller has an error when none is under way. */
function stopped(state: HedgingState, reason: string): HedgingDecision {
  const answer = state.outstanding.length === 0 ? 'error' : undefined;
  return { ...waiting({ ...state, nextMs: undefined }, reason), answer };
}

function throttled(state: HedgingState): HedgingDecision {
  return stopped(state, 'throttled: no further copy');
}
