/**
 * Kong's rate-limiting plugin: counts in windows of the calendar, several at once; a request passes
 * when each has room. What is refused is not counted. Source: kong `plugins/rate-limiting/handler.lua`
 * (`get_usage`, `access`), `schema.lua` (order of the limits).
 */
import { CALENDAR_UNITS, type CalendarUnit, calendarWindow } from './calendar.ts';
import type { LimitRequest, LimitVerdict } from './limit.ts';

/** Requests in each window that is limited. */
export type KongSettings = Readonly<Partial<Record<CalendarUnit, number>>>;

/** By unit: the window that was counted last, and how many passed in it. */
export type KongState = Readonly<
  Partial<Record<CalendarUnit, { readonly startMs: number; readonly count: number }>>
>;

export interface KongVerdict extends LimitVerdict<KongState> {
  /** Windows that had no room, the shortest first. */
  readonly exceeded: readonly CalendarUnit[];
}

/**
 * Whether a request passes all windows. Times are of the Unix epoch; windows are UTC.
 * Example: { second: 5, hour: 6 }: five pass in a second, one more in the next, then none until the
 * hour is over.
 */
export function kongRateLimit(
  settings: KongSettings,
  { nowMs, cost }: LimitRequest,
  state: KongState,
): KongVerdict {
  const windows = CALENDAR_UNITS.flatMap((unit) => {
    const limit = settings[unit];
    if (limit === undefined) return [];
    const { startMs, endMs } = calendarWindow(unit, nowMs);
    const counted = state[unit];
    const count = counted?.startMs === startMs ? counted.count : 0;
    return [{ unit, limit, startMs, endMs, count }];
  });
  // Kong looks whether anything is left, not whether all of it would fit.
  const full = windows.filter(({ limit, count }) => limit - count <= 0);
  const allowed = full.length === 0;
  const taken = allowed ? cost : 0;
  const left = windows.map(({ limit, count }) => limit - count - taken);
  return {
    allowed,
    delayMs: 0,
    retryAfterMs: Math.max(0, ...full.map(({ endMs }) => endMs - nowMs)),
    remaining: Math.max(0, Math.min(...left)),
    exceeded: full.map(({ unit }) => unit),
    state: Object.fromEntries(
      windows.map(({ unit, startMs, count }) => [unit, { startMs, count: count + taken }]),
    ),
  };
}
