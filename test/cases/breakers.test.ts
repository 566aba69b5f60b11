/** Circuit breakers of both kinds, adaptive concurrency and load shedding. */
import { describe, expect, test } from 'vitest';
import {
  type BreakerSettings,
  breakerProblems,
  breakerSettings,
} from '../../simulator/model/breaker-settings.ts';
import { aimdLimit } from '../../simulator/policies/resilience/aimd.ts';
import {
  breakerReason,
  newBreaker,
  noteOutcome,
  permits,
  releasePermit,
  turnByTime,
} from '../../simulator/policies/resilience/breaker.ts';
import { admits, mostRetries } from '../../simulator/policies/resilience/circuit-limits.ts';
import { codelDrops, newCodel } from '../../simulator/policies/resilience/codel.ts';
import {
  endWindow,
  gradientLimit,
  newGradient,
  noteLatency,
} from '../../simulator/policies/resilience/gradient.ts';
import {
  scaledShare,
  shed,
  sheddingProblems,
} from '../../simulator/policies/resilience/shedding.ts';

describe('Resilience4j breaker', () => {
  const settings = breakerSettings({
    slidingWindowSize: 10,
    minimumNumberOfCalls: 4,
    permittedNumberOfCallsInHalfOpenState: 2,
    slowCallDurationThresholdMs: 1000,
    slowCallRateThreshold: 75,
  });

  /** `.` good, `x` failed, `s` slow; one call a ms. */
  function brokenBy(outcomes: string, given: Partial<BreakerSettings> = {}) {
    const own = { ...settings, ...given };
    const breaker = newBreaker(own);
    [...outcomes].forEach((letter, ms) => {
      noteOutcome(own, breaker, letter === 'x', letter === 's' ? 1001 : 1000, ms);
    });
    return breaker;
  }

  test.each([
    ['no rate is known of three calls', 'xxx', 'closed'],
    ['half of four', 'xx..', 'open'],
    ['less than half of four', 'x...', 'closed'],
    ['the fourth call decides, not the later ones', '...xxx', 'open'],
    ['three of four slow', 'sss.', 'open'],
    ['what is as slow as the threshold is not slow', '....', 'closed'],
    ['failures that have left the window', 'x.....................xxx', 'closed'],
  ])('%s', (_, outcomes, mode) => {
    expect(brokenBy(outcomes).mode).toBe(mode);
  });

  test('a minimum above the window is the window', () => {
    expect(brokenBy('xxxxxxxxxx', { minimumNumberOfCalls: 100 }).mode).toBe('open');
  });

  test('by time, only seconds within the window count', () => {
    const own = { ...settings, slidingWindowType: 'TIME_BASED', slidingWindowSize: 2 } as const;
    const breaker = newBreaker(own);
    for (const ms of [100, 200, 300]) noteOutcome(own, breaker, true, 1, ms);
    noteOutcome(own, breaker, false, 1, 2100);
    expect([breaker.window.calls, breaker.mode]).toEqual([1, 'closed']);
    for (const ms of [2200, 2300, 3900]) noteOutcome(own, breaker, true, 1, ms);
    expect(breaker.mode).toBe('open');
  });

  test('open refuses for 60 s, then lets two calls through', () => {
    const breaker = brokenBy('xxxx');
    expect([1, 60_002].map((ms) => permits(settings, breaker, ms))).toEqual([false, false]);
    expect(breaker.mode).toBe('open');
    const answers = [60_003, 60_004, 60_005].map((ms) => permits(settings, breaker, ms));
    expect(answers).toEqual([true, true, false]);
    expect([breaker.mode, breaker.refused]).toEqual(['half-open', 3]);
  });

  test.each([
    ['..', 'closed'],
    ['.', 'half-open'],
    ['.x', 'open'],
    ['xx', 'open'],
  ])('half-open after %s is %s', (outcomes, mode) => {
    const breaker = brokenBy('xxxx');
    permits(settings, breaker, 70_000);
    for (const letter of outcomes) noteOutcome(settings, breaker, letter === 'x', 1, 70_001);
    expect(breaker.mode).toBe(mode);
  });

  test('half-open that waits too long opens again', () => {
    const own = { ...settings, maxWaitDurationInHalfOpenStateMs: 5000 };
    const breaker = brokenBy('xxxx');
    permits(own, breaker, 70_000);
    turnByTime(own, breaker, 74_999);
    expect(breaker.mode).toBe('half-open');
    turnByTime(own, breaker, 76_000);
    expect([breaker.mode, breaker.sinceMs]).toEqual(['open', 75_000]);
  });

  test('it turns by itself where it is told to', () => {
    const own = { ...settings, automaticTransitionFromOpenToHalfOpenEnabled: true };
    const breaker = brokenBy('xxxx');
    turnByTime(own, breaker, 60_003);
    expect(breaker.mode).toBe('half-open');
  });

  test('a call that came to nothing gives its permit back', () => {
    const breaker = brokenBy('xxxx');
    permits(settings, breaker, 70_000);
    releasePermit(breaker, 70_000);
    expect(breaker.permits).toBe(2);
  });

  test('a call from before half-open has none to give back', () => {
    const breaker = brokenBy('xxxx');
    permits(settings, breaker, 70_000);
    releasePermit(breaker, 69_999);
    expect(breaker.permits).toBe(1);
  });

  test('says what it knows', () => {
    expect(breakerReason(brokenBy('x..'))).toBe('closed: 3 calls of 10, 33.3 % failed, 0.0 % slow');
  });

  test('refuses what Resilience4j refuses', () => {
    expect(breakerProblems(breakerSettings({ failureRateThreshold: 0 }))).toHaveLength(1);
    expect(breakerProblems(breakerSettings({ slidingWindowSize: 0 }))).toHaveLength(1);
    expect(breakerProblems(breakerSettings({}))).toEqual([]);
  });
});

describe('Envoy limits', () => {
  const use = { connections: 0, pendingRequests: 0, requests: 0, retries: 0 };

  test.each([
    ['requests', 1023, true],
    ['requests', 1024, false],
    ['pendingRequests', 1024, false],
    ['connections', 1024, false],
    ['retries', 2, true],
    ['retries', 3, false],
  ] as const)('%s: one more than %d: %s', (resource, there, expected) => {
    expect(admits({}, resource, { ...use, [resource]: there })).toBe(expected);
  });

  test.each([
    [10, 0, 3],
    [15, 0, 3],
    [60, 40, 20],
    [99, 0, 19],
  ])('20 %% of %d active and %d pending is %d retries', (requests, pendingRequests, most) => {
    const limits = { maxRetries: 1000, retryBudget: {} };
    expect(mostRetries(limits, { ...use, requests, pendingRequests })).toBe(most);
  });
});

describe('gradient', () => {
  const settings = { concurrencyUpdateIntervalMs: 100, minRttIntervalMs: 60_000 };

  test.each([
    [100, 10, 25, 57],
    [100, 10, 12.5, 110],
    [100, 10, 1, 214],
    [4, 10, 100, 3],
    [990, 10, 12.5, 1000],
  ])('limit %d, minRTT %d ms, sample %d ms: %d', (limit, minRttMs, sampleMs, expected) => {
    expect(gradientLimit(settings, limit, minRttMs, sampleMs)).toBe(expected);
  });

  function measured(minRttMs: number) {
    const gradient = newGradient(settings, 0);
    for (let i = 0; i < 50; i++) noteLatency(settings, gradient, 0, minRttMs, () => 0);
    return gradient;
  }

  test('begins at the floor of 3 and measures 50 answers', () => {
    const gradient = newGradient(settings, 0);
    for (let i = 0; i < 49; i++) noteLatency(settings, gradient, 0, 10, () => 0);
    endWindow(settings, gradient, 100);
    expect([gradient.limit, gradient.minRttMs]).toEqual([3, null]);
    noteLatency(settings, gradient, 0, 10, () => 0);
    expect([gradient.minRttMs, gradient.nextProbeMs]).toEqual([10, 60_010]);
  });

  test('a window without answers changes nothing', () => {
    const gradient = measured(10);
    endWindow(settings, gradient, 100);
    expect(gradient.limit).toBe(3);
  });

  test('grows by the root while latency is as good as at rest', () => {
    const gradient = measured(10);
    const limits = [100, 200, 300].map((nowMs) => {
      noteLatency(settings, gradient, nowMs - 12.5, nowMs, () => 0);
      endWindow(settings, gradient, nowMs);
      return gradient.limit;
    });
    expect(limits).toEqual([4, 6, 8]);
  });

  test('measures anew when it is due, and after five windows at the floor', () => {
    const due = measured(10);
    endWindow(settings, due, 60_010);
    expect([due.limit, due.deferredLimit]).toEqual([3, 3]);
    const slow = measured(10);
    for (let window = 1; window <= 5; window++) {
      expect(slow.deferredLimit).toBeNull();
      noteLatency(settings, slow, window * 100 - 99, window * 100, () => 0);
      endWindow(settings, slow, window * 100);
    }
    expect(slow.deferredLimit).toBe(3);
  });

  test('a request from before the measurement is no sample', () => {
    const gradient = measured(10);
    endWindow(settings, gradient, 70_000);
    noteLatency(settings, gradient, 69_999, 70_001, () => 0);
    expect(gradient.samplesMs).toEqual([]);
  });
});

test.each([
  ['a success while half is in use', 10, { tookMs: 1, inflight: 5, dropped: false }, 11],
  ['a success while less is', 10, { tookMs: 1, inflight: 4, dropped: false }, 10],
  ['a drop', 10, { tookMs: 1, inflight: 5, dropped: true }, 9],
  ['a drop takes one at least', 5, { tookMs: 1, inflight: 5, dropped: true }, 4],
  ['too slow', 20, { tookMs: 5001, inflight: 5, dropped: false }, 18],
  ['never below one', 1, { tookMs: 1, inflight: 1, dropped: true }, 1],
])('AIMD after %s: %d', (_, limit, sample, expected) => {
  expect(aimdLimit({}, limit, sample)).toBe(expected);
});

describe('CoDel', () => {
  test('drops after an interval of waits of 5 ms and more, then ever quicker', () => {
    const codel = newCodel();
    const drops: number[] = [];
    for (let ms = 0; ms <= 400; ms++) if (codelDrops({}, codel, 5, false, ms)) drops.push(ms);
    // From 100 on: 100 ms, 100/√2, 100/√3, 100/√4 further, at the next whole ms.
    expect(drops).toEqual([100, 200, 271, 329, 379]);
  });

  test.each([
    ['one short wait', 4, false],
    ['a last one in the queue', 50, true],
  ])('%s starts anew', (_, sojournMs, isLast) => {
    const codel = newCodel();
    for (let ms = 0; ms < 100; ms++) codelDrops({}, codel, 50, false, ms);
    codelDrops({}, codel, sojournMs, isLast, 99);
    expect(codelDrops({}, codel, 50, false, 150)).toBe(false);
  });
});

describe('shedding', () => {
  const none = () => 0;

  test.each([
    ['a full queue', { queueLimit: 10 }, { queueLength: 10 }, true],
    ['a place left', { queueLimit: 10 }, { queueLength: 9 }, false],
    [
      'half of it for others',
      { queueLimit: 10, queueShares: [1, 0.5] },
      { queueLength: 5, priority: 3 },
      true,
    ],
    [
      'all of it for the first',
      { queueLimit: 10, queueShares: [1, 0.5] },
      { queueLength: 5 },
      false,
    ],
    ['CPU above the limit of all', { pressureLimits: [0.95, 0.8] }, { pressure: 0.96 }, true],
    [
      'CPU above that of others',
      { pressureLimits: [0.95, 0.8] },
      { pressure: 0.85, priority: 1 },
      true,
    ],
    [
      'CPU above that of others, for the first',
      { pressureLimits: [0.95, 0.8] },
      { pressure: 0.85 },
      false,
    ],
  ])('%s', (_, settings, offered, expected) => {
    const request = { priority: 0, queueLength: 0, pressure: 0, ...offered };
    expect(shed(settings, request, none).sheds).toBe(expected);
  });

  test.each([
    [0.85, 0],
    [0.9, 0.5],
    [0.95, 1],
    [1, 1],
  ])('of a scaled trigger from 0.85 to 0.95 at %d: %d', (pressure, share) => {
    const trigger = { scalingThreshold: 0.85, saturationThreshold: 0.95 };
    expect(scaledShare(trigger, pressure)).toBeCloseTo(share, 9);
  });

  test('refuses shares that grow, and thresholds in the wrong order', () => {
    expect(sheddingProblems({ queueShares: [0.5, 1] })).toHaveLength(1);
    expect(
      sheddingProblems({ scaled: { scalingThreshold: 0.9, saturationThreshold: 0.9 } }),
    ).toHaveLength(1);
  });
});
