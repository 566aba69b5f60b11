/** Whether pods fit nodes, and how many nodes they need. */

import { describe, expect, test } from 'vitest';
import { isTolerated, type Toleration } from '../../simulator/model/kubernetes/taints.ts';
import type { Pod } from '../../simulator/policies/nodes/cluster.ts';
import { misfit, resourceMisfit } from '../../simulator/policies/nodes/fit.ts';
import { estimate, podSize } from '../../simulator/policies/nodes/pack.ts';
import { parseQuantity, resourceAmount } from '../../simulator/policies/nodes/quantity.ts';
import { holds } from '../../simulator/policies/nodes/selectors.ts';
import { type Space, spaceOf } from '../../simulator/policies/nodes/space.ts';
import { GIB, group, node, pod, podsNamed, size } from '../helpers/cluster.ts';

test.each([
  ['1', 1],
  ['500m', 0.5],
  ['0.1', 0.1],
  ['100u', 0.0001],
  ['1Ki', 1024],
  ['2Gi', 2 * GIB],
  ['1.5Gi', 1.5 * GIB],
  ['3k', 3000],
  ['1E', undefined],
  ['-1', undefined],
  ['1 Gi', undefined],
  ['1gi', undefined],
  ['', undefined],
])('quantity %s is %s', (text, value) => {
  expect(parseQuantity(text)).toBe(value);
});

test.each([
  ['cpu', '500m', 500],
  ['cpu', 0.25, 250],
  ['cpu', '0.0001', 1],
  ['cpu', '1.1', 1100],
  ['memory', '1Mi', 1_048_576],
  ['memory', '0.5', 1],
  ['nvidia.com/gpu', 2, 2],
] as const)('%s of %s is %i, rounded up', (name, quantity, amount) => {
  expect(resourceAmount(name, quantity)).toBe(amount);
});

const TAINT = { key: 'dedicated', value: 'ml', effect: 'NoSchedule' } as const;

test.each<[string, Toleration[], boolean]>([
  ['none', [], false],
  ['an equal one', [{ key: 'dedicated', value: 'ml' }], true],
  ['another value', [{ key: 'dedicated', value: 'web' }], false],
  ['another key', [{ key: 'spot', value: 'ml' }], false],
  ['the key alone, which is the empty value', [{ key: 'dedicated' }], false],
  ['Exists', [{ key: 'dedicated', operator: 'Exists' }], true],
  ['Exists of everything', [{ operator: 'Exists' }], true],
  ['another effect', [{ key: 'dedicated', operator: 'Exists', effect: 'NoExecute' }], false],
  ['the same effect', [{ key: 'dedicated', operator: 'Exists', effect: 'NoSchedule' }], true],
])('a taint dedicated=ml:NoSchedule and a toleration that is %s', (_, tolerations, expected) => {
  expect(isTolerated(TAINT, tolerations)).toBe(expected);
});

test('a taint that is only preferred hinders nobody', () => {
  expect(isTolerated({ key: 'a', effect: 'PreferNoSchedule' }, [])).toBe(true);
});

test.each([
  ['In', ['a', 'b'], true, false],
  ['NotIn', ['a', 'b'], false, true],
  ['NotIn', ['c'], true, true],
  ['Exists', [], true, false],
  ['DoesNotExist', [], false, true],
] as const)('zone %s %j: with zone a %s, without a zone %s', (operator, values, with_, without) => {
  expect(holds({ key: 'zone', operator, values }, { zone: 'a' })).toBe(with_);
  expect(holds({ key: 'zone', operator, values }, {})).toBe(without);
});

test.each([
  ['Gt', '4', true],
  ['Gt', '8', false],
  ['Lt', '16', true],
  ['Lt', '8', false],
] as const)('8 cores are %s %s: %s', (operator, value, expected) => {
  expect(holds({ key: 'cores', operator, values: [value] }, { cores: '8' })).toBe(expected);
});

const WEB = { app: 'web' };
const ZONE = 'topology.kubernetes.io/zone';

function spreadOver(topologyKey: string, minDomains?: number): Partial<Pod> {
  const hard = { topologyKey, maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' } as const;
  return { labels: WEB, spread: [{ ...hard, minDomains, matchLabels: WEB }] };
}

describe('a pod and a node of 4 cores', () => {
  const onNode = (...pods: Pod[]) => spaceOf(node('n', 4, { labels: { disk: 'ssd' } }), pods);
  test.each<[string, Pod, Space, string | undefined]>([
    ['fits when there is room', pod('p', 4), onNode(), undefined],
    ['fits to the last thousandth', pod('p', 1), onNode(pod('a', 3)), undefined],
    [
      'does not fit a thousandth more',
      pod('p', 1.001),
      onNode(pod('a', 3)),
      'needs 1001m cpu, 1000m free',
    ],
    [
      'does not fit in memory',
      pod('p', 1, { requests: size(1, 5) }),
      onNode(),
      'needs 5120 MiB memory, 4096 MiB free',
    ],
    [
      'does not fit a resource that the node has none of',
      pod('p', 1, { requests: { 'nvidia.com/gpu': 1 } }),
      onNode(),
      'needs 1 nvidia.com/gpu, 0 free',
    ],
    [
      'fits when it asks for none of it',
      pod('p', 1, { requests: { 'nvidia.com/gpu': 0 } }),
      onNode(),
      undefined,
    ],
    ['fits its selector', pod('p', 1, { nodeSelector: { disk: 'ssd' } }), onNode(), undefined],
    [
      'does not fit another selector',
      pod('p', 1, { nodeSelector: { disk: 'hdd' } }),
      onNode(),
      'node selector',
    ],
    [
      'fits when one of its terms holds',
      pod('p', 1, {
        nodeTerms: [
          { matchExpressions: [{ key: 'x', operator: 'Exists' }] },
          { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] },
        ],
      }),
      onNode(),
      undefined,
    ],
    [
      'does not fit when only part of a term holds',
      pod('p', 1, {
        nodeTerms: [
          {
            matchExpressions: [
              { key: 'x', operator: 'Exists' },
              { key: 'disk', operator: 'Exists' },
            ],
          },
        ],
      }),
      onNode(),
      'affinity',
    ],
    [
      'does not fit a term without expressions',
      pod('p', 1, { nodeTerms: [{ matchExpressions: [] }] }),
      onNode(),
      'affinity',
    ],
    [
      'does not fit a taken host port',
      pod('p', 1, { hostPorts: [{ hostPort: 80 }] }),
      onNode(pod('a', 1, { hostPorts: [{ hostPort: 80 }] })),
      'host port 80',
    ],
    [
      'fits the same port of another protocol',
      pod('p', 1, { hostPorts: [{ hostPort: 53, protocol: 'UDP' }] }),
      onNode(pod('a', 1, { hostPorts: [{ hostPort: 53 }] })),
      undefined,
    ],
    [
      'fits the same port of another address',
      pod('p', 1, { hostPorts: [{ hostPort: 80, hostIP: '10.0.0.1' }] }),
      onNode(pod('a', 1, { hostPorts: [{ hostPort: 80, hostIP: '10.0.0.2' }] })),
      undefined,
    ],
    [
      'does not fit beside a port of all addresses',
      pod('p', 1, { hostPorts: [{ hostPort: 80, hostIP: '10.0.0.1' }] }),
      onNode(pod('a', 1, { hostPorts: [{ hostPort: 80 }] })),
      'host port 80',
    ],
  ])('%s', (_, one, space, words) => {
    const found = misfit(one, space, [space]);
    if (words === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(words);
  });

  test('takes no more pods than it says', () => {
    const small = node('n', 4);
    const two = { ...small, allocatable: { ...small.allocatable, pods: 2 } };
    const space = spaceOf(two, podsNamed('a', 2, 0.1));
    expect(misfit(pod('p', 0.1), space, [space])).toBe('2 pods are the most');
  });
});

describe('topology spread', () => {
  const inZone = (zone: string, count: number) =>
    spaceOf(
      node(`n-${zone}`, 16, { labels: { [ZONE]: zone } }),
      podsNamed(`w-${zone}`, count, 1, { labels: WEB }),
    );
  const three = [inZone('a', 2), inZone('b', 1), inZone('c', 0)];
  test.each([
    ['2, 1 and 0: not to the first', three, 0, true],
    ['2, 1 and 0: not to the second', three, 1, true],
    ['2, 1 and 0: to the third', three, 2, false],
    ['1 and 1: to either', [inZone('a', 1), inZone('b', 1)], 0, false],
    ['1 alone: to itself, there is nowhere else', [inZone('a', 1)], 0, false],
  ])('%s', (_, spaces, index, isMisfit) => {
    const found = misfit(pod('p', 1, spreadOver(ZONE)), spaces[index]!, spaces);
    expect(found !== undefined).toBe(isMisfit);
  });

  test('with fewer domains than minDomains the emptiest counts as empty', () => {
    const alone = [inZone('a', 1)];
    expect(misfit(pod('p', 1, spreadOver(ZONE, 2)), alone[0]!, alone)).toContain('skew');
    const empty = [inZone('a', 0)];
    expect(misfit(pod('p', 1, spreadOver(ZONE, 2)), empty[0]!, empty)).toBeUndefined();
  });

  test('a node without the key is no place, and nodes that the pod shuns do not count', () => {
    const bare = spaceOf(node('bare', 4));
    expect(misfit(pod('p', 1, spreadOver(ZONE)), bare, [bare])).toContain('no topology');
    const picky = { ...pod('p', 1, spreadOver(ZONE)), nodeSelector: { [ZONE]: 'a' } };
    expect(misfit(picky, three[0]!, three)).toBeUndefined();
  });

  test('other pods do not count, and ScheduleAnyway hinders nothing', () => {
    const other = pod('p', 1, { ...spreadOver(ZONE), namespace: 'other' });
    expect(misfit(other, three[0]!, three)).toBeUndefined();
    const soft = {
      topologyKey: ZONE,
      maxSkew: 1,
      whenUnsatisfiable: 'ScheduleAnyway',
      matchLabels: WEB,
    } as const;
    expect(misfit(pod('p', 1, { labels: WEB, spread: [soft] }), three[0]!, three)).toBeUndefined();
  });
});

test('the size of a pod is its share of CPU plus its share of memory', () => {
  expect(podSize(size(1, 4), size(4, 16))).toBe(0.5);
  expect(podSize(size(2, 4), size(4, 16))).toBe(0.75);
});

const FOUR = group('workers', 4).template;

test.each<[string, Pod[], number, number, number]>([
  ['four of one core fill a node', podsNamed('p', 4, 1), 10, 1, 4],
  ['five of one core need two', podsNamed('p', 5, 1), 10, 2, 5],
  [
    '3 + 3 + 1 + 1 need two: small ones fill the gaps',
    [pod('a', 3), ...podsNamed('b', 2, 1), pod('c', 3)],
    10,
    2,
    4,
  ],
  ['2.5 + 2.5 + 2.5 need three', podsNamed('p', 3, 2.5), 10, 3, 3],
  ['what is too large for a node needs none', [pod('p', 5)], 10, 0, 0],
  ['what is too large does not hinder the others', [pod('a', 5), pod('b', 1)], 10, 1, 1],
  ['the limit of nodes holds', podsNamed('p', 9, 1), 2, 2, 8],
  ['a limit of none', podsNamed('p', 9, 1), 0, 0, 0],
  ['one host port a node', podsNamed('p', 3, 1, { hostPorts: [{ hostPort: 80 }] }), 10, 3, 3],
  [
    'one a host by spread, skew 1 among new nodes',
    podsNamed('p', 3, 1, spreadOver('kubernetes.io/hostname', 3)),
    10,
    3,
    3,
  ],
])('packing on nodes of 4 cores: %s', (_, pods, most, nodes, packed) => {
  const result = estimate(pods, FOUR, [], most);
  expect([result.nodes, result.pods.length]).toEqual([nodes, packed]);
});

test('daemons take their part of every new node', () => {
  const daemons = [pod('agent', 1, { ownerKind: 'DaemonSet' })];
  const result = estimate(podsNamed('p', 4, 1), { ...FOUR, daemons }, [], 10);
  expect(result.nodes).toBe(2);
});

test('a zone that is full by spread gets no node: one zone’s template cannot help', () => {
  const inZone = (zone: string, count: number) =>
    spaceOf(
      node(`n-${zone}`, 1, { labels: { [ZONE]: zone } }),
      podsNamed(`w-${zone}`, count, 0.5, { labels: WEB }),
    );
  const template = group('a', 4).template;
  const inA = { ...template, node: { ...template.node, labels: { [ZONE]: 'a' } } };
  const existing = [inZone('a', 1), inZone('b', 0)];
  expect(estimate([pod('p', 1, spreadOver(ZONE))], inA, existing, 10).nodes).toBe(0);
  const inB = { ...template, node: { ...template.node, labels: { [ZONE]: 'b' } } };
  expect(estimate([pod('p', 1, spreadOver(ZONE))], inB, existing, 10).nodes).toBe(1);
});

test('the first short resource is named', () => {
  expect(resourceMisfit({ cpu: 2 }, { cpu: 3 }, { cpu: 2 })).toBe('needs 2m cpu, 1m free');
});
