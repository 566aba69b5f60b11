/** What rate limits and retry budgets owe, whatever comes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gcra, NO_ARRIVALS } from '../../simulator/policies/rate-limits/gcra.ts';
import type { LimitRequest, LimitVerdict } from '../../simulator/policies/rate-limits/limit.ts';
import { NO_EXCESS, nginxLimitReq } from '../../simulator/policies/rate-limits/nginx-limit-req.ts';
import { EMPTY_LOG, slidingLog } from '../../simulator/policies/rate-limits/sliding-log.ts';
import { fullBucket, tokenBucket } from '../../simulator/policies/rate-limits/token-bucket.ts';
import { NO_WINDOWS, windowLimit } from '../../simulator/policies/rate-limits/windows.ts';
import {
  AWS_STANDARD,
  type AwsOutcome,
  awsRetryQuota,
} from '../../simulator/policies/retries/aws-quota.ts';
import { backoffMs, JITTERS } from '../../simulator/policies/retries/backoff.ts';
import {
  fullGrpcThrottle,
  type GrpcOutcome,
  grpcThrottle,
  mayRetry,
} from '../../simulator/policies/retries/grpc-throttle.ts';
import {
  deposit,
  type TokenRatioState,
  withdraw,
} from '../../simulator/policies/retries/token-ratio-budget.ts';

const RUNS = { seed: 1730, numRuns: 500 };

/** Powers of two, so that no digit is lost. */
const rates = fc.constantFrom(1, 2, 4, 8, 16).map((perSecond) => ({
  ratePerSecond: perSecond,
  intervalMs: 1000 / perSecond,
}));
const bursts = fc.integer({ min: 0, max: 5 });

/** Moments in order, many at once, with costs. */
const requests = fc
  .array(fc.tuple(fc.constantFrom(0, 0, 31.25, 62.5, 125, 1000), fc.integer({ min: 0, max: 3 })), {
    maxLength: 60,
  })
  .map((steps) => {
    let nowMs = 0;
    return steps.map(([afterMs, cost]): LimitRequest => {
      nowMs += afterMs;
      return { nowMs, cost };
    });
  });
const plain = requests.map((all) => all.map(({ nowMs }) => ({ nowMs, cost: 1 })));

function ask<S>(
  decide: (request: LimitRequest, state: S) => LimitVerdict<S>,
  first: S,
  all: readonly LimitRequest[],
): LimitVerdict<S>[] {
  let state = first;
  return all.map((request) => {
    const verdict = decide(request, state);
    state = verdict.state;
    return verdict;
  });
}

function check<T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => void): void {
  fc.assert(fc.property(arbitrary, holds), RUNS);
}

test('GCRA lets the same pass as a token bucket of its rate that holds burst + 1', () => {
  check(fc.tuple(rates, bursts, requests), ([{ ratePerSecond, intervalMs }, burst, all]) => {
    const bucket = { ratePerSecond, burst: burst + 1, maxWaitMs: 0 };
    const cells = { count: 1, periodMs: intervalMs, burst };
    const tokens = ask((r, s) => tokenBucket(bucket, r, s), fullBucket(bucket), all);
    const arrivals = ask((r, s) => gcra(cells, r, s), NO_ARRIVALS, all);
    const seen = ({ allowed, remaining, retryAfterMs }: LimitVerdict<unknown>) => {
      return { allowed, remaining, retryAfterMs };
    };
    expect(arrivals.map(seen)).toEqual(tokens.map(seen));
  });
});

/** Most that passed in any stretch, less `perMs` · its length. */
function mostAbove(
  all: readonly LimitRequest[],
  passed: readonly boolean[],
  perMs: number,
): number {
  let most = 0;
  for (let from = 0; from < all.length; from++) {
    let sum = 0;
    for (let to = from; to < all.length; to++) {
      sum += passed[to] ? all[to]!.cost : 0;
      most = Math.max(most, sum - perMs * (all[to]!.nowMs - all[from]!.nowMs));
    }
  }
  return most;
}

test('no stretch of t sees more than burst + rate · t pass a token bucket', () => {
  check(fc.tuple(rates, bursts, requests), ([{ ratePerSecond }, burst, all]) => {
    const settings = { ratePerSecond, burst, maxWaitMs: 0 };
    const verdicts = ask((r, s) => tokenBucket(settings, r, s), fullBucket(settings), all);
    const passed = verdicts.map(({ allowed }) => allowed);
    expect(mostAbove(all, passed, ratePerSecond / 1000)).toBeLessThanOrEqual(burst);
  });
});

test('no stretch of t sees more than 1 + burst + rate · t pass nginx, each when it was due', () => {
  // Two roundings to a millisecond or a thousandth leave a request's thousandths over.
  check(fc.tuple(rates, bursts, plain), ([{ ratePerSecond }, burst, all]) => {
    const delay = Number.POSITIVE_INFINITY;
    const settings = { ratePerSecondMilli: 1000 * ratePerSecond, burst, delay };
    const verdicts = ask((r, s) => nginxLimitReq(settings, r, s), NO_EXCESS, all);
    const passed = verdicts.map(({ allowed }) => allowed);
    const most = mostAbove(all, passed, ratePerSecond / 1000);
    expect(most).toBeLessThanOrEqual(1 + burst + 0.001 * all.length + ratePerSecond / 1000);
  });
});

test('whether nginx delays them or not, the same ones pass, at least 1 / rate apart', () => {
  check(fc.tuple(rates, bursts, plain), ([{ ratePerSecond, intervalMs }, burst, all]) => {
    const under = (delay: number) => {
      const settings = { ratePerSecondMilli: 1000 * ratePerSecond, burst, delay };
      return ask((r, s) => nginxLimitReq(settings, r, s), NO_EXCESS, all);
    };
    const delayed = under(0);
    const atOnce = under(Number.POSITIVE_INFINITY);
    expect(delayed.map(({ allowed }) => allowed)).toEqual(atOnce.map(({ allowed }) => allowed));
    const goesOn = all.flatMap(({ nowMs }, index) =>
      delayed[index]!.allowed ? [Math.floor(nowMs) + delayed[index]!.delayMs] : [],
    );
    goesOn.forEach((atMs, index) => {
      if (index > 0) expect(atMs - goesOn[index - 1]!).toBeGreaterThanOrEqual(intervalMs - 2);
    });
  });
});

test('who comes back when told, alone, passes; a moment earlier, not', () => {
  check(fc.tuple(rates, bursts, requests), ([{ ratePerSecond }, burst, all]) => {
    const settings = { ratePerSecond, burst, maxWaitMs: 0 };
    const verdicts = ask((r, s) => tokenBucket(settings, r, s), fullBucket(settings), all);
    verdicts.forEach(({ allowed, retryAfterMs, state }, index) => {
      if (allowed || retryAfterMs === undefined) return;
      const { nowMs, cost } = all[index]!;
      const again = (afterMs: number) =>
        tokenBucket(settings, { nowMs: nowMs + afterMs, cost }, state).allowed;
      expect([again(retryAfterMs), again(retryAfterMs - 1)]).toEqual([true, false]);
    });
  });
});

test('a log holds its limit in any stretch of a window, fixed windows twice of it', () => {
  const shape = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.constantFrom(125, 250, 1000), plain);
  check(shape, ([limit, windowMs, all]) => {
    const own = { limit, windowMs };
    const logged = ask((r, s) => slidingLog(own, r, s), EMPTY_LOG, all);
    const fixed = {
      windows: [{ limit, sizeMs: windowMs }],
      type: 'fixed',
      countsRefused: false,
    } as const;
    const counted = ask((r, s) => windowLimit(fixed, r, s), NO_WINDOWS, all);
    const mostIn = (verdicts: readonly LimitVerdict<unknown>[]) =>
      Math.max(
        0,
        ...all.map(
          ({ nowMs: fromMs }) =>
            all.filter(({ nowMs }, index) => {
              const isIn = fromMs <= nowMs && nowMs < fromMs + windowMs;
              return isIn && verdicts[index]!.allowed;
            }).length,
        ),
      );
    expect(mostIn(logged)).toBeLessThanOrEqual(limit);
    expect(mostIn(counted)).toBeLessThanOrEqual(2 * limit);
  });
});

test('a sliding window that counts what it refuses lets no more pass', () => {
  const shape = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.constantFrom(125, 1000), plain);
  check(shape, ([limit, sizeMs, all]) => {
    const passed = (countsRefused: boolean) => {
      const own = { windows: [{ limit, sizeMs }], type: 'sliding', countsRefused } as const;
      return ask((r, s) => windowLimit(own, r, s), NO_WINDOWS, all).filter(({ allowed }) => allowed)
        .length;
    };
    expect(passed(true)).toBeLessThanOrEqual(passed(false));
  });
});

const uniforms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('no pause is below 0 or above its most, nor, unless decorrelated, above its bound', () => {
  const shape = fc.record({
    baseMs: fc.constantFrom(0, 1, 50, 900),
    factor: fc.constantFrom(1, 1.5, 2, 10),
    mostMs: fc.constantFrom(1000, Number.POSITIVE_INFINITY),
    jitter: fc.constantFrom(...JITTERS),
    retry: fc.integer({ min: 1, max: 9 }),
    chance: uniforms,
  });
  check(shape, ({ retry, chance, ...settings }) => {
    let previous: number = settings.baseMs;
    for (let again = 1; again <= retry; again++) {
      previous = backoffMs(settings, again, previous, () => chance);
      expect(previous).toBeGreaterThanOrEqual(0);
      expect(previous).toBeLessThanOrEqual(settings.mostMs);
      const bound = backoffMs({ ...settings, jitter: 'none' }, again, 0, () => 0);
      if (settings.jitter !== 'decorrelated') expect(previous).toBeLessThanOrEqual(bound);
    }
  });
});

test('a quota stays between 0 and its capacity, and gives no more back than was taken', () => {
  const outcomes = fc.array(
    fc.tuple(
      fc.constantFrom<AwsOutcome['outcome'][]>(
        'success',
        'transient',
        'timeout',
        'throttling',
        'fatal',
      ),
      fc.integer({ min: 1, max: 4 }),
    ),
  );
  check(fc.tuple(fc.integer({ min: 0, max: 30 }), outcomes), ([capacity, all]) => {
    const settings = { ...AWS_STANDARD, capacity };
    let state = { available: capacity };
    let lastCost = 0;
    for (const [outcome, attempt] of all) {
      const seen = { outcome, attempt, lastCost, retryAfterMs: undefined };
      const decision = awsRetryQuota(settings, seen, state, () => 0.5);
      expect(decision.state.available).toBeGreaterThanOrEqual(0);
      expect(decision.state.available).toBeLessThanOrEqual(capacity);
      ({ state, cost: lastCost } = decision);
    }
  });
});

test('a throttle stays between 0 and its most, and stops retries at half or below', () => {
  const outcome: fc.Arbitrary<GrpcOutcome> = fc.record({
    status: fc.constantFrom('ok', 'retryable', 'fatal'),
    attempt: fc.integer({ min: 1, max: 6 }),
    maxAttempts: fc.integer({ min: 2, max: 6 }),
    pushbackMs: fc.constantFrom(undefined, -1, 0, 100),
  });
  const settings = fc.record({
    maxTokens: fc.integer({ min: 1, max: 12 }),
    tokenRatio: fc.constantFrom(0.001, 0.1, 0.9999, 3),
  });
  check(fc.array(fc.tuple(settings, outcome), { minLength: 1 }), (all) => {
    let state = fullGrpcThrottle(all[0]![0]);
    for (const [own, seen] of all) {
      const decision = grpcThrottle(own, seen, state);
      ({ state } = decision);
      expect(Number.isInteger(state.milliTokens)).toBe(true);
      expect(state.milliTokens).toBeGreaterThanOrEqual(0);
      expect(state.milliTokens).toBeLessThanOrEqual(1000 * own.maxTokens);
      if (decision.retry) expect(mayRetry(state)).toBe(true);
    }
  });
});

test('of r requests within a ttl no more than ratio · r + reserve are retried', () => {
  const shape = fc.tuple(
    fc.constantFrom(0.1, 0.2, 1, 2),
    fc.integer({ min: 0, max: 2 }),
    fc.array(fc.tuple(fc.integer({ min: 0, max: 200 }), fc.boolean()), { maxLength: 80 }),
  );
  check(shape, ([retryRatio, minRetriesPerSecond, steps]) => {
    const settings = { ttlMs: 10_000, retryRatio, minRetriesPerSecond };
    let state: TokenRatioState = { slices: [] };
    let [nowMs, sent, retried] = [0, 0, 0];
    for (const [afterMs, isRetry] of steps) {
      nowMs += afterMs;
      if (nowMs >= 9000) break;
      if (isRetry) {
        const taken = withdraw(settings, nowMs, state);
        ({ state } = taken);
        if (taken.allowed) retried++;
      } else {
        state = deposit(settings, nowMs, state);
        sent++;
      }
    }
    expect(retried).toBeLessThanOrEqual(retryRatio * sent + 10 * minRetriesPerSecond);
  });
});
