/** The Cluster Autoscaler: rules of its FAQ and source, a sentence a row. */
import { describe, expect, test } from 'vitest';
import { clusterAutoscaler } from '../../simulator/decide/cluster-autoscaler.ts';
import {
  type AutoscalerFlags,
  flagComplaints,
  parseGoDuration,
} from '../../simulator/model/kubernetes/autoscaler-flags.ts';
import type { Plain } from '../../simulator/model/placed.ts';
import { groupComplaints } from '../../simulator/policies/nodes/autoscaler-flags.ts';
import {
  type AutoscalerState,
  INITIAL_AUTOSCALER,
  type NodeGroup,
} from '../../simulator/policies/nodes/autoscaler-settings.ts';
import type { Node, Pod } from '../../simulator/policies/nodes/cluster.ts';
import { decideClusterAutoscaler } from '../../simulator/policies/nodes/cluster-autoscaler.ts';
import { backOff } from '../../simulator/policies/nodes/scale-up-requests.ts';
import { autoscaler, group, node, pod, podsNamed, seen, size } from '../helpers/cluster.ts';

const first = () => 0;
const MINUTE = 60_000;

test.each([
  ['10m', 600_000],
  ['10m0s', 600_000],
  ['1h30m', 5_400_000],
  ['500ms', 500],
  ['1.5s', 1500],
  ['0', 0],
  ['10', undefined],
  ['10 m', undefined],
  ['-5s', undefined],
])('a duration of Go: %s is %s ms', (text, ms) => {
  expect(parseGoDuration(text)).toBe(ms);
});

/** Pending pods before groups with these flags; a full node of `workers` is there. */
function scaleUp(flags: AutoscalerFlags, groups: NodeGroup[], pending: Pod[], sizes = {}) {
  const full = { n1: [pod('full', 4)] };
  const observation = seen([node('n1', 4)], full, { pending });
  const targetSizes = { ...observation.targetSizes, ...sizes };
  const settings = autoscaler(flags, ...groups);
  return decideClusterAutoscaler(
    settings,
    { ...observation, targetSizes },
    INITIAL_AUTOSCALER,
    first,
  );
}

describe('scale-up', () => {
  const WORKERS = group('workers', 4);
  test.each<[string, AutoscalerFlags, NodeGroup[], Pod[], Record<string, number>]>([
    ['nothing is pending', {}, [WORKERS], [], {}],
    ['one pod gets one node', {}, [WORKERS], [pod('p', 1)], { workers: 2 }],
    ['nine of one core get three nodes of 4', {}, [WORKERS], podsNamed('p', 9, 1), { workers: 4 }],
    [
      'a group stops at its maximum',
      {},
      [{ ...WORKERS, maxSize: 2 }],
      podsNamed('p', 9, 1),
      { workers: 2 },
    ],
    ['a group at its maximum does not grow', {}, [{ ...WORKERS, maxSize: 1 }], [pod('p', 1)], {}],
    [
      'all groups together stop at max-nodes-total',
      { 'max-nodes-total': 3 },
      [WORKERS],
      podsNamed('p', 20, 1),
      { workers: 3 },
    ],
    [
      'one scan stops at max-nodes-per-scaleup',
      { 'max-nodes-per-scaleup': 2 },
      [WORKERS],
      podsNamed('p', 20, 1),
      { workers: 3 },
    ],
    ['what no template takes grows nothing', {}, [WORKERS], [pod('p', 5)], {}],
    ['the group that it fits grows', {}, [WORKERS, group('big', 16)], [pod('p', 5)], { big: 1 }],
    [
      'most-pods takes the group that helps most',
      { expander: 'most-pods' },
      [{ ...WORKERS, maxSize: 2 }, group('big', 16)],
      podsNamed('p', 9, 1),
      { big: 1 },
    ],
    [
      'least-waste takes the one that is filled best',
      { expander: 'least-waste' },
      [group('big', 16), WORKERS],
      podsNamed('p', 4, 1),
      { workers: 2 },
    ],
    [
      'price takes the cheaper one for the same pods',
      { expander: 'price' },
      [group('dear', 4, { pricePerHour: 0.2 }), group('cheap', 4, { pricePerHour: 0.1 })],
      [pod('p', 1)],
      { cheap: 1 },
    ],
    [
      'price counts all nodes: 1 × 0.15 before 2 × 0.1',
      { expander: 'price' },
      [group('small', 4, { pricePerHour: 0.1 }), group('big', 8, { pricePerHour: 0.15 })],
      podsNamed('p', 8, 1),
      { big: 1 },
    ],
    [
      'priority takes the highest that matches',
      { expander: 'priority', priorities: { 10: ['.*'], 50: ['^spot'] } },
      [WORKERS, group('spot-a', 4)],
      [pod('p', 1)],
      { 'spot-a': 1 },
    ],
    [
      'priority passes over a group that does not fit',
      { expander: 'priority', priorities: { 10: ['.*'], 50: ['^spot'] } },
      [WORKERS, group('spot-a', 1)],
      [pod('p', 2)],
      { workers: 2 },
    ],
    [
      'a chain goes on where the first is undecided',
      { expander: 'priority,least-waste', priorities: { 10: ['.*'] } },
      [group('big', 16), WORKERS],
      podsNamed('p', 4, 1),
      { workers: 2 },
    ],
    ['an expendable pod grows nothing', {}, [WORKERS], [pod('p', 1, { priority: -11 })], {}],
    ['a pod at the cutoff does', {}, [WORKERS], [pod('p', 1, { priority: -10 })], { workers: 2 }],
    [
      'pods that are only just there wait a scan',
      {},
      [WORKERS],
      [pod('p', 1, { createdAtMs: -1999 })],
      {},
    ],
    [
      'pods of two seconds do not',
      {},
      [WORKERS],
      [pod('p', 1, { createdAtMs: -2000 })],
      { workers: 2 },
    ],
    [
      'new-pod-scale-up-delay lets pods wait',
      { 'new-pod-scale-up-delay': '30s' },
      [WORKERS],
      [pod('p', 1, { createdAtMs: -29_999 })],
      {},
    ],
    [
      'groups grow evenly when they are balanced',
      { 'balance-similar-node-groups': true },
      [{ ...WORKERS }, group('workers-b', 4), group('workers-c', 4)],
      podsNamed('p', 8, 2),
      { workers: 2, 'workers-b': 2, 'workers-c': 1 },
    ],
    [
      'groups grow to their minimum when told so',
      { 'enforce-node-group-min-size': true },
      [{ ...WORKERS, minSize: 3 }],
      [],
      { workers: 3 },
    ],
    ['and not when not', {}, [{ ...WORKERS, minSize: 3 }], [], {}],
  ])('%s', (_, flags, groups, pending, sizes) => {
    const decision = scaleUp(flags, groups, pending);
    expect(Object.fromEntries(decision.scaleUp.map((one) => [one.group, one.to]))).toEqual(sizes);
  });

  test('pods wait for nodes that are on the way', () => {
    const decision = scaleUp({}, [WORKERS], podsNamed('p', 4, 1), { workers: 2 });
    expect(decision.scaleUp).toEqual([]);
    expect(decision.waiting).toEqual(['p-0', 'p-1', 'p-2', 'p-3']);
    const more = scaleUp({}, [WORKERS], podsNamed('p', 5, 1), { workers: 2 });
    expect(more.scaleUp).toMatchObject([{ from: 2, to: 3, pods: ['p-4'] }]);
  });

  test('a taint of the template keeps out who does not tolerate it, and the reason says so', () => {
    const taint = { key: 'gpu', effect: 'NoSchedule' } as const;
    const { template } = group('gpus', 4);
    const gpus = group('gpus', 4, {
      template: { ...template, node: { ...template.node, taints: [taint] } },
    });
    expect(scaleUp({}, [gpus], [pod('p', 1)]).unhelped).toEqual([
      { pod: 'p', reason: 'gpus: taint gpu is not tolerated' },
    ]);
    const bears = pod('p', 1, { tolerations: [{ key: 'gpu', operator: 'Exists' }] });
    expect(scaleUp({}, [gpus], [bears]).scaleUp).toMatchObject([{ group: 'gpus', to: 1 }]);
  });

  test('chance decides among groups that are equally good', () => {
    const groups = [WORKERS, group('workers-b', 4)];
    const settings = autoscaler({}, ...groups);
    const observation = seen([node('n1', 4)], { n1: [pod('full', 4)] }, { pending: [pod('p', 1)] });
    const pick = (index: number) =>
      decideClusterAutoscaler(settings, observation, INITIAL_AUTOSCALER, () => index).scaleUp[0]!
        .group;
    expect([pick(0), pick(1)]).toEqual(['workers', 'workers-b']);
  });
});

describe('provisioning', () => {
  const settings = autoscaler({}, group('workers', 4));
  const asked: AutoscalerState = {
    ...INITIAL_AUTOSCALER,
    requestedAtMs: { workers: 0 },
    lastScaleUpAtMs: 0,
  };
  const late = (nowMs: number, parts = {}, state = asked) =>
    decideClusterAutoscaler(
      settings,
      seen(
        [node('n1', 4)],
        { n1: [pod('full', 4)] },
        { nowMs, targetSizes: { workers: 3 }, ...parts },
      ),
      state,
      first,
    );

  test('a node has 15 minutes to come', () => {
    expect(late(15 * MINUTE).releases).toEqual([]);
    const decision = late(15 * MINUTE + 1);
    expect(decision.releases).toMatchObject([{ group: 'workers', nodes: 2 }]);
    expect(decision.targetSizes).toEqual({ workers: 1 });
    expect(decision.reason).toContain('workers gives up 2 nodes: not there after 15 min');
  });

  test('a group that failed is backed off for 5 minutes and grows no sooner', () => {
    const failed = late(15 * MINUTE + 1, { pending: [pod('p', 1)] });
    expect(failed.scaleUp).toEqual([]);
    expect(failed.unhelped[0]!.reason).toBe('workers: backed off for 5 min more');
    const laterOn = (nowMs: number) =>
      late(nowMs, { pending: [pod('p', 1)], targetSizes: { workers: 1 } }, failed.state).scaleUp;
    expect(laterOn(20 * MINUTE)).toEqual([]);
    expect(laterOn(20 * MINUTE + 1)).toMatchObject([{ group: 'workers', to: 2 }]);
  });

  test('the cloud may refuse at once', () => {
    const decision = late(MINUTE, { failedScaleUps: ['workers'] });
    expect(decision.releases).toMatchObject([{ nodes: 2, reason: 'the cloud refused' }]);
    expect(decision.state.backoffs['workers']).toMatchObject({ untilMs: 6 * MINUTE });
  });

  test('back-offs double up to 30 minutes; failures while one lasts do not lengthen it', () => {
    let backoff = backOff(settings, undefined, 0);
    const durations = [backoff.durationMs];
    for (let failure = 0; failure < 4; failure++) {
      backoff = backOff(settings, backoff, backoff.untilMs + 1);
      durations.push(backoff.durationMs);
    }
    expect(durations.map((ms) => ms / MINUTE)).toEqual([5, 10, 20, 30, 30]);
    expect(backOff(settings, backoff, backoff.untilMs).durationMs).toBe(5 * MINUTE);
  });

  test('a group is trusted again when all its nodes have come', () => {
    const backoffs = { workers: { durationMs: 1, untilMs: 1, failedAtMs: 0 } };
    const decision = late(MINUTE, { targetSizes: { workers: 1 } }, { ...asked, backoffs });
    expect(decision.state).toMatchObject({ backoffs: {}, requestedAtMs: {} });
  });
});

/** A cluster of two nodes of 4 cores at `nowMs`, both unneeded since 0 unless said otherwise. */
interface Shrink {
  readonly flags?: AutoscalerFlags;
  readonly on1?: Pod[];
  readonly on2?: Pod[];
  readonly node1?: Partial<Node>;
  readonly state?: Partial<AutoscalerState>;
  readonly nowMs?: number;
  readonly group?: Partial<NodeGroup>;
  readonly budgets?: {
    namespace: string;
    matchLabels: Record<string, string>;
    disruptionsAllowed: number;
  }[];
}

function shrink({
  flags = {},
  on1 = [],
  on2 = [pod('busy', 3)],
  node1 = {},
  state = {},
  nowMs = 10 * MINUTE + 1,
  ...rest
}: Shrink) {
  const settings = autoscaler(flags, group('workers', 4, rest.group));
  const nodes = [node('n1', 4, node1), node('n2', 4)];
  const observation = seen(nodes, { n1: on1, n2: on2 }, { nowMs, budgets: rest.budgets ?? [] });
  const before = { ...INITIAL_AUTOSCALER, unneededSinceMs: { n1: 0 }, ...state };
  return decideClusterAutoscaler(settings, observation, before, first);
}

describe('scale-down', () => {
  const SMALL = [pod('p', 1)];
  test.each<[string, Shrink, string[], string]>([
    ['an empty node goes', {}, ['n1'], 'n1 (empty)'],
    ['a little used node is drained', { on1: SMALL }, ['n1'], 'n1 (drained)'],
    ['ten minutes must be over, not just end', { nowMs: 10 * MINUTE }, [], ''],
    ['a node newly unneeded waits', { state: { unneededSinceMs: {} } }, [], 'unneeded for 0 ms'],
    [
      'a node used to the threshold stays',
      { on1: [pod('p', 2)], on2: [] },
      ['n2'],
      'n1: used to 50 %, threshold 50 %',
    ],
    [
      'memory counts as CPU does',
      { on1: [pod('p', 1, { requests: size(0.1, 3) })] },
      [],
      'n1: used to 75 %',
    ],
    [
      'the threshold may be lower',
      { on1: SMALL, flags: { 'scale-down-utilization-threshold': 0.2 } },
      [],
      'n1: used to 25 %',
    ],
    [
      'a node whose pod fits nowhere stays',
      { on1: [pod('p', 1.5)] },
      [],
      'n1: p fits no other node',
    ],
    [
      'a DaemonSet does not keep it',
      { on1: [pod('agent', 1, { ownerKind: 'DaemonSet' })] },
      ['n1'],
      'n1 (empty)',
    ],
    ['nor a mirror pod', { on1: [pod('proxy', 1, { ownerKind: 'Node' })] }, ['n1'], 'n1 (empty)'],
    [
      'a DaemonSet counts as used',
      { on1: [pod('agent', 2, { ownerKind: 'DaemonSet' })] },
      [],
      'n1: used to 50 %',
    ],
    [
      'unless it is to be ignored',
      {
        on1: [pod('agent', 2, { ownerKind: 'DaemonSet' })],
        flags: { 'ignore-daemonsets-utilization': true },
      },
      ['n1'],
      '',
    ],
    [
      'a pod that nobody would make again keeps it',
      { on1: [pod('p', 1, { ownerKind: undefined })] },
      [],
      'nobody would make p again',
    ],
    [
      'a pod of a custom controller keeps it',
      { on1: [pod('p', 1, { ownerKind: 'CloneSet' })] },
      [],
      'custom controller',
    ],
    [
      'unless that is allowed',
      {
        on1: [pod('p', 1, { ownerKind: 'CloneSet' })],
        flags: { 'skip-nodes-with-custom-controller-pods': false },
      },
      ['n1'],
      '',
    ],
    [
      'a pod with local storage keeps it',
      { on1: [pod('p', 1, { hasLocalStorage: true })] },
      [],
      'local storage',
    ],
    [
      'unless it is safe to evict',
      { on1: [pod('p', 1, { hasLocalStorage: true, isSafeToEvict: true })] },
      ['n1'],
      '',
    ],
    [
      'or local storage is allowed',
      {
        on1: [pod('p', 1, { hasLocalStorage: true })],
        flags: { 'skip-nodes-with-local-storage': false },
      },
      ['n1'],
      '',
    ],
    [
      'a pod that is not safe to evict keeps it',
      { on1: [pod('p', 1, { isSafeToEvict: false })] },
      [],
      'not safe to evict',
    ],
    [
      'a system pod without a budget keeps it',
      { on1: [pod('dns', 1, { namespace: 'kube-system' })] },
      [],
      'system pod',
    ],
    [
      'one with a budget does not',
      {
        on1: [pod('dns', 1, { namespace: 'kube-system', labels: { app: 'dns' } })],
        budgets: [{ namespace: 'kube-system', matchLabels: { app: 'dns' }, disruptionsAllowed: 1 }],
      },
      ['n1'],
      '',
    ],
    [
      'a budget that is used up keeps it',
      {
        on1: [pod('p', 1, { labels: { app: 'web' } })],
        budgets: [{ namespace: 'default', matchLabels: { app: 'web' }, disruptionsAllowed: 0 }],
      },
      [],
      'disruption budget',
    ],
    ['an annotation keeps it', { node1: { isKept: true } }, [], 'scale-down is disabled'],
    ['a node of no group stays', { node1: { group: undefined } }, [], 'in no node group'],
    ['a group keeps its minimum', { group: { minSize: 2 } }, [], 'at its minimum of 2'],
    [
      'nothing goes for 10 minutes after an addition',
      { state: { lastScaleUpAtMs: MINUTE } },
      [],
      'cools down after an addition for 1 min more',
    ],
    ['ten minutes after it does', { state: { lastScaleUpAtMs: 1 } }, ['n1'], ''],
    [
      'nothing goes for 3 minutes after a failure',
      { state: { lastFailureAtMs: 8 * MINUTE + 1 } },
      [],
      'after a failure for 1 min more',
    ],
    [
      'nothing goes within a scan after a deletion',
      { state: { lastDeleteAtMs: 10 * MINUTE } },
      [],
      'after a deletion for 10 s more',
    ],
    [
      'scale-down may be switched off',
      { flags: { 'scale-down-enabled': false } },
      [],
      'switched off',
    ],
    ['an unready node waits 20 minutes', { node1: { isReady: false } }, [], '10 min to go'],
    ['and then goes', { node1: { isReady: false }, nowMs: 20 * MINUTE + 1 }, ['n1'], ''],
    [
      'unless unready nodes are to stay',
      {
        node1: { isReady: false },
        nowMs: 20 * MINUTE + 1,
        flags: { 'scale-down-unready-enabled': false },
      },
      [],
      'not ready',
    ],
    [
      'max-scale-down-parallelism of none',
      { flags: { 'max-scale-down-parallelism': 0 } },
      [],
      '0 nodes go at once at most',
    ],
  ])('%s', (_, question, removed, words) => {
    const { n2 } = { n2: question.on2?.length === 0 };
    const state = { unneededSinceMs: n2 ? { n1: 0, n2: 0 } : { n1: 0 }, ...question.state };
    const decision = shrink({ ...question, state });
    expect(decision.scaleDown.map(({ node: name }) => name)).toEqual(removed);
    const said = [decision.reason, ...decision.kept.map((one) => `${one.node}: ${one.reason}`)];
    expect(said.join('\n')).toContain(words);
  });

  test('the timer starts again when a node is needed in between', () => {
    const needed = shrink({ on1: [pod('p', 2)], nowMs: 5 * MINUTE });
    expect(needed.state.unneededSinceMs).toEqual({});
    const again = shrink({ nowMs: 10 * MINUTE + 1, state: needed.state });
    expect(again.scaleDown).toEqual([]);
    expect(again.state.unneededSinceMs).toEqual({ n1: 10 * MINUTE + 1 });
  });

  test('a scan that grows a group takes nothing away and leaves the timers alone', () => {
    const settings = autoscaler({}, group('workers', 4));
    const nodes = [node('n1', 4), node('n2', 4)];
    const observation = seen(
      nodes,
      { n2: [pod('busy', 3)] },
      {
        nowMs: 10 * MINUTE + 1,
        pending: podsNamed('p', 2, 4),
      },
    );
    const before = { ...INITIAL_AUTOSCALER, unneededSinceMs: { n1: 0 } };
    const decision = decideClusterAutoscaler(settings, observation, before, first);
    expect(decision.scaleUp).toMatchObject([{ to: 3 }]);
    expect(decision.scaleDown).toEqual([]);
    expect(decision.state.unneededSinceMs).toEqual({ n1: 0 });
  });

  test('empty nodes go together, of the others one at a time', () => {
    const settings = autoscaler({}, group('workers', 4));
    const names = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6'];
    const nodes = names.map((name) => node(name, 4));
    const small = (name: string) => [pod(name, 1)];
    const placed = { n1: small('a'), n2: small('b'), n5: [pod('c', 2)], n6: [pod('d', 2)] };
    const observation = seen(nodes, placed, { nowMs: 10 * MINUTE + 1 });
    const unneededSinceMs = Object.fromEntries(names.map((name) => [name, 0]));
    const decision = decideClusterAutoscaler(
      settings,
      observation,
      { ...INITIAL_AUTOSCALER, unneededSinceMs },
      first,
    );
    expect(decision.scaleDown.map((one) => [one.node, one.isEmpty])).toEqual([
      ['n3', true],
      ['n4', true],
      ['n1', false],
    ]);
    expect(decision.kept.map(({ reason }) => reason)).toContain(
      '1 nodes are drained at once at most',
    );
    const busy = {
      ...observation,
      nodes: nodes.map((one) => (one.name === 'n1' ? { ...one, isDeleting: true } : one)),
    };
    const next = decideClusterAutoscaler(
      settings,
      busy,
      { ...INITIAL_AUTOSCALER, unneededSinceMs },
      first,
    );
    expect(next.scaleDown.map((one) => one.node)).toEqual(['n3', 'n4']);
  });

  test('two half-empty nodes do not both go to each other', () => {
    const settings = autoscaler({ 'max-drain-parallelism': 5 }, group('workers', 4));
    const observation = seen(
      [node('n1', 4), node('n2', 4)],
      { n1: [pod('a', 1)], n2: [pod('b', 1)] },
      { nowMs: 10 * MINUTE + 1 },
    );
    const unneededSinceMs = { n1: 0, n2: 0 };
    const decision = decideClusterAutoscaler(
      settings,
      observation,
      { ...INITIAL_AUTOSCALER, unneededSinceMs },
      first,
    );
    expect(decision.scaleDown.map((one) => one.node)).toEqual(['n1']);
    expect(decision.scaleDown[0]!.moves).toEqual({ a: 'n2' });
    expect(decision.kept).toContainEqual({ node: 'n2', reason: 'b fits no other node' });
  });

  test('pods whose new node goes as well go on with its pods', () => {
    const settings = autoscaler({ 'max-drain-parallelism': 2 }, group('workers', 4));
    const nodes = ['n1', 'n2', 'n3'].map((name) => node(name, 4));
    const placed = { n1: [pod('a', 1)], n2: [pod('b', 1)], n3: [pod('c', 1)] };
    const unneededSinceMs = { n1: 0, n2: 0, n3: 0 };
    const decision = decideClusterAutoscaler(
      settings,
      seen(nodes, placed, { nowMs: 10 * MINUTE + 1 }),
      { ...INITIAL_AUTOSCALER, unneededSinceMs },
      first,
    );
    expect(decision.scaleDown.map(({ moves }) => moves)).toEqual([{ a: 'n3' }, { b: 'n3' }]);
  });

  test('pods have as long to end as they ask for, up to max-graceful-termination-sec', () => {
    expect(shrink({ on1: SMALL }).scaleDown[0]!.gracefulMs).toBe(30_000);
    const slow = [pod('p', 1, { gracePeriodMs: 3_600_000 })];
    expect(shrink({ on1: slow }).scaleDown[0]!.gracefulMs).toBe(600_000);
  });

  test('a node with a GPU is used as its GPU is', () => {
    const gpu = (amount: number) => ({ ...size(4), 'nvidia.com/gpu': amount });
    const parts = { on1: [pod('p', 2)], on2: [pod('busy', 2)] };
    expect(shrink(parts).scaleDown).toEqual([]);
    const decision = shrink({ ...parts, node1: { allocatable: gpu(4) } });
    expect(decision.scaleDown.map((one) => one.node)).toEqual(['n1']);
  });

  test('an unhealthy cluster is left alone', () => {
    const settings = autoscaler({}, group('workers', 4));
    const nodes = ['a', 'b', 'c', 'd', 'e'].map((name, i) => node(name, 4, { isReady: i > 3 }));
    const observation = seen(nodes, {}, { pending: podsNamed('p', 9, 4) });
    const decision = decideClusterAutoscaler(settings, observation, INITIAL_AUTOSCALER, first);
    expect(decision.reason).toContain('unhealthy: 4 of 5');
    expect(decision.scaleUp).toEqual([]);
  });
});

test.each<[string, AutoscalerFlags, string, string]>([
  ['an unknown expander', { expander: 'least-wast' }, 'expander', 'least-waste'],
  ['one expander twice', { expander: 'random,random' }, 'expander', 'each expander once'],
  ['priority without priorities', { expander: 'priority' }, 'expander', 'priorities'],
  [
    'a priority that is no number',
    { priorities: { high: ['.*'] } },
    'priorities.high',
    'whole number',
  ],
  [
    'a pattern that is none',
    { priorities: { 10: ['('] } },
    'priorities.10.0',
    'regular expression',
  ],
  [
    'a time without a unit',
    { 'scale-down-unneeded-time': '10' },
    'scale-down-unneeded-time',
    'a duration',
  ],
  [
    'a first back-off above the longest',
    { 'initial-node-group-backoff-duration': '1h' },
    'initial-node-group-backoff-duration',
    'at most max-node-group-backoff-duration',
  ],
])('flags may not have %s', (_, flags, path, words) => {
  const complaints = flagComplaints(flags);
  expect(complaints.map((one) => one.path.join('.'))).toEqual([path]);
  expect(complaints[0]!.message).toContain(words);
});

test('groups have names of their own, sizes in order and something to give', () => {
  const groups = [group('a', 4, { minSize: 3, maxSize: 2 }), group('a', 0)];
  expect(groupComplaints(groups).map((one) => one.path.join('.'))).toEqual([
    '0.minSize',
    '1.name',
    '1.template.allocatable',
    '1.template.allocatable',
  ]);
});

test('the example grows the group that is filled best, then waits for it', () => {
  const { settings, observations } = clusterAutoscaler.example;
  const converse = clusterAutoscaler.converse(settings as Plain);
  const answers = observations.map((observation) => converse({ observation } as Plain).answer!);
  expect(answers[0]).toMatchObject({ targetSizes: { small: 3, large: 0 } });
  expect(answers[1]!.reason).toContain('4 pods wait for nodes that are on the way');
});
