import { expect, test } from 'vitest';
import { RunClock } from '../../fixtures/staging/run-clock.ts';
import { Ailing } from '../../fixtures/staging/service/ailing.ts';
import { Breakers } from '../../fixtures/staging/service/breakers.ts';
import { Budgets } from '../../fixtures/staging/service/budgets.ts';
import type { Caller, CallOutcome } from '../../fixtures/staging/service/calls.ts';
import { AdaptiveLimit } from '../../fixtures/staging/service/concurrency.ts';
import { type LiveEndpoint, liveEndpoint } from '../../fixtures/staging/service/endpoints.ts';
import type { ServerKind } from '../../fixtures/staging/service/server-kind.ts';
import { breakerSettings } from '../../simulator/model/breaker-settings.ts';
import type { Concurrency } from '../../simulator/model/health-settings.ts';
import type { CallStep, Step } from '../../simulator/model/model.ts';
import type { Guarded } from '../../simulator/results/staging-guards.ts';

const CALL: CallStep = { type: 'call', service: 'back', endpoint: 'work', timeoutMs: 100 };

/** A server that writes down how long it was asked to wait. */
function server(waits: number[], isOpen = true): ServerKind {
  return {
    servers: 1,
    enter: async () => isOpen,
    cpu: async (ms) => void waits.push(ms),
    wait: async (ms) => void waits.push(ms),
    leave: () => {},
    queued: () => 0,
    busyMs: () => 0,
    startCounting: () => {},
    onProbe: () => {},
  };
}

function answering(outcomes: readonly CallOutcome[]): Caller & { readonly calls: () => number } {
  let calls = 0;
  return {
    call: async () => outcomes[calls++] ?? 'failed',
    close: async () => {},
    calls: () => calls,
  };
}

test.each([
  [['ok'], 200, 1, []],
  [['failed', 'ok'], 200, 2, [30]],
  [['failed', 'timed-out'], 504, 2, [30]],
  [['failed', 'failed', 'ok'], 502, 2, [30]],
] as const)(
  'two attempts that see %j answer %i after %i calls',
  async (outcomes, status, calls, pauses) => {
    const waits: number[] = [];
    const caller = answering(outcomes);
    const retry = { attempts: 2, backoff: { type: 'constant', ms: 30 } } as const;
    const { live } = endpointOf([{ ...CALL, retry }], server(waits), caller);
    expect([await live(), caller.calls(), waits]).toEqual([status, calls, pauses]);
  },
);

test('a request that is turned away is answered with 503 and does nothing', async () => {
  const caller = answering([]);
  const { live } = endpointOf([CALL], server([], false), caller);
  expect([await live(), caller.calls()]).toEqual([503, 0]);
});

const BREAKER = breakerSettings({
  slidingWindowSize: 4,
  minimumNumberOfCalls: 4,
  waitDurationInOpenStateMs: 60_000,
});

test('a breaker opens when half of its calls fail: then nothing is called any more', async () => {
  const caller = answering(['ok', 'failed', 'ok', 'timed-out', 'ok']);
  const { live, breakers, said } = endpointOf([{ ...CALL, breaker: BREAKER }], server([]), caller);
  const statuses = [];
  for (let i = 0; i < 6; i++) statuses.push(await live());
  expect(statuses).toEqual([200, 502, 200, 504, 502, 502]);
  expect(caller.calls()).toBe(4);
  breakers.flush();
  const entries = said.flatMap(({ entries }) => entries as readonly { said: object }[]);
  expect(entries.filter((entry) => 'mode' in entry.said).map((entry) => entry.said)).toEqual([
    {
      mode: 'open',
      notes: ['breaker of a-1 work/0 → back.work open: 4 calls of 4, 50.0 % failed, 0.0 % slow'],
    },
  ]);
});

test('a budget of four tokens lets retries go until half of them are gone', async () => {
  const budget = { type: 'grpc-throttle', maxTokens: 4, tokenRatio: 0.1 } as const;
  const retry = { attempts: 3, backoff: { type: 'constant', ms: 1 }, budget } as const;
  const caller = answering([]);
  const { live } = endpointOf([{ ...CALL, retry }], server([]), caller);
  // A failure leaves 3, more than 2; the second 2, which is not more: two attempts, then one each.
  expect([await live(), caller.calls()]).toEqual([502, 2]);
  expect([await live(), caller.calls()]).toEqual([502, 3]);
});

test('at moment 0 breakers are closed again', async () => {
  const caller = answering(['failed', 'failed', 'failed', 'failed', 'ok']);
  const { live, breakers } = endpointOf([{ ...CALL, breaker: BREAKER }], server([]), caller);
  for (let i = 0; i < 5; i++) expect(await live()).toBe(502);
  breakers.restart();
  expect([await live(), caller.calls()]).toEqual([200, 5]);
});

test('instead of failing a fallback is done, and what fails in it fails', async () => {
  const waits: number[] = [];
  const fallback: Step[] = [{ type: 'cpu', time: { type: 'constant', ms: 7 } }];
  const plain = endpointOf([{ ...CALL, fallback }], server(waits), answering(['failed']));
  expect([await plain.live(), waits]).toEqual([200, [7]]);
  const again = answering(['failed', 'timed-out']);
  expect(await endpointOf([{ ...CALL, fallback: [CALL] }], server([]), again).live()).toBe(504);
});

test('an adaptive limit of two lets two in, and a third after a success', async () => {
  const settings = {
    type: 'aimd',
    initialLimit: 2,
    backoffRatio: 0.5,
    timeoutMs: 60_000,
    maxLimit: 3,
  } as const;
  const { live, ailing } = endpointOf([], server([]), answering([]), settings);
  ailing.set({ hung: true, slowness: 1, failRatio: 0 });
  const inside = [live(), live()];
  expect(await live()).toBe(503);
  ailing.set({ hung: false, slowness: 1, failRatio: 0 });
  expect(await Promise.all(inside)).toEqual([200, 200]);
  ailing.set({ hung: true, slowness: 1, failRatio: 0 });
  const more = [live(), live(), live()];
  expect(await live()).toBe(503);
  ailing.set({ hung: false, slowness: 1, failRatio: 0 });
  expect(await Promise.all(more)).toEqual([200, 200, 200]);
});

test('an instance that hangs lets nobody in until it is well again', async () => {
  const { live, ailing } = endpointOf([], server([]), answering([]));
  ailing.set({ hung: true, slowness: 1, failRatio: 0 });
  let answered: number | undefined;
  const ended = live().then((status) => {
    answered = status;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(answered).toBeUndefined();
  ailing.set({ hung: false, slowness: 1, failRatio: 0 });
  await ended;
  expect(answered).toBe(200);
});

test('who is slow works so many times as long; who is failed waits for nothing', async () => {
  const waits: number[] = [];
  const steps: Step[] = [{ type: 'cpu', time: { type: 'constant', ms: 7 } }];
  const { live, ailing } = endpointOf(steps, server(waits), answering([]));
  ailing.set({ hung: false, slowness: 3, failRatio: 0.4 });
  // Chance says 0.5, then 0.3.
  expect([await live(), await live(), waits]).toEqual([200, 500, [21]]);
});

/** An endpoint of `a-1` with these steps, and what its breakers have said. */
function endpointOf(
  steps: readonly Step[],
  serverKind: ServerKind,
  caller: Caller,
  settings?: Concurrency,
): { live: LiveEndpoint; breakers: Breakers; ailing: Ailing; said: Guarded[] } {
  const said: Guarded[] = [];
  const clock = new RunClock(Date.now());
  const breakers = new Breakers('a-1', clock, (one) => void said.push(one));
  const budgets = new Budgets('a-1', clock, (one) => void said.push(one));
  const chances = [0.5, 0.3];
  const ailing = new Ailing(() => chances.shift()!);
  const names = { seed: 1, service: 'a', instance: 'a-1', keys: {} };
  const adaptive = new AdaptiveLimit({
    ...{ settings, seed: 1, service: 'a', instance: 'a-1', clock },
    send: (one) => void said.push(one),
  });
  const guards = { breakers, budgets, adaptive };
  const own = { ...names, server: serverKind, caller, ...guards, ailing };
  return { live: liveEndpoint({ name: 'work', steps }, own), breakers, ailing, said };
}
