/** Which instances come and go: termination, zones, weights, warm pools, health. */
import { describe, expect, test } from 'vitest';
import { replaceUnhealthy } from '../../simulator/policies/aws/health-replacement.ts';
import {
  pickTerminations,
  type TerminationCandidate,
  type TerminationPolicy,
  terminationComplaints,
} from '../../simulator/policies/aws/termination.ts';
import {
  decideWarmPool,
  type WarmPoolRule,
  warmPoolComplaints,
  warmPoolSize,
} from '../../simulator/policies/aws/warm-pool.ts';
import {
  weightedLaunches,
  weightedLimit,
  weightedTerminations,
} from '../../simulator/policies/aws/weighted-capacity.ts';
import {
  launchZones,
  rebalanceLimit,
  rebalanceZones,
  type ZoneCount,
} from '../../simulator/policies/aws/zone-balance.ts';

const MINUTE = 60_000;

describe('termination', () => {
  const one = (id: number, zone: string, more: Partial<TerminationCandidate> = {}) => ({
    id,
    zone,
    launchedAtMs: id * MINUTE,
    ...more,
  });
  const template = (version: number, isNoncurrent = false) =>
    ({ launch: { kind: 'template', version, isNoncurrent } }) as const;
  const configuration = (version: number) =>
    ({ launch: { kind: 'configuration', version } }) as const;
  const pick = (
    instances: readonly TerminationCandidate[],
    count: number,
    ...policies: TerminationPolicy[]
  ) => pickTerminations(instances, count, { policies, nowMs: 90 * MINUTE });

  test('the zone with most instances goes first, then all zones in turn', () => {
    const group = [one(1, 'a'), one(2, 'b'), one(3, 'b'), one(4, 'b')];
    // b has three, then two, then a and b have one each: the oldest of both.
    expect(pick(group, 3, 'OldestInstance')).toEqual([2, 3, 1]);
    expect(pick(group, 3, 'NewestInstance')).toEqual([4, 3, 2]);
  });

  test('protected instances stay, and a zone of protected ones is passed over', () => {
    const group = [
      one(1, 'a', { isProtected: true }),
      one(2, 'a', { isProtected: true }),
      one(3, 'b'),
    ];
    expect(pick(group, 2, 'OldestInstance')).toEqual([3]);
  });

  test('Default: launch configurations before templates, the oldest of them', () => {
    const group = [
      one(1, 'a', template(1)),
      one(2, 'a', configuration(7)),
      one(3, 'a', configuration(3)),
    ];
    expect(pick(group, 3, 'Default')).toEqual([3, 2, 1]);
  });

  test('Default: of one template the oldest version, then the closest to the next hour', () => {
    // At minute 90 instance 31 is 59 minutes old, 40 is 50 and 5 is 85, which is 25 into its hour.
    const group = [
      one(5, 'a', template(1)),
      one(31, 'a', template(1)),
      one(40, 'a', template(1)),
      one(29, 'a', template(2)),
    ];
    expect(pick(group, 4, 'Default')).toEqual([31, 40, 5, 29]);
  });

  test('OldestLaunchTemplate: other templates than the current one first', () => {
    const group = [
      one(1, 'a', template(1)),
      one(2, 'a', template(9, true)),
      one(3, 'a', template(2)),
    ];
    expect(pick(group, 3, 'OldestLaunchTemplate')).toEqual([2, 1, 3]);
  });

  test('policies narrow one after the other', () => {
    const group = [
      one(1, 'a', configuration(2)),
      one(2, 'a', configuration(1)),
      one(3, 'a', configuration(1)),
    ];
    expect(pick(group, 1, 'OldestLaunchConfiguration', 'NewestInstance')).toEqual([3]);
  });

  test('what is left is drawn', () => {
    const group = [one(1, 'a'), { ...one(2, 'a'), launchedAtMs: MINUTE }];
    const rule = { policies: ['Default'], nowMs: 0, below: (n: number) => n - 1 } as const;
    expect(pickTerminations(group, 1, rule)).toEqual([2]);
  });

  test.each([
    [['Default', 'OldestInstance'], 'Default as the last'],
    [['OldestInstance', 'OldestInstance'], 'each termination policy once'],
  ] as [TerminationPolicy[], string][])('%j is refused', (policies, words) => {
    expect(terminationComplaints(policies)[0]!.message).toContain(words);
  });

  test('Default after another is taken', () => {
    expect(terminationComplaints(['OldestLaunchConfiguration', 'Default'])).toEqual([]);
  });
});

const zone = (name: string, inService: number, pending = 0, isOpen = true): ZoneCount => ({
  zone: name,
  inService,
  pending,
  isOpen,
});

describe('zones', () => {
  test('launches go where the fewest are, pending ones counted', () => {
    expect(launchZones([zone('a', 2), zone('b', 1), zone('c', 1)], 3)).toEqual(['b', 'c', 'a']);
    expect(launchZones([zone('a', 1), zone('b', 0, 2)], 1)).toEqual(['a']);
    expect(launchZones([zone('a', 5), zone('b', 0, 0, false)], 2)).toEqual(['a', 'a']);
    expect(launchZones([zone('b', 0, 0, false)], 2)).toEqual([]);
    expect(launchZones([zone('a', 1), zone('b', 1)], 1, () => 1)).toEqual(['b']);
  });

  test.each([
    [4, 5],
    [10, 11],
    [25, 27],
    [100, 110],
  ])('max %i may become %i', (max, expected) => {
    expect(rebalanceLimit(max)).toBe(expected);
  });

  test('rebalancing launches first, and ends what is too much once that serves', () => {
    const group = { desired: 4, max: 4 };
    expect(rebalanceZones([zone('a', 4), zone('b', 0)], group)).toMatchObject({
      launch: ['b'],
      terminate: [],
    });
    expect(rebalanceZones([zone('a', 4), zone('b', 0, 1)], group)).toMatchObject({
      launch: [],
      terminate: [],
    });
    expect(rebalanceZones([zone('a', 4), zone('b', 1)], group)).toMatchObject({
      launch: [],
      terminate: ['a'],
    });
    expect(rebalanceZones([zone('a', 3), zone('b', 1)], group)).toMatchObject({ launch: ['b'] });
    expect(rebalanceZones([zone('a', 2), zone('b', 2)], group)).toMatchObject({
      launch: [],
      terminate: [],
    });
  });

  test('a difference of one is balance; a closed zone is emptied', () => {
    expect(rebalanceZones([zone('a', 3), zone('b', 2)], { desired: 5, max: 9 })).toMatchObject({
      launch: [],
    });
    const closing = [zone('a', 2), zone('b', 2, 0, false)];
    expect(rebalanceZones(closing, { desired: 4, max: 20 })).toMatchObject({ launch: ['a', 'a'] });
    const served = [zone('a', 4), zone('b', 2, 0, false)];
    expect(rebalanceZones(served, { desired: 4, max: 20 })).toMatchObject({
      terminate: ['b', 'b'],
    });
  });
});

describe('weighted capacity', () => {
  const types = [1, 4, 6].map((weight) => ({ name: `w${weight}`, weight }));

  test('the guide: 10 of 12 units and a type of weight 6 make 16, within 12 + 6', () => {
    const launches = weightedLaunches(12, 10, types, () => 2);
    expect(launches.map(({ weight }) => weight)).toEqual([6]);
    expect(weightedLimit(12, types)).toBe(18);
  });

  test('the guide: 5 units that lack, a type of weight 12: 7 too many', () => {
    const heavy = [{ name: 'c5.12xlarge', weight: 12 }];
    expect(weightedLaunches(100, 95, heavy)).toEqual(heavy);
  });

  test('nothing to launch at the desired capacity or above', () => {
    expect(weightedLaunches(12, 16, types)).toEqual([]);
  });

  test.each([
    ['less than the difference ends nothing', 29, 32, 0],
    ['just enough ends one', 28, 32, 1],
    ['half ends four', 16, 32, 4],
  ])('scale-in: %s', (_, desired, current, expected) => {
    const fours = Array.from({ length: 8 }, () => ({ weight: 4 }));
    expect(weightedTerminations(desired, current, fours)).toBe(expected);
  });
});

describe('warm pool', () => {
  const POOL: WarmPoolRule = {
    maxPrepared: undefined,
    minSize: 0,
    poolState: 'stopped',
    reuseOnScaleIn: false,
  };

  test.each([
    ['the guide: desired 6, max 10', {}, 6, 10, 4],
    ['the guide: prepared 8', { maxPrepared: 8 }, 6, 10, 2],
    ['prepared below the desired', { maxPrepared: 5 }, 6, 10, 0],
    ['prepared below the desired, with a minimum', { maxPrepared: 5, minSize: 1 }, 6, 10, 1],
    ["a minimum holds the pool at the group's maximum", { minSize: 2 }, 10, 10, 2],
  ])('size: %s', (_, more, desired, max, expected) => {
    expect(warmPoolSize({ ...POOL, ...more }, desired, max)).toBe(expected);
  });

  test('a scale-out draws on it; it shrinks with the room that is left', () => {
    const seen = { desired: 8, max: 10, inGroup: 6, ready: 4, preparing: 0 };
    expect(decideWarmPool(POOL, seen)).toMatchObject({
      warmStarts: 2,
      coldStarts: 0,
      prepare: 0,
      discard: 0,
    });
  });

  test('an empty pool means cold starts', () => {
    const seen = { desired: 8, max: 10, inGroup: 6, ready: 1, preparing: 0 };
    expect(decideWarmPool(POOL, seen)).toMatchObject({ warmStarts: 1, coldStarts: 1, prepare: 2 });
  });

  test('a scale-in ends instances, or with ReuseOnScaleIn gives them back', () => {
    const seen = { desired: 6, max: 10, inGroup: 8, ready: 2, preparing: 0 };
    expect(decideWarmPool(POOL, seen)).toMatchObject({ returned: 0, ended: 2, prepare: 2 });
    const reuse = { ...POOL, reuseOnScaleIn: true };
    expect(decideWarmPool(reuse, seen)).toMatchObject({ returned: 2, ended: 0, prepare: 0 });
    const full = { ...seen, ready: 3 };
    expect(decideWarmPool(reuse, full)).toMatchObject({ returned: 1, ended: 1, prepare: 0 });
  });

  test('a prepared capacity below the minimum is refused', () => {
    expect(warmPoolComplaints({ ...POOL, maxPrepared: 1, minSize: 2 })[0]!.message).toContain(
      'at least',
    );
    expect(warmPoolComplaints(POOL)).toEqual([]);
  });
});

describe('health replacement', () => {
  const sick = (id: number, inServiceSinceMs = 0) => ({
    id,
    inServiceSinceMs,
    isRunning: true,
    isHealthy: false,
  });
  const group = (desired: number, replacing = 0) => ({ nowMs: 300_000, desired, replacing });
  const many = (count: number) => Array.from({ length: count }, (_, id) => sick(id));

  test.each([
    ['a tenth of 40 at once', 6, 40, 0, 4],
    ['less what is under way', 6, 40, 1, 3],
    ['at least one', 3, 5, 0, 1],
    ['none while that one is under way', 3, 5, 1, 0],
  ])('%s', (_, count, desired, replacing, expected) => {
    expect(replaceUnhealthy(many(count), group(desired, replacing), 0).replace).toHaveLength(
      expected,
    );
  });

  test('the grace period holds back checks, not an instance that does not run', () => {
    const fresh = sick(1, 100_000);
    expect(replaceUnhealthy([fresh], group(10), 300_000).replace).toEqual([]);
    expect(replaceUnhealthy([fresh], group(10), 200_000).replace).toEqual([1]);
    const stopped = { ...fresh, isRunning: false };
    expect(replaceUnhealthy([stopped], group(10), 300_000).replace).toEqual([1]);
  });

  test('what does not run goes first; healthy ones stay', () => {
    const all = [sick(1), { ...sick(2, 9), isRunning: false }, { ...sick(3), isHealthy: true }];
    expect(replaceUnhealthy(all, group(10), 0).replace).toEqual([2]);
    expect(replaceUnhealthy(all, group(100), 0).replace).toEqual([2, 1]);
  });
});
