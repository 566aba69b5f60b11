/** Pods of either side of a canary, beside Argo Rollouts' own arithmetic. */
import fc from 'fast-check';
import { basicCounts } from '../../../simulator/policies/delivery/argo-basic-canary.ts';
import type {
  CanaryCounts,
  CanaryRouting,
  ReplicaSetSeen,
} from '../../../simulator/policies/delivery/argo-canary-settings.ts';
import { routedCounts } from '../../../simulator/policies/delivery/argo-routed-canary.ts';
import { resolveFenceposts } from '../../../simulator/policies/delivery/fenceposts.ts';
import type { Beside } from './beside.ts';

/** As `question` of the controller's test reads it. */
interface CanaryQuestion {
  readonly replicas: number;
  /** Of `maxTrafficWeight`, or percent. */
  readonly weight: number;
  readonly isAborted: boolean;
  readonly canary: ReplicaSetSeen | null;
  readonly stable: ReplicaSetSeen | null;
  readonly olderDesired: number;
  readonly maxSurge: string;
  readonly maxUnavailable: string;
  readonly routing:
    | Pick<CanaryRouting, 'maxTrafficWeight' | 'dynamicStableScale' | 'minPodsPerReplicaSet'>
    | undefined;
  readonly fixedReplicas: number | undefined;
  readonly actualWeight: number | undefined;
}

const of = fc.constantFrom;
const between = (min: number, max: number) => fc.integer({ min, max });
const maybe = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined, freq: 2 });
const pods = fc.oneof(between(0, 30), between(0, 4));
const amount = fc.oneof(
  between(0, 6).map(String),
  between(0, 100).map((percent) => `${percent}%`),
);
const set = fc.oneof(
  fc.record({ desired: pods, available: pods }),
  pods.map((all) => ({ desired: all, available: all })),
);

const basic: fc.Arbitrary<CanaryQuestion> = fc.record({
  replicas: pods,
  weight: between(0, 100),
  isAborted: fc.boolean(),
  canary: set,
  stable: fc.option(set, { freq: 9 }),
  olderDesired: of(0, 0, 0, 1, 5),
  maxSurge: amount,
  maxUnavailable: amount,
  routing: fc.constant(undefined),
  fixedReplicas: fc.constant(undefined),
  actualWeight: fc.constant(undefined),
});

const routed: fc.Arbitrary<CanaryQuestion> = of(100, 100, 1000, 7).chain((maxTrafficWeight) =>
  fc.record({
    replicas: pods,
    weight: between(0, maxTrafficWeight),
    isAborted: fc.boolean(),
    canary: set,
    stable: set,
    olderDesired: fc.constant(0),
    maxSurge: amount,
    maxUnavailable: amount,
    routing: fc.record({
      maxTrafficWeight: fc.constant(maxTrafficWeight),
      dynamicStableScale: fc.boolean(),
      minPodsPerReplicaSet: between(1, 4),
    }),
    fixedReplicas: maybe(pods),
    actualWeight: maybe(between(0, maxTrafficWeight)),
  }),
);

export const canary: Beside<CanaryQuestion, CanaryQuestion> = {
  name: 'argo-canary',
  controller: ['argo', 'github.com/argoproj/argo-rollouts/utils/replicaset'],
  cases: fc.oneof(basic, routed),
  decide: (question) => {
    const { canary, stable } = countsOf(question);
    return { line: question, decisions: [`canary ${canary}, stable ${stable}`] };
  },
};

function countsOf(question: CanaryQuestion): CanaryCounts {
  const { replicas, isAborted, canary, stable, olderDesired, routing } = question;
  const weight = isAborted ? 0 : question.weight;
  if (routing === undefined) {
    return basicCounts({
      replicas,
      weight,
      fence: resolveFenceposts(
        written(question.maxSurge),
        written(question.maxUnavailable),
        replicas,
      ),
      canary: canary ?? undefined,
      stable: stable ?? undefined,
      olderDesired,
    });
  }
  return routedCounts({
    replicas,
    routing: {
      ...routing,
      scaleDownDelayMs: 30_000,
      scaleDownDelayRevisionLimit: undefined,
      abortScaleDownDelayMs: undefined,
    },
    weight,
    fixedReplicas: isAborted ? undefined : question.fixedReplicas,
    actualWeight: question.actualWeight,
    isAborted,
  });
}

/** Pods are numbers in a manifest. */
function written(amount: string): number | string {
  return amount.endsWith('%') ? amount : Number(amount);
}
