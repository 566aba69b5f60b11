/** What holds for scaling on backlog and on latency, whatever is reported. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_STREAKS } from '../../simulator/policies/hysteresis.ts';
import { decideLatencyScaling } from '../../simulator/policies/latency-scaling.ts';
import { acceptableBacklog, decideQueueScaling } from '../../simulator/policies/queue-scaling.ts';

/** Fixed, so that a run in CI says something about the change and not about the day. */
const SEED = { seed: 1730 };

const patience = fc.record({
  outPeriods: fc.integer({ min: 1, max: 4 }),
  inPeriods: fc.integer({ min: 1, max: 6 }),
  lowRatio: fc.constantFrom(0, 0.5, 0.9),
});
const bounds = fc
  .tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 30 }))
  .map(([min, more]) => ({ min, max: min + more }));
const readings = fc.array(
  fc.record({
    value: fc.option(fc.integer({ min: 0, max: 5000 }), { nil: undefined }),
    serving: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { maxLength: 40 },
);

test('a backlog scales within bounds, out to where it is acceptable, in only when calm', () => {
  const property = fc.property(patience, bounds, readings, (patient, limits, story) => {
    const work = { acceptableLatencyMs: 5000, messageMsMean: 50, concurrency: 1 };
    const settings = { ...patient, ...limits, ...work };
    let desired = limits.min;
    let state = NO_STREAKS;
    for (const { value: messages, serving } of story) {
      const inService = Math.round(desired * serving);
      const decision = decideQueueScaling(settings, { desired, inService, messages }, state);
      expect(decision.desired).toBeGreaterThanOrEqual(limits.min);
      expect(decision.desired).toBeLessThanOrEqual(limits.max);
      if (decision.desired > desired) {
        const onOneLess = messages! / (decision.desired - 1);
        expect(onOneLess).toBeGreaterThan(acceptableBacklog(settings));
      }
      if (decision.desired < desired) {
        expect(inService).toBe(desired);
        const isEnough = messages! / Math.max(1, decision.desired) <= acceptableBacklog(settings);
        expect(isEnough).toBe(true);
      }
      desired = decision.desired;
      state = decision.state;
    }
  });
  fc.assert(property, SEED);
});

test('a latency scales within bounds and steps, never twice without patience in between', () => {
  const property = fc.property(patience, bounds, readings, (patient, limits, story) => {
    const shape = { quantile: 0.99, targetMs: 400, maxOutRatio: 0.5, inStep: 2 };
    const settings = { ...patient, ...limits, ...shape };
    let desired = limits.min;
    let state = NO_STREAKS;
    let sinceChange = Number.POSITIVE_INFINITY;
    for (const { value: latencyMs, serving } of story) {
      const inService = Math.round(desired * serving);
      const decision = decideLatencyScaling(settings, { desired, inService, latencyMs }, state);
      sinceChange++;
      expect(decision.desired).toBeGreaterThanOrEqual(limits.min);
      expect(decision.desired).toBeLessThanOrEqual(limits.max);
      if (decision.desired > desired) {
        expect(latencyMs).toBeGreaterThan(400);
        const most = Math.max(inService + 1, Math.ceil(inService * 1.5));
        expect(decision.desired).toBeLessThanOrEqual(most);
        expect(sinceChange).toBeGreaterThanOrEqual(patient.outPeriods);
      }
      if (decision.desired < desired) {
        expect(latencyMs).toBeLessThan(400 * patient.lowRatio);
        expect(desired - decision.desired).toBeLessThanOrEqual(2);
        expect(sinceChange).toBeGreaterThanOrEqual(patient.inPeriods);
      }
      if (decision.desired !== desired) sinceChange = 0;
      desired = decision.desired;
      state = decision.state;
    }
  });
  fc.assert(property, SEED);
});
