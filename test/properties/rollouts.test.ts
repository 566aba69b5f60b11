/** What holds of any roll-out, looked at after every event of small runs. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Fleet, STATE } from '../../simulator/components/fleet.ts';
import { compile } from '../../simulator/engine/compile.ts';
import { engineOfThread } from '../../simulator/engine/engine.ts';
import { F } from '../../simulator/engine/memory.ts';
import type { Model } from '../../simulator/model/model.ts';
import type {
  PodLimits,
  Rollout,
  RolloutStrategy,
  Version,
} from '../../simulator/model/rollout-settings.ts';
import { minAvailable, resolveFenceposts } from '../../simulator/policies/delivery/fenceposts.ts';
import type { StrategyOf } from '../../simulator/policies/delivery/strategy.ts';
import { simulateRun } from '../../simulator/simulate.ts';
import { fixedSize, model, service } from '../helpers/models.ts';
import { podLimits, randomRollout, routedCanaries } from '../helpers/random-rollouts.ts';

const SEED = { seed: 1730, numRuns: 150 };
const AT_MS = 5000;

const boots = fc.constantFrom(0, 700, 4000);
const replicas = fc.integer({ min: 1, max: 12 });

/** Two requests a second to a group of instances that take a while to boot, one after the other. */
function modelOf(size: number, rollouts: readonly Rollout[], bootMsMean = 2000): Model {
  const boot = { type: 'exponential', meanMs: bootMsMean } as const;
  const on = { type: undefined, dollarsPerHour: undefined, boot, warmUpMs: 0 };
  const scaling = { ...fixedSize(size), drainMs: 1000 };
  const feed = service('feed', { time: { type: 'constant', ms: 50 }, on, scaling });
  return model(2, 120_000, [{ ...feed, rollouts }]);
}

function versionOf(bootMs: number, failRatio = 0): Version {
  return { slowness: 2, failRatio, boot: { type: 'exponential', meanMs: bootMs + 1 } };
}

/** Calls back after every event that changes what instances there are, and between. */
function watch(what: Model, look: (fleet: Fleet, nowMs: number) => void): void {
  const engine = engineOfThread();
  engine.begin(what, compile(what), { seed: 1, replication: 0 });
  const { fleet, memory } = engine.inspect();
  while (engine.runSlice(1)) look(fleet, memory.floats[F.nowMs]!);
}

function counts(fleet: Fleet, minReadyMs: number, nowMs: number) {
  const all = fleet.rowsIn(0, STATE.booting, STATE.warming, STATE.ready);
  const available = fleet
    .rowsIn(0, STATE.warming, STATE.ready)
    .filter((row) => fleet.readyMs[row]! + minReadyMs <= nowMs);
  return { all: all.length, available: available.length };
}

const limitsOf = (type: 'rolling' | 'canary') =>
  podLimits.map((limits: PodLimits) =>
    type === 'rolling'
      ? ({ type, ...limits } as const)
      : ({ type, steps: [{ weight: 30 }, { pauseMs: 3000 }, { weight: 80 }], ...limits } as const),
  );

test.each(['rolling', 'canary'] as const)(
  '%s: never fewer available than may be missing, never more in all than the surge',
  (type) => {
    fc.assert(
      fc.property(replicas, limitsOf(type), boots, (size, strategy, bootMs) => {
        const fence = resolveFenceposts(strategy.maxSurge, strategy.maxUnavailable, size);
        const what = modelOf(size, [{ atMs: AT_MS, version: versionOf(bootMs), strategy }]);
        watch(what, (fleet, nowMs) => {
          const { all, available } = counts(fleet, strategy.minReadyMs, nowMs);
          if (nowMs < strategy.minReadyMs) return;
          expect(all).toBeLessThanOrEqual(size + fence.surge);
          expect(available).toBeGreaterThanOrEqual(minAvailable(size, fence));
        });
      }),
      SEED,
    );
  },
);

test('an instance refresh keeps its least healthy share, or one less where that is all', () => {
  const shares = fc.constantFrom(0, 33, 50, 90, 100);
  fc.assert(
    fc.property(replicas, shares, boots, (size, minHealthyPercent, bootMs) => {
      const strategy = {
        type: 'instance-refresh',
        minHealthyPercent,
        maxHealthyPercent: 100,
        checkpointPercents: [40, 100],
        checkpointDelayMs: 2000,
        autoRollback: false,
        bakeMs: 1000,
      } as const;
      const what = modelOf(size, [{ atMs: AT_MS, version: versionOf(bootMs), strategy }]);
      const least = Math.ceil((size * minHealthyPercent) / 100);
      watch(what, (fleet) => {
        const { all, available } = counts(fleet, 0, Number.MAX_VALUE);
        expect(all).toBeLessThanOrEqual(size);
        expect(available).toBeGreaterThanOrEqual(least === size ? size - 1 : least);
      });
    }),
    SEED,
  );
});

test.each([
  { type: 'flagger', intervalMs: 10_000, stepWeight: 30, maxWeight: 60, threshold: 1 },
  { type: 'groups', stages: [5, 50, 100].map((percent) => ({ percent, bakeMs: 5000 })) },
] as const)('$type: the old instances are all there until nobody needs them', (given) => {
  const strategy = { progressDeadlineMs: 600_000, ...given };
  fc.assert(
    fc.property(replicas, boots, fc.constantFrom(0, 1), (size, bootMs, failRatio) => {
      const gate = {
        errorRatioMargin: 0.1,
        latencyRatioMax: undefined,
        requestsMin: 1,
        confidence: 0.9,
        everyMs: 5000,
        failuresMax: 0,
      };
      const version = versionOf(bootMs, failRatio);
      const what = modelOf(size, [{ atMs: AT_MS, version, strategy, gate }]);
      let fewest = size;
      watch(what, (fleet) => {
        const { available } = counts(fleet, 0, Number.MAX_VALUE);
        fewest = Math.min(fewest, available);
      });
      expect(fewest).toBe(size);
      const { rollouts, updated } = simulateRun(what, { seed: 1, arrivals: 'independent' }, 0)
        .services['feed']!;
      expect(rollouts![0]!.phase).not.toBe('failed');
      if (rollouts![0]!.phase === 'rolled back') expect(updated!.at(-1)).toBe(0);
      if (rollouts![0]!.phase === 'done') expect(updated!.at(-1)).toBe(size);
    }),
    { ...SEED, numRuns: 60 },
  );
});

/** A canary whose size setCanaryScale fixes may be smaller than what the old side gives up. */
function leastOf(size: number, { steps, routing }: StrategyOf<'canary'>): number {
  const isFixed = steps.some((step) => 'scale' in step && 'replicas' in step.scale);
  return isFixed && routing!.dynamicStableScale ? Math.ceil(size * 0.6) : size;
}

test('a routed canary: nobody goes who is needed, and in the end one side is there', () => {
  const gate = {
    errorRatioMargin: 0,
    latencyRatioMax: undefined,
    requestsMin: 1,
    confidence: 0.9,
    everyMs: 1500,
    failuresMax: 0,
  };
  const failRatios = fc.constantFrom(0, 1);
  fc.assert(
    fc.property(
      replicas,
      routedCanaries,
      boots,
      failRatios,
      (size, strategy, bootMs, failRatio) => {
        const version = versionOf(bootMs, failRatio);
        const what = modelOf(size, [{ atMs: AT_MS, version, strategy, gate }]);
        let fewest = size;
        watch(what, (fleet) => {
          fewest = Math.min(fewest, counts(fleet, 0, Number.MAX_VALUE).available);
        });
        expect(fewest).toBeGreaterThanOrEqual(leastOf(size, strategy));
        const { rollouts, updated } = simulateRun(what, { seed: 1, arrivals: 'independent' }, 0)
          .services['feed']!;
        const { phase } = rollouts![0]!;
        expect(phase).not.toBe('failed');
        if (phase !== 'under way') expect(updated!.at(-1)).toBe(phase === 'done' ? size : 0);
      },
    ),
    { ...SEED, numRuns: 100 },
  );
});

/** A refresh is over at its last checkpoint. */
function isForPart(strategy: RolloutStrategy): boolean {
  return strategy.type === 'instance-refresh' && (strategy.checkpointPercents.at(-1) ?? 100) < 100;
}

test('roll-outs that overlap: whatever comes when, the last one that ended has the group', () => {
  const ats = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }));
  const ways = fc.array(randomRollout, { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(replicas, ways, ats, (size, given, [second, third]) => {
      const atMs = [AT_MS, AT_MS + 1000 * second, AT_MS + 1000 * (second + third)];
      const rollouts = given.map((one, index) => ({ ...one, atMs: atMs[index]! }));
      const what = { ...modelOf(size, rollouts), durationMs: 60_000 };
      let most = 0;
      watch(what, (fleet) => {
        most = Math.max(most, counts(fleet, 0, Number.MAX_VALUE).all);
      });
      // A second group, its surge, and what a cancelled one had besides.
      expect(most).toBeLessThanOrEqual(3 * size + 2);
      const run = simulateRun(what, { seed: 1, arrivals: 'independent' }, 0);
      const { rollouts: all = [], serving, booting, updated } = run.services['feed']!;
      expect(all.slice(0, -1).every(({ phase }) => phase !== 'under way')).toBe(true);
      const last = all.at(-1)!;
      const { strategy } = rollouts[all.length - 1]!;
      if (last.phase === 'done' && !isForPart(strategy)) expect(updated!.at(-1)).toBe(size);
      if (last.phase === 'rolled back') expect(updated!.at(-1)).toBe(0);
      if (last.phase !== 'under way') expect(serving.at(-1)! + booting.at(-1)!).toBe(size);
    }),
    { ...SEED, numRuns: 70 },
  );
});

test('a version that fails all of its requests never gets all of the traffic past a gate', () => {
  const gate = {
    errorRatioMargin: 0,
    latencyRatioMax: undefined,
    requestsMin: 1,
    confidence: 0.9,
    everyMs: 2000,
    failuresMax: 0,
  };
  const limits = { maxSurge: 1, maxUnavailable: 0, minReadyMs: 0, progressDeadlineMs: 600_000 };
  const steps = [{ weight: 20 }, { pauseMs: 60_000 }];
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 12 }), boots, (size, bootMs) => {
      const strategy = { type: 'canary', steps, ...limits } as const;
      const version = versionOf(bootMs, 1);
      const what = modelOf(size, [{ atMs: AT_MS, version, strategy, gate }]);
      const { rollouts, updated } = simulateRun(what, { seed: 1, arrivals: 'independent' }, 0)
        .services['feed']!;
      expect(rollouts![0]!.phase).toBe('rolled back');
      expect(Math.max(...updated!)).toBeLessThanOrEqual(Math.ceil(size * 0.2) + 1);
    }),
    { ...SEED, numRuns: 60 },
  );
});
