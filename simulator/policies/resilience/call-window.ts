/**
 * The latest calls of a circuit breaker: so many of them, or those of so many seconds.
 * Source: Resilience4j `FixedSizeSlidingWindowMetrics`, `SlidingTimeWindowMetrics` (partial sums of
 * a second each; the current one and those before it).
 */

/** Rings: of outcomes, a bit each for failed and slow, or of sums by second. */
export interface CallWindow {
  readonly type: 'COUNT_BASED' | 'TIME_BASED';
  readonly size: number;
  calls: number;
  failed: number;
  slow: number;
  /** Place of the next call, or the second that is current. */
  cursor: number;
  readonly outcomes: number[];
  readonly callsBySecond: number[];
  readonly failedBySecond: number[];
  readonly slowBySecond: number[];
}

export function emptyWindow(type: CallWindow['type'], size: number): CallWindow {
  const sums = () => (type === 'TIME_BASED' ? new Array<number>(size).fill(0) : []);
  return {
    type,
    size,
    calls: 0,
    failed: 0,
    slow: 0,
    cursor: 0,
    outcomes: [],
    callsBySecond: sums(),
    failedBySecond: sums(),
    slowBySecond: sums(),
  };
}

/** Takes a call in, and those out that are too old. */
export function noteCall(window: CallWindow, failed: boolean, slow: boolean, nowMs: number): void {
  if (window.type === 'COUNT_BASED') makePlace(window, (failed ? 1 : 0) | (slow ? 2 : 0));
  else noteInSecond(window, failed, slow, nowMs);
  window.calls++;
  if (failed) window.failed++;
  if (slow) window.slow++;
}

function makePlace(window: CallWindow, outcome: number): void {
  const { outcomes, cursor, size } = window;
  const oldest = outcomes[cursor];
  if (oldest !== undefined) {
    window.calls--;
    window.failed -= oldest & 1;
    window.slow -= oldest >> 1;
  }
  outcomes[cursor] = outcome;
  window.cursor = (cursor + 1) % size;
}

function noteInSecond(window: CallWindow, failed: boolean, slow: boolean, nowMs: number): void {
  moveTo(window, Math.floor(nowMs / 1000));
  const at = window.cursor % window.size;
  window.callsBySecond[at]!++;
  if (failed) window.failedBySecond[at]!++;
  if (slow) window.slowBySecond[at]!++;
}

function moveTo(window: CallWindow, second: number): void {
  const { callsBySecond, failedBySecond, slowBySecond, size } = window;
  const from = Math.max(window.cursor, second - size);
  for (let passed = from + 1; passed <= second; passed++) {
    const at = passed % size;
    window.calls -= callsBySecond[at]!;
    window.failed -= failedBySecond[at]!;
    window.slow -= slowBySecond[at]!;
    callsBySecond[at] = 0;
    failedBySecond[at] = 0;
    slowBySecond[at] = 0;
  }
  window.cursor = Math.max(window.cursor, second);
}

/** Rates in percent; 0 without a call. */
export function windowRates({ calls, failed, slow }: CallWindow): {
  readonly calls: number;
  readonly failurePercent: number;
  readonly slowPercent: number;
} {
  if (calls === 0) return { calls, failurePercent: 0, slowPercent: 0 };
  return { calls, failurePercent: (failed * 100) / calls, slowPercent: (slow * 100) / calls };
}
