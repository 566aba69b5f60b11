/** Rate limits, case by case: those of the vendors' own tests and documentation first. */
import { describe, expect, test } from 'vitest';
import { rateLimiter } from '../../simulator/components/rate-limiter.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import { calendarWindow } from '../../simulator/policies/rate-limits/calendar.ts';
import {
  envoyBucketRules,
  envoyTokenBucket,
  fullEnvoyBucket,
} from '../../simulator/policies/rate-limits/envoy-token-bucket.ts';
import { type GcraState, gcra, NO_ARRIVALS } from '../../simulator/policies/rate-limits/gcra.ts';
import { kongRateLimit } from '../../simulator/policies/rate-limits/kong.ts';
import type { LimitRequest, LimitVerdict } from '../../simulator/policies/rate-limits/limit.ts';
import {
  milliRate,
  NO_EXCESS,
  nginxLimitReq,
} from '../../simulator/policies/rate-limits/nginx-limit-req.ts';
import { EMPTY_LOG, slidingLog } from '../../simulator/policies/rate-limits/sliding-log.ts';
import { fullBucket, tokenBucket } from '../../simulator/policies/rate-limits/token-bucket.ts';
import {
  NO_WINDOWS,
  windowLimit,
  windowRules,
} from '../../simulator/policies/rate-limits/windows.ts';
import { changed, complaints } from '../helpers/model-text.ts';

type Decide<S> = (request: LimitRequest, state: S) => LimitVerdict<S>;
/** [now in ms, cost] */
type Asked = readonly [number, number];

/** One request after the other; the state goes on. */
function ask<S, V extends LimitVerdict<S>>(
  decide: (request: LimitRequest, state: S) => V,
  first: S,
  requests: readonly Asked[],
): V[] {
  let state = first;
  return requests.map(([nowMs, cost]) => {
    const verdict = decide({ nowMs, cost }, state);
    state = verdict.state;
    return verdict;
  });
}

function passes<S>(decide: Decide<S>, first: S, requests: readonly Asked[]): boolean[] {
  return ask(decide, first, requests).map(({ allowed }) => allowed);
}

describe('token bucket of Go x/time/rate', () => {
  type Step = readonly [at: number, n: number, isAllowed: boolean];
  const cases: readonly (readonly [string, number, number, readonly Step[]])[] = [
    [
      'TestLimiterBurst1',
      10,
      1,
      [
        [0, 1, true],
        [0, 1, false],
        [0, 1, false],
        [1, 1, true],
        [1, 1, false],
        [1, 1, false],
        [2, 2, false],
        [2, 1, true],
        [2, 1, false],
      ],
    ],
    [
      'TestLimiterBurst3',
      10,
      3,
      [
        [0, 2, true],
        [0, 2, false],
        [0, 1, true],
        [0, 1, false],
        [1, 4, false],
        [2, 1, true],
        [3, 1, true],
        [4, 1, true],
        [4, 1, true],
        [4, 1, false],
        [4, 1, false],
        [9, 3, true],
        [9, 0, true],
      ],
    ],
    [
      'TestLimiterJumpBackwards',
      10,
      3,
      [
        [1, 1, true],
        [0, 1, true],
        [0, 1, true],
        [0, 1, false],
        [0, 1, false],
        [1, 1, true],
        [1, 1, false],
        [1, 1, false],
        [2, 1, true],
        [2, 1, false],
        [2, 1, false],
      ],
    ],
    [
      'TestZeroLimit',
      0,
      1,
      [
        [0, 1, true],
        [9, 1, false],
      ],
    ],
    ['TestLimiter_noTruncationErrors', 0.7692307692307693, 1, [[0, 1, true]]],
  ];

  test.each(cases)('%s of its test suite', (_, ratePerSecond, burst, steps) => {
    const settings = { ratePerSecond, burst, maxWaitMs: 0 };
    const requests = steps.map(([at, n]): Asked => [100 * at, n]);
    const decide: Decide<ReturnType<typeof fullBucket>> = (request, state) =>
      tokenBucket(settings, request, state);
    expect(passes(decide, fullBucket(settings), requests)).toEqual(steps.map(([, , ok]) => ok));
  });

  /** [at, n, acts at; null is refused], in tenths of a second. */
  type Reserved = readonly [number, number, number | null];
  const reserved: readonly (readonly [string, number, readonly Reserved[]])[] = [
    [
      'TestSimpleReserve',
      Number.POSITIVE_INFINITY,
      [
        [0, 2, 0],
        [0, 2, 2],
        [3, 2, 4],
      ],
    ],
    [
      'TestReserveMax, which waits for a tenth of a second at most',
      100,
      [
        [0, 2, 0],
        [0, 1, 1],
        [0, 1, null],
      ],
    ],
    [
      'TestReserveJumpBack',
      Number.POSITIVE_INFINITY,
      [
        [1, 2, 1],
        [0, 1, 1],
        [2, 2, 3],
      ],
    ],
    ['TestMix: more than the burst is never reserved', Number.POSITIVE_INFINITY, [[0, 3, null]]],
  ];

  test.each(reserved)('%s of its test suite', (_, maxWaitMs, steps) => {
    const settings = { ratePerSecond: 10, burst: 2, maxWaitMs };
    const requests = steps.map(([at, n]): Asked => [100 * at, n]);
    const verdicts = ask((r, s) => tokenBucket(settings, r, s), fullBucket(settings), requests);
    const actsAt = verdicts.map(({ allowed, delayMs }, index) =>
      allowed ? (requests[index]![0] + delayMs) / 100 : null,
    );
    expect(actsAt).toEqual(steps.map(([, , at]) => at));
  });

  test('an infinite rate lets all pass, a bucket of nothing too', () => {
    const settings = { ratePerSecond: Number.POSITIVE_INFINITY, burst: 0, maxWaitMs: 0 };
    const verdict = tokenBucket(settings, { nowMs: 0, cost: 3 }, fullBucket(settings));
    expect(verdict.allowed).toBe(true);
  });

  test('who is refused is told when it would pass: half a token of two is 150 ms more', () => {
    const settings = { ratePerSecond: 10, burst: 3, maxWaitMs: 0 };
    const requests: Asked[] = [
      [0, 3],
      [50, 2],
      [200, 2],
    ];
    const [, refused, later] = ask(
      (r, s) => tokenBucket(settings, r, s),
      fullBucket(settings),
      requests,
    );
    expect(refused).toMatchObject({ allowed: false, retryAfterMs: 150, remaining: 0 });
    expect(later).toMatchObject({ allowed: true, remaining: 0 });
  });
});

describe('token bucket of Envoy', () => {
  const settings = { maxTokens: 2, tokensPerFill: 1, fillIntervalMs: 1000 };
  const requests: Asked[] = [
    [0, 1],
    [0, 1],
    [999, 1],
    [1000, 1],
    [5000, 3],
    [5000, 2],
    [5500, 1],
    [6000, 1],
  ];

  test('is filled at the end of each interval, up to its most', () => {
    const verdicts = ask(
      (r, s) => envoyTokenBucket(settings, r, s),
      fullEnvoyBucket(settings),
      requests,
    );
    expect(verdicts.map(({ allowed }) => allowed)).toEqual([
      ...[true, true, false, true, false, true, false, true],
    ]);
    expect(verdicts[2]).toMatchObject({ retryAfterMs: 1 });
    expect(verdicts[4]).toMatchObject({ retryAfterMs: undefined, remaining: 2 });
    expect(verdicts[6]).toMatchObject({ retryAfterMs: 500 });
  });

  test('has intervals of 50 ms or more', () => {
    expect(envoyBucketRules({ ...settings, fillIntervalMs: 50 })).toEqual([]);
    expect(envoyBucketRules({ ...settings, fillIntervalMs: 49 })).toHaveLength(1);
  });
});

describe('GCRA', () => {
  // redis-cell's README: 15 more at once, 30 a minute; what it answers to the 1st call.
  test('answers as redis-cell: limit 16, remaining 15, reset after 2 s', () => {
    const settings = { count: 30, periodMs: 60_000, burst: 15 };
    const [first] = ask((r, s) => gcra(settings, r, s), NO_ARRIVALS, [[0, 1]]);
    expect(first).toMatchObject({ allowed: true, remaining: 15, resetAfterMs: 2000 });
  });

  // By hand, by the rule; reported as throttled reports it (quantity 0 only looks).
  const looks: readonly (readonly [Asked, readonly [boolean, number, number, number]])[] = [
    [
      [0, 1],
      [true, 4, 1000, 0],
    ],
    [
      [1000, 2],
      [true, 3, 2000, 0],
    ],
    [
      [1000, 3],
      [true, 0, 5000, 0],
    ],
    [
      [2000, 2],
      [false, 1, 4000, 1000],
    ],
    [
      [2000, 1],
      [true, 0, 5000, 0],
    ],
    [
      [2000, 0],
      [true, 0, 5000, 0],
    ],
    [
      [7000, 5],
      [true, 0, 5000, 0],
    ],
  ];

  test('counts remaining, reset and retry after at 1/s with five at once', () => {
    const settings = { count: 1, periodMs: 1000, burst: 4 };
    const verdicts = ask(
      (r, s) => gcra(settings, r, s),
      NO_ARRIVALS,
      looks.map(([asked]) => asked),
    );
    expect(
      verdicts.map(({ allowed, remaining, resetAfterMs, retryAfterMs }) => [
        ...[allowed, remaining, resetAfterMs, retryAfterMs],
      ]),
    ).toEqual(looks.map(([, answer]) => answer));
  });

  test('lets nothing larger than the burst pass, ever', () => {
    const settings = { count: 1, periodMs: 1000, burst: 4 };
    const [verdict] = ask((r, s) => gcra(settings, r, s), NO_ARRIVALS, [[0, 6]]);
    expect(verdict).toMatchObject({ allowed: false, retryAfterMs: undefined, state: NO_ARRIVALS });
  });

  test('a period that the count does not divide lets exactly the count pass', () => {
    const settings = { count: 3, periodMs: 1000, burst: 2 };
    const epochMs = 1_700_000_000_000;
    const requests = [0, 0, 0, 0, 333, 334, 667].map((ms): Asked => [epochMs + ms, 1]);
    const decide: Decide<GcraState> = (request, state) => gcra(settings, request, state);
    expect(passes(decide, NO_ARRIVALS, requests)).toEqual([
      ...[true, true, true, false, false, true, true],
    ]);
  });

  test('a clock that goes back keeps the TAT', () => {
    const settings = { count: 1, periodMs: 1000, burst: 0 };
    const requests: Asked[] = [
      [5000, 1],
      [4000, 1],
      [6000, 1],
    ];
    const decide: Decide<GcraState> = (request, state) => gcra(settings, request, state);
    expect(passes(decide, NO_ARRIVALS, requests)).toEqual([true, false, true]);
  });
});

describe('nginx limit_req', () => {
  const NODELAY = Number.POSITIVE_INFINITY;
  /** Delay in ms, or −1 where it is refused. */
  type Outcome = readonly number[];
  const cases: readonly (readonly [string, string, number, number, readonly number[], Outcome])[] =
    [
      ['without a burst one passes in its time', '1r/s', 0, 0, [0, 0, 999, 1000], [0, -1, -1, 0]],
      ['a burst waits its turn', '1r/s', 2, 0, [0, 0, 0, 0], [0, 1000, 2000, -1]],
      ['a burst with nodelay passes at once', '1r/s', 2, NODELAY, [0, 0, 0, 0], [0, 0, 0, -1]],
      // The documentation's two-stage example: 5 r/s, burst 12, delay 8.
      [
        'delay=8 lets eight beyond the first pass, then delays to the rate, and refuses the 14th',
        ...(['5r/s', 12, 8, Array.from({ length: 14 }, () => 0)] as const),
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 200, 400, 600, 800, -1],
      ],
      [
        'a rate a minute is cut off to thousandths a second: 10r/m is 0.166/s',
        // After 6000 ms 0.996 requests have drained: 0.004 too few.
        ...(['10r/m', 0, 0, [0, 6000, 6024, 6025]] as const),
        [0, -1, -1, 0],
      ],
      [
        'its clock has whole milliseconds: 0.9 ms are none',
        ...(['1r/s', 1, NODELAY, [0, 0.4, 0.9, 1000, 1000]] as const),
        [0, 0, -1, 0, -1],
      ],
      ['refused requests leave no trace', '1r/s', 0, 0, [0, 500, 900, 1000], [0, -1, -1, 0]],
      ['a clock a second back drains nothing', '1r/s', 1, NODELAY, [5000, 4000, 4000], [0, 0, -1]],
      [
        'a clock set back by more than a minute counts from then on',
        ...(['1r/s', 1, NODELAY, [100_000, 30_000, 31_000, 31_000]] as const),
        [0, 0, 0, -1],
      ],
    ];

  test.each(cases)('%s', (_, rate, burst, delay, times, outcomes) => {
    const settings = { ratePerSecondMilli: milliRate(rate)!, burst, delay };
    const requests = times.map((ms): Asked => [ms, 1]);
    const verdicts = ask((r, s) => nginxLimitReq(settings, r, s), NO_EXCESS, requests);
    expect(verdicts.map(({ allowed, delayMs }) => (allowed ? delayMs : -1))).toEqual(outcomes);
  });

  test('what is refused passes when it is told to come back, and not a ms sooner', () => {
    const settings = { ratePerSecondMilli: milliRate('10r/m')!, burst: 0, delay: 0 };
    const { state } = nginxLimitReq(settings, { nowMs: 0 }, NO_EXCESS);
    const { retryAfterMs } = nginxLimitReq(settings, { nowMs: 0 }, state);
    // 1000 / 166 s, rounded up to a ms.
    expect(retryAfterMs).toBe(6025);
  });

  test('years without a request are no overflow', () => {
    const settings = { ratePerSecondMilli: milliRate('999999999r/s')!, burst: 1, delay: 0 };
    const state = { excessMilli: 1000, lastMs: 0 };
    expect(nginxLimitReq(settings, { nowMs: 1.7e12 }, state).excessMilli).toBe(0);
  });

  test.each([
    ['1r/s', 1000],
    ['10r/m', 166],
    ['60r/m', 1000],
    ['0r/s', undefined],
    ['1.5r/s', undefined],
    ['10', undefined],
    ['10r/h', undefined],
  ])('rate %s is %s thousandths a second', (text, milli) => {
    expect(milliRate(text)).toBe(milli);
  });
});

describe('windows of the calendar', () => {
  // Date.UTC is the other implementation.
  test.each([
    ['second', Date.UTC(2024, 1, 29, 12, 34, 56, 789), Date.UTC(2024, 1, 29, 12, 34, 56)],
    ['minute', Date.UTC(2024, 1, 29, 12, 34, 56, 789), Date.UTC(2024, 1, 29, 12, 34)],
    ['hour', Date.UTC(2024, 1, 29, 12, 34), Date.UTC(2024, 1, 29, 12)],
    ['day', Date.UTC(2024, 1, 29, 12, 34), Date.UTC(2024, 1, 29)],
    ['month', Date.UTC(2024, 1, 29, 12, 34), Date.UTC(2024, 1, 1)],
    ['month', Date.UTC(2023, 11, 31, 23, 59), Date.UTC(2023, 11, 1)],
    ['year', Date.UTC(2000, 1, 29), Date.UTC(2000, 0, 1)],
    ['year', Date.UTC(1999, 11, 31, 23), Date.UTC(1999, 0, 1)],
  ] as const)('the %s of %s starts at %s', (unit, nowMs, startMs) => {
    expect(calendarWindow(unit, nowMs).startMs).toBe(startMs);
  });

  test('months and years are those of Date.UTC, day by day for 140 years', () => {
    for (let dayMs = 0; dayMs < 140 * 366 * 86_400_000; dayMs += 86_400_000) {
      const date = new Date(dayMs);
      const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
      const own = [calendarWindow('month', dayMs), calendarWindow('year', dayMs)];
      const [monthEndMs, yearEndMs] = [Date.UTC(year, month + 1), Date.UTC(year + 1, 0)];
      if (own[0]!.startMs !== Date.UTC(year, month) || own[0]!.endMs !== monthEndMs) {
        throw new Error(`month of ${date.toISOString()}`);
      }
      if (own[1]!.startMs !== Date.UTC(year, 0) || own[1]!.endMs !== yearEndMs) {
        throw new Error(`year of ${date.toISOString()}`);
      }
    }
  });
});

describe('Kong', () => {
  test('several windows at once: 2 a second and 3 a minute; what is refused is not counted', () => {
    const settings = { second: 2, minute: 3 };
    const requests = [0, 10, 20, 1000, 1010, 59_999, 60_000].map((ms): Asked => [ms, 1]);
    const verdicts = ask((r, s) => kongRateLimit(settings, r, s), {}, requests);
    expect(verdicts.map(({ allowed }) => allowed)).toEqual([
      ...[true, true, false, true, false, false, true],
    ]);
    expect(verdicts.map(({ exceeded }) => exceeded.join())).toEqual([
      ...['', '', 'second', '', 'minute', 'minute', ''],
    ]);
    expect(verdicts[2]).toMatchObject({ retryAfterMs: 980, remaining: 0 });
    expect(verdicts[4]).toMatchObject({ retryAfterMs: 58_990 });
  });

  test.each([
    [
      'an hour allows less than a minute of it',
      '{ minute: 10, hour: 9 }',
      '.hour: expected at least the 10 of each minute (Kong), found 9',
    ],
    [
      'nothing is limited',
      '{}',
      ': expected at least one of second, minute, hour and day (Kong), found none',
    ],
    [
      'nothing is allowed',
      '{ day: 0 }',
      '.day: expected a whole number of requests above 0 such as 5, found 0',
    ],
  ])('is refused in a model file when %s', (_, kong, words) => {
    const limit = changed('instances: 2', `rate-limit: { kong: ${kong} }\n    instances: 2`);
    expect(complaints(limit)).toEqual([
      expect.stringContaining(`services.stock.rate-limit.kong${words}`),
    ]);
  });

  test('in a model its windows are those of the clock at which the run starts', () => {
    const limit = 'rate-limit: { kong: { second: 5, hour: 6 } }\n    instances: 2';
    const text = changed('instances: 2', limit).text.replace(
      'duration: 60s',
      'duration: 60s\nstarts: Mon 08:59',
    );
    const { services } = parseModel([{ file: 'm.yaml', text }]).model!;
    const limiter = rateLimiter(services.find(({ name }) => name === 'stock')!.rateLimit!.rule);
    const passed = (atMs: number, count: number) =>
      Array.from({ length: count }, () => limiter(atMs).allowed).filter((one) => one).length;
    // Five in a second, one more in the hour, whose next one begins a minute later.
    expect([passed(0, 9), passed(1000, 9), passed(59_999, 9), passed(60_000, 9)]).toEqual([
      5, 1, 0, 5,
    ]);
  });
});

describe('sliding and fixed windows of Kong advanced', () => {
  const minute = [{ limit: 100, sizeMs: 60_000 }];
  // slidingwindow's README: 86 in the minute before, 12 in the 15 s of this one are 76.5.
  const state = [{ index: 1, current: 12, previous: 86 }];

  test('the window before counts with what is left of it: 23 of 100 fit above 76.5', () => {
    const settings = { windows: minute, type: 'sliding', countsRefused: true } as const;
    expect(windowLimit(settings, { nowMs: 75_000, cost: 23 }, state).allowed).toBe(true);
    const verdict = windowLimit(settings, { nowMs: 75_000, cost: 24 }, state);
    expect(verdict.allowed).toBe(false);
    // It was counted: 36, and 24 more of 100 leave 40 for the 86, at 46.5 % of the minute.
    expect(verdict.retryAfterMs).toBeCloseTo(60_000 + (1 - 40 / 86) * 60_000 - 75_000, 6);
  });

  // Kong's documentation: 12 requests a minute against a limit of 10.
  test.each([
    ['fixed', true, 10],
    ['sliding', false, 2],
    ['sliding', true, 0],
  ] as const)('%s, refused counted %s: of 12 in the next second %s pass', (type, counts, more) => {
    const settings = {
      windows: [{ limit: 10, sizeMs: 60_000 }],
      type,
      countsRefused: counts,
    };
    const first = Array.from({ length: 12 }, (): Asked => [30_000, 1]);
    // In the second minute, a fifth of it over: 10 or 12 before weigh 8 or 9.6.
    const second = Array.from({ length: 12 }, (): Asked => [72_000, 1]);
    const verdicts = ask((r, s) => windowLimit(settings, r, s), NO_WINDOWS, [...first, ...second]);
    const passed = (part: typeof verdicts) => part.filter(({ allowed }) => allowed).length;
    expect(passed(verdicts.slice(0, 12))).toBe(10);
    expect(passed(verdicts.slice(12))).toBe(more);
  });

  test('all windows have to have room', () => {
    const windows = [
      { limit: 2, sizeMs: 10_000 },
      { limit: 5, sizeMs: 60_000 },
    ];
    const settings = { windows, type: 'fixed', countsRefused: false } as const;
    const times = [0, 0, 0, 10_000, 10_000, 20_000, 20_000, 60_000];
    const requests = times.map((ms): Asked => [ms, 1]);
    const decide = (r: LimitRequest, s: Parameters<typeof windowLimit>[2]) =>
      windowLimit(settings, r, s);
    expect(passes(decide, [], requests)).toEqual([
      ...[true, true, false, true, true, true, false, true],
    ]);
  });

  test('a window twice, and a longer one with less room, are refused', () => {
    const twice = [minute[0]!, minute[0]!];
    expect(windowRules(twice).map(({ path }) => path)).toEqual([['window_size', 1]]);
    const less = [minute[0]!, { limit: 99, sizeMs: 3_600_000 }];
    expect(windowRules(less).map(({ path }) => path)).toEqual([['limit', 1]]);
  });
});

test('a log holds its limit in any stretch of the window', () => {
  const settings = { limit: 2, windowMs: 1000 };
  const requests = [0, 100, 900, 999, 1000, 1099, 1100].map((ms): Asked => [ms, 1]);
  const verdicts = ask((r, s) => slidingLog(settings, r, s), EMPTY_LOG, requests);
  expect(verdicts.map(({ allowed }) => allowed)).toEqual([
    ...[true, true, false, false, true, false, true],
  ]);
  expect(verdicts[2]!.retryAfterMs).toBe(100);
});
