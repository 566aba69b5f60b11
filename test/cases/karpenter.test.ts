/** Karpenter: rules of its documentation and source, a sentence a row. */
import { describe, expect, test } from 'vitest';
import { karpenter } from '../../simulator/decide/karpenter.ts';
import type { Plain } from '../../simulator/model/placed.ts';
import { type Node, type Pod, plainNode } from '../../simulator/policies/nodes/cluster.ts';
import { decideKarpenter } from '../../simulator/policies/nodes/karpenter.ts';
import { nextBatch } from '../../simulator/policies/nodes/karpenter-batch.ts';
import { allowedDisruptions } from '../../simulator/policies/nodes/karpenter-disruption.ts';
import {
  instanceTypeComplaints,
  type NodePoolSpec,
  nodePoolComplaints,
  readNodePool,
} from '../../simulator/policies/nodes/karpenter-manifest.ts';
import {
  type Batch,
  CAPACITY_TYPE,
  INITIAL_KARPENTER,
  INSTANCE_TYPE,
  type InstanceType,
  type KarpenterObservation,
  type KarpenterSettings,
  type KarpenterState,
  type NodePool,
  POOL_DEFAULTS,
  ZONE,
} from '../../simulator/policies/nodes/karpenter-settings.ts';
import { pod, podsNamed, size } from '../helpers/cluster.ts';

const HOUR = 3_600_000;

function type(name: string, cores: number, pricePerHour: number, more = {}): InstanceType {
  const offerings = [{ zone: 'a', capacityType: 'on-demand', pricePerHour } as const];
  return { name, allocatable: size(cores), labels: {}, offerings, ...more };
}

const TYPES = [type('small', 2, 0.1), type('medium', 4, 0.2), type('large', 8, 0.3)];

function settingsOf(pool: Partial<NodePool> = {}, more: Partial<KarpenterSettings> = {}) {
  const pools = [{ name: 'default', ...POOL_DEFAULTS, ...pool }];
  const batch = { batchIdleMs: 1000, batchMaxMs: 10_000, spotToSpot: false };
  return { ...batch, pools, instanceTypes: TYPES, ...more };
}

test.each<[string, readonly [number, readonly string[]][], number | undefined]>([
  [
    'a lone pod waits a second',
    [
      [0, ['a']],
      [999, ['a']],
      [1000, ['a']],
    ],
    1000,
  ],
  [
    'each new pod starts the second again',
    [
      [0, ['a']],
      [600, ['a', 'b']],
      [1500, ['a', 'b']],
      [1600, ['a', 'b']],
    ],
    1600,
  ],
  [
    'after ten seconds the batch closes anyhow',
    Array.from({ length: 25 }, (_, i) => [
      i * 500,
      Array.from({ length: i + 1 }, (__, j) => `p${j}`),
    ]),
    10_000,
  ],
  [
    'a pod that goes does not start it again',
    [
      [0, ['a', 'b']],
      [900, ['a']],
      [1000, ['a']],
    ],
    1000,
  ],
  [
    'without pods there is no batch',
    [
      [0, ['a']],
      [500, []],
      [1000, []],
    ],
    undefined,
  ],
  [
    'and the next one starts afresh',
    [
      [0, ['a']],
      [500, []],
      [1000, ['b']],
      [1900, ['b']],
    ],
    undefined,
  ],
])('batch: %s', (_, looks, closedAtMs) => {
  let batch: Batch | null = null;
  let at: number | undefined;
  for (const [nowMs, pods] of looks) {
    const next = nextBatch(settingsOf(), nowMs, pods, batch);
    batch = next.batch;
    if (next.isClosed) at ??= nowMs;
  }
  expect(at).toBe(closedAtMs);
});

/** Pods that have been pending for a second, on a cluster of these nodes. */
function launch(settings: KarpenterSettings, pending: Pod[], nodes: Node[] = []) {
  const batch = { firstAtMs: 0, lastAtMs: 0, pods: pending.map(({ name }) => name) };
  const observation = { nowMs: 1000, nodes, placed: [], pending, budgets: [] };
  return decideKarpenter(settings, observation, { batch, nodes: {} });
}

const SPREAD: Partial<Pod> = {
  labels: { app: 'web' },
  spread: [
    {
      topologyKey: ZONE,
      maxSkew: 1,
      whenUnsatisfiable: 'DoNotSchedule',
      matchLabels: { app: 'web' },
    },
  ],
};
const ZONES = {
  offerings: ['a', 'b', 'c'].map((zone) => ({
    zone,
    capacityType: 'on-demand',
    pricePerHour: 0.1,
  })),
};

describe('provisioning', () => {
  test.each<[string, KarpenterSettings, Pod[], string[]]>([
    ['one small pod gets the cheapest type', settingsOf(), [pod('p', 1)], ['small:1']],
    ['a pod of 3 cores the cheapest that it fits', settingsOf(), [pod('p', 3)], ['medium:1']],
    ['three of one core share one of 4', settingsOf(), podsNamed('p', 3, 1), ['medium:3']],
    ['a batch of 6 cores goes on one of 8', settingsOf(), podsNamed('p', 6, 1), ['large:6']],
    ['ten cores need two nodes', settingsOf(), podsNamed('p', 10, 1), ['large:8', 'small:2']],
    ['what fits nothing gets nothing', settingsOf(), [pod('p', 9)], []],
    [
      'requirements of the pool narrow it',
      settingsOf({ requirements: [{ key: INSTANCE_TYPE, operator: 'In', values: ['large'] }] }),
      [pod('p', 1)],
      ['large:1'],
    ],
    [
      'so does the pod’s selector',
      settingsOf(),
      [pod('p', 1, { nodeSelector: { [INSTANCE_TYPE]: 'medium' } })],
      ['medium:1'],
    ],
    [
      'pods of different zones go on two nodes',
      settingsOf({}, { instanceTypes: [type('t', 8, 1, ZONES)] }),
      [
        pod('p', 1, { nodeSelector: { [ZONE]: 'a' } }),
        pod('q', 1, { nodeSelector: { [ZONE]: 'b' } }),
      ],
      ['t:1', 't:1'],
    ],
    [
      'a taint keeps out who does not bear it',
      settingsOf({ taints: [{ key: 'gpu', effect: 'NoSchedule' }] }),
      [pod('p', 1)],
      [],
    ],
    [
      'limits of the pool hold',
      settingsOf({ limits: { cpu: 4000 } }),
      podsNamed('p', 6, 1),
      ['medium:4'],
    ],
    [
      'a GPU is a resource like others',
      settingsOf(
        {},
        {
          instanceTypes: [
            ...TYPES,
            type('gpu', 8, 3, { allocatable: { ...size(8), 'nvidia.com/gpu': 1 } }),
          ],
        },
      ),
      [pod('p', 1, { requests: { cpu: 1000, 'nvidia.com/gpu': 1 } })],
      ['gpu:1'],
    ],
    [
      'three are spread over three zones',
      settingsOf({}, { instanceTypes: [type('t', 8, 1, ZONES)] }),
      podsNamed('p', 3, 1, SPREAD),
      ['t:1', 't:1', 't:1'],
    ],
    [
      'daemons take their part',
      settingsOf({ daemons: [pod('agent', 0.5, { ownerKind: 'DaemonSet' })] }),
      podsNamed('p', 2, 1),
      ['medium:2'],
    ],
  ])('%s', (_, settings, pending, launches) => {
    const decision = launch(settings, pending);
    const words = decision.launches.map((one) => `${one.instanceType}:${one.pods.length}`);
    expect(words).toEqual(launches);
    const launched = decision.launches.flatMap(({ pods }) => pods);
    expect(launched.length + decision.unscheduled.length).toBe(pending.length);
  });

  test('spreading over zones puts one pod in each', () => {
    const settings = settingsOf({}, { instanceTypes: [type('t', 8, 1, ZONES)] });
    const { launches } = launch(settings, podsNamed('p', 3, 1, SPREAD));
    expect(launches.map(({ zone }) => zone).sort()).toEqual(['a', 'b', 'c']);
  });

  test('the pool of the highest weight is tried first, the next where it does not do', () => {
    const pools = [
      { name: 'low', ...POOL_DEFAULTS, weight: 1 },
      { name: 'high', ...POOL_DEFAULTS, weight: 9, limits: { cpu: 2000 } },
    ];
    const poolOf = (one: Pod) => launch({ ...settingsOf(), pools }, [one]).launches[0]!.pool;
    expect([poolOf(pod('p', 1)), poolOf(pod('q', 3))]).toEqual(['high', 'low']);
  });

  test('a taint that is only preferred is held to until nothing else does', () => {
    const taints = [{ key: 'spot', effect: 'PreferNoSchedule' }] as const;
    const pools = [
      { name: 'plain', ...POOL_DEFAULTS, weight: 1, limits: { cpu: 4000 } },
      { name: 'spot', ...POOL_DEFAULTS, weight: 9, taints },
    ];
    const poolsOf = (pods: Pod[], nodes: Node[] = []) => {
      const { launches, unscheduled } = launch({ ...settingsOf(), pools }, pods, nodes);
      expect(unscheduled).toEqual([]);
      return launches.map((one) => `${one.pool}:${one.pods.length}`);
    };
    // Neither the heavier pool nor its node that is there, until the limits of the other hold.
    const there = plainNode('n', size(4), { group: 'spot', taints });
    expect(poolsOf(podsNamed('p', 4, 1), [there])).toEqual(['plain:4']);
    expect(poolsOf(podsNamed('p', 6, 1))).toEqual(['plain:4', 'spot:2']);
    expect(poolsOf(podsNamed('p', 6, 1), [there])).toEqual(['plain:4']);
    const tolerations = [{ key: 'spot', operator: 'Exists' }] as const;
    expect(poolsOf(podsNamed('p', 2, 1, { tolerations }))).toEqual(['spot:2']);
  });

  test('pods that fit a node on the way launch nothing', () => {
    const onTheWay = plainNode('n', size(4), { group: 'default', isReady: false });
    const decision = launch(settingsOf(), podsNamed('p', 4, 1), [onTheWay]);
    expect(decision.launches).toEqual([]);
    expect(decision.unscheduled).toEqual([]);
  });

  test('a batch that waits launches nothing yet', () => {
    const observation = { nowMs: 0, nodes: [], placed: [], pending: [pod('p', 1)], budgets: [] };
    const decision = decideKarpenter(settingsOf(), observation, INITIAL_KARPENTER);
    expect(decision.launches).toEqual([]);
    expect(decision.reason).toBe('1 pods pending, the batch waits for more');
  });
});

function made(name: string, instanceType: string, cores: number, parts: Partial<Node> = {}): Node {
  const labels = { [INSTANCE_TYPE]: instanceType, [ZONE]: 'a', [CAPACITY_TYPE]: 'on-demand' };
  return plainNode(name, size(cores), {
    group: 'default',
    ...parts,
    labels: { ...labels, ...parts.labels },
  });
}

/** At one hour, nothing pending, unchanged for a minute. */
function consolidate(
  settings: KarpenterSettings,
  nodes: Node[],
  pods: Record<string, Pod[]>,
  more: Partial<KarpenterObservation> = {},
) {
  const placed = Object.entries(pods).flatMap(([name, its]) =>
    its.map((one) => ({ pod: one, node: name })),
  );
  const observation = { nowMs: HOUR, nodes, placed, pending: [], budgets: [], ...more };
  const known = Object.fromEntries(
    nodes.map(({ name }) => {
      const its = (pods[name] ?? [])
        .map((one) => one.name)
        .sort()
        .join(' ');
      return [name, { pods: its, changedAtMs: HOUR - 60_000 }];
    }),
  );
  const state: KarpenterState = { batch: null, nodes: known };
  const { drains, replaces, reason } = decideKarpenter(settings, observation, state);
  const by = replaces?.by.map(({ instanceType }) => instanceType) ?? [];
  return { drains, replaced: replaces?.nodes ?? [], by, reason };
}

const FREE = { budgets: [{ nodes: '100%' }] };
const SPOT = { [CAPACITY_TYPE]: 'spot' };

describe('consolidation', () => {
  test.each<
    [string, KarpenterSettings, Node[], Record<string, Pod[]>, string[], string[], string[]]
  >([
    // nodes, pods → drained, replaced, by
    ['an empty node goes', settingsOf(), [made('n', 'small', 2)], {}, ['n'], [], []],
    [
      'several empty ones go together',
      settingsOf(FREE),
      [made('n', 'small', 2), made('m', 'small', 2)],
      {},
      ['n', 'm'],
      [],
      [],
    ],
    [
      'a tenth of them by default, one at least',
      settingsOf(),
      [made('n', 'small', 2), made('m', 'small', 2)],
      {},
      ['n'],
      [],
      [],
    ],
    [
      'none with a budget of 0',
      settingsOf({ budgets: [{ nodes: '0' }] }),
      [made('n', 'small', 2)],
      {},
      [],
      [],
      [],
    ],
    [
      'a budget for other reasons does not bind',
      settingsOf({ budgets: [{ nodes: '0', reasons: ['Underutilized'] }, { nodes: '1' }] }),
      [made('n', 'small', 2)],
      {},
      ['n'],
      [],
      [],
    ],
    [
      'none that changed a moment ago',
      settingsOf({ consolidateAfterMs: 120_000 }),
      [made('n', 'small', 2)],
      {},
      [],
      [],
      [],
    ],
    [
      'none when consolidateAfter is Never',
      settingsOf({ consolidateAfterMs: undefined }),
      [made('n', 'small', 2)],
      {},
      [],
      [],
      [],
    ],
    [
      'none that is to be kept',
      settingsOf(),
      [made('n', 'small', 2, { isKept: true })],
      {},
      [],
      [],
      [],
    ],
    [
      'a node whose pod fits another goes',
      settingsOf(),
      [made('n', 'small', 2), made('m', 'large', 8)],
      { n: [pod('p', 1)], m: podsNamed('q', 5, 1) },
      ['n'],
      [],
      [],
    ],
    [
      'not with WhenEmpty',
      settingsOf({ consolidationPolicy: 'WhenEmpty' }),
      [made('n', 'small', 2), made('m', 'large', 8)],
      { n: [pod('p', 1)], m: podsNamed('q', 5, 1) },
      [],
      [],
      [],
    ],
    [
      'a node that is too large is replaced by a cheaper one',
      settingsOf(),
      [made('n', 'large', 8)],
      { n: [pod('p', 3)] },
      [],
      ['n'],
      ['medium'],
    ],
    [
      'not by one of the same price',
      settingsOf(),
      [made('n', 'medium', 4)],
      { n: [pod('p', 3)] },
      [],
      [],
      [],
    ],
    [
      'two are replaced by one that is cheaper than both',
      settingsOf(FREE, { instanceTypes: [type('medium', 4, 0.2), type('large', 8, 0.3)] }),
      [made('n', 'medium', 4), made('m', 'medium', 4)],
      { n: [pod('p', 3)], m: [pod('q', 3)] },
      [],
      ['n', 'm'],
      ['large'],
    ],
    [
      'a pod that must not be disrupted keeps its node',
      settingsOf(),
      [made('n', 'large', 8)],
      { n: [pod('p', 1, { isNotToDisrupt: true })] },
      [],
      [],
      [],
    ],
    [
      'a pod that fits nothing else keeps its node',
      settingsOf(),
      [made('n', 'huge', 16)],
      { n: [pod('p', 9)] },
      [],
      [],
      [],
    ],
    [
      'a node of another pool is none of Karpenter’s',
      settingsOf(),
      [made('n', 'small', 2, { group: 'other' })],
      {},
      [],
      [],
      [],
    ],
    [
      'spot is not replaced by spot',
      settingsOf(
        {},
        {
          instanceTypes: [
            type('spot', 2, 0, {
              offerings: [{ zone: 'a', capacityType: 'spot', pricePerHour: 0.05 }],
            }),
            type('big', 8, 0, {
              offerings: [{ zone: 'a', capacityType: 'spot', pricePerHour: 0.2 }],
            }),
          ],
        },
      ),
      [made('n', 'big', 8, { labels: SPOT })],
      { n: [pod('p', 1)] },
      [],
      [],
      [],
    ],
    [
      'on-demand is replaced by spot',
      settingsOf(
        {},
        {
          instanceTypes: [
            ...TYPES,
            type('spot', 2, 0, {
              offerings: [{ zone: 'a', capacityType: 'spot', pricePerHour: 0.05 }],
            }),
          ],
        },
      ),
      [made('n', 'large', 8)],
      { n: [pod('p', 1)] },
      [],
      ['n'],
      ['spot'],
    ],
  ])('%s', (_, settings, nodes, pods, drains, replaced, by) => {
    const found = consolidate(settings, nodes, pods);
    expect([found.drains, found.replaced, found.by]).toEqual([drains, replaced, by]);
  });

  test('a disruption budget of pods that is used up keeps the node', () => {
    const labels = { app: 'web' };
    const budgets = [{ namespace: 'default', matchLabels: labels, disruptionsAllowed: 0 }];
    const pods = { n: [pod('p', 1, { labels })] };
    expect(consolidate(settingsOf(), [made('n', 'large', 8)], pods, { budgets }).by).toEqual([]);
    expect(consolidate(settingsOf(), [made('n', 'large', 8)], pods).by).toEqual(['small']);
  });

  test('the node that costs least to move goes first: fewer pods, or less life left', () => {
    const nodes = [made('n', 'small', 2), made('m', 'small', 2), made('x', 'large', 8)];
    const pods = { n: podsNamed('p', 2, 0.5), m: [pod('q', 0.5)], x: podsNamed('r', 4, 1.5) };
    expect(consolidate(settingsOf(), nodes, pods).drains).toEqual(['m']);
    const aged = [made('n', 'small', 2, { createdAtMs: -700 * HOUR }), ...nodes.slice(1)];
    expect(consolidate(settingsOf(), aged, pods).drains).toEqual(['n']);
  });

  test('while pods are pending nothing is consolidated', () => {
    const found = consolidate(
      settingsOf(),
      [made('n', 'small', 2)],
      {},
      { pending: [pod('p', 9)] },
    );
    expect(found.drains).toEqual([]);
  });

  test('a node beyond its life goes at once, whatever the budgets say', () => {
    const settings = settingsOf({ budgets: [{ nodes: '0' }], expireAfterMs: HOUR });
    const found = consolidate(settings, [made('n', 'small', 2)], { n: [pod('p', 1)] });
    expect(found.drains).toEqual(['n']);
    expect(found.reason).toContain('n expired');
    const younger = made('n', 'small', 2, { createdAtMs: 1 });
    expect(consolidate(settings, [younger], { n: [pod('p', 1)] }).drains).toEqual([]);
  });
});

test.each([
  ['10 % of 1 is 1', '10%', 1, 0, 1],
  ['10 % of 10 is 1', '10%', 10, 0, 1],
  ['10 % of 11 is 2, rounded up', '10%', 11, 0, 2],
  ['less those that are going', '10%', 11, 1, 1],
  ['never below 0', '10%', 11, 3, 0],
  ['a number is a number', '5', 3, 0, 5],
  ['0 is none', '0', 50, 0, 0],
  ['100 % are all', '100%', 7, 0, 7],
])('disruption budget: %s', (_, nodes, count, going, expected) => {
  const all = Array.from({ length: count }, (__, index) =>
    made(`n${index}`, 'small', 2, { isDeleting: index < going }),
  );
  const pool = { name: 'default', ...POOL_DEFAULTS, budgets: [{ nodes }] };
  expect(allowedDisruptions(pool, 'Empty', { nowMs: HOUR, nodes: all })).toBe(expected);
});

const POOL: NodePoolSpec = { name: 'default', limits: {}, daemons: [] };

test('a pool that says nothing has the defaults of the vendor', () => {
  expect(readNodePool(POOL)).toEqual({ name: 'default', ...POOL_DEFAULTS });
  const never = { ...POOL, expireAfter: 'Never', disruption: { consolidateAfter: 'Never' } };
  expect(readNodePool(never)).toMatchObject({
    expireAfterMs: undefined,
    consolidateAfterMs: undefined,
  });
  expect(readNodePool({ ...POOL, expireAfter: '72h' }).expireAfterMs).toBe(72 * HOUR);
});

test.each<[string, Partial<NodePoolSpec>, string]>([
  ['a life without a unit', { expireAfter: '720' }, '0.expireAfter'],
  [
    'a calm that is none',
    { disruption: { consolidateAfter: 'soon' } },
    '0.disruption.consolidateAfter',
  ],
  [
    'a budget above all',
    { disruption: { budgets: [{ nodes: '110%' }] } },
    '0.disruption.budgets.0.nodes',
  ],
  [
    'a budget below none',
    { disruption: { budgets: [{ nodes: '-1' }] } },
    '0.disruption.budgets.0.nodes',
  ],
])('a pool may not have %s', (_, parts, path) => {
  const complaints = nodePoolComplaints([{ ...POOL, ...parts }]);
  expect(complaints.map((one) => one.path.join('.'))).toEqual([path]);
});

test('pools and instance types have names of their own', () => {
  expect(nodePoolComplaints([POOL, POOL]).map((one) => one.path)).toEqual([[1, 'name']]);
  const twice = [...TYPES, TYPES[0]!];
  expect(instanceTypeComplaints(twice).map((one) => one.path)).toEqual([[3, 'name']]);
});

test('the example waits a second and launches the type that all its pods fit', () => {
  const converse = karpenter.converse(karpenter.example.settings as Plain);
  const answers = karpenter.example.observations.map(
    (observation) => converse({ observation } as Plain).answer!,
  );
  expect(answers[0]!.reason).toBe('3 pods pending, the batch waits for more');
  expect(answers[1]!.reason).toBe('launches m5.2xlarge in eu-west-1a for 3 pods');
});
