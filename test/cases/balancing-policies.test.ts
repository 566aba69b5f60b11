/** Who is picked: by turns, by chance, by load and by zone, worked out by hand. */
import { describe, expect, test } from 'vitest';
import { createEdf, pickEdf } from '../../simulator/policies/balancing/edf.ts';
import { pickLeastConnections } from '../../simulator/policies/balancing/least-connections.ts';
import {
  pickLeastOfAll,
  pickLeastOfDistinct,
  pickLeastRequest,
} from '../../simulator/policies/balancing/least-request.ts';
import { leastRequestWeight } from '../../simulator/policies/balancing/least-request-weight.ts';
import { effectiveLocalityWeight } from '../../simulator/policies/balancing/locality-weights.ts';
import { pickRandom, pickWeightedRandom } from '../../simulator/policies/balancing/random.ts';
import {
  slowStartRatio,
  slowStartRatioOfAlb,
  slowStartRatioOfHaproxy,
} from '../../simulator/policies/balancing/slow-start.ts';
import { pickSmooth } from '../../simulator/policies/balancing/smooth-weighted.ts';
import { pickZone, planZones } from '../../simulator/policies/balancing/zone-aware.ts';

/** Draws such as `2/3`, 2 of 3: nobody may ask for more of them, nor for another range. */
function draws(list: string): (n: number) => number {
  const left = list.split(' ').filter((one) => one !== '');
  return (n) => {
    const [value, of] = left.shift()!.split('/').map(Number);
    expect(n).toBe(of);
    return value!;
  };
}

function turns(count: number, pick: () => number): string {
  return Array.from({ length: count }, pick).join('');
}

describe('turns by weight', () => {
  test.each([
    ['equal weights have turns in order', [1, 1, 1], 0, '012012'],
    // Deadlines 1 and ½; then 1 (put in first) before 1; …
    ['weight 2 has two turns in three', [1, 2], 0, '101101101'],
    ['picks before the first are left out', [1, 2], 2, '1101101'],
    ['weights may be fractions', [0.5, 1.5], 0, '110111'],
  ])('earliest deadline first: %s', (_, weights, discarded, expected) => {
    const state = createEdf(weights, discarded);
    const pick = () => pickEdf(state, (host) => weights[host]!);
    expect(turns(expected.length, pick)).toBe(expected);
  });

  test('a weight that changes counts from the host’s next putting-in on', () => {
    const state = createEdf([1, 1]);
    const weights = [1, 4];
    // 0 at 1, 1 at 1 (now weighs 4: 1.25, 1.5, 1.75, 2), 0 at 2 was put in before that.
    expect(turns(7, () => pickEdf(state, (host) => weights[host]!))).toBe('0111101');
  });

  test('without hosts it is nobody’s turn', () => {
    expect(pickEdf(createEdf([]), () => 1)).toBe(-1);
    expect(pickSmooth({ current: [] }, [])).toBe(-1);
  });

  test.each([
    ['nginx’s own example', [5, 1, 1], '0010200'],
    ['equal weights have turns in order', [1, 1, 1], '012012'],
  ])('smooth: %s', (_, weights, expected) => {
    const state = { current: [] };
    expect(turns(expected.length, () => pickSmooth(state, weights))).toBe(expected);
  });
});

describe('by chance', () => {
  test.each([
    [0, 0],
    [0.2499, 0],
    [0.25, 1],
    [0.999999, 1],
  ])('weights 1, 3 and 0 at %f give %i', (uniform, host) => {
    expect(pickWeightedRandom([1, 3, 0], uniform)).toBe(host);
  });

  test('nobody is picked of nobody', () => {
    expect(pickRandom(0, draws(''))).toBe(-1);
    expect(pickRandom(3, draws('2/3'))).toBe(2);
    expect(pickWeightedRandom([], 0.5)).toBe(-1);
    expect(pickWeightedRandom([0, 0], 0.5)).toBe(-1);
  });
});

describe('by load', () => {
  test('draws with replacement may look at one host twice', () => {
    expect(pickLeastRequest([3, 1, 0], 3, 2, draws('0/3 0/3'))).toBe(0);
    expect(pickLeastRequest([3, 1, 0], 3, 2, draws('0/3 1/3'))).toBe(1);
  });

  test.each([
    ['the second draw is among the others', [5, 1, 1], 2, '0/3 0/2', 1],
    ['those behind the first move up', [5, 1, 0], 2, '1/3 1/2', 2],
    ['a tie goes to the first drawn', [1, 5, 1], 2, '2/3 0/2', 2],
    ['three of three are all', [5, 1, 2], 3, '0/3 1/2 0/1', 1],
    ['more choices than hosts are all', [0, 1, 1], 9, '2/3 1/2 0/1', 0],
  ])('different ones: %s', (_, active, choices, list, host) => {
    expect(pickLeastOfDistinct(active, 3, choices, draws(list))).toBe(host);
  });

  test.each([
    ['the fewest', [2, 1, 3], '', 1],
    ['of two equals the second where 0 is drawn', [1, 1], '0/2', 1],
    ['of two equals the first where not', [1, 1], '1/2', 0],
    ['a smaller one later begins anew', [1, 1, 0], '0/2', 2],
    ['the third of three equals has one chance in three', [1, 1, 1], '1/2 0/3', 2],
  ])('full scan: %s', (_, active, list, host) => {
    expect(pickLeastOfAll(active, active.length, draws(list))).toBe(host);
  });

  test.each([
    [2, 4, 1, 0.4],
    [2, 4, 0, 2],
    [9, 8, 0.5, 3],
    [8, 1, 2, 2],
  ])('weight %f with %i active and bias %f counts as %f', (weight, active, bias, expected) => {
    expect(leastRequestWeight(weight, active, bias)).toBeCloseTo(expected, 12);
  });

  test('leastconn has turns among equals, and looks at connections for their weight', () => {
    const state = { next: 0 };
    const connections = [0, 0, 0];
    const pick = (weights?: readonly number[]) =>
      pickLeastConnections(state, connections, 3, weights && ((host) => weights[host]!));
    expect([pick(), pick(), pick(), pick()]).toEqual([0, 1, 2, 0]);
    connections[1] = 2;
    expect([pick(), pick()]).toEqual([2, 0]);
    // A weight of 0 takes none; (2 + 1) ÷ 4 is less than (1 + 1) ÷ 1.
    connections[2] = 1;
    expect(pick([0, 4, 1])).toBe(1);
    expect(pick([0, 0, 0])).toBe(-1);
    expect(pickLeastConnections(state, [], 0)).toBe(-1);
  });

  test('nobody is picked of nobody', () => {
    expect(pickLeastRequest([], 0, 2, draws(''))).toBe(-1);
    expect(pickLeastOfDistinct([], 0, 2, draws(''))).toBe(-1);
    expect(pickLeastOfAll([], 0, draws(''))).toBe(-1);
  });
});

describe('slow start', () => {
  const window = { windowMs: 60_000, minWeightRatio: 0.1 };

  test.each([
    ['linear, half-way', 1, 30_000, 0.5],
    ['the least share at first', 1, 0, 0.1],
    ['aggression 2 is a root', 2, 15_000, 0.5],
    ['aggression ½ is a square', 0.5, 30_000, 0.25],
    ['over at its end', 1, 60_000, 1],
    ['for ever', 1, Number.POSITIVE_INFINITY, 1],
  ])('Envoy: %s', (_, aggression, ageMs, ratio) => {
    expect(slowStartRatio({ ...window, aggression }, ageMs)).toBeCloseTo(ratio, 12);
  });

  test('Envoy without a least share: a time below 1 ms counts as 1 ms', () => {
    const settings = { windowMs: 1000, minWeightRatio: 0, aggression: 1 };
    expect(slowStartRatio(settings, 0)).toBe(0.001);
  });

  test('ALB is linear', () => {
    expect([0, 15_000, 30_000].map((ms) => slowStartRatioOfAlb(30_000, ms))).toEqual([
      0.001, 0.5, 1,
    ]);
  });

  test.each([
    [0, 1],
    [1999, 1],
    [2000, 2],
    [16_000, 9],
    [29_999, 15],
    [30_000, 16],
    [32_000, 16],
  ])('HAProxy, of 32 s after %i ms: %i sixteenths', (ageMs, sixteenths) => {
    expect(slowStartRatioOfHaproxy(32_000, ageMs)).toBe(sixteenths / 16);
  });
});

describe('zones', () => {
  const zones = (callers: readonly number[], upstream: readonly number[]) =>
    callers.map((count, zone) => ({ callers: count, upstream: upstream[zone]! }));
  const always = { minClusterSize: 1 };

  test.each([
    ['enough of its own: all stays', [1, 1], [3, 3], { stays: 10_000, residual: [0, 0] }],
    // 40 % of callers, 25 % of hosts: 2500 · 10000 ÷ 4000.
    [
      'a share stays, the rest goes to room',
      [4, 4, 2],
      [2, 4, 2],
      { stays: 6250, residual: [0, 1000, 1500] },
    ],
    // ⌊10000 ÷ 3⌋ of callers and ⌊20000 ÷ 7⌋ = 2857 of hosts: ⌊28570000 ÷ 3333⌋.
    ['ten-thousandths are whole', [1, 1, 1], [2, 2, 3], { stays: 8571, residual: [0, 0, 952] }],
    ['nothing of its own: all goes', [1, 1], [0, 6], undefined],
    [
      'nothing of its own, two others',
      [2, 1, 1],
      [0, 3, 3],
      { stays: 0, residual: [0, 2500, 5000] },
    ],
    ['one zone of callers', [3, 0], [3, 3], undefined],
    ['no caller in the own zone', [0, 1, 1], [2, 2, 2], undefined],
  ])('%s', (_, callers, upstream, expected) => {
    const plan = planZones(zones(callers, upstream), always);
    if (expected === undefined) expect(plan).toBeUndefined();
    else {
      const { stays: localTenThousandths, residual } = expected;
      expect(plan).toEqual({ localTenThousandths, residual });
    }
  });

  test('of fewer than six hosts, zones have no say', () => {
    const settings = { minClusterSize: 6 };
    expect(planZones(zones([1, 1], [2, 3]), settings)).toBeUndefined();
    expect(planZones(zones([1, 1], [3, 3]), settings)).toBeDefined();
  });

  test.each([
    ['below the share it stays', '6249/10000', 0],
    ['else it goes', '6250/10000 0/1500', 1],
    ['to the last thousand', '9999/10000 999/1500', 1],
    ['then to the next zone', '9999/10000 1000/1500', 2],
  ])('a request: %s', (_, list, zone) => {
    const plan = { localTenThousandths: 6250, residual: [0, 1000, 1500] };
    expect(pickZone(plan, draws(list))).toBe(zone);
  });

  test('where rounding leaves no room, any zone will do; where all stays, nothing is drawn', () => {
    const full = { localTenThousandths: 9999, residual: [0, 0] };
    expect(pickZone(full, draws('9999/10000 1/2'))).toBe(1);
    expect(pickZone({ localTenThousandths: 10_000, residual: [0, 0] }, draws(''))).toBe(0);
  });

  test.each([
    ['half of the hosts healthy', { weight: 2, hosts: 4, excluded: 0, eligible: 2 }, 1.4],
    ['over-provisioned: the whole weight', { weight: 2, hosts: 4, excluded: 0, eligible: 3 }, 2],
    ['excluded hosts do not count', { weight: 2, hosts: 4, excluded: 2, eligible: 1 }, 1.4],
    ['no hosts but excluded ones', { weight: 2, hosts: 2, excluded: 2, eligible: 0 }, 0],
    ['no weight', { weight: 0, hosts: 2, excluded: 0, eligible: 2 }, 0],
  ])('locality weight: %s', (_, locality, weight) => {
    expect(effectiveLocalityWeight(locality, 140)).toBeCloseTo(weight, 12);
  });
});
