/** Backoff, retry budgets, hedging and deadlines, case by case. */
import { describe, expect, test } from 'vitest';
import {
  AWS_REVISED,
  AWS_STANDARD,
  type AwsOutcome,
  awsRetryQuota,
} from '../../simulator/policies/retries/aws-quota.ts';
import { backoffMs, envoyBackoffMs } from '../../simulator/policies/retries/backoff.ts';
import { grpcTimeout, innerDeadlineMs, leftMs } from '../../simulator/policies/retries/deadline.ts';
import { envoyBudgetAllows } from '../../simulator/policies/retries/envoy-budget.ts';
import {
  fullGrpcThrottle,
  type GrpcOutcome,
  grpcThrottle,
  grpcThrottleRules,
} from '../../simulator/policies/retries/grpc-throttle.ts';
import { type HedgingEvent, hedge, UNHEDGED } from '../../simulator/policies/retries/hedging.ts';
import {
  balance,
  deposit,
  type TokenRatioState,
  withdraw,
} from '../../simulator/policies/retries/token-ratio-budget.ts';

describe('backoff', () => {
  const base = { baseMs: 100, factor: 2, mostMs: 1000 } as const;

  test.each([
    ['none', 1, 0, 0.5, 100],
    ['none', 3, 0, 0.5, 400],
    ['none', 5, 0, 0.5, 1000],
    ['none', 500, 0, 0.5, 1000],
    ['full', 1, 0, 0, 0],
    ['full', 3, 0, 0.25, 100],
    ['full', 5, 0, 0.5, 500],
    ['equal', 1, 0, 0, 50],
    ['equal', 3, 0, 0.25, 250],
    ['equal', 5, 0, 0.5, 750],
    ['decorrelated', 1, 100, 0, 100],
    ['decorrelated', 1, 100, 0.5, 200],
    ['decorrelated', 2, 200, 0.5, 350],
    ['decorrelated', 3, 900, 0.9, 1000],
  ] as const)(
    'jitter %s, retry %s after %s ms, chance %s: %s ms',
    (jitter, retry, previous, chance, ms) => {
      expect(backoffMs({ ...base, jitter }, retry, previous, () => chance)).toBe(ms);
    },
  );

  test('a factor of 1 is a fixed pause', () => {
    const fixed = { ...base, factor: 1, jitter: 'none' } as const;
    expect([1, 2, 9].map((retry) => backoffMs(fixed, retry, 0, () => 0))).toEqual([100, 100, 100]);
  });

  // Envoy's test: base 25, most 250; 27 as the random number is taken modulo the bound.
  test('Envoy doubles the bound up to its most, and takes whole milliseconds below it', () => {
    const bounds: number[] = [];
    const below = (n: number) => {
      bounds.push(n);
      return 27 % n;
    };
    const pauses = [1, 2, 3, 4, 5, 6].map((retry) => envoyBackoffMs(25, 250, retry, below));
    expect(bounds).toEqual([25, 50, 100, 200, 250, 250]);
    expect(pauses).toEqual([2, 27, 27, 27, 27, 27]);
  });
});

describe('gRPC retry throttle', () => {
  const settings = { maxTokens: 10, tokenRatio: 0.1 };
  const failed = {
    status: 'retryable',
    attempt: 1,
    maxAttempts: 5,
    pushbackMs: undefined,
  } as const;
  const answered = { ...failed, status: 'ok' } as const;

  function run(outcomes: readonly GrpcOutcome[], own = settings) {
    let state = fullGrpcThrottle(own);
    return outcomes.map((outcome) => {
      const decision = grpcThrottle(own, outcome, state);
      state = decision.state;
      return decision;
    });
  }

  test('the failure that brings it to half is not retried any more', () => {
    const decisions = run(Array.from({ length: 5 }, () => failed));
    expect(decisions.map(({ retry }) => retry)).toEqual([true, true, true, true, false]);
    expect(decisions.at(-1)!.state.milliTokens).toBe(5000);
  });

  test('it never falls below 0 or rises above its most', () => {
    const down = run(Array.from({ length: 20 }, () => failed));
    expect(down.at(-1)!.state.milliTokens).toBe(0);
    expect(run([answered]).at(-1)!.state.milliTokens).toBe(10_000);
  });

  test('ten successes make up for a failure, and a little more is above half', () => {
    const down = Array.from({ length: 6 }, () => failed);
    const up = Array.from({ length: 21 }, () => answered);
    const back = run([...down, ...up, failed]);
    // 4 + 2.1 − 1 = 5.1
    expect(back.at(-1)).toMatchObject({ retry: true, state: { milliTokens: 5100 } });
    expect(run([...down, ...up.slice(1), failed]).at(-1)!.retry).toBe(false);
  });

  // retry_throttle_test.cc: 4 tokens, ratio 1.6; then twice as many with the same share filled.
  test('new settings keep the share that is filled', () => {
    const small = { maxTokens: 4, tokenRatio: 1 };
    const { state } = grpcThrottle(small, failed, fullGrpcThrottle(small));
    const large = { maxTokens: 8, tokenRatio: 1 };
    expect(grpcThrottle(large, failed, state).state).toEqual({
      milliTokens: 5000,
      maxMilliTokens: 8000,
    });
  });

  test('a ratio has three decimals: 0.0579 gives back 0.057', () => {
    const own = { maxTokens: 10, tokenRatio: 0.0579 };
    expect(run([failed, answered], own).at(-1)!.state.milliTokens).toBe(9057);
  });

  test.each([
    ['the last attempt', { attempt: 5, maxAttempts: 5 }, false, 9000],
    ['the 5th of 10, which count as 5', { attempt: 5, maxAttempts: 10 }, false, 9000],
    ['the 4th of 10', { attempt: 4, maxAttempts: 10 }, true, 9000],
    ['a status that is not retryable', { status: 'fatal' }, false, 10_000],
    ['pushback: after 200 ms', { pushbackMs: 200 }, true, 9000],
    ['pushback: not at all', { pushbackMs: -1 }, false, 9000],
    ['pushback: not at all, of a fatal one', { status: 'fatal', pushbackMs: -1 }, false, 9000],
  ] as const)('%s', (_, change, retry, milliTokens) => {
    const [decision] = run([{ ...failed, ...change }]);
    expect(decision).toMatchObject({ retry, state: { milliTokens } });
  });

  test('a pushback says how long to wait', () => {
    expect(run([{ ...failed, pushbackMs: 200 }])[0]!.delayMs).toBe(200);
  });

  test.each([
    [{ maxTokens: 0, tokenRatio: 0.1 }, ['maxTokens']],
    [{ maxTokens: 1001, tokenRatio: 0.1 }, ['maxTokens']],
    [{ maxTokens: 1000, tokenRatio: 0.0009 }, ['tokenRatio']],
    [{ maxTokens: 1000, tokenRatio: 0.001 }, []],
  ])('rules of %j', (own, keys) => {
    expect(grpcThrottleRules(own).map(({ path }) => path.join())).toEqual(keys);
  });
});

describe('AWS retry quota', () => {
  const first = { attempt: 1, lastCost: 0, retryAfterMs: undefined } as const;
  type Row = readonly [string, Partial<AwsOutcome>, number, boolean, number];
  const rows: readonly Row[] = [
    ['a transient error costs 5', { outcome: 'transient' }, 500, true, 495],
    ['a throttling error costs 5', { outcome: 'throttling' }, 500, true, 495],
    ['a time-out costs 10', { outcome: 'timeout' }, 500, true, 490],
    ['5 tokens are enough', { outcome: 'transient' }, 5, true, 0],
    ['4 tokens are not', { outcome: 'transient' }, 4, false, 4],
    ['the third attempt is the last', { outcome: 'transient', attempt: 3 }, 490, false, 490],
    ['other errors are not retried', { outcome: 'fatal' }, 490, false, 490],
    ['success at first gives 1 back', { outcome: 'success' }, 490, false, 491],
    [
      'success of a retry gives its cost back',
      { outcome: 'success', attempt: 3, lastCost: 5 },
      490,
      false,
      495,
    ],
    ['it never exceeds its capacity', { outcome: 'success', lastCost: 5 }, 498, false, 500],
  ];

  test.each(rows)('%s', (_, change, available, retry, left) => {
    const outcome: AwsOutcome = { outcome: 'success', ...first, ...change };
    const decision = awsRetryQuota(AWS_STANDARD, outcome, { available }, () => 0.5);
    expect(decision).toMatchObject({ retry, state: { available: left } });
  });

  test('the revision: transient errors and time-outs cost 14, throttling 5', () => {
    const costs = (['transient', 'timeout', 'throttling'] as const).map(
      (outcome) =>
        awsRetryQuota(AWS_REVISED, { ...first, outcome }, { available: 500 }, () => 0).cost,
    );
    expect(costs).toEqual([14, 14, 5]);
  });

  test.each([
    ['transient', 1, undefined, 25],
    ['transient', 2, undefined, 50],
    ['throttling', 1, undefined, 500],
    ['throttling', 9, undefined, 10_000],
    // Held to the backoff, and 5 s more.
    ['transient', 1, 10, 25],
    ['transient', 1, 1000, 1000],
    ['transient', 1, 60_000, 5025],
  ] as const)(
    'the revision, %s, attempt %s, retry-after %s: %s ms',
    (outcome, attempt, after, ms) => {
      const own = { ...AWS_REVISED, maxAttempts: 10 };
      const seen = { outcome, attempt, lastCost: 0, retryAfterMs: after };
      expect(awsRetryQuota(own, seen, { available: 500 }, () => 0.5).delayMs).toBe(ms);
    },
  );
});

test.each([
  [100, 19, true],
  [100, 20, false],
  [5, 2, true],
  [5, 3, false],
  // 20 % of 15 is 3 exactly, of 19 still 3.
  [19, 3, false],
  [20, 3, true],
])('Envoy: of %s active, %s retries: one more %s', (active, retries, allowed) => {
  expect(envoyBudgetAllows({ ratio: 0.2, minRetries: 3 }, active, retries)).toBe(allowed);
});

describe('budget by token ratio (Finagle, linkerd)', () => {
  const settings = { ttlMs: 10_000, retryRatio: 0.2, minRetriesPerSecond: 0 };
  const empty: TokenRatioState = { slices: [] };

  function paidBy(requests: number, own = settings, atMs = 0): TokenRatioState {
    let state = empty;
    for (let count = 0; count < requests; count++) state = deposit(own, atMs, state);
    return state;
  }

  test.each([
    [4, 0],
    [5, 1],
    [9, 1],
    [10, 2],
  ])('%s requests pay for %s retries', (requests, retries) => {
    let state = paidBy(requests);
    for (let count = 0; count < retries; count++) {
      const taken = withdraw(settings, 0, state);
      expect(taken.allowed).toBe(true);
      state = taken.state;
    }
    expect(withdraw(settings, 0, state).allowed).toBe(false);
  });

  test('what was paid is gone after the ttl', () => {
    expect(balance(settings, 9999, paidBy(5))).toBe(5000);
    expect(balance(settings, 10_000, paidBy(5))).toBe(0);
  });

  test('the reserve is so many retries a second, over the ttl', () => {
    const own = { ...settings, minRetriesPerSecond: 3 };
    expect(balance(own, 0, empty)).toBe(3 * 10 * 5000);
  });

  test('a ratio of 0 leaves the reserve alone', () => {
    const own = { ...settings, retryRatio: 0, minRetriesPerSecond: 1 };
    expect(balance(own, 0, paidBy(100, own))).toBe(10);
  });
});

describe('hedging', () => {
  const settings = { maxAttempts: 3, hedgingDelayMs: 500, cancels: true };
  type Row = readonly [number, HedgingEvent, Partial<ReturnType<typeof hedge>>, boolean?];

  function run(rows: readonly Row[], own = settings): void {
    let state = UNHEDGED;
    for (const [nowMs, event, expected, allowed] of rows) {
      const decision = hedge(own, event, nowMs, state, allowed);
      expect(decision).toMatchObject(expected);
      state = decision.state;
    }
  }
  const start: Row = [0, { type: 'start' }, { send: 1 }];
  const due = { type: 'due' } as const;
  const answer = (copy: number, status: 'ok' | 'non-fatal' | 'fatal', pushbackMs?: number) =>
    ({ type: 'answer', copy, status, pushbackMs }) as const;

  test('copies go out one delay after the other, up to their number', () => {
    run([
      start,
      [499, due, { send: undefined }],
      [500, due, { send: 2 }],
      [1000, due, { send: 3, state: { sent: 3, outstanding: [1, 2, 3], nextMs: undefined } }],
      [1500, due, { send: undefined }],
    ]);
  });

  test('the first good answer wins, and the others are called off', () => {
    run([
      start,
      [500, due, { send: 2 }],
      [
        700,
        answer(2, 'ok'),
        { answer: 'ok', cancel: [1], state: { sent: 2, outstanding: [], nextMs: undefined } },
      ],
    ]);
  });

  test('without cancellation the losers work on', () => {
    run([start, [500, due, { send: 2 }], [700, answer(2, 'ok'), { answer: 'ok', cancel: [] }]], {
      ...settings,
      cancels: false,
    });
  });

  test('an error that is not fatal sends the next copy at once; the delay starts anew', () => {
    run([
      start,
      [
        100,
        answer(1, 'non-fatal'),
        { send: 2, answer: undefined, state: { sent: 2, outstanding: [2], nextMs: 600 } },
      ],
    ]);
  });

  test('a fatal error ends it', () => {
    run([
      start,
      [500, due, { send: 2 }],
      [600, answer(1, 'fatal'), { answer: 'error', cancel: [2] }],
    ]);
  });

  test('when all have failed the caller has an error', () => {
    run([
      start,
      [100, answer(1, 'non-fatal'), { send: 2 }],
      [200, answer(2, 'non-fatal'), { send: 3 }],
      [300, answer(3, 'non-fatal'), { send: undefined, answer: 'error' }],
    ]);
  });

  test('a pushback puts the next copy off, or stops it', () => {
    run([
      start,
      [100, answer(1, 'non-fatal', 2000), { send: undefined, answer: undefined }],
      [2099, due, { send: undefined }],
      [2100, due, { send: 2 }],
    ]);
    run([start, [100, answer(1, 'non-fatal', -1), { send: undefined, answer: 'error' }]]);
  });

  test('a throttle stops all but the first copy', () => {
    run([
      [0, { type: 'start' }, { send: 1 }, false],
      [500, due, { send: undefined, answer: undefined }, false],
      [600, answer(1, 'non-fatal'), { answer: 'error' }, false],
    ]);
  });
});

describe('deadlines', () => {
  test.each([
    [800, 1000, 500, 1000],
    [100, 1000, 500, 600],
    [800, undefined, 500, 1300],
    [800, 1000, undefined, 1000],
    [800, undefined, undefined, undefined],
  ])('at %s ms, caller until %s, timeout %s: until %s', (nowMs, deadline, timeout, until) => {
    expect(innerDeadlineMs(nowMs, deadline, timeout)).toBe(until);
  });

  test('what is left may be nothing', () => {
    expect(leftMs(1200, 1000)).toBe(-200);
  });

  test.each([
    [0, '0n'],
    [0.5, '500000n'],
    [2500, '2500000u'],
    [99.999999, '99999999n'],
    [100, '100000u'],
    [100_000, '100000m'],
    [99_999_999.2, '100000S'],
    [-5, '0n'],
  ])('%s ms is grpc-timeout %s', (ms, header) => {
    expect(grpcTimeout(ms)).toBe(header);
  });
});
