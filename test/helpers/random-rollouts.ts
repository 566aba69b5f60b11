/** Random roll-outs for fast-check: all strategies, early and quick, so that an audit sees them. */
import fc from 'fast-check';
import type { Service } from '../../simulator/model/model.ts';
import type {
  CanaryRolloutStep,
  CanaryRoutes,
  PodLimits,
  Rollout,
  RolloutStrategy,
  Version,
  VersionGate,
} from '../../simulator/model/rollout-settings.ts';
import type { StrategyOf } from '../../simulator/policies/delivery/strategy.ts';

export const podLimits: fc.Arbitrary<PodLimits> = fc
  .record({
    maxSurge: fc.constantFrom<(number | string)[]>(0, 1, '25%', '100%'),
    maxUnavailable: fc.constantFrom<(number | string)[]>(0, 1, '25%', '50%'),
    minReadyMs: fc.constantFrom(0, 300),
    progressDeadlineMs: fc.constantFrom(1000, 600_000),
  })
  // What the model's rules refuse.
  .map((one) => (one.maxSurge === 0 && one.maxUnavailable === 0 ? { ...one, maxSurge: 1 } : one));

const canarySteps = fc.constantFrom(
  [{ weight: 20 }, { pauseMs: 400 }, { weight: 60 }, { pauseMs: 1000 }],
  [{ pauseMs: 0 }, { weight: 1 }, { weight: 100 }, { pauseMs: 300 }],
);

const routes: fc.Arbitrary<CanaryRoutes> = fc.record({
  dynamicStableScale: fc.boolean(),
  minPodsPerReplicaSet: fc.constantFrom(1, 2),
  scaleDownDelayMs: fc.constantFrom(0, 400),
  abortScaleDownDelayMs: fc.constantFrom(undefined, 200),
});

const routedSteps: fc.Arbitrary<readonly CanaryRolloutStep[]> = fc.oneof(
  canarySteps,
  fc.constant([{ scale: { replicas: 3 } }, { weight: 40 }, { pauseMs: 300 }] as const),
  fc.constant([{ scale: { weight: 120 } }, { scale: { matchTrafficWeight: true } }] as const),
);

export const routedCanaries: fc.Arbitrary<StrategyOf<'canary'>> = fc
  .tuple(podLimits, routedSteps, routes)
  .map(([limits, steps, routing]) => ({ type: 'canary', steps, routing, ...limits }));

const strategies: fc.Arbitrary<RolloutStrategy> = fc.oneof(
  podLimits.map((limits): RolloutStrategy => ({ type: 'rolling', ...limits })),
  fc.tuple(podLimits, canarySteps).map(([limits, steps]): RolloutStrategy => {
    return { type: 'canary', steps, ...limits };
  }),
  routedCanaries,
  fc.record({
    type: fc.constant('instance-refresh'),
    minHealthyPercent: fc.constantFrom(0, 50, 90, 100),
    maxHealthyPercent: fc.constant(100),
    checkpointPercents: fc.constantFrom([], [30, 100], [50]),
    checkpointDelayMs: fc.constantFrom(0, 500),
    autoRollback: fc.boolean(),
    bakeMs: fc.constantFrom(0, 700),
  }),
  fc.record({
    type: fc.constant('flagger'),
    // As often as Flagger looks at most.
    intervalMs: fc.constant(10_000),
    stepWeight: fc.constantFrom(10, 60),
    maxWeight: fc.constantFrom(50, 100),
    threshold: fc.constantFrom(1, 3),
    progressDeadlineMs: fc.constantFrom(1000, 600_000),
  }),
  fc.constantFrom([1, 50], [10, 100]).map((shares): RolloutStrategy => {
    return { type: 'groups', stages: shares.map((percent) => ({ percent, bakeMs: 400 })) };
  }),
);

const versions: fc.Arbitrary<Version> = fc.oneof(
  fc.record({ slowness: fc.constantFrom(0.5, 1, 4), failRatio: fc.constantFrom(0, 0.3, 1) }),
  fc.constantFrom(0, 150, 60_000).map((ms): Version => {
    return { slowness: 1, failRatio: 0, boot: { type: 'constant', ms } };
  }),
);

const gates: fc.Arbitrary<VersionGate> = fc.record({
  errorRatioMargin: fc.constantFrom(undefined, 0, 0.1),
  latencyRatioMax: fc.constantFrom(undefined, 1.5),
  requestsMin: fc.constantFrom(0, 3),
  confidence: fc.constant(0.9),
  everyMs: fc.constantFrom(200, 1500),
  failuresMax: fc.constantFrom(0, 1),
});

export const randomRollout: fc.Arbitrary<Omit<Rollout, 'atMs'>> = fc.record({
  version: versions,
  strategy: strategies,
  gate: gates,
});

const rollouts: fc.Arbitrary<readonly Rollout[]> = fc
  .array(randomRollout, { minLength: 1, maxLength: 3 })
  .map((all) => all.map((one, index) => ({ ...one, atMs: 500 + 600 * index })));

/** Two of three services have none. */
export const randomRollouts: fc.Arbitrary<Pick<Service, 'rollouts'>> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: rollouts.map((all) => ({ rollouts: all })) },
);
