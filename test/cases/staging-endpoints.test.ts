import { expect, test } from 'vitest';
import type { Caller, CallOutcome } from '../../fixtures/staging/service/calls.ts';
import { liveEndpoint } from '../../fixtures/staging/service/endpoints.ts';
import type { ServerKind } from '../../fixtures/staging/service/server-kind.ts';
import type { CallStep } from '../../simulator/model/model.ts';

const CALL: CallStep = { type: 'call', service: 'back', endpoint: 'work', timeoutMs: 100 };

/** A server that writes down how long it was asked to wait. */
function server(waits: number[], isOpen = true): ServerKind {
  return {
    servers: 1,
    enter: async () => isOpen,
    cpu: async () => {},
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
    const endpoint = { name: 'work', steps: [{ ...CALL, retry }] };
    const live = liveEndpoint(endpoint, {
      seed: 1,
      instance: 'a-1',
      server: server(waits),
      caller,
    });
    expect([await live(), caller.calls(), waits]).toEqual([status, calls, pauses]);
  },
);

test('a request that is turned away is answered with 503 and does nothing', async () => {
  const caller = answering([]);
  const endpoint = { name: 'work', steps: [CALL] };
  const options = { seed: 1, instance: 'a-1', server: server([], false), caller };
  expect([await liveEndpoint(endpoint, options)(), caller.calls()]).toEqual([503, 0]);
});
