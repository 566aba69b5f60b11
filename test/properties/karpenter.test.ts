/** What holds for Karpenter, whatever the pods and prices. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Node, type Pod, plainNode } from '../../simulator/policies/nodes/cluster.ts';
import { decideKarpenter } from '../../simulator/policies/nodes/karpenter.ts';
import {
  CAPACITY_TYPE,
  INSTANCE_TYPE,
  type InstanceType,
  type KarpenterSettings,
  POOL_DEFAULTS,
  ZONE,
} from '../../simulator/policies/nodes/karpenter-settings.ts';
import { pod, size } from '../helpers/cluster.ts';

/** Fixed, so that a run in CI says something about the change and not about the day. */
const SEED = { seed: 1730 };

const CORES = [2, 4, 8, 16];

const settings: fc.Arbitrary<KarpenterSettings> = fc
  .record({
    prices: fc.array(fc.integer({ min: 5, max: 12 }), { minLength: 4, maxLength: 4 }),
    isTainted: fc.boolean(),
  })
  .map(({ prices, isTainted }) => {
    const instanceTypes: InstanceType[] = CORES.map((cores, index) => ({
      name: `of-${cores}`,
      allocatable: size(cores),
      labels: {},
      offerings: ['a', 'b'].map((zone) => ({
        zone,
        capacityType: 'on-demand',
        pricePerHour: (cores * prices[index]!) / 100,
      })),
    }));
    const taints = isTainted ? [{ key: 'team', effect: 'NoSchedule' } as const] : [];
    const budgets = [{ nodes: '100%' }];
    const pools = [{ name: 'default', ...POOL_DEFAULTS, taints, budgets }];
    return { batchIdleMs: 1000, batchMaxMs: 10_000, spotToSpot: false, pools, instanceTypes };
  });

const pods: fc.Arbitrary<Pod[]> = fc
  .array(
    fc.record({
      cores: fc.constantFrom(0.5, 1, 2, 3, 7, 20),
      tolerates: fc.boolean(),
      zone: fc.constantFrom(undefined, undefined, 'a', 'b', 'c'),
    }),
    { minLength: 1, maxLength: 20 },
  )
  .map((all) =>
    all.map(({ cores, tolerates, zone }, index) =>
      pod(`p${index}`, cores, {
        tolerations: tolerates ? [{ key: 'team', operator: 'Exists' }] : [],
        nodeSelector: zone === undefined ? {} : { [ZONE]: zone },
      }),
    ),
  );

function coresOf(all: readonly Pod[]): number {
  return all.reduce((sum, { requests }) => sum + requests['cpu']!, 0) / 1000;
}

test('every pod gets a node that holds it, in its zone, or a reason why not', () => {
  const property = fc.property(settings, pods, (given, pending) => {
    const names = pending.map(({ name }) => name);
    const state = { batch: { firstAtMs: 0, lastAtMs: 0, pods: names }, nodes: {} };
    const observation = { nowMs: 1000, nodes: [], placed: [], pending, budgets: [] };
    const { launches, unscheduled } = decideKarpenter(given, observation, state);
    const helped = launches.flatMap((one) => one.pods);
    const left = unscheduled.map((one) => one.pod);
    expect([...helped, ...left].sort()).toEqual(names.sort());
    const isTainted = given.pools[0]!.taints.length > 0;
    for (const { instanceType, zone, pods: its } of launches) {
      const own = pending.filter(({ name }) => its.includes(name));
      expect(coresOf(own)).toBeLessThanOrEqual(Number(instanceType.slice(3)));
      for (const one of own) {
        expect(one.nodeSelector[ZONE] ?? zone).toBe(zone);
        if (isTainted) expect(one.tolerations).not.toEqual([]);
      }
    }
    for (const one of pending.filter(({ name }) => left.includes(name))) {
      const cannot =
        one.requests['cpu']! > 16_000 ||
        one.nodeSelector[ZONE] === 'c' ||
        (isTainted && one.tolerations.length === 0);
      expect(cannot).toBe(true);
    }
  });
  fc.assert(property, SEED);
});

test('consolidation never costs more, and leaves room for every pod', () => {
  let disruptions = 0;
  let replacements = 0;
  const fleet = fc.array(fc.constantFrom(...CORES), { minLength: 1, maxLength: 6 });
  const property = fc.property(settings, fleet, pods, (given, sizes, all) => {
    const nodes: Node[] = sizes.map((cores, index) =>
      plainNode(`n${index}`, size(cores), {
        group: 'default',
        labels: { [INSTANCE_TYPE]: `of-${cores}`, [ZONE]: 'a', [CAPACITY_TYPE]: 'on-demand' },
      }),
    );
    const plain = all.map((one) => ({
      ...one,
      nodeSelector: {},
      tolerations: [{ key: 'team', operator: 'Exists' } as const],
    }));
    const on = new Map<string, Pod[]>(nodes.map(({ name }) => [name, []]));
    plain.forEach((one, index) => {
      const home = nodes[index % nodes.length]!;
      const its = on.get(home.name)!;
      if (coresOf([...its, one]) * 1000 <= home.allocatable['cpu']!) its.push(one);
    });
    const placed = [...on].flatMap(([name, its]) => its.map((one) => ({ pod: one, node: name })));
    const observation = { nowMs: 3_600_000, nodes, placed, pending: [], budgets: [] };
    const { drains, replaces } = decideKarpenter(given, observation, { batch: null, nodes: {} });
    const going = new Set([...drains, ...(replaces?.nodes ?? [])]);
    const by = replaces?.by ?? [];
    if (going.size > 0) disruptions++;
    if (by.length > 0) replacements++;
    expect(by.length).toBeLessThanOrEqual(1);
    const priceOf = (name: string) =>
      given.instanceTypes.find((one) => one.name === name)!.offerings[0]!.pricePerHour;
    const saved = nodes
      .filter(({ name }) => going.has(name))
      .reduce((sum, { labels }) => sum + priceOf(labels[INSTANCE_TYPE]!), 0);
    for (const one of by) expect(one.pricePerHour).toBeLessThan(saved);
    const moving = placed.filter(({ node }) => going.has(node)).map((one) => one.pod);
    const free = nodes
      .filter(({ name }) => !going.has(name))
      .reduce((sum, one) => sum + one.allocatable['cpu']! / 1000 - coresOf(on.get(one.name)!), 0);
    const added = by.reduce((sum, one) => sum + Number(one.instanceType.slice(3)), 0);
    expect(coresOf(moving)).toBeLessThanOrEqual(free + added);
  });
  fc.assert(property, { ...SEED, numRuns: 300 });
  expect(disruptions).toBeGreaterThan(50);
  expect(replacements).toBeGreaterThan(20);
});
