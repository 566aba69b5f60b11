/**
 * nginx `limit_req`: a leaky bucket in integers, where 1 is a thousandth of a request.
 * Source: `ngx_http_limit_req_module.c` (`ngx_http_limit_req_lookup`, `…_account`), documentation of
 * `limit_req` and `limit_req_zone`.
 *
 *     excess   burst ┤- - - - - - - - -    above: refused
 *              delay ┤- - - - - - - - -    above: delayed until it has drained to here
 *                  0 ┤                     below: passes at once
 */
import type { LimitRequest, LimitVerdict } from './limit.ts';

export interface NginxLimitSettings {
  /** Thousandths of a request a second, as `milliRate` has them. */
  readonly ratePerSecondMilli: number;
  /** Requests, above which they are refused; 0 unless given. */
  readonly burst: number;
  /** Requests, above which they are delayed: 0 unless given, Infinity is `nodelay`. */
  readonly delay: number;
}

export interface NginxLimitState {
  readonly excessMilli: number;
  /** Undefined before the first request, which always passes with an excess of 0. */
  readonly lastMs: number | undefined;
}

export const NO_EXCESS: NginxLimitState = { excessMilli: 0, lastMs: undefined };

export interface NginxLimitVerdict extends LimitVerdict<NginxLimitState> {
  /** As nginx writes it in its log: thousandths of a request. */
  readonly excessMilli: number;
}

/** A clock further back than this counts as one ms ahead: it was set anew. */
const CLOCK_SET_BACK_MS = 60_000;

/**
 * Whether a request may pass, and after which delay. Times are whole milliseconds, as nginx's clock
 * is; the product of rate and time is cut off to thousandths; each request counts 1000, whatever it
 * costs. Refused requests leave no trace.
 *
 * Example: 1 r/s, burst 2: of four at once the first passes, the second is delayed by 1000 ms, the
 * third by 2000 ms, and the fourth is refused.
 */
export function nginxLimitReq(
  settings: NginxLimitSettings,
  { nowMs: now }: Pick<LimitRequest, 'nowMs'>,
  state: NginxLimitState,
): NginxLimitVerdict {
  const { ratePerSecondMilli, burst } = settings;
  const nowMs = Math.floor(now);
  const ms = elapsedMs(nowMs, state.lastMs);
  const drained = drainedMilli(ratePerSecondMilli, ms);
  const isFirst = state.lastMs === undefined;
  const excessMilli = isFirst ? 0 : Math.max(0, state.excessMilli - drained + 1000);
  if (excessMilli > 1000 * burst) {
    const retryAfterMs = Math.ceil((1000 * (excessMilli - 1000 * burst)) / ratePerSecondMilli);
    return { allowed: false, delayMs: 0, retryAfterMs, remaining: 0, excessMilli, state };
  }
  return {
    allowed: true,
    delayMs: delayOf(settings, excessMilli),
    retryAfterMs: 0,
    remaining: Math.floor((1000 * burst - excessMilli) / 1000),
    excessMilli,
    // A moment that did not pass is not written down, so that a clock set back does not drain.
    state: { excessMilli, lastMs: ms > 0 || isFirst ? nowMs : state.lastMs },
  };
}

function elapsedMs(nowMs: number, lastMs = nowMs): number {
  const ms = nowMs - lastMs;
  if (ms < -CLOCK_SET_BACK_MS) return 1;
  return Math.max(0, ms);
}

/** rate · ms ÷ 1000, cut off; beyond what is exact it is more than any excess. */
function drainedMilli(ratePerSecondMilli: number, ms: number): number {
  const product = ratePerSecondMilli * ms;
  if (product > Number.MAX_SAFE_INTEGER) return Number.MAX_SAFE_INTEGER;
  return (product - (product % 1000)) / 1000;
}

function delayOf({ ratePerSecondMilli, delay }: NginxLimitSettings, excessMilli: number): number {
  if (excessMilli <= 1000 * delay) return 0;
  return Math.floor((1000 * (excessMilli - 1000 * delay)) / ratePerSecondMilli);
}

/** A rate as it is written: so many requests a second (`r/s`) or a minute (`r/m`). */
const RATE = /^(?<count>[1-9]\d{0,8})r\/(?<unit>s|m)$/;

/**
 * Thousandths of a request a second; undefined for what is no rate, or so low that nginx would
 * divide by it as 0. Example: `10r/s` is 10000, `10r/m` is 166 (cut off, as nginx does).
 */
export function milliRate(text: string): number | undefined {
  const { count, unit } = RATE.exec(text)?.groups ?? {};
  if (count === undefined) return undefined;
  return Math.floor((Number(count) * 1000) / (unit === 's' ? 1 : 60));
}
