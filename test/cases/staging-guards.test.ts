/** Guards of the staging twin: what they say, and that they say it again. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { aboutOf, headersAbout, keyDrawer } from '../../fixtures/staging/about.ts';
import { guardAgain } from '../../fixtures/staging/decide-again.ts';
import { breakerGuard } from '../../fixtures/staging/guards/breaker-guard.ts';
import { budgetGuard } from '../../fixtures/staging/guards/budget-guard.ts';
import { codelGuard } from '../../fixtures/staging/guards/codel-guard.ts';
import { concurrencyGuard } from '../../fixtures/staging/guards/concurrency-guard.ts';
import { crowdGuard } from '../../fixtures/staging/guards/crowd-guard.ts';
import { healthGuard } from '../../fixtures/staging/guards/health-guard.ts';
import { journal } from '../../fixtures/staging/guards/journal.ts';
import { limitGuard } from '../../fixtures/staging/guards/limit-guard.ts';
import {
  concurrencyChance,
  guardsOf,
  healthChance,
} from '../../fixtures/staging/guards/settings.ts';
import { stream } from '../../simulator/engine/random.ts';
import { breakerSettings } from '../../simulator/model/breaker-settings.ts';
import type { RateLimitRule, RetryBudget } from '../../simulator/model/limit-settings.ts';
import type { Service } from '../../simulator/model/model.ts';
import { outlierSettings } from '../../simulator/model/outlier-settings.ts';
import type {
  BudgetSaid,
  BudgetSeen,
  ConcurrencySeen,
  Guarded,
  GuardRecord,
  HealthSeen,
  HealthSettings,
} from '../../simulator/results/staging-guards.ts';
import type { StagingLogLine } from '../../simulator/results/staging-log.ts';
import { model, NO_TIME, service } from '../helpers/models.ts';

const first = (n: number) => Math.min(3, n - 1);

function members(nowMs: number, names: readonly string[], isKnown = false): HealthSeen {
  return { type: 'members', nowMs, names, isKnown };
}

describe('health', () => {
  const settings: HealthSettings = {
    healthCheck: { rules: 'haproxy', intervalMs: 2000, timeoutMs: 1000, rise: 2, fall: 2 },
  };
  const probe = (nowMs: number, instance: string, verdict: 'success' | 'timeout'): HealthSeen => ({
    type: 'probe',
    nowMs,
    instance,
    verdict,
  });

  test('those of the start are well and probed within an interval, new ones at once', () => {
    const guard = healthGuard(settings, first);
    expect(guard(members(0, ['a', 'b'], true))).toEqual({
      listed: ['a', 'b'],
      probesInMs: { a: 3, b: 3 },
    });
    expect(guard(members(10, ['a', 'b', 'c'])).probesInMs).toEqual({ c: 0 });
  });

  test('who fails two probes in a row is off the list until two succeed', () => {
    const guard = healthGuard(settings, first);
    guard(members(0, ['a', 'b'], true));
    expect(guard(probe(10, 'a', 'timeout'))).toEqual({ probesInMs: { a: 2000 } });
    const down = guard(probe(20, 'a', 'timeout'));
    expect(down.listed).toEqual(['b']);
    expect(down.notes).toEqual(['health check of a: down: timeout, 0 of 2 successes to turn']);
    expect(guard(probe(30, 'a', 'success')).listed).toBeUndefined();
    expect(guard(probe(40, 'a', 'success')).listed).toEqual(['a', 'b']);
  });

  test('below the panic threshold all get requests', () => {
    const guard = healthGuard({ ...settings, panicRatio: 0.6 }, first);
    guard(members(0, ['a', 'b', 'c'], true));
    guard(probe(10, 'a', 'timeout'));
    // Two of three are well: 67 % is not below 60 %. One is 33 %.
    expect(guard(probe(20, 'a', 'timeout')).listed).toEqual(['b', 'c']);
    guard(probe(30, 'b', 'timeout'));
    expect(guard(probe(40, 'b', 'timeout')).listed).toEqual(['a', 'b', 'c']);
  });

  test('an instance that has gone is nobody: its probe is not asked for again', () => {
    const guard = healthGuard(settings, first);
    guard(members(0, ['a', 'b'], true));
    expect(guard(members(10, ['b']))).toEqual({ listed: ['b'] });
    expect(guard(probe(20, 'a', 'success'))).toEqual({});
  });

  const outlierDetection = outlierSettings({
    intervalMs: 1000,
    baseEjectionTimeMs: 1500,
    consecutive5xx: 2,
    maxEjectionPercent: 50,
  });
  const answer = (nowMs: number, instance: string, status: number): HealthSeen => ({
    type: 'answer',
    nowMs,
    instance,
    status,
  });

  test('who answers two errors in a row is ejected, and back at an end of an interval', () => {
    const guard = healthGuard({ outlierDetection }, first);
    guard(members(0, ['a', 'b'], true));
    expect(guard(answer(100, 'a', 500))).toEqual({});
    const ejected = guard(answer(200, 'a', 503));
    expect(ejected).toEqual({
      listed: ['b'],
      notes: ['eject a: 2 times 5xx in a row: ejected for 1.5 s'],
    });
    expect(guard({ type: 'sweep', nowMs: 1000 })).toEqual({});
    expect(guard({ type: 'sweep', nowMs: 2000 }).listed).toEqual(['a', 'b']);
  });

  test('a good health check brings an ejected one back (Envoy)', () => {
    const envoy = { ...settings.healthCheck!, rules: 'envoy' } as const;
    const guard = healthGuard({ outlierDetection, healthCheck: envoy }, first);
    guard(members(0, ['a', 'b'], true));
    guard(answer(100, 'a', 500));
    guard(answer(200, 'a', 500));
    expect(guard(probe(300, 'a', 'success'))).toEqual({
      probesInMs: { a: 2000 },
      listed: ['a', 'b'],
      notes: ['uneject a: its active health check succeeded'],
    });
  });
});

describe('rate limits', () => {
  // Requests at these moments; 1 is let in, 0 is not.
  test.each<[RateLimitRule, [nowMs: number, allowed: number][]]>([
    [
      { type: 'token-bucket', ratePerSecond: 10, burst: 2 },
      [
        [0, 1],
        [0, 1],
        [0, 0],
        [100, 1],
        [100, 0],
      ],
    ],
    [
      { type: 'gcra', ratePerSecond: 10, burst: 1 },
      [
        [0, 1],
        [0, 1],
        [0, 0],
        [100, 1],
      ],
    ],
    [
      { type: 'nginx', ratePerSecondMilli: 10_000, burst: 1 },
      [
        [0, 1],
        [0, 1],
        [0, 0],
        [100, 1],
      ],
    ],
    [
      { type: 'fixed-window', limit: 2, windowMs: 1000, countsRefused: false },
      [
        [900, 1],
        [900, 1],
        [999, 0],
        [1000, 1],
      ],
    ],
    [
      { type: 'kong', limits: { second: 1, minute: 2 }, clockMs: 0 },
      [
        [900, 1],
        [900, 0],
        [1000, 1],
        [2000, 0],
      ],
    ],
    [
      // Half of the two of the window before count: one more fits.
      { type: 'sliding-window', limit: 2, windowMs: 1000, countsRefused: false },
      [
        [900, 1],
        [900, 1],
        [1500, 1],
        [1500, 0],
      ],
    ],
  ])('%o', (rule, requests) => {
    const guard = limitGuard({ rule, per: 'service' });
    expect(requests.map(([nowMs]) => Number(guard({ nowMs }).allowed))).toEqual(
      requests.map(([, allowed]) => allowed),
    );
  });

  test('nginx delays what is in the burst, at its rate', () => {
    const rule = { type: 'nginx', ratePerSecondMilli: 10_000, burst: 2, delay: 0 } as const;
    const guard = limitGuard({ rule, per: 'service' });
    expect([0, 0, 0].map((nowMs) => guard({ nowMs }).delayMs)).toEqual([0, 100, 200]);
  });

  test('instances have limits of their own', () => {
    const rule = { type: 'token-bucket', ratePerSecond: 1, burst: 1 } as const;
    const guard = limitGuard({ rule, per: 'instance' });
    const asked = ['a', 'b', 'a', 'b'].map((instance) => guard({ nowMs: 0, instance }).allowed);
    expect(asked).toEqual([true, true, false, false]);
  });
});

test.each([
  [false, 9, 0, true],
  [false, 10, 0, false],
  [true, 9, 2, true],
  [true, 9, 3, false],
])('of ten requests and three retries: a retry (%s) with %d and %d there: %s', (...row) => {
  const [isRetry, requests, retries, allowed] = row;
  const guard = crowdGuard({ maxRequests: 10, maxRetries: 3 });
  expect(guard({ nowMs: 0, isRetry, requests, retries })).toEqual({ allowed });
});

describe('retry budgets', () => {
  /** A guard that has been told of so many first attempts. */
  function begun(budget: RetryBudget, attempts: number): (seen: BudgetSeen) => BudgetSaid {
    const guard = budgetGuard(budget);
    for (let i = 0; i < attempts; i++) guard({ type: 'attempt', nowMs: 0, attempt: 1 });
    return guard;
  }
  const failed = (attempt: number, rest: object = {}): BudgetSeen => ({
    type: 'settled',
    nowMs: 0,
    attempt,
    outcome: 'transient',
    isLast: false,
    ...rest,
  });

  test('Envoy: of those that are active 20 % may be retries', () => {
    const guard = begun({ type: 'active', ratio: 0.2, minRetries: 1 }, 24);
    // One fails of 24, 23 are left: four may be under way. Of the fifth 19 are left: three.
    const allowed = [1, 2, 3, 4, 5].map(() => guard(failed(1)).mayRetry);
    expect(allowed).toEqual([true, true, true, true, false]);
    // One of them sets out and fails again: it may try once more in its own place.
    guard({ type: 'attempt', nowMs: 0, attempt: 2 });
    expect(guard(failed(2, { isLast: true })).mayRetry).toBe(false);
    expect(guard(failed(1, { outcome: 'success' })).mayRetry).toBe(false);
  });

  test('Finagle: ten requests pay for two retries', () => {
    const budget = { type: 'per-request', ratio: 0.2, ttlMs: 10_000, minRetriesPerSecond: 0 };
    const guard = begun(budget as RetryBudget, 10);
    expect([1, 2, 3].map(() => guard(failed(1)).mayRetry)).toEqual([true, true, false]);
  });

  test('AWS: a retry costs tokens that its success gives back', () => {
    const costs = { transientCost: 14, throttlingCost: 5 };
    const guard = begun({ type: 'aws-quota', capacity: 20, ...costs }, 3);
    expect(guard(failed(1))).toEqual({ mayRetry: true, cost: 14 });
    expect(guard(failed(1))).toEqual({ mayRetry: false, cost: 0 });
    expect(guard(failed(1, { outcome: 'throttling' }))).toEqual({ mayRetry: true, cost: 5 });
    guard({ type: 'attempt', nowMs: 0, attempt: 2 });
    guard(failed(2, { outcome: 'success', cost: 14 }));
    expect(guard(failed(1))).toEqual({ mayRetry: true, cost: 14 });
  });
});

describe('adaptive limits', () => {
  const over = (nowMs: number, startedMs: number, failed = false): ConcurrencySeen => ({
    type: 'over',
    nowMs,
    startedMs,
    inflight: 10,
    failed,
  });

  test('one more after a success, a tenth less after a failure', () => {
    const settings = {
      type: 'aimd',
      initialLimit: 10,
      backoffRatio: 0.9,
      timeoutMs: 5000,
    } as const;
    const guard = concurrencyGuard({ ...settings, maxLimit: 100 }, first);
    expect(guard({ type: 'ask', nowMs: 0, inflight: 10 })).toEqual({ isPermitted: true });
    expect(guard({ type: 'ask', nowMs: 0, inflight: 11 })).toEqual({ isPermitted: false });
    expect(guard(over(10, 0))).toEqual({ limit: 11 });
    expect(guard(over(20, 0, true))).toEqual({ limit: 9 });
    expect(guard({ type: 'window', nowMs: 30 })).toEqual({});
  });

  test('half of it and its root when latency has doubled and more', () => {
    const guard = concurrencyGuard({ ...GRADIENT, minConcurrency: 100 }, first);
    // Two answers of 10 ms measure the least; then one of 50 ms is sampled.
    guard(over(10, 0));
    guard(over(20, 10));
    guard(over(80, 30));
    // 0.5 · 100 + √50 = 57, but never below the floor.
    expect(guard({ type: 'window', nowMs: 100 })).toEqual({});
    guard(over(120, 110));
    // 12.5 ÷ 10 = 1.25: 125 + √125 = 136.
    expect(guard({ type: 'window', nowMs: 200 })).toEqual({ limit: 136 });
  });
});

test('controlled delay drops when all have waited too long for 100 ms, but never the last', () => {
  const guard = codelGuard(CODEL);
  const drops = (nowMs: number, sojournMs: number, isLast = false) =>
    guard({ nowMs, sojournMs, isLast }).drops;
  expect([drops(0, 10), drops(99, 10), drops(100, 10)]).toEqual([false, false, true]);
  // The next one goes after another 100 ms, the one after that 100 ÷ √2 later.
  expect([drops(199, 10), drops(200, 10), drops(270, 10)]).toEqual([false, true, false]);
  expect([drops(271, 10, true), drops(272, 10)]).toEqual([false, false]);
});

const CODEL = { targetMs: 5, intervalMs: 100 } as const;

const GRADIENT = {
  type: 'gradient',
  concurrencyUpdateIntervalMs: 100,
  minRttIntervalMs: 3000,
  requestCount: 2,
  jitterPercent: 50,
  bufferPercent: 25,
  sampleAggregatePercentile: 50,
  minConcurrency: 3,
  maxConcurrencyLimit: 1000,
} as const;

describe('asked again', () => {
  const outlierDetection = outlierSettings({
    intervalMs: 1000,
    maxEjectionTimeJitterMs: 700,
    enforcingConsecutive5xx: 60,
    consecutive5xx: 2,
    maxEjectionPercent: 70,
    failurePercentageThreshold: 50,
    enforcingFailurePercentage: 50,
    failurePercentageMinimumHosts: 2,
    failurePercentageRequestVolume: 3,
  });
  const web: Service = {
    ...service('web', { time: NO_TIME }),
    healthCheck: { rules: 'envoy', intervalMs: 500, timeoutMs: 200, rise: 2, fall: 2 },
    outlierDetection,
    limits: { maxRequests: 10, maxRetries: 3 },
  };
  const rateLimit = {
    rule: { type: 'sliding-window', limit: 9, windowMs: 700, countsRefused: true },
    per: 'instance',
  } as const;
  const limited = { ...web, rateLimit };
  const breaker = breakerSettings({
    slidingWindowType: 'TIME_BASED',
    slidingWindowSize: 2,
    minimumNumberOfCalls: 3,
    waitDurationInOpenStateMs: 900,
    permittedNumberOfCallsInHalfOpenState: 2,
  });
  const BUDGET: RetryBudget = {
    type: 'per-request',
    ratio: 0.2,
    ttlMs: 1000,
    minRetriesPerSecond: 0,
  };
  const RUN: StagingLogLine = {
    type: 'run',
    startAtMs: 1e12,
    scaling: {},
    seed: 3,
    guards: guardsOf(model(1, 1000, [limited])),
  };

  /** What guards of a run of 20 s with random events would have written. */
  function log(seed: number): StagingLogLine[] {
    const random = stream(seed, 0, 'test', 'events');
    const lines: StagingLogLine[] = [RUN];
    const write = (record: GuardRecord) => {
      lines.push({ type: 'guarded', originMs: 1e12, service: 'web', ...record });
    };
    const health = journal(healthGuard(web, healthChance(3, 'web')), (entries) =>
      write({ guard: 'health', name: 'web', entries }),
    );
    const limit = journal(limitGuard(rateLimit), (entries) =>
      write({ guard: 'rate-limit', name: 'web', entries }),
    );
    const crowd = journal(crowdGuard(web.limits!), (entries) =>
      write({ guard: 'crowd', name: 'web', entries }),
    );
    const own = { guard: 'breaker', name: 'web-1 work/0 → db.read', settings: breaker } as const;
    const call = journal(breakerGuard(breaker, own.name), (entries) => write({ ...own, entries }));
    const paid = { guard: 'budget', name: 'web-1 → db', settings: BUDGET } as const;
    const budget = journal(budgetGuard(BUDGET), (entries) => write({ ...paid, entries }));
    const room = { guard: 'codel', name: 'web-1', settings: CODEL } as const;
    const codel = journal(codelGuard(CODEL), (entries) => write({ ...room, entries }));
    const adaptive = { guard: 'concurrency', name: 'web-1', settings: GRADIENT } as const;
    const concurrency = journal(
      concurrencyGuard(GRADIENT, concurrencyChance(3, 'web-1')),
      (entries) => write({ ...adaptive, entries }),
    );
    const all = ['a', 'b', 'c', 'd'];
    health.ask({ type: 'members', nowMs: 0, names: all, isKnown: true });
    for (let nowMs = 0.5; nowMs < 20_000; nowMs += random.uniform() * 20) {
      const instance = all[random.below(4)]!;
      const isIll = instance === 'a' || random.uniform() < 0.1;
      const requests = random.below(12);
      health.ask({ type: 'answer', nowMs, instance, status: isIll ? 500 : 200 });
      limit.ask({ nowMs, instance });
      crowd.ask({ nowMs, isRetry: isIll, requests, retries: random.below(5) });
      if (call.ask({ type: 'ask', nowMs }).isPermitted) {
        call.ask({ type: 'outcome', nowMs, failed: random.uniform() < 0.5, tookMs: 7 });
      }
      budget.ask({ type: 'attempt', nowMs, attempt: 1 });
      const outcome = isIll ? 'transient' : 'success';
      budget.ask({ type: 'settled', nowMs, attempt: 1, outcome, isLast: false });
      codel.ask({ nowMs, sojournMs: 10 + 10 * random.uniform(), isLast: requests === 0 });
      concurrency.ask({ type: 'ask', nowMs, inflight: requests });
      const startedMs = nowMs - 50 * random.uniform();
      concurrency.ask({ type: 'over', nowMs, startedMs, inflight: requests, failed: isIll });
      if (random.uniform() < 0.1) concurrency.ask({ type: 'window', nowMs });
      if (random.uniform() < 0.05) health.ask({ type: 'sweep', nowMs });
      const verdict = isIll ? 'timeout' : 'success';
      if (random.uniform() < 0.1) health.ask({ type: 'probe', nowMs, instance, verdict });
      if (random.uniform() < 0.02) {
        const names = all.filter(() => random.uniform() < 0.8);
        health.ask({ type: 'members', nowMs, names, isKnown: false });
      }
    }
    for (const one of [health, limit, crowd, call, budget, concurrency, codel]) one.flush();
    return lines.map((line) => JSON.parse(JSON.stringify(line)) as StagingLogLine);
  }

  test.each([1, 2, 3])('log %i, read back from its text, says all of it again', (seed) => {
    const again = guardAgain(log(seed));
    expect(again.length).toBeGreaterThan(5000);
    for (const one of again) expect(one.again).toEqual(one.said);
    const said = JSON.stringify(again.map((one) => one.said));
    for (const word of [
      'eject a',
      'uneject',
      'health check of a',
      'half-open',
      '"allowed":false',
      '"mayRetry":true',
    ])
      expect(said).toContain(word);
  });

  test('what was not decided by what was seen shows', () => {
    const text = JSON.stringify(log(1));
    const changes = [
      text.replace('"status":500', '"status":200'),
      text.replace('"failed":true', '"failed":false'),
      text.replace('"allowed":false', '"allowed":true'),
      text.replace('"mayRetry":true', '"mayRetry":false'),
      text.replace('"seed":3', '"seed":4'),
    ];
    for (const changed of changes) {
      expect(changed).not.toBe(text);
      const again = guardAgain(JSON.parse(changed) as StagingLogLine[]);
      const differ = again.filter((one) => JSON.stringify(one.again) !== JSON.stringify(one.said));
      expect(differ.length).toBeGreaterThan(0);
    }
  });

  test('what a guard of an earlier run says late is left out', () => {
    const own = { guard: 'crowd', name: 'web' } as const;
    const late = { type: 'guarded', originMs: 5, service: 'web', ...own } as const;
    const seen = { nowMs: 1, isRetry: false, requests: 0, retries: 0 };
    const lines: StagingLogLine[] = [
      RUN,
      { ...late, entries: [{ seen, said: { allowed: true } }] },
    ];
    expect(guardAgain(lines)).toEqual([]);
    expect(guardAgain(lines.slice(1))).toEqual([]);
  });
});

describe('a journal', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('hands over at once what is worth a note, and the rest soon', () => {
    const sent: Guarded['entries'][number]['seen'][][] = [];
    const guard = ({ nowMs }: { nowMs: number }) => (nowMs === 2 ? { notes: ['turned'] } : {});
    const book = journal(
      guard,
      (entries) => void sent.push(entries.map(({ seen }) => seen as never)),
    );
    book.ask({ nowMs: 1 });
    expect(sent).toEqual([]);
    book.ask({ nowMs: 2 });
    expect(sent).toEqual([[{ nowMs: 1 }, { nowMs: 2 }]]);
    book.ask({ nowMs: 3 });
    vi.advanceTimersByTime(500);
    expect(sent.at(-1)).toEqual([{ nowMs: 3 }]);
    book.flush();
    expect(sent).toHaveLength(2);
  });
});

describe('what a balancer is told of a request', () => {
  test('comes back from the headers', () => {
    const about = { attempt: 2, key: 0, caller: { service: 'shop', instance: 'shop-3' } };
    expect(aboutOf(headersAbout(about))).toEqual(about);
    const nothing = { attempt: 1, key: undefined, caller: undefined };
    expect(headersAbout(nothing)).toEqual({});
    expect(aboutOf({})).toEqual(nothing);
  });

  test.each(['-1', '1.5', 'x', '', '99999999999', '1e3'])('%j is no key', (text) => {
    expect(aboutOf({ 'x-plimsoll-key': text }).key).toBeUndefined();
  });

  test('keys are drawn by their popularity', () => {
    const next = keyDrawer({ count: 2, zipf: 1 }, stream(1, 0, 'test', 'keys'));
    const drawn = Array.from({ length: 6000 }, next);
    const share = drawn.filter((key) => key === 0).length / drawn.length;
    expect(Math.abs(share - 2 / 3)).toBeLessThan(0.03);
    expect(new Set(drawn)).toEqual(new Set([0, 1]));
  });
});
