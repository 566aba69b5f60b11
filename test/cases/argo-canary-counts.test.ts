/** Facts of the test-suite of Argo Rollouts (utils/replicaset/canary_test.go), and by hand. */
import { describe, expect, test } from 'vitest';
import { basicCounts, nearestCounts } from '../../simulator/policies/delivery/argo-basic-canary.ts';
import type { CanaryRouting } from '../../simulator/policies/delivery/argo-canary-settings.ts';
import {
  podsForWeight,
  routedCounts,
} from '../../simulator/policies/delivery/argo-routed-canary.ts';
import {
  type IntOrPercent,
  resolveFenceposts,
} from '../../simulator/policies/delivery/fenceposts.ts';

test.each([
  // replicas, weight, surge, canary, stable
  [0, 0, 0, 0, 0],
  [0, 50, 0, 0, 0],
  [0, 100, 1, 0, 0],
  [1, 0, 0, 0, 1],
  [1, 1, 0, 0, 1],
  [1, 49, 0, 0, 1],
  [1, 50, 0, 1, 0],
  [1, 99, 0, 1, 0],
  [1, 100, 0, 1, 0],
  [1, 0, 1, 0, 1],
  [1, 1, 1, 1, 1],
  [1, 50, 1, 1, 1],
  [1, 99, 1, 1, 1],
  [1, 100, 1, 1, 0],
  [2, 0, 0, 0, 2],
  [2, 1, 0, 1, 1],
  [2, 99, 0, 1, 1],
  [2, 100, 0, 2, 0],
  [2, 1, 1, 1, 2],
  [2, 50, 1, 1, 1],
  [2, 99, 1, 2, 1],
  [3, 10, 0, 1, 2],
  [3, 34, 0, 1, 2],
  [3, 49, 0, 1, 2],
  [3, 50, 0, 2, 1],
  [3, 25, 1, 1, 3],
  [3, 33, 1, 1, 2],
  [3, 49, 1, 2, 2],
  [3, 50, 1, 2, 2],
  [10, 1, 0, 1, 9],
  [10, 14, 0, 1, 9],
  [10, 15, 0, 2, 8],
  [10, 16, 0, 2, 8],
  [10, 99, 0, 9, 1],
  [10, 0, 1, 0, 10],
  [10, 1, 1, 1, 10],
  [10, 18, 1, 2, 9],
  [10, 19, 1, 2, 9],
  [10, 20, 1, 2, 8],
  [10, 23, 1, 2, 8],
  [10, 24, 1, 3, 8],
  [10, 25, 1, 3, 8],
  [10, 99, 1, 10, 1],
  [10, 100, 1, 10, 0],
])(
  '%i replicas at %i %% with surge %i: canary %i, stable %i',
  (replicas, weight, surge, ...want) => {
    const { canary, stable } = nearestCounts(replicas, weight, surge);
    expect([canary, stable]).toEqual(want);
  },
);

/** [desired, available] */
type Set = readonly [number, number];
const older3: Set = [3, 3];

interface Row {
  readonly replicas: number;
  readonly weight: number;
  readonly surge: IntOrPercent;
  readonly unavailable: IntOrPercent;
  readonly stable: Set;
  readonly canary: Set;
  readonly older?: Set;
}

const set = ([desired, available]: Set) => ({ desired, available });

test.each<[string, Row, stable: number, canary: number]>([
  [
    'pods beyond what is desired do not count as available',
    { replicas: 10, weight: 100, surge: 3, unavailable: 0, stable: [7, 8], canary: [6, 3] },
    7,
    6,
  ],
  [
    'surge in pods lets the canary up',
    { replicas: 10, weight: 20, surge: 2, unavailable: 0, stable: [10, 10], canary: [0, 0] },
    10,
    2,
  ],
  [
    'surge in percent lets the canary up',
    { replicas: 10, weight: 20, surge: '20%', unavailable: 0, stable: [10, 10], canary: [0, 0] },
    10,
    2,
  ],
  [
    'an available canary lets stable pods go',
    { replicas: 10, weight: 20, surge: '20%', unavailable: 0, stable: [10, 10], canary: [2, 2] },
    8,
    2,
  ],
  [
    'surge is never passed',
    { replicas: 10, weight: 30, surge: 2, unavailable: 0, stable: [10, 10], canary: [0, 0] },
    10,
    2,
  ],
  [
    'without surge stable pods make room',
    { replicas: 10, weight: 20, surge: 0, unavailable: 2, stable: [10, 10], canary: [0, 0] },
    8,
    0,
  ],
  [
    'the same in percent',
    { replicas: 10, weight: 20, surge: 0, unavailable: '20%', stable: [10, 10], canary: [0, 0] },
    8,
    0,
  ],
  [
    'unavailable is never passed',
    { replicas: 10, weight: 30, surge: 0, unavailable: 2, stable: [10, 10], canary: [0, 0] },
    8,
    0,
  ],
  [
    'surge and unavailable work at once',
    { replicas: 10, weight: 50, surge: 2, unavailable: 1, stable: [10, 10], canary: [0, 0] },
    9,
    2,
  ],
  [
    'weight 0 empties the canary',
    { replicas: 10, weight: 0, surge: 1, unavailable: 1, stable: [10, 10], canary: [1, 1] },
    10,
    0,
  ],
  [
    'weight 100 empties the stable set',
    { replicas: 10, weight: 100, surge: 1, unavailable: 1, stable: [1, 1], canary: [10, 10] },
    0,
    10,
  ],
  [
    'one replica at 20 %: the surge pod is the canary',
    { replicas: 1, weight: 20, surge: 1, unavailable: 0, stable: [1, 1], canary: [0, 0] },
    1,
    1,
  ],
  [
    'one replica at 90 %: the stable pod stays',
    { replicas: 1, weight: 90, surge: 1, unavailable: 0, stable: [1, 1], canary: [0, 0] },
    1,
    1,
  ],
  [
    'stable goes up before the canary',
    {
      replicas: 10,
      weight: 30,
      surge: 1,
      unavailable: 0,
      stable: [1, 1],
      canary: [0, 0],
      older: older3,
    },
    7,
    1,
  ],
  [
    'both are too large',
    { replicas: 10, weight: 30, surge: 0, unavailable: 3, stable: [8, 5], canary: [4, 4] },
    7,
    3,
  ],
  [
    'both are at full size and partly available',
    { replicas: 10, weight: 100, surge: 1, unavailable: 0, stable: [10, 2], canary: [10, 8] },
    2,
    9,
  ],
  [
    'neither goes down while an older set has pods',
    {
      replicas: 10,
      weight: 30,
      surge: 0,
      unavailable: 1,
      stable: [8, 6],
      canary: [4, 2],
      older: older3,
    },
    8,
    4,
  ],
  [
    '5 % of ten is one pod: first a stable one goes',
    { replicas: 10, weight: 5, surge: 0, unavailable: 1, stable: [10, 10], canary: [0, 0] },
    9,
    0,
  ],
  [
    '… then the canary comes',
    { replicas: 10, weight: 5, surge: 0, unavailable: 1, stable: [9, 9], canary: [0, 0] },
    9,
    1,
  ],
  [
    'both limits come to nothing: one pod may be missing',
    { replicas: 10, weight: 10, surge: '0%', unavailable: '0%', stable: [10, 10], canary: [0, 0] },
    9,
    0,
  ],
  [
    'surge is kept while stable pods are not available',
    { replicas: 4, weight: 100, surge: 1, unavailable: 0, stable: [4, 1], canary: [0, 0] },
    4,
    1,
  ],
  [
    '99 % of three keeps one stable pod',
    { replicas: 3, weight: 99, surge: 0, unavailable: 2, stable: [3, 3], canary: [0, 0] },
    1,
    0,
  ],
  [
    '… then the canary takes the room',
    { replicas: 3, weight: 99, surge: 0, unavailable: 2, stable: [1, 1], canary: [0, 0] },
    1,
    2,
  ],
  [
    'a stable pod that is not available may go',
    { replicas: 4, weight: 100, surge: 1, unavailable: 0, stable: [4, 1], canary: [1, 1] },
    3,
    1,
  ],
  [
    'on abort stable surges before a canary pod goes',
    { replicas: 4, weight: 0, surge: 1, unavailable: 0, stable: [0, 0], canary: [4, 4] },
    1,
    4,
  ],
  [
    '… nothing moves while it is not available',
    { replicas: 4, weight: 0, surge: 1, unavailable: 0, stable: [1, 0], canary: [4, 4] },
    1,
    4,
  ],
  [
    '… then one canary pod goes',
    { replicas: 4, weight: 0, surge: 1, unavailable: 0, stable: [1, 1], canary: [4, 4] },
    1,
    3,
  ],
  [
    // Wanted are 2 and 1; 2 and 2 are one too many; but of the stable pods none can be spared.
    'a canary that does not start gives way, not the pods that serve',
    { replicas: 2, weight: 75, surge: 1, unavailable: 0, stable: [2, 2], canary: [3, 0] },
    2,
    1,
  ],
  [
    'everything at once where the limits allow it',
    { replicas: 4, weight: 100, surge: 4, unavailable: 4, stable: [4, 4], canary: [0, 0] },
    0,
    4,
  ],
])('basic canary: %s', (_, row, stable, canary) => {
  const fence = resolveFenceposts(row.surge, row.unavailable, row.replicas);
  const counts = basicCounts({
    replicas: row.replicas,
    weight: row.weight,
    fence,
    stable: set(row.stable),
    canary: set(row.canary),
    olderDesired: row.older?.[0] ?? 0,
  });
  expect(counts).toEqual({ stable, canary });
});

test('basic canary: a first version goes to full size, whatever the weight', () => {
  const fence = resolveFenceposts(0, 1, 10);
  const alone = { replicas: 10, weight: 10, fence, stable: undefined, olderDesired: 0 };
  const counts = basicCounts({ ...alone, canary: { desired: 9, available: 9 } });
  expect(counts).toEqual({ canary: 10, stable: 0 });
});

test.each([
  [10, 0, 0],
  [10, 20, 2],
  [10, 25, 3],
  [10, 33, 4],
  [10, 99, 10],
  [10, 100, 10],
])('of %i replicas %i %% of the traffic needs %i pods', (replicas, weight, pods) => {
  expect(podsForWeight(replicas, weight, 100)).toBe(pods);
});

describe('traffic-routed canary', () => {
  const routing: CanaryRouting = {
    maxTrafficWeight: 100,
    dynamicStableScale: false,
    minPodsPerReplicaSet: 1,
    scaleDownDelayMs: 30_000,
    scaleDownDelayRevisionLimit: undefined,
    abortScaleDownDelayMs: undefined,
  };
  const dynamic = { ...routing, dynamicStableScale: true };
  const plain = { replicas: 10, routing, weight: 10, fixedReplicas: undefined };
  const seen = { ...plain, actualWeight: undefined, isAborted: false };

  test.each([
    ['stable keeps its size', seen, 1, 10],
    ['setCanaryScale fixes the pods', { ...seen, replicas: 1, fixedReplicas: 9 }, 9, 1],
    ['setCanaryScale may ask for 200 %', { ...seen, replicas: 4, weight: 200 }, 8, 4],
    [
      'minPodsPerReplicaSet raises what is not 0',
      { ...seen, weight: 5, routing: { ...routing, minPodsPerReplicaSet: 2 } },
      2,
      10,
    ],
    [
      'minPodsPerReplicaSet leaves 0 alone',
      { ...seen, weight: 0, routing: { ...routing, minPodsPerReplicaSet: 2 } },
      0,
      10,
    ],
    [
      'of a weight of 1000 in all',
      { ...seen, routing: { ...routing, maxTrafficWeight: 1000 } },
      1,
      10,
    ],
    ['dynamic: stable shrinks', { ...seen, routing: dynamic, actualWeight: 10 }, 1, 9],
    [
      'dynamic: stable keeps what it still carries',
      { ...seen, routing: dynamic, weight: 20, actualWeight: 10 },
      2,
      9,
    ],
    [
      'dynamic, aborted: the canary keeps what it still carries',
      { ...seen, routing: dynamic, weight: 0, actualWeight: 20, isAborted: true },
      2,
      10,
    ],
    [
      'dynamic, aborted: it shrinks as the traffic goes',
      { ...seen, routing: dynamic, weight: 0, actualWeight: 10, isAborted: true },
      1,
      10,
    ],
  ])('%s', (_, row, canary, stable) => {
    expect(routedCounts(row)).toEqual({ canary, stable });
  });
});

test.each<[string, IntOrPercent, IntOrPercent, number, surge: number, unavailable: number]>([
  ['nothing and nothing: one may be missing', '0%', '0%', 0, 0, 1],
  ['surge is rounded up, unavailable down', '39%', '39%', 10, 4, 3],
  ['pods are pods', 5, 1, 7, 5, 1],
  ['1 % of two is no pod, so one', 0, '1%', 2, 0, 1],
  ['1 % of surge is one pod', '1%', '25%', 2, 1, 0],
  ['surge may be above 100 %', '150%', 0, 3, 5, 0],
])('fenceposts: %s', (_, maxSurge, maxUnavailable, replicas, surge, unavailable) => {
  expect(resolveFenceposts(maxSurge, maxUnavailable, replicas)).toEqual({ surge, unavailable });
});
