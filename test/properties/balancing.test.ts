/** What balancing owes whatever the hosts: shares by weight, and few keys that move. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { balancerOf } from '../../simulator/components/balancer.ts';
import { priorityLoads } from '../../simulator/components/by-priority.ts';
import { createEdf, pickEdf } from '../../simulator/policies/balancing/edf.ts';
import { pickLeastOfDistinct } from '../../simulator/policies/balancing/least-request.ts';
import { buildMaglev } from '../../simulator/policies/balancing/maglev.ts';
import {
  calmLoads,
  loadPriorities,
  type PriorityLevel,
} from '../../simulator/policies/balancing/priority-load.ts';
import {
  buildRing,
  pickOnRing,
  type RingHost,
} from '../../simulator/policies/balancing/ring-hash.ts';
import { pickSmooth } from '../../simulator/policies/balancing/smooth-weighted.ts';
import { xxHash64 } from '../../simulator/policies/balancing/xx-hash.ts';
import { pickZone, planZones } from '../../simulator/policies/balancing/zone-aware.ts';

const SEED = 1730;

function holds<T>(arbitrary: fc.Arbitrary<T>, claim: (one: T) => void, numRuns = 200): void {
  fc.assert(fc.property(arbitrary, claim), { seed: SEED, numRuns });
}

const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 });

function counts(hosts: number, picks: number, pick: () => number): number[] {
  const all = Array.from({ length: hosts }, () => 0);
  for (let n = 0; n < picks; n++) all[pick()]!++;
  return all;
}

describe('turns by weight', () => {
  const sum = (list: readonly number[]) => list.reduce((total, one) => total + one, 0);

  test('smooth turns are exactly the weights in every round', () => {
    holds(weights, (list) => {
      const state = { current: [] };
      for (let round = 0; round < 3; round++) {
        expect(counts(list.length, sum(list), () => pickSmooth(state, list))).toEqual(list);
      }
    });
  });

  test('earliest deadlines are never more than a turn off, at any time', () => {
    holds(fc.tuple(weights, fc.integer({ min: 1, max: 200 })), ([list, picks]) => {
      const state = createEdf(list);
      const found = counts(list.length, picks, () => pickEdf(state, (host) => list[host]!));
      const total = sum(list);
      found.forEach((count, host) => {
        // Every deadline lies between now and a turn of its host's own; hosts are as many.
        expect(Math.abs(count - (picks * list[host]!) / total)).toBeLessThan(list.length);
        expect(Math.abs(count - state.now * list[host]!)).toBeLessThanOrEqual(1 + 1e-9);
      });
    });
  });
});

test('draws of different hosts are different ones', () => {
  const sized = fc.integer({ min: 1, max: 12 }).chain((count) =>
    fc.record({
      count: fc.constant(count),
      choices: fc.integer({ min: 1, max: 12 }),
      ranks: fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
    }),
  );
  holds(sized, ({ count, choices, ranks }) => {
    const looked: number[] = [];
    const active = new Proxy([] as number[], {
      get: (_, host) => {
        looked.push(Number(host));
        return -looked.length;
      },
    });
    let draw = 0;
    pickLeastOfDistinct(active, count, choices, (n) => ranks[draw++]! % n);
    const expected = Math.min(choices, count);
    expect(draw).toBe(expected);
    if (expected > 1) expect(new Set(looked).size).toBe(expected);
    for (const host of looked) expect(host).toBeLessThan(count);
  });
});

describe('hosts by key', () => {
  const keys = Array.from({ length: 500 }, (_, key) => xxHash64(`key-${key}`));
  const groups = fc.record({
    hosts: fc
      .uniqueArray(fc.integer({ min: 0, max: 999 }), { minLength: 2, maxLength: 12 })
      .map((ids) => ids.map((id): RingHost => ({ key: `host-${id}`, weight: 1 }))),
    leaver: fc.nat(),
  });
  const owners = (hosts: readonly RingHost[], pick: (hash: bigint) => number) =>
    keys.map((hash) => hosts[pick(hash)]!.key);

  test('on a ring, no key moves but those of the host that leaves', () => {
    holds(
      groups,
      ({ hosts, leaver }) => {
        const gone = hosts[leaver % hosts.length]!;
        const rest = hosts.filter((host) => host !== gone);
        // As many points a host as before, so that only the leaver's are missing.
        const ringOf = (list: readonly RingHost[]) =>
          buildRing(list, { minimumRingSize: 20 * list.length, maximumRingSize: 100_000 });
        const [before, after] = [ringOf(hosts), ringOf(rest)];
        const old = owners(hosts, (hash) => pickOnRing(before, hash));
        const now = owners(rest, (hash) => pickOnRing(after, hash));
        old.forEach((owner, key) => {
          if (owner !== gone.key) expect(now[key]).toBe(owner);
        });
      },
      50,
    );
  });

  test('in a Maglev table all have the same share to a place, and few others move', () => {
    const size = 2039;
    holds(
      groups,
      ({ hosts, leaver }) => {
        const gone = leaver % hosts.length;
        const rest = hosts.toSpliced(gone, 1);
        const [before, after] = [buildMaglev(hosts, size), buildMaglev(rest, size)];
        const places = hosts.map((_, host) => before.filter((one) => one === host).length);
        expect(Math.max(...places) - Math.min(...places)).toBeLessThanOrEqual(1);
        const moved = before.reduce((count, host, place) => {
          const isKept = host === gone || hosts[host] === rest[after[place]!];
          return count + (isKept ? 0 : 1);
        }, 0);
        // The paper's figure 12: a few per cent more than need be, at 100 places a host and more.
        expect(moved / size).toBeLessThan(0.2);
      },
      50,
    );
  });

  test('Maglev’s default table moves hardly any key that need not', () => {
    const hosts = Array.from({ length: 10 }, (_, id): RingHost => ({ key: `h-${id}`, weight: 1 }));
    const [before, after] = [buildMaglev(hosts), buildMaglev(hosts.slice(0, -1))];
    const moved = before.reduce(
      (count, host, place) => count + (host !== 9 && after[place] !== host ? 1 : 0),
      0,
    );
    expect(moved / before.length).toBeLessThan(0.06);
  });
});

describe('priorities and zones', () => {
  const level = fc
    .tuple(fc.nat(5), fc.nat(5), fc.nat(5), fc.nat(5))
    .map(([healthy, degraded, excluded, down]): PriorityLevel => {
      return { hosts: healthy + degraded + excluded + down, healthy, degraded, excluded };
    });
  const settings = fc.record({
    overprovisioningFactor: fc.constantFrom(100, 140, 200),
    panicThreshold: fc.constantFrom(0, 50, 100),
    isWeighted: fc.constant(false),
  });

  test('loads are all of it, and panic is never at full availability', () => {
    const levels = fc.array(level, { minLength: 1, maxLength: 5 });
    holds(fc.tuple(levels, settings), ([list, asked]) => {
      const { healthyLoads, degradedLoads, panics, availability } = loadPriorities(list, asked);
      const all = [...healthyLoads, ...degradedLoads];
      expect(all.reduce((sum, load) => sum + load, 0)).toBe(100);
      expect(Math.min(...all)).toBeGreaterThanOrEqual(0);
      if (availability === 100) expect(panics).not.toContain(true);
    });
  });

  test('when every zone plays by its plan, every host has its share, to a ten-thousandth', () => {
    const zones = fc.array(
      fc.record({
        callers: fc.integer({ min: 1, max: 9 }),
        upstream: fc.integer({ min: 1, max: 9 }),
      }),
      {
        minLength: 2,
        maxLength: 5,
      },
    );
    holds(zones, (counted) => {
      const got = counted.map(() => 0);
      counted.forEach((own, index) => {
        const order = [index, ...[...counted.keys()].filter((zone) => zone !== index)];
        const plan = planZones(
          order.map((zone) => counted[zone]!),
          { minClusterSize: 1 },
        )!;
        const share = own.callers / sumOf(counted, 'callers');
        const total = plan.residual.at(-1)!;
        order.forEach((zone, place) => {
          const stays = place === 0 ? plan.localTenThousandths / 10_000 : 0;
          const goes = 1 - plan.localTenThousandths / 10_000;
          const room = plan.residual[place]! - (plan.residual[place - 1] ?? 0);
          const spread = total === 0 ? 1 / order.length : room / total;
          got[zone]! += share * (stays + goes * spread);
        });
      });
      counted.forEach(({ upstream }, zone) => {
        const fair = upstream / sumOf(counted, 'upstream');
        expect(Math.abs(got[zone]! - fair)).toBeLessThan(0.001);
      });
    });
  });

  test('a plan’s zone is one that it gives something', () => {
    const plan = { localTenThousandths: 0, residual: [0, 100, 100, 150] };
    const drawn = (threshold: number) => pickZone(plan, (n) => (n === 10_000 ? 5000 : threshold));
    const found = new Set(Array.from({ length: 150 }, (_, threshold) => drawn(threshold)));
    expect([...found]).toEqual([1, 3]);
  });

  function sumOf(
    list: readonly { callers: number; upstream: number }[],
    of: 'callers' | 'upstream',
  ) {
    return list.reduce((sum, one) => sum + one[of], 0);
  }
});

describe('zones with priorities', () => {
  const state = fc.constantFrom('well', 'well', 'degraded', 'sick');
  const member = fc.record({ zone: fc.nat(3), state });
  const asked = fc.record({
    members: fc.array(member, { maxLength: 30 }),
    priorities: fc.constantFrom([0, 0, 0, 0], [0, 1, 0, 1], [2, 0, 1, 1], [3, 2, 1, 0]),
    weights: fc.option(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 4, maxLength: 4 }), {
      nil: undefined,
    }),
    overprovisioningPercent: fc.constantFrom(50, 100, 140, 1000),
    panicPercent: fc.constantFrom(0, 30, 50, 100),
  });

  test('each level and kind gets its load of a hundred, to its members unless it panics', () => {
    holds(asked, ({ members, weights, ...settings }) => {
      const localities = { ...settings, ...(weights && { weights }) };
      let loads = calmLoads(1);
      let drawn = 0;
      const pick = balancerOf(
        { name: 'web', balancing: { type: 'round-robin' }, localities },
        { below: (n) => (n === 100 ? drawn++ % 100 : 0) },
        undefined,
        {
          version: () => 0,
          ordinal: (at) => at,
          ageMs: () => Number.POSITIVE_INFINITY,
          zone: (at) => members[at]!.zone,
          isDegraded: (at) => members[at]!.state === 'degraded',
          isWell: (at) => members[at]!.state === 'well',
          loads: (...what) => {
            loads = priorityLoads(...what);
            return loads;
          },
          key: () => 0,
          caller: () => undefined,
        },
      );
      const picks = Array.from({ length: 100 }, () => pick([], members.length));
      const all = [...loads.healthyLoads, ...loads.degradedLoads];
      expect(all.reduce((sum, load) => sum + load, 0)).toBe(100);
      const levelOf = (at: number) => localities.priorities[members[at]!.zone]!;
      if (picks.includes(-1)) {
        // Nobody is there, or nobody serves and panic is disabled.
        expect(new Set(picks)).toEqual(new Set([-1]));
        const isAny = members.some((one) => one.state !== 'sick');
        expect(isAny && localities.overprovisioningPercent >= 100).toBe(false);
        return;
      }
      loads.healthyLoads.forEach((load, level) => {
        const degraded = loads.degradedLoads[level]!;
        const own = picks.filter((at) => levelOf(at) === level);
        expect(own).toHaveLength(load + degraded);
        if (loads.panics[level]) return;
        const spared = own.filter((at) => members[at]!.state === 'degraded');
        expect(spared).toHaveLength(degraded);
        expect(own.some((at) => members[at]!.state === 'sick')).toBe(false);
      });
    });
  });
});
