/** Calls with breakers and fallbacks, where every number can be counted by hand. */
import { describe, expect, test } from 'vitest';
import { breakerSettings } from '../../simulator/model/breaker-settings.ts';
import type { Fault } from '../../simulator/model/health-settings.ts';
import type { CallStep, Service } from '../../simulator/model/model.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import { mergeHistograms } from '../../simulator/results/histogram.ts';
import type { Run } from '../../simulator/results/results.ts';
import { simulate } from '../../simulator/simulate.ts';
import { changed } from '../helpers/model-text.ts';
import { model, service } from '../helpers/models.ts';

const ms = (value: number) => ({ type: 'constant', ms: value }) as const;
const DELAY = { serves: { type: 'delay' } } as const;

/** 100 requests a second for 100 s; each makes one call of a service that nothing queues at. */
function evenly(call: Partial<CallStep>, faults: readonly Fault[], more: Service[] = []): Run {
  const feed = service('feed', { time: ms(1), ...DELAY, ...(faults.length > 0 && { faults }) });
  const base = model(100, 100_000, [feed, ...more]);
  const traffic = base.traffic.map((one) => ({ ...one, arrivals: 'even' }) as const);
  const visit = { type: 'call', service: 'feed', endpoint: 'work', timeoutMs: undefined, ...call };
  const what = { ...base, traffic, journeys: [{ name: 'visit', steps: [visit as CallStep] }] };
  const options = { seed: 1, arrivals: 'independent', modelDigest: '', replications: 1 } as const;
  return simulate(what, options).runs[0]!;
}

function answers({ journeys }: Run) {
  const { counters, latencyMs, degraded = 0 } = journeys['visit']!;
  return { ...counters, degraded, max: mergeHistograms(latencyMs).max };
}

const fail: Fault = { type: 'fail', atMs: 10_000.5, forMs: 20_000, instances: 1, ratio: 1 };
const hang: Fault = { type: 'hang', atMs: 10_000.5, forMs: 20_000, instances: 1 };
const breaker = breakerSettings({
  slidingWindowSize: 10,
  minimumNumberOfCalls: 10,
  waitDurationInOpenStateMs: 6000,
  permittedNumberOfCallsInHalfOpenState: 5,
});

describe('a breaker', () => {
  test('opens at five failures of ten calls, tries every 6 s, and closes after the fault', () => {
    const run = evenly({ breaker }, [fail]);
    const modes = run.incidents!.map(({ reason }) => /closed|half-open|open/.exec(reason)?.[0]);
    // From 10 s on: open at once, half-open at 16, 22, 28 s (still failing) and 34 s.
    const tries = ['half-open', 'open'];
    expect(modes).toEqual([undefined, 'open', ...tries, ...tries, ...tries, 'half-open', 'closed']);
    expect(run.incidents![1]!.reason).toBe(
      'breaker of journey/visit → feed.work open: 10 calls of 10, 50.0 % failed, 0.0 % slow',
    );
    // All that comes from just after 10 s to 34 s and some ms fails, whoever refuses it.
    expect(answers(run).failed).toBeGreaterThanOrEqual(2400);
    expect(answers(run).failed).toBeLessThanOrEqual(2440);
  });

  test('spares its callers the wait for a service that hangs', () => {
    const patience = { timeoutMs: 500 };
    expect(answers(evenly(patience, [hang])).timedOut).toBeGreaterThan(1900);
    const { timedOut, failed } = answers(evenly({ ...patience, breaker }, [hang]));
    // Before it opens 50 more have come in the 500 ms; then up to 5 a try, three or four times.
    expect(timedOut).toBeGreaterThanOrEqual(50);
    expect(timedOut).toBeLessThanOrEqual(55 + 4 * 5);
    expect(failed).toBeGreaterThan(1900);
  });

  test('opens for slow calls', () => {
    const slow: Fault = { type: 'slow', atMs: 10_000.5, forMs: 20_000, instances: 1, factor: 50 };
    const own = { ...breaker, slowCallDurationThresholdMs: 20, slowCallRateThreshold: 80 };
    const run = evenly({ breaker: own }, [slow]);
    expect(run.incidents![1]!.reason).toContain('80.0 % slow');
    expect(answers(run).failed).toBeGreaterThan(2000);
  });

  test('is never seen where nothing fails', () => {
    expect(evenly({ breaker }, []).journeys).toEqual(evenly({}, []).journeys);
  });
});

describe('a fallback', () => {
  test('makes degraded answers of failures', () => {
    const run = evenly({ fallback: [] }, [fail]);
    const { failed, degraded, completed, arrived } = answers(run);
    expect([failed, degraded]).toEqual([0, 2000]);
    expect(completed).toBe(arrived);
  });

  test('takes its time, after the time-out', () => {
    const fallback = [{ type: 'wait', time: ms(7) }] as const;
    const { timedOut, max, degraded } = answers(evenly({ timeoutMs: 500, fallback }, [hang]));
    expect(timedOut).toBe(0);
    expect(max).toBeCloseTo(507, 6);
    // From 10 s to 30 s, but for the last 500 ms, who get their answers.
    expect(degraded).toBe(1951);
  });

  test('comes after all attempts', () => {
    const retry = { attempts: 3, backoff: ms(10) };
    const { max, degraded } = answers(evenly({ retry, fallback: [] }, [fail]));
    // Who comes in the last 20 ms still has a success, after two pauses: 20 ms and 1 ms of work.
    expect(max).toBeCloseTo(21, 6);
    expect(degraded).toBe(1998);
  });

  test('may call somebody else, and fail with him', () => {
    const calls = (name: string) => {
      return [{ type: 'call', service: name, endpoint: 'work', timeoutMs: undefined }] as const;
    };
    const other = service('other', { time: ms(3), ...DELAY });
    const broken = { ...other, faults: [fail] };
    expect(answers(evenly({ fallback: calls('other') }, [fail], [other]))).toMatchObject({
      failed: 0,
      degraded: 2000,
      max: 3,
    });
    expect(answers(evenly({ fallback: calls('other') }, [fail], [broken]))).toMatchObject({
      failed: 2000,
      degraded: 0,
    });
  });

  test('with a breaker: no answer is an error, and few take long', () => {
    const run = evenly({ timeoutMs: 500, breaker, fallback: [] }, [hang]);
    const { failed, timedOut, degraded } = answers(run);
    expect([failed, timedOut]).toEqual([0, 0]);
    expect(degraded).toBeGreaterThan(1950);
  });
});

test('a model file says all of it', () => {
  const { model: parsed } = parseModel([
    changed(
      'timeout: 800ms',
      `timeout: 800ms, breaker: { failure-rate: 30%, window: 10s, open: 5s }, fallback: []`,
    ),
  ]);
  const [, call] = parsed!.services.find(({ name }) => name === 'web')!.endpoints[0]!.steps;
  expect(call).toEqual({
    type: 'call',
    service: 'stock',
    endpoint: 'take',
    timeoutMs: 800,
    breaker: breakerSettings({
      failureRateThreshold: 30,
      slidingWindowType: 'TIME_BASED',
      slidingWindowSize: 10,
      waitDurationInOpenStateMs: 5000,
    }),
    fallback: [],
  });
});
