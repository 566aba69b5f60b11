/** Liveness probes wait as requests do; containers are ended and started again, never lost. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ServerKind } from '../../simulator/model/model.ts';
import { type CrashLoop, nextRestart } from '../../simulator/policies/kubernetes/crash-loop.ts';
import { simulateRun } from '../../simulator/simulate.ts';
import { fixedSize, model, NO_TIME, service } from '../helpers/models.ts';

const PERIOD_MS = 10_000;
const TIMEOUT_MS = 1000;

interface Overload {
  readonly servers: number;
  readonly isLoop: boolean;
  readonly workMs: number;
  /** What is offered ÷ what can be done. */
  readonly load: number;
  readonly seed: number;
}

const overloads: fc.Arbitrary<Overload> = fc
  .record({
    servers: fc.constantFrom(1, 3),
    isLoop: fc.boolean(),
    workMs: fc.integer({ min: 20, max: 200 }),
    load: fc.double({ min: 1.05, max: 2, noNaN: true }),
    seed: fc.integer({ min: 1, max: 1000 }),
  })
  .map((one) => (one.isLoop ? { ...one, servers: 1 } : one));

/** Requests that come evenly to servers that are busy from the start wait for so long at `atMs`. */
function waitMs({ servers, workMs, load }: Overload, atMs: number): number {
  const arrived = (load * servers * atMs) / workMs;
  return Math.max(0, (arrived / servers) * workMs - atMs);
}

/** Moments at which the one instance is restarted, which is back a second later. */
function restartsMs({ servers, isLoop, workMs, load, seed }: Overload): number[] {
  const serves: ServerKind = isLoop ? { type: 'event-loop' } : { type: 'threads', count: servers };
  const probe = { probe: 'http', delayMs: 0, periodMs: PERIOD_MS, timeoutMs: TIMEOUT_MS } as const;
  const on = {
    type: undefined,
    dollarsPerHour: undefined,
    boot: NO_TIME,
    warmUpMs: 0,
    liveness: { ...probe, failures: 1 },
    startup: { delayMs: 0, periodMs: 1000, failures: 30 },
    start: { type: 'constant', ms: 1000 } as const,
  };
  const time = { type: 'constant', ms: workMs } as const;
  const feed = service('feed', { time, on, serves, scaling: fixedSize(1) });
  const what = model((1000 * load * servers) / workMs, 60_000, [feed], { timeoutMs: 30_000 });
  const traffic = what.traffic.map((one) => ({ ...one, arrivals: 'even' }) as const);
  const { incidents = [] } = simulateRun(
    { ...what, traffic },
    { seed, arrivals: 'independent' },
    0,
  );
  return incidents.filter(({ reason }) => reason.includes('restarted')).map(({ atMs }) => atMs);
}

test('a container is ended by the first probe that a request would have waited too long', () => {
  fc.assert(
    fc.property(overloads, (overload) => {
      const [first = 60_000] = restartsMs(overload);
      const probedMs = first - TIMEOUT_MS;
      // One request more or less at each server.
      const slackMs = 2 * overload.workMs;
      if (first < 60_000) {
        expect(waitMs(overload, probedMs)).toBeGreaterThan(TIMEOUT_MS - slackMs);
      }
      const beforeMs = waitMs(overload, Math.max(0, probedMs - PERIOD_MS));
      expect(beforeMs).toBeLessThan(TIMEOUT_MS + slackMs);
    }),
    { numRuns: 40 },
  );
});

test('pauses grow from one end to the next, are at most 300 s, and are forgotten in time', () => {
  const lives = fc.array(fc.integer({ min: 0, max: 900_000 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(lives, (livedMs) => {
      let state: CrashLoop | undefined;
      let [nowMs, before] = [0, 0];
      for (const lived of livedMs) {
        nowMs += lived;
        const { waitMs: pauseMs, state: after } = nextRestart(nowMs, state);
        const isForgotten = state === undefined || lived > 600_000;
        if (isForgotten) expect(pauseMs).toBe(0);
        else expect(pauseMs).toBe(Math.min(300_000, before === 0 ? 10_000 : 2 * before));
        [state, before] = [after, pauseMs];
        nowMs += pauseMs;
      }
    }),
  );
});
