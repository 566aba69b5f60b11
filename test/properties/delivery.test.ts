import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stream } from '../../simulator/engine/random.ts';
import {
  decideAnalysis,
  INITIAL_ANALYSIS_STATE,
  type MetricSettings,
} from '../../simulator/policies/delivery/argo-analysis.ts';
import { basicCounts, nearestCounts } from '../../simulator/policies/delivery/argo-basic-canary.ts';
import { decideCanary } from '../../simulator/policies/delivery/argo-canary.ts';
import type {
  CanarySettings,
  CanaryStep,
  ReplicaSetSeen,
  RunPhase,
} from '../../simulator/policies/delivery/argo-canary-settings.ts';
import { INITIAL_CANARY_STATE } from '../../simulator/policies/delivery/argo-canary-state.ts';
import { parseCondition } from '../../simulator/policies/delivery/argo-condition.ts';
import { judge } from '../../simulator/policies/delivery/argo-evaluate.ts';
import {
  type BanditSettings,
  initialBandit,
  learn,
  pickArm,
  regretOf,
} from '../../simulator/policies/delivery/bandit.ts';
import { chanceOf } from '../../simulator/policies/delivery/chance.ts';
import { minAvailable, resolveFenceposts } from '../../simulator/policies/delivery/fenceposts.ts';
import {
  decideFlagger,
  FLAGGER_DEFAULTS,
  INITIAL_FLAGGER_STATE,
} from '../../simulator/policies/delivery/flagger.ts';
import { proportionalCounts } from '../../simulator/policies/delivery/proportional-scaling.ts';
import { sampleRatio, twoProportions } from '../../simulator/policies/delivery/proportions.ts';
import { rollingCounts } from '../../simulator/policies/delivery/rolling-update.ts';
import { groupOfUser, isIn, placeOfUser } from '../../simulator/policies/delivery/sticky-hash.ts';

const SEED = { seed: 1730 };

/** Few, so that the limits meet often. */
const pods = fc.integer({ min: 0, max: 9 });
const set = fc
  .tuple(pods, fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([desired, share]) => ({ desired, available: Math.floor(desired * share) }));
const limit = fc.oneof(
  fc.integer({ min: 0, max: 10 }),
  fc.integer({ min: 0, max: 100 }).map((percent) => `${percent}%`),
);
const weight = fc.integer({ min: 0, max: 100 });

/** Pods of a set that stay available when it gets another size: a set loses the others first. */
function staying(before: ReplicaSetSeen, desired: number): number {
  return Math.min(before.available, desired);
}

test('nearest counts: the sum is the replicas or one more, neither side is left out', () => {
  fc.assert(
    fc.property(pods, weight, pods, (replicas, percent, surge) => {
      const { canary, stable } = nearestCounts(replicas, percent, surge);
      const extra = canary + stable - replicas;
      expect(extra === 0 || (extra === 1 && surge > 0)).toBe(true);
      const mayBeNone = percent === 0 || percent === 100 || replicas + Math.min(1, surge) < 2;
      if (!mayBeNone && replicas > 0) expect(Math.min(canary, stable)).toBeGreaterThan(0);
      // No count of pods in all, and none one off, is nearer to the weight.
      const error = (pods: number, all: number) => Math.abs((pods * 100) / all - percent);
      if (replicas > 1) {
        const own = error(canary, canary + stable);
        for (let other = 1; other < replicas; other++) {
          if (percent > 0 && percent < 100) {
            expect(own).toBeLessThanOrEqual(error(other, replicas) + 1e-9);
          }
        }
      }
    }),
    SEED,
  );
});

test('basic canary: never above replicas + surge, never below what must be available', () => {
  const seen = { replicas: pods, percent: weight, surge: limit, unavailable: limit };
  fc.assert(
    fc.property(fc.record(seen), set, set, pods, (row, canary, stable, olderDesired) => {
      const { replicas, percent, surge, unavailable } = row;
      const fence = resolveFenceposts(surge, unavailable, replicas);
      const counts = basicCounts({
        replicas,
        weight: percent,
        fence,
        canary,
        stable,
        olderDesired,
      });
      const all = counts.canary + counts.stable + olderDesired;
      const before = canary.desired + stable.desired + olderDesired;
      expect(all).toBeLessThanOrEqual(Math.max(before, replicas + fence.surge));
      const available = canary.available + stable.available;
      const left = staying(canary, counts.canary) + staying(stable, counts.stable);
      expect(left).toBeGreaterThanOrEqual(Math.min(available, minAvailable(replicas, fence)));
    }),
    { ...SEED, numRuns: 2000 },
  );
});

/** A cluster in which every pod that is wanted becomes available one observation later. */
function rollOut(settings: CanarySettings, most: number) {
  let state = INITIAL_CANARY_STATE;
  let canary: ReplicaSetSeen = { desired: 0, available: 0 };
  let stable: ReplicaSetSeen = { desired: settings.replicas, available: settings.replicas };
  const seen = [];
  for (let second = 0; second < most; second++) {
    const observation = {
      nowMs: second * 1000,
      canary,
      stable,
      older: [],
      backgroundAnalysis: undefined,
      stepRun: 'Successful' as const,
      isWeightVerified: undefined,
      action: undefined,
    };
    const decision = decideCanary(settings, observation, state);
    seen.push({ decision, canary, stable });
    state = decision.state;
    const next = (set: ReplicaSetSeen, desired: number) => {
      return { desired, available: Math.min(set.desired, desired) };
    };
    canary = next(canary, decision.desired.canary!);
    stable = next(stable, decision.desired.stable!);
    if (decision.isPromoted && stable.desired === 0) break;
  }
  return seen;
}

const step: fc.Arbitrary<CanaryStep> = fc.oneof(
  weight.map((setWeight) => ({ setWeight })),
  fc.integer({ min: 0, max: 20_000 }).map((durationMs) => ({ pause: { durationMs } })),
  fc.constant({ runs: 'analysis' as const }),
);

const routing = fc.record({
  maxTrafficWeight: fc.constant(100),
  dynamicStableScale: fc.boolean(),
  // Of more than there are replicas the controller never has exactly as many as it waits for.
  minPodsPerReplicaSet: fc.constant(1),
  scaleDownDelayMs: fc.constantFrom(0, 5000),
  scaleDownDelayRevisionLimit: fc.constant(undefined),
  abortScaleDownDelayMs: fc.constant(undefined),
});

const canarySettings = fc.record({
  replicas: fc.integer({ min: 1, max: 20 }),
  maxSurge: limit,
  maxUnavailable: limit,
  steps: fc.array(step, { maxLength: 6 }),
  routing: fc.option(routing, { nil: undefined }),
  isPaused: fc.constant(false),
  progressDeadlineMs: fc.constant(600_000),
  progressDeadlineAbort: fc.constant(false),
});

test('a roll-out in which nothing goes wrong ends, and every weight is one on the way', () => {
  fc.assert(
    fc.property(canarySettings, (settings) => {
      const seen = rollOut(settings, 2000);
      const last = seen.at(-1)!.decision;
      expect(last.isPromoted).toBe(true);
      expect(last.desired.canary).toBe(settings.replicas);
      let before = 0;
      for (const { decision } of seen) {
        expect(decision.weight).toBeGreaterThanOrEqual(0);
        expect(decision.weight).toBeLessThanOrEqual(100);
        expect(decision.step).toBeGreaterThanOrEqual(before);
        before = decision.step;
      }
    }),
    { ...SEED, numRuns: 150 },
  );
});

test('behind a router no side carries more than its pods are sized for', () => {
  // Of weights that fall the controller takes the canary's pods first, as the real one does.
  const rule = fc.tuple(canarySettings, routing).map(([settings, routed]) => {
    const weightOf = ({ setWeight }: CanaryStep) => setWeight ?? 0;
    const steps = settings.steps.toSorted((a, b) => weightOf(a) - weightOf(b));
    return { ...settings, steps, routing: routed };
  });
  fc.assert(
    fc.property(rule, (settings) => {
      for (const { decision, canary, stable } of rollOut(settings, 2000)) {
        if (decision.isPromoted) continue;
        const { weight: share } = decision;
        expect(canary.available * 100).toBeGreaterThanOrEqual(share * settings.replicas);
        const stays = staying(stable, decision.desired.stable!);
        expect(stays * 100).toBeGreaterThanOrEqual((100 - share) * settings.replicas);
      }
    }),
    { ...SEED, numRuns: 150 },
  );
});

test('deciding twice at one moment decides the same', () => {
  fc.assert(
    fc.property(canarySettings, fc.integer({ min: 1, max: 60 }), (settings, most) => {
      const { decision, canary, stable } = rollOut(settings, most).at(-1)!;
      const observation = {
        nowMs: decision.state.progress!.atMs,
        canary,
        stable,
        older: [],
        backgroundAnalysis: undefined,
        stepRun: undefined,
        isWeightVerified: undefined,
        action: undefined,
      };
      const once = decideCanary(settings, observation, decision.state);
      const twice = decideCanary(settings, observation, once.state);
      expect(twice.desired).toEqual(once.desired);
      expect(twice.state).toEqual(once.state);
    }),
    { ...SEED, numRuns: 150 },
  );
});

const RANK: readonly RunPhase[] = ['Successful', 'Running', 'Inconclusive', 'Error', 'Failed'];

test('analysis: one more failed measurement for a successful one never makes it better', () => {
  const metric: MetricSettings = {
    name: 'a',
    intervalMs: 1000,
    initialDelayMs: 0,
    count: 0,
    successCondition: undefined,
    failureCondition: undefined,
    failureLimit: 2,
    inconclusiveLimit: 0,
    consecutiveErrorLimit: 4,
    consecutiveSuccessLimit: 0,
    isDryRun: false,
  };
  const phaseAfter = (phases: readonly RunPhase[], count: number) => {
    const measurements = phases.map((phase, index) => {
      return { metric: 'a', phase, value: undefined, message: '', finishedAtMs: index };
    });
    const observation = { nowMs: 0, measurements, isTerminated: false };
    return decideAnalysis([{ ...metric, count }], observation, INITIAL_ANALYSIS_STATE).phase;
  };
  const phases = fc.array(fc.constantFrom<RunPhase>('Successful', 'Failed'), {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(phases, fc.nat(), fc.nat(12), (list, at, count) => {
      const worse = list.with(at % list.length, 'Failed');
      const [before, after] = [phaseAfter(list, count), phaseAfter(worse, count)];
      expect(RANK.indexOf(after)).toBeGreaterThanOrEqual(RANK.indexOf(before));
    }),
    SEED,
  );
});

test('any text is a condition or has a problem, and judges without falling over', () => {
  const text = fc.oneof(
    fc.string(),
    fc.stringMatching(
      /^(result|len\(|\[0\]|\(|\)|\.a|[<>=!&|+*/%#-]| |1|'x'|not |in |all\(|,){0,20}$/,
    ),
  );
  fc.assert(
    fc.property(text, fc.jsonValue(), (condition, value) => {
      const parsed = parseCondition(condition);
      expect('problem' in parsed ? parsed.problem : 'fine').not.toBe('');
      // What fast-check makes up is JSON.
      const { phase } = judge(value as Parameters<typeof judge>[0], condition, undefined);
      expect(['Successful', 'Failed', 'Error']).toContain(phase);
    }),
    { ...SEED, numRuns: 2000 },
  );
});

const rolling = fc.tuple(set, fc.array(set, { maxLength: 3 }));

test('rolling update: never above replicas + surge, never below what must be available', () => {
  fc.assert(
    fc.property(pods, limit, limit, rolling, (replicas, surge, unavailable, [fresh, old]) => {
      const fence = resolveFenceposts(surge, unavailable, replicas);
      const named = (one: typeof fresh, revision: string) => {
        return { ...one, ready: one.available, revision };
      };
      const newSet = named(fresh, 'new');
      const oldSets = old.map((one, index) => named(one, `old-${index}`));
      const counts = rollingCounts(replicas, fence, newSet, oldSets);
      const all = [newSet, ...oldSets];
      const sum = (of: (one: (typeof all)[number]) => number) =>
        all.reduce((total, one) => total + of(one), 0);
      const before = sum(({ desired }) => desired);
      const after = sum(({ revision }) => counts.get(revision)!);
      expect(after).toBeLessThanOrEqual(Math.max(before, replicas + fence.surge));
      const left = sum((one) => staying(one, counts.get(one.revision)!));
      const least = Math.min(
        sum(({ available }) => available),
        minAvailable(replicas, fence),
      );
      // A new set above the replicas is cut to them, whatever is available.
      expect(left).toBeGreaterThanOrEqual(newSet.desired > replicas ? 0 : least);
    }),
    { ...SEED, numRuns: 2000 },
  );
});

test('scaling in proportion shares out exactly what is allowed', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 2, maxLength: 4 });
  fc.assert(
    fc.property(sizes, pods, fc.nat(5), (olds, replicas, surge) => {
      const sets = olds.map((desired, index) => ({
        revision: `v${index}`,
        desired,
        available: desired,
      }));
      const before = olds.reduce((sum, desired) => sum + desired, 0);
      const was = { replicas: before, most: before };
      const scaledFor = Object.fromEntries(sets.map(({ revision }) => [revision, was]));
      const counts = proportionalCounts(
        { replicas, most: replicas + surge },
        undefined,
        sets,
        scaledFor,
      );
      const after = [...counts.values()].reduce((sum, desired) => sum + desired, 0);
      expect(after).toBe(replicas === 0 ? 0 : replicas + surge);
      expect(Math.min(...counts.values())).toBeGreaterThanOrEqual(0);
    }),
    SEED,
  );
});

test('Flagger: weights stay in 0 … 100, and a failed canary has none', () => {
  const ticks = fc.array(fc.record({ isHealthy: fc.boolean(), isCanaryReady: fc.boolean() }), {
    maxLength: 30,
  });
  const rule = fc.record({
    stepWeight: fc.integer({ min: 1, max: 60 }),
    maxWeight: fc.integer({ min: 0, max: 100 }),
    stepWeightPromotion: fc.integer({ min: 0, max: 60 }),
    threshold: fc.integer({ min: 1, max: 3 }),
    mirror: fc.boolean(),
  });
  fc.assert(
    fc.property(rule, ticks, (more, seen) => {
      const settings = { ...FLAGGER_DEFAULTS, ...more };
      let state = { ...INITIAL_FLAGGER_STATE, revision: 'v1' };
      for (const [minute, one] of seen.entries()) {
        const decision = decideFlagger(
          settings,
          {
            ...one,
            nowMs: minute * 60_000,
            revision: 'v2',
            isPrimaryReady: true,
            mayPromote: true,
            rollsBack: false,
          },
          state,
        );
        expect(decision.canaryWeight).toBeGreaterThanOrEqual(0);
        expect(decision.canaryWeight + decision.primaryWeight).toBe(100);
        if (!decision.isCanaryUp) expect(decision.canaryWeight).toBe(0);
        state = { ...decision.state, revision: 'v2' };
      }
    }),
    SEED,
  );
});

const user = fc.string({ unit: 'binary' });

test('who is in at a percentage is in at every larger one', () => {
  const percent = fc.double({ min: 0, max: 100, noNaN: true });
  fc.assert(
    fc.property(user, percent, percent, (id, a, b) => {
      const [less, more] = [Math.min(a, b), Math.max(a, b)];
      if (isIn('x', id, less)) expect(isIn('x', id, more)).toBe(true);
      expect(isIn('x', id, 0)).toBe(false);
      expect(isIn('x', id, 100)).toBe(true);
    }),
    SEED,
  );
});

test('a place is in 0 … 1, and always the same group comes of it', () => {
  const weights = fc.array(fc.nat(5), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(user, weights, (id, shares) => {
      const place = placeOfUser('x', id);
      expect(place).toBeGreaterThanOrEqual(0);
      expect(place).toBeLessThan(1);
      const group = groupOfUser('x', id, shares);
      expect(group).toBe(
        groupOfUser(
          'x',
          id,
          shares.map((share) => share * 2),
        ),
      );
      if (group >= 0) expect(shares[group]).toBeGreaterThan(0);
    }),
    SEED,
  );
});

test('the interval of a difference holds it and stays in −1 … 1', () => {
  const trials = fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.nat()).map(([all, some]) => {
    return { trials: all, successes: some % (all + 1) };
  });
  fc.assert(
    fc.property(trials, trials, (a, b) => {
      const { difference, pValue } = twoProportions(a, b, 0.95);
      expect(difference.low).toBeLessThanOrEqual(difference.mean + 1e-12);
      expect(difference.high).toBeGreaterThanOrEqual(difference.mean - 1e-12);
      expect(difference.low).toBeGreaterThanOrEqual(-1 - 1e-12);
      expect(difference.high).toBeLessThanOrEqual(1 + 1e-12);
      expect(pValue).toBeGreaterThanOrEqual(0);
      expect(pValue).toBeLessThanOrEqual(1);
      const mirrored = twoProportions(b, a, 0.95).difference;
      expect(mirrored.low).toBeCloseTo(-difference.high, 10);
    }),
    SEED,
  );
});

test('a split by the sticky hash passes the test of its ratio', () => {
  const shares = [50, 30, 20];
  let mismatches = 0;
  for (let experiment = 0; experiment < 200; experiment++) {
    const counts = [0, 0, 0];
    for (let id = 0; id < 2000; id++) {
      counts[groupOfUser(`experiment-${experiment}`, `user-${id}`, shares)]!++;
    }
    if (sampleRatio(counts, shares).pValue < 0.05) mismatches++;
  }
  // 5 % of 200 are 10; beyond five standard deviations the hash would not be fair.
  expect(mismatches).toBeGreaterThan(0);
  expect(mismatches).toBeLessThan(10 + 5 * Math.sqrt(9.5));
});

const MEANS = [0.3, 0.5, 0.45];

/** Mean regret after so many users, over a few seeds. */
function regretAfter(settings: BanditSettings, users: number): number {
  const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
  const regrets = seeds.map((seed) => {
    const chance = chanceOf(stream(seed, 0, 'bandit', settings.type));
    let state = initialBandit(MEANS.length);
    for (let id = 0; id < users; id++) {
      const { arm } = pickArm(settings, state, chance);
      state = learn(state, arm, chance.uniform() < MEANS[arm]! ? 1 : 0);
    }
    return regretOf(MEANS, state);
  });
  return regrets.reduce((sum, regret) => sum + regret, 0) / regrets.length;
}

test.each<[string, BanditSettings]>([
  ['Thompson', { type: 'thompson', priorSuccesses: 1, priorFailures: 1 }],
  ['ε-greedy that decays', { type: 'epsilon-greedy', epsilon: 1, decayPicks: 50 }],
  ['UCB1', { type: 'ucb1' }],
])('%s: eight times the users cost less than six times the regret', (_, settings) => {
  const [few, many] = [regretAfter(settings, 1000), regretAfter(settings, 8000)];
  expect(many / few).toBeLessThan(6);
  // Taking any arm at random loses (0.2 + 0 + 0.05) / 3 a user.
  expect(many).toBeLessThan((0.25 / 3) * 8000);
});

test('ε-greedy that does not decay loses in proportion', () => {
  const greedy: BanditSettings = { type: 'epsilon-greedy', epsilon: 0.2 };
  const [few, many] = [regretAfter(greedy, 1000), regretAfter(greedy, 8000)];
  // 0.2 · 0.25 / 3 a user, for ever.
  expect(many - few).toBeGreaterThan(0.9 * ((0.2 * 0.25) / 3) * 7000);
});
