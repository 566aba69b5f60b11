/** Labels that pods select and taints that they tolerate, in models. */
import { describe, expect, test } from 'vitest';
import { placeMisfit, unwanted } from '../../simulator/model/kubernetes/taints.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import { formatProblem } from '../../simulator/model/problem.ts';
import { plainNode, plainPod } from '../../simulator/policies/nodes/cluster.ts';
import { nodeMisfit } from '../../simulator/policies/nodes/selectors.ts';
import { simulateRun } from '../../simulator/simulate.ts';

const GENERAL = 'labels: { tier: back }';
const GPU = 'labels: { tier: front }, taints: [{ key: gpu, value: "yes", effect: NoSchedule }]';
const EXISTS = 'tolerations: [{ key: gpu, operator: Exists }]';

function text(
  on: string,
  { general = GENERAL, gpu = GPU, autoscaler = 'cluster-autoscaler' } = {},
) {
  const own = 'cpu: 2, memory: 8GiB, max: 5, start: 1, provision: 10s, price: $0.1/h';
  return `name: pods
duration: 300s
traffic: { guests: { does: visit, rate: 1/s, arrivals: even } }
journeys: { visit: [{ call: web.work }] }
nodes:
  general: { ${own}, ${general} }
  gpu: { ${own}, ${gpu} }
autoscaler: ${autoscaler}
services:
  web:
    on: { ${on}, cpu: 2, memory: 1GiB }
    serves: { threads: 8 }
    scaling: { min: 1, max: 8, start: 1, policies: [{ scheduled: { at: 15s, set: 3 } }] }
    endpoints: { work: [{ wait: 10ms }] }
`;
}

function problems(model: string): string[] {
  const found = parseModel([{ file: 'm.yaml', text: model }]).problems ?? [];
  return found.map((one) =>
    formatProblem(one)
      .split('\n')[0]!
      .replace(/^m\.yaml:\d+:\d+: /, ''),
  );
}

/** Nodes of each pool at the end. */
function nodesOf(model: string): readonly (number | undefined)[] {
  const parsed = parseModel([{ file: 'm.yaml', text: model }]);
  expect(parsed.problems).toBeUndefined();
  const run = simulateRun(parsed.model!, { seed: 1, arrivals: 'independent' }, 0);
  return ['general', 'gpu'].map((pool) => run.nodes![pool]!.desired.at(-1));
}

describe.each(['cluster-autoscaler', 'karpenter'])('with %s', (autoscaler) => {
  // Karpenter gives the empty pool's node up, the Cluster Autoscaler only after ten minutes.
  const idle = autoscaler === 'karpenter' ? 0 : 1;

  test.each([
    [
      'by its selector a pod is in one pool',
      `node-selector: { tier: front }, ${EXISTS}`,
      [idle, 3],
    ],
    ['without a toleration it is in none with a taint', 'node-selector: { tier: back }', [3, idle]],
    ['a name of a pool is enough', 'nodes: general', [3, idle]],
    [
      'name, selector and toleration may all be there',
      `nodes: [gpu], node-selector: { tier: front }, ${EXISTS}`,
      [idle, 3],
    ],
  ])('%s', (_, on, expected) => {
    expect(nodesOf(text(on, { autoscaler }))).toEqual(expected);
  });
});

describe('a taint that is only preferred', () => {
  const gpu = 'labels: { tier: front }, taints: [{ key: gpu, effect: PreferNoSchedule }]';
  const both = 'nodes: [general, gpu]';

  test('counts where a pod does not tolerate it', () => {
    const taint = { key: 'gpu', value: 'yes', effect: 'PreferNoSchedule' } as const;
    const borne = [
      { key: 'gpu', operator: 'Exists' } as const,
      { key: 'gpu', value: 'yes', effect: 'PreferNoSchedule' } as const,
      { operator: 'Exists', effect: 'PreferNoSchedule' } as const,
    ];
    for (const one of borne) expect(unwanted([taint], [one])).toBe(0);
    const other = { key: 'gpu', operator: 'Exists', effect: 'NoSchedule' } as const;
    expect(unwanted([taint, taint, { ...taint, effect: 'NoExecute' }], [other])).toBe(2);
  });

  // One pod fills a node. The first goes to general although gpu's node stands first in its list.
  test.each([
    // Kubernetes' scheduler takes what there is, and its autoscaler asks for no more than that.
    ['cluster-autoscaler', [1, 1], 2],
    // The empty node has gone; Karpenter holds to what is preferred.
    ['karpenter', [2, 0], 2],
  ])('with %s: nodes %j', (autoscaler, expected, set) => {
    const model = text(both, { gpu, autoscaler }).replace('set: 3', `set: ${set}`);
    expect(nodesOf(model)).toEqual(expected);
  });

  test('Karpenter lets it go where nothing else does', () => {
    const model = text(both, { gpu, autoscaler: 'karpenter' });
    const narrow = model.replace(
      'general: { cpu: 2, memory: 8GiB, max: 5',
      'general: { cpu: 2, memory: 8GiB, max: 1',
    );
    expect(nodesOf(narrow)).toEqual([1, 2]);
  });
});

const FRONT = 'node-selector: { tier: front }';
const UNTOLERATED = 'pool gpu: taint gpu=yes:NoSchedule is not tolerated';

test.each<[string, string, string]>([
  [
    'a selector and a taint that contradict each other',
    text(FRONT),
    'services.web.on.node-selector: expected a pool that these pods fit: its labels ' +
      `selected, its taints tolerated, found pool general: no label tier=front; ${UNTOLERATED}`,
  ],
  [
    'a pool by name whose taint is not tolerated',
    text('nodes: [general, gpu]'),
    'services.web.on.nodes: expected pods that fit the pools that they name, ' +
      `found ${UNTOLERATED}`,
  ],
  [
    'a toleration of another value',
    text('nodes: gpu, tolerations: [{ key: gpu, value: "no" }]'),
    'services.web.on.tolerations: expected pods that fit the pools that they name, ' +
      `found ${UNTOLERATED}`,
  ],
  [
    "a label of Kubernetes' own",
    text('nodes: general', { general: 'labels: { kubernetes.io/hostname: a }' }),
    'nodes.general.labels.kubernetes.io/hostname: expected a label of your own: ' +
      'those of Kubernetes say what a node is, found kubernetes.io/hostname',
  ],
  [
    'a label that is no text',
    text('nodes: general', { general: 'labels: { spot: true }' }),
    'nodes.general.labels.spot: expected a text, found true',
  ],
  [
    'a pod without pools',
    text(FRONT).replace(/nodes:\n.*\n.*\nautoscaler.*\n/, ''),
    'services.web.on: expected `nodes` of the model with it, found none',
  ],
])('refused: %s', (_, model, expected) => {
  expect(problems(model)).toEqual([expected]);
});

test('the model and the policies agree on who may be where', () => {
  const taints = [{ key: 'gpu', effect: 'NoExecute' }] as const;
  for (const labels of [{}, { tier: 'front' }]) {
    for (const own of [[], taints]) {
      for (const nodeSelector of [{}, { tier: 'front' }]) {
        for (const tolerations of [[], [{ operator: 'Exists' }] as const]) {
          const pod = plainPod('p', {}, { nodeSelector, tolerations });
          const byPolicy = nodeMisfit(pod, plainNode('n', {}, { labels, taints: own }));
          const byModel = placeMisfit({ labels, taints: own }, { nodeSelector, tolerations });
          expect(byModel === undefined).toBe(byPolicy === undefined);
        }
      }
    }
  }
});
