/**
 * Windows of so many seconds, several at once, as Kong's rate-limiting-advanced has them: fixed, or
 * sliding, where the window before counts with the share of it that is not over yet. Sources: Kong,
 * "Rate limiting window types" and `disable_penalty`; "How to design a scalable rate limiting
 * algorithm" (Kong).
 *
 *         previous        current
 *     ├──────────────┼──────────────┤     rate = previous · weight + current
 *            └───── size ─────┘ now       weight = 1 − elapsed ÷ size
 */
import { type Complaint, mismatch } from '../../model/problem.ts';
import type { LimitRequest, LimitVerdict } from './limit.ts';

export interface Window {
  readonly limit: number;
  readonly sizeMs: number;
}

export interface WindowSettings {
  readonly windows: readonly Window[];
  readonly type: 'fixed' | 'sliding';
  /** Whether what is refused is counted; Kong does so unless told otherwise. */
  readonly countsRefused: boolean;
}

/** Of one window: its number since 0 ms, and what came in it and in the one before. */
export interface Counted {
  readonly index: number;
  readonly current: number;
  readonly previous: number;
}

/** By window, in the order of the settings; empty at the start. */
export type WindowState = readonly Counted[];

export const NO_WINDOWS: WindowState = [];

/**
 * Whether a request fits into every window: the rate with it is at most the limit.
 *
 * Example: 100 a minute, sliding; 86 came in the minute before, 12 in the 15 s of this one: the
 * rate is 86 · 0.75 + 12 = 76.5, and 23 more pass at once.
 */
export function windowLimit(
  { windows, type, countsRefused }: WindowSettings,
  { nowMs, cost }: LimitRequest,
  state: WindowState,
): LimitVerdict<WindowState> {
  const counts = windows.map(({ sizeMs }, at) => turned(state[at], Math.floor(nowMs / sizeMs)));
  const rooms = windows.map((window, at) => roomIn(window, counts[at]!, type, nowMs));
  const allowed = rooms.every((room) => cost <= room);
  const counted = allowed || countsRefused ? cost : 0;
  const after = counts.map((one) => ({ ...one, current: one.current + counted }));
  const waits = windows.map((window, at) => waitFor(window, after[at]!, type, nowMs, cost));
  const neverPasses = waits.includes(undefined);
  return {
    allowed,
    delayMs: 0,
    retryAfterMs: allowed ? 0 : neverPasses ? undefined : Math.max(...waits.map(Number)),
    remaining: Math.max(0, Math.floor(Math.min(...rooms)) - counted),
    state: after,
  };
}

/** The counts when a window's number is `index`: those of the one before move on. */
function turned(counted: Counted | undefined, index: number): Counted {
  if (counted === undefined) return { index, current: 0, previous: 0 };
  if (counted.index === index) return counted;
  return { index, current: 0, previous: counted.index === index - 1 ? counted.current : 0 };
}

function roomIn(window: Window, counted: Counted, type: string, nowMs: number): number {
  const { limit, sizeMs } = window;
  const elapsedMs = nowMs - counted.index * sizeMs;
  const before = type === 'sliding' ? (counted.previous * (sizeMs - elapsedMs)) / sizeMs : 0;
  return limit - counted.current - before;
}

/** How long until there is room if nobody comes; undefined when there never is. */
function waitFor(
  { limit, sizeMs }: Window,
  { index, current, previous }: Counted,
  type: string,
  nowMs: number,
  cost: number,
): number | undefined {
  if (cost > limit) return undefined;
  const fits = (startMs: number, before: number, room: number) => {
    const share = before <= room || type === 'fixed' ? 1 : room / before;
    return Math.max(0, startMs + (1 - share) * sizeMs - nowMs);
  };
  const own = limit - current - cost;
  if (own >= 0) return fits(index * sizeMs, previous, own);
  return fits((index + 1) * sizeMs, current, limit - cost);
}

/** Each window once, the limits of longer ones not below those of shorter ones. */
export function windowRules(windows: readonly Window[]): readonly Complaint[] {
  const sizes = windows.map(({ sizeMs }) => sizeMs);
  return windows.flatMap(({ limit, sizeMs }, at) => {
    if (sizes.indexOf(sizeMs) < at) {
      return [mismatch(['window_size', at], 'each window once', `${sizeMs / 1000} s again`)];
    }
    const above = windows.find((other) => other.sizeMs < sizeMs && other.limit > limit);
    if (above === undefined) return [];
    const expected = `at least the ${above.limit} of the window of ${above.sizeMs / 1000} s`;
    return [mismatch(['limit', at], expected, String(limit))];
  });
}
