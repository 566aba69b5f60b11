/** Limits of what a service is asked at once, where every number can be counted by hand. */
import { describe, expect, test } from 'vitest';
import type { Fault, Limits } from '../../simulator/model/health-settings.ts';
import type { CallStep, Service } from '../../simulator/model/model.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import type { Run } from '../../simulator/results/results.ts';
import { simulate } from '../../simulator/simulate.ts';
import { findsAllRight } from '../helpers/laws/audit.ts';
import { changed } from '../helpers/model-text.ts';
import { model, service } from '../helpers/models.ts';

const ms = (value: number) => ({ type: 'constant', ms: value }) as const;

/** 100 requests a second for 100 s. */
function evenly(own: Partial<Service>, call: Partial<CallStep> = {}, workMs = 95): Run {
  const feed = service('feed', { time: ms(workMs), serves: { type: 'delay' }, ...own });
  const base = model(100, 100_000, [feed]);
  const traffic = base.traffic.map((one) => ({ ...one, arrivals: 'even' }) as const);
  const visit = { type: 'call', service: 'feed', endpoint: 'work', timeoutMs: undefined, ...call };
  const what = { ...base, traffic, journeys: [{ name: 'visit', steps: [visit as CallStep] }] };
  const options = { seed: 1, arrivals: 'independent', modelDigest: '', replications: 1 } as const;
  return simulate(what, options).runs[0]!;
}

// Each takes 95 ms and one comes every 10 ms: ten are inside.
test.each([
  [10, 0],
  [9, 1000],
  [5, 5000],
])('with room for %d of ten requests %d in 10,000 are shed', (maxRequests, shed) => {
  const { counters } = evenly({ limits: { maxRequests, maxRetries: 3 } }).journeys['visit']!;
  expect(Math.abs(counters.shed - shed)).toBeLessThanOrEqual(5);
  expect(counters.failed + counters.timedOut).toBe(0);
});

describe('retries', () => {
  const fail: Fault = { type: 'fail', atMs: 10_000.5, forMs: 50_000, instances: 1, ratio: 1 };
  const retry = { attempts: 2, backoff: ms(95) };

  /** Requests that fail in the end. */
  function failures(limits: Limits | undefined): number {
    const own = limits === undefined ? { faults: [fail] } : { faults: [fail], limits };
    // An error is immediate and its pause takes 95 ms: without a limit ten pauses are under way.
    return evenly(own, { retry }, 1).journeys['visit']!.counters.failed;
  }

  test('what may not be retried fails at once: nothing else changes', () => {
    // Who fails twice has failed; those of the last pause succeed, if they may try again.
    expect(failures(undefined)).toBe(4990);
    expect(failures({ maxRequests: 1024, maxRetries: 0 })).toBe(5000);
    // Ten pauses want to be under way, three may be: about three in ten of the last are saved.
    const saved = 5000 - failures({ maxRequests: 1024, maxRetries: 3 });
    expect(saved).toBe(3);
  });

  test('what the limit refuses is not under way for the budget of the caller', () => {
    const limits = { maxRequests: 1024, maxRetries: 0 };
    const early = { ...fail, atMs: 100.5 };
    const feed = { ...service('feed', { time: ms(1), limits }), faults: [early] };
    const budget = { type: 'active', ratio: 0.2, minRetries: 3 } as const;
    const visit: CallStep = {
      type: 'call',
      service: 'feed',
      endpoint: 'work',
      timeoutMs: undefined,
      retry: { ...retry, budget },
    };
    const what = { ...model(20, 3000, [feed]), journeys: [{ name: 'visit', steps: [visit] }] };
    expect(() => findsAllRight(what)).not.toThrow();
  });

  test('a budget never allows fewer than its least', () => {
    const retryBudget = { budgetPercent: 20, minRetryConcurrency: 3 };
    // Nobody is at the service while all fail at once: 20 % of nothing.
    expect(5000 - failures({ maxRequests: 1024, maxRetries: 0, retryBudget })).toBe(3);
    const more = { ...retryBudget, minRetryConcurrency: 6 };
    expect(5000 - failures({ maxRequests: 1024, maxRetries: 0, retryBudget: more })).toBe(6);
  });
});

test('a model file says all of it, with the defaults of Envoy', () => {
  const limitsOf = (text: string) => {
    const { model: parsed } = parseModel([
      changed('instances: 2\n', `instances: 2\n    ${text}\n`),
    ]);
    return parsed!.services.find(({ name }) => name === 'stock')!.limits;
  };
  expect(limitsOf('limits: {}')).toEqual({ maxRequests: 1024, maxRetries: 3 });
  expect(limitsOf('limits: { requests: 50, retry-budget: 25% }')).toEqual({
    maxRequests: 50,
    maxRetries: 3,
    retryBudget: { budgetPercent: 25, minRetryConcurrency: 3 },
  });
});
