/** A rate limit with what it remembers: the policies of `policies/rate-limits/`, one request each. */
import type { RateLimitRule } from '../model/limit-settings.ts';
import { gcra, NO_ARRIVALS } from '../policies/rate-limits/gcra.ts';
import { type KongState, kongRateLimit } from '../policies/rate-limits/kong.ts';
import type { LimitRequest, LimitVerdict } from '../policies/rate-limits/limit.ts';
import { NO_EXCESS, nginxLimitReq } from '../policies/rate-limits/nginx-limit-req.ts';
import { fullBucket, tokenBucket } from '../policies/rate-limits/token-bucket.ts';
import { NO_WINDOWS, windowLimit } from '../policies/rate-limits/windows.ts';

/** Takes in a request that comes now. */
export type RateLimiter = (nowMs: number) => LimitVerdict<unknown>;

/** A limiter that has seen nobody yet. */
export function rateLimiter(rule: RateLimitRule): RateLimiter {
  switch (rule.type) {
    case 'token-bucket': {
      const settings = { ...rule, maxWaitMs: 0 };
      return keeping(fullBucket(rule), (request, state) => tokenBucket(settings, request, state));
    }
    case 'gcra': {
      const { ratePerSecond, burst } = rule;
      const settings = { count: 1, periodMs: 1000 / ratePerSecond, burst };
      return keeping(NO_ARRIVALS, (request, state) => gcra(settings, request, state));
    }
    case 'nginx': {
      const { ratePerSecondMilli, burst, delay = Number.POSITIVE_INFINITY } = rule;
      const settings = { ratePerSecondMilli, burst, delay };
      return keeping(NO_EXCESS, (request, state) => nginxLimitReq(settings, request, state));
    }
    case 'fixed-window':
    case 'sliding-window': {
      const { limit, windowMs: sizeMs, countsRefused } = rule;
      const type = rule.type === 'fixed-window' ? 'fixed' : 'sliding';
      const settings = { windows: [{ limit, sizeMs }], type, countsRefused } as const;
      return keeping(NO_WINDOWS, (request, state) => windowLimit(settings, request, state));
    }
    case 'kong': {
      const { limits, clockMs } = rule;
      return keeping<KongState>({}, ({ nowMs, cost }, state) =>
        kongRateLimit(limits, { nowMs: clockMs + nowMs, cost }, state),
      );
    }
    default:
      throw new Error(`unknown rate limit ${rule satisfies never}`);
  }
}

function keeping<S>(
  first: S,
  decide: (request: LimitRequest, state: S) => LimitVerdict<S>,
): RateLimiter {
  let state = first;
  return (nowMs) => {
    const verdict = decide({ nowMs, cost: 1 }, state);
    state = verdict.state;
    return verdict;
  };
}
