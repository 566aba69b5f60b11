/** A rolling update, beside Kubernetes' controller of Deployments. */
import fc from 'fast-check';
import { resolveFenceposts } from '../../../simulator/policies/delivery/fenceposts.ts';
import {
  decideRolling,
  INITIAL_ROLLING_STATE,
  ROLLING_DEFAULTS,
  type RollingSet,
} from '../../../simulator/policies/delivery/rolling-update.ts';
import type { Beside } from './beside.ts';

/** As the controller's `testRun` reads it; the last set is of the version that is wanted. */
interface RollingRun {
  readonly maxSurge: string;
  readonly maxUnavailable: string;
  readonly scaledFor: number;
  readonly desired: readonly number[];
  readonly passes: readonly { readonly replicas: number; readonly available: readonly number[] }[];
}

interface RandomRolling extends Omit<RollingRun, 'passes'> {
  readonly passes: readonly {
    /** Somebody sets another size. */
    readonly resized: number | undefined;
    /** Shares of the pods that are available, by set. */
    readonly available: readonly number[];
  }[];
}

const between = (min: number, max: number) => fc.integer({ min, max });
const amount = fc.oneof(
  between(0, 6).map(String),
  between(0, 100).map((percent) => `${percent}%`),
);
const share = fc.oneof(fc.constantFrom(0, 1, 1), fc.double({ min: 0, max: 1, noNaN: true }));

const cases: fc.Arbitrary<RandomRolling> = between(1, 4).chain((sets) =>
  fc.record({
    maxSurge: amount,
    maxUnavailable: amount,
    scaledFor: fc.oneof(between(0, 30), between(0, 3)),
    desired: fc.array(between(0, 15), { minLength: sets, maxLength: sets }),
    passes: fc.array(
      fc.record({
        resized: fc.option(between(0, 30), { nil: undefined, freq: 4 }),
        available: fc.array(share, { minLength: sets, maxLength: sets }),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  }),
);

export const deployment: Beside<RandomRolling, RollingRun> = {
  name: 'rolling-update',
  controller: ['kubernetes', 'k8s.io/kubernetes/pkg/controller/deployment'],
  cases,
  decide: (random) => {
    const { maxSurge, maxUnavailable } = random;
    // Refused by Kubernetes, and by us.
    if (isNone(maxSurge) && isNone(maxUnavailable)) return undefined;
    const { passes, decisions } = playOurs(random);
    return { line: { ...random, passes }, decisions };
  },
};

function isNone(amount: string): boolean {
  return Number.parseInt(amount, 10) === 0;
}

/** Pods are numbers in a manifest. */
function written(amount: string): number | string {
  return amount.endsWith('%') ? amount : Number(amount);
}

function playOurs(random: RandomRolling) {
  const [maxSurge, maxUnavailable] = [written(random.maxSurge), written(random.maxUnavailable)];
  let [replicas, desired] = [random.scaledFor, random.desired];
  const { surge } = resolveFenceposts(maxSurge, maxUnavailable, replicas);
  const size = { replicas, most: replicas + surge };
  const scaledFor = Object.fromEntries(desired.map((_, index) => [nameOf(index), size]));
  let state = { ...INITIAL_ROLLING_STATE, scaledFor };
  const passes: RollingRun['passes'][number][] = [];
  const decisions: string[] = [];
  for (const [pass, { resized, available: shares }] of random.passes.entries()) {
    replicas = resized ?? replicas;
    const available = desired.map((pods, index) => Math.floor(pods * shares[index]!));
    const sets = desired.map((pods, index) => setOf(index, pods, available[index]!));
    const decision = decideRolling(
      { ...ROLLING_DEFAULTS, replicas, maxSurge, maxUnavailable },
      { nowMs: 1000 * pass, newSet: sets.at(-1), oldSets: sets.slice(0, -1) },
      state,
    );
    state = decision.state as typeof state;
    desired = [...decision.desired.oldSets, decision.desired.newSet];
    passes.push({ replicas, available });
    decisions.push(desired.join(' '));
  }
  return { passes, decisions };
}

function setOf(index: number, desired: number, available: number): RollingSet {
  return { revision: nameOf(index), desired, available, ready: available };
}

function nameOf(index: number): string {
  return `set-${index}`;
}
