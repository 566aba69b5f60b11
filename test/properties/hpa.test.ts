/** What holds of an HPA whatever its settings, pods and metrics. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatMilli,
  formatMilliBytes,
  milliOf,
} from '../../simulator/model/kubernetes/quantity.ts';
import { decideHpa, FRESH_STATE, type HpaState } from '../../simulator/policies/kubernetes/hpa.ts';
import {
  decideHpaOfRows,
  type PodRow,
  type RowsObservation,
} from '../../simulator/policies/kubernetes/hpa-rows.ts';
import type {
  HpaSettings,
  MetricSettings,
} from '../../simulator/policies/kubernetes/hpa-settings.ts';
import { normalise } from '../../simulator/policies/kubernetes/normalise.ts';
import { cpuUtilization, externalMetric, podsMetric, SETTINGS } from '../helpers/hpa.ts';

/** Fixed, so that a run in CI says something about the change and not about the day. */
const SEED = { seed: 1740, numRuns: 300 };
const START_MS = 1_000_000_000;
const METRICS = [cpuUtilization(50), podsMetric(20_000), externalMetric('Value', 30_000n)];

const ratio = fc.constantFrom(0, 0.01, 0.1, 0.5);
const policy = fc.record({
  type: fc.constantFrom('Pods' as const, 'Percent' as const),
  value: fc.integer({ min: 1, max: 150 }),
  periodMs: fc.integer({ min: 1, max: 20 }).map((n) => n * 15_000),
});
const rules = fc.record({
  stabilizationMs: fc.constantFrom(0, 15_000, 60_000, 300_000),
  selectPolicy: fc.constantFrom('Max' as const, 'Min' as const, 'Disabled' as const),
  policies: fc.array(policy, { minLength: 1, maxLength: 3 }),
});
const behavior = fc.option(fc.record({ scaleUp: rules, scaleDown: rules }), { nil: undefined });
const settings: fc.Arbitrary<HpaSettings> = fc
  .record({
    minReplicas: fc.integer({ min: 1, max: 10 }),
    spread: fc.integer({ min: 0, max: 40 }),
    behavior,
    tolerance: fc.record({ upRatio: ratio, downRatio: ratio }),
    metrics: fc.subarray(METRICS, { minLength: 1 }),
  })
  .map(({ spread, ...rest }) => ({ ...SETTINGS, ...rest, maxReplicas: rest.minReplicas + spread }));

const maybe = (most: number) =>
  fc.option(fc.integer({ min: 0, max: most }), { nil: undefined, freq: 6 });
const row: fc.Arbitrary<PodRow> = fc.record({
  phase: fc.constantFrom('Running', 'Running', 'Running', 'Pending', 'Failed'),
  isDeleted: fc.constantFrom(false, false, false, true),
  startMs: fc.integer({ min: 0, max: 400 }).map((seconds) => START_MS - 1000 * seconds),
  isReady: fc.boolean(),
  readySinceMs: fc.integer({ min: 0, max: 400 }).map((seconds) => START_MS - 1000 * seconds),
  requestsMilli: fc.integer({ min: 1, max: 2000 }).map((request) => [request, request, request]),
  usagesMilli: fc.tuple(maybe(4000), maybe(60_000), maybe(0)).map((all) => [...all]),
  sampledAtMs: fc.integer({ min: 0, max: 90 }).map((seconds) => START_MS - 1000 * seconds),
  windowMs: fc.constantFrom(15_000, 30_000, 60_000),
});

/** What is seen in one pass; sizes and times come from the passes before. */
const scene = fc.record({
  rows: fc.array(row, { maxLength: 12 }),
  valuesMilli: fc.tuple(maybe(0), maybe(0), maybe(200_000)).map((all) => [...all]),
  pauseMs: fc.integer({ min: 1, max: 40 }).map((n) => n * 1000),
});
type Scene = typeof scene extends fc.Arbitrary<infer S> ? S : never;
const passes = fc.array(scene, { minLength: 1, maxLength: 12 });

interface Pass {
  readonly observation: RowsObservation;
  readonly before: HpaState;
  readonly decision: ReturnType<typeof decideHpaOfRows>;
}

/** Pass after pass; the size is always what was decided. Rows are of their time. */
function run(all: HpaSettings, start: number, scenes: readonly Scene[], shiftMs = 0): Pass[] {
  let state = FRESH_STATE;
  let specReplicas = start;
  let nowMs = START_MS + shiftMs;
  return scenes.map(({ rows, valuesMilli, pauseMs }) => {
    const aged = nowMs - START_MS;
    const observation = {
      nowMs,
      specReplicas,
      statusReplicas: specReplicas,
      rows: rows.map((one) => later(one, aged)),
      valuesMilli: all.metrics.map((metric) => valuesMilli[METRICS.indexOf(metric)]),
    };
    const decision = decideHpaOfRows(all, observation, state);
    const pass = { observation, before: state, decision };
    ({ desired: specReplicas, state } = decision);
    nowMs += pauseMs;
    return pass;
  });
}

function later(one: PodRow, ms: number): PodRow {
  const { startMs, readySinceMs, sampledAtMs } = one;
  return {
    ...one,
    startMs: startMs + ms,
    readySinceMs: readySinceMs + ms,
    sampledAtMs: sampledAtMs + ms,
  };
}

const history = fc.array(
  fc.record({
    recommendation: fc.integer({ min: 0, max: 60 }),
    atMs: fc.integer({ min: 0, max: 400 }).map((seconds) => START_MS - 1000 * seconds),
  }),
  { maxLength: 10 },
);

describe('an HPA', () => {
  test('stays in its range, and gets there in one pass from outside', () => {
    fc.assert(
      fc.property(settings, fc.integer({ min: 1, max: 80 }), passes, (all, start, scenes) => {
        for (const { decision } of run(all, start, scenes)) {
          expect(decision.desired).toBeGreaterThanOrEqual(all.minReplicas);
          expect(decision.desired).toBeLessThanOrEqual(all.maxReplicas);
        }
      }),
      SEED,
    );
  });

  test('takes no replica away while a metric is invalid, unless there are too many', () => {
    fc.assert(
      fc.property(settings, fc.integer({ min: 1, max: 80 }), passes, (all, start, scenes) => {
        for (const { observation, decision } of run(all, start, scenes)) {
          const isInvalid = decision.proposals.some(({ invalid }) => invalid !== undefined);
          if (!isInvalid) continue;
          // Stabilisation may still go down to what was recommended before; the proposal may not.
          if (decision.proposed === null) expect(decision.desired).toBe(observation.specReplicas);
          else expect(decision.proposed).toBeGreaterThanOrEqual(observation.specReplicas);
        }
      }),
      SEED,
    );
  });

  test('decides the same at another time of day', () => {
    fc.assert(
      fc.property(settings, fc.nat({ max: 1e9 }), passes, (all, shiftMs, scenes) => {
        const sizes = (shift: number) =>
          run(all, 5, scenes, shift).map(({ decision }) => [decision.desired, decision.reason]);
        expect(sizes(shiftMs)).toEqual(sizes(0));
      }),
      SEED,
    );
  });

  test('decides the same from a state that was written down', () => {
    fc.assert(
      fc.property(settings, passes, (all, scenes) => {
        for (const { observation, before, decision } of run(all, 5, scenes)) {
          const read: HpaState = JSON.parse(JSON.stringify(before));
          expect(decideHpaOfRows(all, observation, read)).toEqual(decision);
        }
      }),
      SEED,
    );
  });

  test('does not change the state that it is given', () => {
    fc.assert(
      fc.property(settings, passes, (all, scenes) => {
        for (const { observation, before } of run(all, 5, scenes)) {
          const copy = JSON.stringify(before);
          decideHpaOfRows(all, observation, before);
          expect(JSON.stringify(before)).toBe(copy);
        }
      }),
      SEED,
    );
  });

  test('remembers no more than its windows and periods need', () => {
    fc.assert(
      fc.property(settings, fc.array(scene, { minLength: 30, maxLength: 60 }), (all, scenes) => {
        const last = run(all, 5, scenes).at(-1)!.decision.state;
        // 300 s of windows and periods, decided every 1 s at most.
        for (const list of [last.recommendations!, last.scaleUpEvents, last.scaleDownEvents]) {
          expect(list.length).toBeLessThanOrEqual(302);
        }
      }),
      { ...SEED, numRuns: 30 },
    );
  });
});

describe('one metric', () => {
  const ready = {
    phase: 'Running',
    isDeleted: false,
    isReady: true,
    startMs: 0,
    readySinceMs: 0,
  } as const;
  const aReadyPod = { ...ready, sampledAtMs: START_MS, windowMs: 30_000 };

  function proposed(metric: MetricSettings, rows: readonly PodRow[], specReplicas: number) {
    const all = { ...SETTINGS, metrics: [metric] };
    const sizes = { nowMs: START_MS, specReplicas, statusReplicas: specReplicas };
    const decision = decideHpaOfRows(all, { ...sizes, rows, valuesMilli: [] }, FRESH_STATE);
    return decision.proposals[0]!.replicas!;
  }

  const usages = fc.array(fc.nat({ max: 4000 }), { minLength: 1, maxLength: 12 });
  const kinds = fc.constantFrom(cpuUtilization(50), podsMetric(900));

  function rowsOf(all: readonly number[]): PodRow[] {
    return all.map((usage) => ({ ...aReadyPod, requestsMilli: [1000], usagesMilli: [usage] }));
  }

  test('that says more asks for no less', () => {
    fc.assert(
      fc.property(kinds, usages, fc.nat({ max: 4000 }), (metric, all, more) => {
        const larger = all.with(0, all[0]! + more);
        const count = all.length;
        const before = proposed(metric, rowsOf(all), count);
        expect(proposed(metric, rowsOf(larger), count)).toBeGreaterThanOrEqual(before);
      }),
      SEED,
    );
  });

  test('of all pods at once says the same in any order', () => {
    fc.assert(
      fc.property(kinds, usages, (metric, all) => {
        const count = all.length;
        const forward = proposed(metric, rowsOf(all), count);
        expect(proposed(metric, rowsOf(all.toReversed()), count)).toBe(forward);
      }),
      SEED,
    );
  });

  test('asks for about as many as share the usage at the target', () => {
    fc.assert(
      fc.property(usages, (all) => {
        const asked = proposed(podsMetric(900), rowsOf(all), all.length);
        const exact = all.reduce((sum, usage) => sum + usage, 0) / 900;
        const isTolerated = asked === all.length && Math.abs(exact / asked - 1) <= 0.1 + 1e-3;
        // A thousandth of each pod's share is cut off before the division.
        expect(isTolerated || Math.abs(asked - exact) <= 1 + all.length / 900).toBe(true);
      }),
      SEED,
    );
  });

  test('asks for no more with a pod that is missing or unready than with one at the target', () => {
    fc.assert(
      fc.property(usages, fc.boolean(), (all, isMissing) => {
        const metric = cpuUtilization(50);
        const rows = rowsOf(all);
        const extra = rowsOf([isMissing ? 0 : 500])[0]!;
        const hindered: PodRow = isMissing
          ? { ...extra, usagesMilli: [undefined] }
          : { ...extra, isReady: false, readySinceMs: START_MS, startMs: START_MS };
        const count = all.length + 1;
        const withIt = proposed(metric, [...rows, hindered], count);
        const atTarget = proposed(metric, [...rows, ...rowsOf([500])], count);
        if (atTarget > count) expect(withIt).toBeLessThanOrEqual(atTarget);
      }),
      SEED,
    );
  });

  test('with an idle ready pod more asks for no more, but for a thousandth that is cut off', () => {
    fc.assert(
      fc.property(usages, (all) => {
        const metric = podsMetric(900);
        const before = proposed(metric, rowsOf(all), all.length);
        const after = proposed(metric, rowsOf([...all, 0]), all.length + 1);
        // Tolerance holds what is there; a share that was cut off may now just not be.
        expect(after).toBeLessThanOrEqual(Math.max(before + 1, all.length + 1));
      }),
      SEED,
    );
  });
});

describe('behavior', () => {
  const sizes = fc.record({
    nowMs: fc.constant(START_MS),
    currentReplicas: fc.integer({ min: 0, max: 60 }),
    desiredReplicas: fc.integer({ min: 0, max: 60 }),
  });

  test('holds between what is there and what is proposed, and moves there in time', () => {
    fc.assert(
      fc.property(settings, sizes, history, (all, observation, recommendations) => {
        if (all.behavior === undefined) return;
        const { currentReplicas: from, desiredReplicas: to } = observation;
        const before = { recommendations, scaleUpEvents: [], scaleDownEvents: [] };
        const { stabilized, heldForMs } = normalise(all, observation, before);
        expect(stabilized).toBeGreaterThanOrEqual(Math.min(from, to));
        expect(stabilized).toBeLessThanOrEqual(Math.max(from, to));
        if (stabilized === to) expect(heldForMs).toBe(0);
        const later = { ...observation, nowMs: START_MS + heldForMs };
        const after = normalise(all, later, before).stabilized;
        if (stabilized !== to) expect(after).not.toBe(stabilized);
      }),
      SEED,
    );
  });

  test('without rules holds at what is proposed, or above', () => {
    fc.assert(
      fc.property(settings, sizes, history, (all, observation, recommendations) => {
        const before = { recommendations, scaleUpEvents: [], scaleDownEvents: [] };
        const legacy = { ...all, behavior: undefined };
        const { stabilized } = normalise(legacy, observation, before);
        expect(stabilized).toBeGreaterThanOrEqual(observation.desiredReplicas);
      }),
      SEED,
    );
  });

  test('of growth never shrinks, and of shrinking never grows', () => {
    fc.assert(
      fc.property(settings, sizes, (all, observation) => {
        const from = observation.currentReplicas;
        if (from < all.minReplicas || from > all.maxReplicas) return;
        const before = { recommendations: [], scaleUpEvents: [], scaleDownEvents: [] };
        const { desired } = normalise(all, observation, before);
        if (observation.desiredReplicas >= from) expect(desired).toBeGreaterThanOrEqual(from);
        else expect(desired).toBeLessThanOrEqual(from);
      }),
      SEED,
    );
  });
});

test('rows and lists of big integers decide the same', () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 8 }), (rows) => {
      const all = { ...SETTINGS, metrics: [cpuUtilization(50)] };
      const sizes = { nowMs: START_MS, specReplicas: rows.length, statusReplicas: rows.length };
      const pods = rows.map(({ phase, isDeleted, startMs, isReady, readySinceMs }) => ({
        phase,
        isDeleted,
        startMs,
        ready: { status: isReady ? ('True' as const) : ('False' as const), sinceMs: readySinceMs },
      }));
      const samples = rows.map(({ usagesMilli: [usage], sampledAtMs: atMs, windowMs }) =>
        usage === undefined ? undefined : { usageMilli: BigInt(usage), atMs, windowMs },
      );
      const requestsMilli = rows.map(({ requestsMilli: [request] }) => BigInt(request!));
      const observation = { ...sizes, pods, readings: [{ samples, requestsMilli }] };
      const plain = decideHpaOfRows(all, { ...sizes, rows, valuesMilli: [] }, FRESH_STATE);
      expect(decideHpa(all, observation, FRESH_STATE)).toEqual(plain);
    }),
    SEED,
  );
});

describe('quantities', () => {
  const milli = fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n });

  test('are read back as they were written', () => {
    fc.assert(
      fc.property(milli, (one) => {
        expect(milliOf(formatMilli(one))).toBe(one);
        expect(milliOf(`${one}m`)).toBe(one);
      }),
      SEED,
    );
  });

  test('of bytes lose less than a byte', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 62n }), (one) => {
        const back = milliOf(formatMilliBytes(one))!;
        expect(back >= one && back - one < 1000n).toBe(true);
      }),
      SEED,
    );
  });
});
