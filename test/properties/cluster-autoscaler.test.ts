/** What holds for packing and for the Cluster Autoscaler, whatever the cluster. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isTolerated } from '../../simulator/model/kubernetes/taints.ts';
import {
  type AutoscalerState,
  INITIAL_AUTOSCALER,
} from '../../simulator/policies/nodes/autoscaler-settings.ts';
import type { Node, Pod } from '../../simulator/policies/nodes/cluster.ts';
import { decideClusterAutoscaler } from '../../simulator/policies/nodes/cluster-autoscaler.ts';
import { estimate } from '../../simulator/policies/nodes/pack.ts';
import type { Space } from '../../simulator/policies/nodes/space.ts';
import { autoscaler, group, node, pod, seen, size } from '../helpers/cluster.ts';

/** Fixed, so that a run in CI says something about the change and not about the day. */
const SEED = { seed: 1730 };

const TAINT = { key: 'dedicated', effect: 'NoSchedule' } as const;
const HOST = 'kubernetes.io/hostname';

const podParts = fc.record({
  cores: fc.constantFrom(0.1, 0.5, 0.5, 1, 1, 2, 3, 5),
  gib: fc.constantFrom(0.5, 1, 4),
  tolerates: fc.boolean(),
  port: fc.constantFrom(undefined, undefined, undefined, undefined, undefined, 80, 443),
  isSpread: fc.boolean(),
  ownerKind: fc.oneof(
    { weight: 12, arbitrary: fc.constant('ReplicaSet') },
    { weight: 2, arbitrary: fc.constantFrom('DaemonSet', undefined) },
  ),
  isSafeToEvict: fc.oneof(
    { weight: 15, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant(false) },
  ),
});

const pods: fc.Arbitrary<Pod[]> = fc.array(podParts, { maxLength: 25 }).map((all) =>
  all.map(({ cores, gib, tolerates, port, isSpread, ownerKind, isSafeToEvict }, index) =>
    pod(`p${index}`, cores, {
      requests: size(cores, gib),
      labels: { app: 'web' },
      tolerations: tolerates ? [{ key: 'dedicated', operator: 'Exists' }] : [],
      hostPorts: port === undefined ? [] : [{ hostPort: port }],
      spread: isSpread
        ? [
            {
              topologyKey: HOST,
              maxSkew: 2,
              whenUnsatisfiable: 'DoNotSchedule',
              matchLabels: { app: 'web' },
            },
          ]
        : [],
      ownerKind,
      isSafeToEvict,
    }),
  ),
);

/** Resources, taints, host ports and the number of pods, added up without the code under test. */
function expectSound({ node: one, pods: its }: Pick<Space, 'node' | 'pods'>): void {
  for (const name of ['cpu', 'memory']) {
    const used = its.reduce((sum, { requests }) => sum + (requests[name] ?? 0), 0);
    expect(used).toBeLessThanOrEqual(one.allocatable[name]!);
  }
  for (const its_ of its) {
    for (const taint of one.taints) expect(isTolerated(taint, its_.tolerations)).toBe(true);
  }
  const ports = its.flatMap(({ hostPorts }) => hostPorts.map(({ hostPort }) => hostPort));
  expect(new Set(ports).size).toBe(ports.length);
  expect(its.length).toBeLessThanOrEqual(one.allocatable['pods'] ?? 110);
}

test('no node is packed beyond its resources, taints, ports and pods, and no pod twice', () => {
  const property = fc.property(pods, fc.boolean(), fc.nat(8), (all, isTainted, most) => {
    const { template } = group('workers', 4);
    const allocatable = { ...size(4, 8), pods: 5 };
    const made = { ...template.node, allocatable, taints: isTainted ? [TAINT] : [] };
    const result = estimate(all, { ...template, node: made }, [], most);
    expect(result.nodes).toBeLessThanOrEqual(most);
    for (const space of result.spaces) expectSound(space);
    const names = result.spaces.flatMap((space) => space.pods.map(({ name }) => name));
    expect([...names].sort()).toEqual(result.pods.map(({ name }) => name).sort());
    expect(new Set(names).size).toBe(names.length);
  });
  fc.assert(property, SEED);
});

test('with room for all, every pod that fits an empty node is packed', () => {
  const plain = fc.array(fc.constantFrom(0.5, 1, 2, 3, 5), { maxLength: 30 });
  const property = fc.property(plain, (cores) => {
    const all = cores.map((count, index) => pod(`p${index}`, count));
    const result = estimate(all, group('workers', 4).template, [], 100);
    expect(result.pods.length).toBe(cores.filter((count) => count <= 4).length);
    const total = cores.filter((count) => count <= 4).reduce((sum, count) => sum + count, 0);
    expect(result.nodes).toBeGreaterThanOrEqual(Math.ceil(total / 4));
    // First-fit-decreasing: at most 11/9 of the best and 6/9 of a node.
    const best = Math.max(Math.ceil(total / 4), cores.filter((c) => c > 2 && c <= 4).length);
    expect(result.nodes).toBeLessThanOrEqual((11 / 9) * best + best / 2 + 6 / 9);
  });
  fc.assert(property, SEED);
});

/** A cluster whose nodes really hold their pods: those that do not fit are left out. */
const clusters = fc
  .record({
    all: pods,
    nodes: fc.array(
      fc.record({
        cores: fc.constantFrom(4, 8),
        isTainted: fc.boolean(),
        isReady: fc.constantFrom(true, true, true, true, false),
      }),
      { minLength: 1, maxLength: 7 },
    ),
    pending: fc.array(fc.constantFrom(0.5, 2, 6), { maxLength: 2 }),
    minSize: fc.constantFrom(0, 0, 1, 3),
    ages: fc.array(fc.integer({ min: 0, max: 1_300_000 }), { minLength: 7, maxLength: 7 }),
  })
  .map(({ all, nodes, pending, minSize, ages }) => {
    const made: Node[] = nodes.map(({ cores, isTainted, isReady }, index) =>
      node(`n${index}`, cores, { isReady, taints: isTainted ? [TAINT] : [] }),
    );
    const placed: Record<string, Pod[]> = {};
    const spread = all.map((one) => ({ ...one, spread: [] }));
    spread.forEach((one, index) => {
      const home = made[index % made.length]!;
      const its = placed[home.name] ?? [];
      const used = its.reduce((sum, { requests }) => sum + requests['cpu']!, 0);
      const memory = its.reduce((sum, { requests }) => sum + requests['memory']!, 0);
      const hasPort = its.some(({ hostPorts }) => hostPorts.length > 0);
      const isRefused = home.taints.some((taint) => !isTolerated(taint, one.tolerations));
      if (used + one.requests['cpu']! > home.allocatable['cpu']! || isRefused) return;
      if (memory + one.requests['memory']! > home.allocatable['memory']!) return;
      if (one.hostPorts.length > 0 && hasPort) return;
      placed[home.name] = [...its, one];
    });
    const waiting = pending.map((cores, index) => pod(`w${index}`, cores));
    const since = Object.fromEntries(made.map(({ name }, index) => [name, -ages[index]!]));
    return { nodes: made, placed, waiting, minSize, since };
  });

test('what is removed leaves room for its pods and the minimum of its group', () => {
  let removals = 0;
  let drains = 0;
  let growths = 0;
  const property = fc.property(clusters, ({ nodes, placed, waiting, minSize, since }) => {
    const flags = { 'max-drain-parallelism': 3, 'ok-total-unready-count': 99 };
    const workers = group('workers', 8, { minSize, maxSize: 9 });
    const settings = autoscaler(flags, workers);
    const before: AutoscalerState = { ...INITIAL_AUTOSCALER, unneededSinceMs: since };
    const observation = seen(nodes, placed, { pending: waiting });
    const decision = decideClusterAutoscaler(settings, observation, before, () => 0);
    growths += decision.scaleUp.length;
    for (const { from, to } of decision.scaleUp) {
      expect(to).toBeGreaterThan(from);
      expect(to).toBeLessThanOrEqual(9);
    }
    if (decision.scaleUp.length > 0) expect(decision.scaleDown).toEqual([]);
    const gone = new Set(decision.scaleDown.map((one) => one.node));
    expect(nodes.length - gone.size).toBeGreaterThanOrEqual(Math.min(nodes.length, minSize));
    const drained = decision.scaleDown.filter(({ isEmpty }) => !isEmpty);
    expect(drained.length).toBeLessThanOrEqual(3);
    removals += gone.size;
    drains += drained.length;
    const after = new Map(nodes.map((one) => [one.name, [...(placed[one.name] ?? [])]]));
    for (const { node: name, moves } of decision.scaleDown) {
      const its = (placed[name] ?? []).filter(({ ownerKind }) => ownerKind !== 'DaemonSet');
      expect(Object.keys(moves).sort()).toEqual(its.map((one) => one.name).sort());
      for (const one of its) {
        expect(one.ownerKind).toBeDefined();
        expect(one.isSafeToEvict).not.toBe(false);
        expect(gone.has(moves[one.name]!)).toBe(false);
        after.get(moves[one.name]!)!.push(one);
      }
      expect(-since[name]!).toBeGreaterThan(
        nodes.find((one) => one.name === name)!.isReady ? 600_000 : 1_200_000,
      );
    }
    for (const one of nodes) {
      if (!gone.has(one.name)) expectSound({ node: one, pods: after.get(one.name)! });
    }
  });
  fc.assert(property, { ...SEED, numRuns: 500 });
  expect(removals).toBeGreaterThan(50);
  expect(drains).toBeGreaterThan(10);
  expect(growths).toBeGreaterThan(10);
});

test('the same question is answered the same, and nothing that was asked is changed', () => {
  const property = fc.property(clusters, ({ nodes, placed, waiting, since }) => {
    const settings = autoscaler({}, group('workers', 8));
    const before = { ...INITIAL_AUTOSCALER, unneededSinceMs: since };
    const observation = seen(nodes, placed, { pending: waiting });
    const asked = JSON.stringify([observation, before]);
    const ask = () =>
      JSON.stringify(decideClusterAutoscaler(settings, observation, before, () => 0));
    expect(ask()).toBe(ask());
    expect(JSON.stringify([observation, before])).toBe(asked);
  });
  fc.assert(property, SEED);
});
