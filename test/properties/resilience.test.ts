/** What holds for resilience policies whatever happens. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { breakerSettings } from '../../simulator/model/breaker-settings.ts';
import { outlierSettings } from '../../simulator/model/outlier-settings.ts';
import { newBreaker, noteOutcome, permits } from '../../simulator/policies/resilience/breaker.ts';
import { mostRetries } from '../../simulator/policies/resilience/circuit-limits.ts';
import { gradientLimit } from '../../simulator/policies/resilience/gradient.ts';
import {
  type Cluster,
  endInterval,
  newOutlierHost,
  noteStatus,
} from '../../simulator/policies/resilience/outlier-detection.ts';

const SEED = { seed: 1730 };

const happening = fc.record({
  host: fc.nat(19),
  status: fc.constantFrom(200, 500, 503),
  afterMs: fc.nat(9000),
  interval: fc.boolean(),
});

test('never more hosts are ejected than may be, and none shorter than its time', () => {
  const story = fc.record({
    count: fc.integer({ min: 1, max: 20 }),
    maxEjectionPercent: fc.nat(100),
    alwaysEjectOneHost: fc.boolean(),
    happenings: fc.array(happening, { maxLength: 300 }),
  });
  fc.assert(
    fc.property(story, ({ count, maxEjectionPercent, alwaysEjectOneHost, happenings }) => {
      const rules = { maxEjectionPercent, alwaysEjectOneHost, consecutive5xx: 2 };
      const settings = outlierSettings({ ...rules, enforcingFailurePercentage: 100 });
      const hosts = Array.from({ length: count }, newOutlierHost);
      const most = Math.max(
        alwaysEjectOneHost ? 1 : 0,
        Math.floor((maxEjectionPercent * count) / 100),
      );
      let nowMs = 0;
      for (const { host, status, afterMs, interval } of happenings) {
        nowMs += afterMs;
        const world: Cluster = { settings, hosts, nowMs, below: () => 0 };
        const since = hosts.map(({ ejectedAtMs }) => ejectedAtMs);
        noteStatus(world, host % count, status);
        const events = interval ? endInterval(world) : [];
        for (const event of events.filter(({ action }) => action === 'uneject')) {
          const servedMs = nowMs - since[event.host]!;
          expect(servedMs).toBeGreaterThanOrEqual(settings.baseEjectionTimeMs);
        }
        const ejected = hosts.filter(({ ejectedAtMs }) => ejectedAtMs !== null);
        expect(ejected.length).toBeLessThanOrEqual(most);
      }
    }),
    SEED,
  );
});

test('a breaker goes only closed → open → half-open → closed or open', () => {
  const step = fc.record({ asks: fc.boolean(), fails: fc.boolean(), afterMs: fc.nat(3000) });
  const allowed = ['closed open', 'open half-open', 'half-open closed', 'half-open open'];
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const settings = breakerSettings({
        slidingWindowSize: 4,
        minimumNumberOfCalls: 2,
        waitDurationInOpenStateMs: 2000,
        permittedNumberOfCallsInHalfOpenState: 2,
      });
      const breaker = newBreaker(settings);
      let nowMs = 0;
      for (const { asks, fails, afterMs } of steps) {
        nowMs += afterMs;
        const { mode, sinceMs } = breaker;
        const mayCall = asks && permits(settings, breaker, nowMs);
        if (mode !== breaker.mode) expect(allowed).toContain(`${mode} ${breaker.mode}`);
        if (mode === 'open' && nowMs - sinceMs < 2000) expect(mayCall).toBe(false);
        const before = breaker.mode;
        if (!asks) noteOutcome(settings, breaker, fails, 1, nowMs);
        if (before !== breaker.mode) expect(allowed).toContain(`${before} ${breaker.mode}`);
        expect(breaker.permits).toBeGreaterThanOrEqual(0);
      }
    }),
    SEED,
  );
});

test('a retry budget is never below its least, and grows with what is active', () => {
  const count = fc.nat(100_000);
  fc.assert(
    fc.property(
      count,
      count,
      fc.nat(100),
      fc.nat(50),
      (requests, pendingRequests, percent, least) => {
        const use = { connections: 0, retries: 0, requests, pendingRequests };
        const limits = { retryBudget: { budgetPercent: percent, minRetryConcurrency: least } };
        const most = mostRetries(limits, use);
        expect(most).toBeGreaterThanOrEqual(least);
        expect(mostRetries(limits, { ...use, requests: requests + 1 })).toBeGreaterThanOrEqual(
          most,
        );
      },
    ),
    SEED,
  );
});

test('an adaptive limit stays between its floor and its ceiling, and falls with latency', () => {
  const limit = fc.integer({ min: 3, max: 1000 });
  const ms = fc.double({ min: 0.01, max: 10_000, noNaN: true });
  fc.assert(
    fc.property(limit, ms, ms, (before, minRttMs, sampleMs) => {
      const settings = { concurrencyUpdateIntervalMs: 100, minRttIntervalMs: 60_000 };
      const after = gradientLimit(settings, before, minRttMs, sampleMs);
      expect(after).toBeGreaterThanOrEqual(3);
      expect(after).toBeLessThanOrEqual(1000);
      expect(gradientLimit(settings, before, minRttMs, sampleMs * 2)).toBeLessThanOrEqual(after);
    }),
    SEED,
  );
});
