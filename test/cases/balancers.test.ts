/** Balancers of a service over its life: weights, new members, keys and zones. */
import { describe, expect, test } from 'vitest';
import { type Balancer, balancerOf } from '../../simulator/components/balancer.ts';
import { priorityLoads } from '../../simulator/components/by-priority.ts';
import type { Caller, Seen } from '../../simulator/components/seen.ts';
import { stream } from '../../simulator/engine/random.ts';
import type { Balancing } from '../../simulator/model/model.ts';

/** Members by launch; the list may change, and then its version does. */
class Group implements Seen {
  launches: number[];
  listed = 0;
  asksKey = 0;
  asks: Caller | undefined;
  readonly ages = new Map<number, number>();
  readonly zones: number;
  readonly sick = new Set<number>();

  constructor(count: number, zones = 1) {
    this.launches = Array.from({ length: count }, (_, launch) => launch);
    this.zones = zones;
  }

  version = () => this.listed;
  ordinal = (at: number) => this.launches[at]!;
  ageMs = (at: number) => this.ages.get(this.launches[at]!) ?? Number.POSITIVE_INFINITY;
  zone = (at: number) => this.launches[at]! % this.zones;
  isWell = (at: number) => !this.sick.has(this.launches[at]!);
  isDegraded = () => false;
  loads = priorityLoads;
  key = () => this.asksKey;
  caller = () => this.asks;

  list(...launches: readonly number[]): void {
    this.launches = [...launches];
    this.listed++;
  }
}

function balancerFor(balancing: Balancing, group: Group): Balancer {
  return balancerOf(
    { name: 'web', balancing },
    stream(1, 0, 'service/web', 'b'),
    { next: 0 },
    group,
  );
}

/** How many of so many picks each launch gets, by launch. */
function shares(
  pick: Balancer,
  group: Group,
  picks: number,
  outstanding: readonly number[] = group.launches.map(() => 0),
): number[] {
  const counts: number[] = [];
  for (let n = 0; n < picks; n++) {
    const launch = group.launches[pick(outstanding, group.launches.length)]!;
    while (counts.length <= launch) counts.push(0);
    counts[launch]!++;
  }
  return counts;
}

describe('weights', () => {
  test.each<[string, Balancing, number[]]>([
    ['turns', { type: 'round-robin', weights: [1, 3] }, [1000, 3000]],
    ['turns of equals', { type: 'round-robin', weights: [2, 2] }, [2000, 2000]],
    ['draws', { type: 'random', weights: [1, 3] }, [1000, 3000]],
    ['idle least-request', { type: 'least-request', choices: 2, weights: [1, 3] }, [1000, 3000]],
    ['a bias alone', { type: 'least-request', choices: 2, bias: 1 }, [2000, 2000]],
  ])('%s', (_, balancing, expected) => {
    const group = new Group(2);
    const found = shares(balancerFor(balancing, group), group, 4000);
    for (const [launch, count] of found.entries()) {
      expect(Math.abs(count - expected[launch]!)).toBeLessThan(120);
    }
  });

  test('are of launches, over again: the third has the first’s', () => {
    const group = new Group(3);
    const found = shares(balancerFor({ type: 'round-robin', weights: [1, 2] }, group), group, 400);
    expect(found).toEqual([100, 200, 100]);
  });

  test('stay with an instance when one before it leaves', () => {
    const group = new Group(3);
    const pick = balancerFor({ type: 'round-robin', weights: [1, 2, 7] }, group);
    shares(pick, group, 10);
    group.list(1, 2);
    expect(shares(pick, group, 900)).toEqual([0, 200, 700]);
  });

  test('are divided by what is outstanding: 3 ÷ (5 + 1) against 1 ÷ (0 + 1)', () => {
    const group = new Group(2);
    const balancing = { type: 'least-request', choices: 2, weights: [3, 1] } as const;
    const [first, second] = shares(balancerFor(balancing, group), group, 300, [5, 0]);
    expect([first, second]).toEqual([100, 200]);
  });

  test('of leastconn are for connections: 3 at weight 4 are less than 1 at weight 1', () => {
    const group = new Group(2);
    const pick = balancerFor({ type: 'leastconn', weights: [4, 1] }, group);
    expect(shares(pick, group, 5, [3, 1])).toEqual([5]);
    expect(shares(pick, group, 5, [9, 1])).toEqual([0, 5]);
  });
});

describe('slow start', () => {
  const slowStart = { windowMs: 60_000, aggression: 1, minWeightRatio: 0.1 };

  test.each([
    [0, 90, 910],
    [30_000, 333, 667],
    [60_001, 500, 500],
  ])('a member that is new since %i ms gets %i of a thousand', (ageMs, young, old) => {
    const group = new Group(2);
    group.ages.set(1, ageMs);
    const [first, second] = shares(
      balancerFor({ type: 'round-robin', slowStart }, group),
      group,
      1000,
    );
    expect(Math.abs(second! - young)).toBeLessThan(3);
    expect(Math.abs(first! - old)).toBeLessThan(3);
  });

  test('a share grows while nobody comes or goes', () => {
    const group = new Group(2);
    group.ages.set(1, 0);
    const pick = balancerFor({ type: 'round-robin', slowStart }, group);
    shares(pick, group, 100);
    group.ages.set(1, 30_000);
    shares(pick, group, 20);
    const [, second] = shares(pick, group, 600);
    expect(Math.abs(second! - 200)).toBeLessThan(3);
  });

  test('HAProxy’s leastconn: a sixteenth of the weight is 16 times the load', () => {
    const group = new Group(2);
    group.ages.set(1, 0);
    const pick = balancerFor({ type: 'leastconn', slowStartMs: 32_000 }, group);
    expect(shares(pick, group, 4, [20, 1])).toEqual([4]);
    expect(shares(pick, group, 4, [40, 1])).toEqual([0, 4]);
    group.ages.set(1, 40_000);
    expect(shares(pick, group, 4, [20, 1])).toEqual([0, 4]);
  });
});

describe('keys', () => {
  const keys = { count: 2000, zipf: 0 };

  function owners(pick: Balancer, group: Group): number[] {
    return Array.from({ length: keys.count }, (_, key) => {
      group.asksKey = key;
      return group.launches[pick([], group.launches.length)]!;
    });
  }

  test.each<Balancing>([
    { type: 'ring-hash', keys, minSize: 1024 },
    { type: 'maglev', keys, size: 65_537 },
  ])('a key keeps its instance, also when another one leaves: $type', (balancing) => {
    const group = new Group(5);
    const pick = balancerFor(balancing, group);
    const before = owners(pick, group);
    expect(owners(pick, group)).toEqual(before);
    group.list(0, 1, 2, 4);
    const after = owners(pick, group);
    const moved = before.filter((launch, key) => launch !== 3 && after[key] !== launch).length;
    // Of 2000 keys some 1600 may stay; a ring of ≥ 1024 has other numbers of points for 4 than 5.
    expect(moved / keys.count).toBeLessThan(balancing.type === 'maglev' ? 0.06 : 0.2);
    expect(after).not.toContain(3);
    // Back it is the same instance.
    group.list(0, 1, 2, 4, 3);
    expect(owners(pick, group)).toEqual(before);
  });

  test('an instance that replaces another has keys of its own', () => {
    const group = new Group(3);
    const pick = balancerFor({ type: 'maglev', keys, size: 2039 }, group);
    const before = owners(pick, group);
    group.list(0, 1, 3);
    const after = owners(pick, group);
    const same = before.filter((launch, key) => launch === 2 && after[key] === 3).length;
    expect(same).toBeLessThan(before.filter((launch) => launch === 2).length * 0.7);
  });
});

describe('zones', () => {
  const zoned: Balancing = { type: 'zone-aware', minInstances: 6 };
  const caller = (zone: number, counts: readonly number[]): Caller => {
    return { service: 9, zone, version: 0, countByZone: () => counts };
  };

  test('requests stay in the caller’s zone where that is fair, in turn', () => {
    const group = new Group(6, 2);
    group.asks = caller(1, [2, 2]);
    const found = shares(balancerFor(zoned, group), group, 300);
    expect(found).toEqual([0, 100, 0, 100, 0, 100]);
  });

  test('they go elsewhere as far as they must', () => {
    // Zones 0, 1, 2: instances 2 each, callers 4, 1, 1 of 6. 3333 of 6666: half stays.
    const group = new Group(6, 3);
    group.asks = caller(0, [4, 1, 1]);
    const found = shares(balancerFor(zoned, group), group, 6000);
    const byZone = [0, 1, 2].map((zone) => found[zone]! + found[zone + 3]!);
    expect(Math.abs(byZone[0]! - 3000)).toBeLessThan(200);
    expect(Math.abs(byZone[1]! - 1500)).toBeLessThan(200);
  });

  test.each([
    ['the caller is nobody’s instance', undefined, 6],
    ['there are few instances', caller(0, [1, 1]), 5],
    ['all callers are in one zone', caller(0, [3]), 6],
  ])('all are asked in turn where %s', (_, asks, count) => {
    const group = new Group(count, 2);
    group.asks = asks;
    const found = shares(balancerFor(zoned, group), group, 10 * count);
    expect(found).toEqual(Array.from({ length: count }, () => 10));
  });

  test('a plan follows the instances', () => {
    const group = new Group(6, 2);
    group.asks = caller(0, [1, 1]);
    const pick = balancerFor({ ...zoned, minInstances: 4 }, group);
    expect(shares(pick, group, 300)).toEqual([100, 0, 100, 0, 100]);
    group.list(0, 1, 3, 5);
    // A quarter of the instances for a half of the callers: half of it stays.
    expect(Math.abs(shares(pick, group, 2000)[0]! - 1000)).toBeLessThan(100);
  });
});

test('nobody is picked of nobody', () => {
  const all: Balancing[] = [
    { type: 'round-robin', weights: [1, 2] },
    { type: 'least-request', choices: 2, replacement: false },
    { type: 'random', weights: [1, 2] },
    { type: 'leastconn' },
    { type: 'least-outstanding' },
    { type: 'ring-hash', keys: { count: 1, zipf: 0 }, minSize: 10 },
    { type: 'maglev', keys: { count: 1, zipf: 0 }, size: 7 },
    { type: 'zone-aware', minInstances: 1 },
  ];
  for (const balancing of all) expect(balancerFor(balancing, new Group(0))([], 0)).toBe(-1);
});

test('a balancer without eyes says what it misses', () => {
  const balancing = { type: 'random', weights: [1, 2] } as const;
  const blind = () => balancerOf({ name: 'web', balancing }, { below: () => 0 });
  expect(blind).toThrow('nobody sees what random goes by');
});
