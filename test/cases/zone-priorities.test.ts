/** Zones that are asked by priority and weight: who is picked, what a model says, what happens. */
import { describe, expect, test } from 'vitest';
import { Members } from '../../fixtures/staging/balancer/members.ts';
import { unstageable } from '../../fixtures/staging/refusals.ts';
import { balancerOf } from '../../simulator/components/balancer.ts';
import { priorityLoads, priorityNotes } from '../../simulator/components/by-priority.ts';
import type { Seen } from '../../simulator/components/seen.ts';
import { compile } from '../../simulator/engine/compile.ts';
import { runReplication } from '../../simulator/engine/engine.ts';
import type { Localities } from '../../simulator/model/locality-settings.ts';
import type { Balancing, Model, Service } from '../../simulator/model/model.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import type { Run } from '../../simulator/results/results.ts';
import { simulate } from '../../simulator/simulate.ts';
import { complaints, source } from '../helpers/model-text.ts';
import { fixedSize, model, service } from '../helpers/models.ts';

const usual = { overprovisioningPercent: 140, panicPercent: 50 } as const;
const failOver: Localities = { priorities: [0, 1], ...usual };

/** Ten members a zone, the sick ones last; a draw of n counts 0, 1, 2 … modulo n. */
function zones(
  localities: Localities,
  well: readonly number[],
  hosts = 10,
  degraded: readonly number[] = [],
) {
  const members = well.flatMap((count, zone) =>
    Array.from({ length: hosts }, (_, at) => {
      const isDegraded = at >= count && at < count + (degraded[zone] ?? 0);
      return { zone, isWell: at < count, isDegraded };
    }),
  );
  let key = 0;
  const seen: Seen = {
    version: () => 0,
    ordinal: (at) => at,
    ageMs: () => Number.POSITIVE_INFINITY,
    zone: (at) => members[at]!.zone,
    isWell: (at) => members[at]!.isWell,
    isDegraded: (at) => members[at]!.isDegraded,
    loads: priorityLoads,
    key: () => key,
    caller: () => ({ service: 9, zone: 0, version: 0, countByZone: () => [1, 1] }),
  };
  const draws = new Map<number, number>();
  const below = (n: number) => {
    const draw = draws.get(n) ?? 0;
    draws.set(n, draw + 1);
    return draw % n;
  };
  const picksOf = (balancing: Balancing, picks: number) => {
    const pick = balancerOf({ name: 'web', balancing, localities }, { below }, undefined, seen);
    const outstanding = members.map(() => 0);
    return Array.from({ length: picks }, (_, at) => {
      key = at;
      return pick(outstanding, members.length);
    });
  };
  const byZone = (picks: number, balancing: Balancing = { type: 'round-robin' }) => {
    const counts = well.map(() => 0);
    for (const at of picksOf(balancing, picks)) counts[members[at]!.zone]!++;
    return counts;
  };
  return { members, picksOf, byZone };
}

describe('of each hundred requests', () => {
  // Health of a level: ⌊1.4 · healthy ÷ hosts⌋ in per cent, at most 100; the rest goes on.
  test.each([
    ['8 of 10 healthy: 112 % of it, nothing is spilt', [8, 10], [100, 0]],
    ['7 of 10: 98 %', [7, 10], [98, 2]],
    ['5 of 10: 70 %', [5, 10], [70, 30]],
    ['3 of 10: 42 %, no panic, as the other level makes up for it', [3, 10], [42, 58]],
    ['none: all of it', [0, 10], [0, 100]],
    // 70 + 28 = 98 < 100: normalised ⌊70·100/98⌋ = 71, ⌊28·100/98⌋ = 28, and the 1 left to level 0.
    ['5 and 2, below 100 % together: shares of what there is', [5, 2], [72, 28]],
    // Both are below 50 %: by hosts, whatever their health.
    ['4 and 2: total panic', [4, 2], [50, 50]],
    ['none at all: total panic', [0, 0], [50, 50]],
  ])('%s', (_, well, shares) => {
    expect(zones(failOver, well).byZone(100)).toEqual(shares);
  });

  test('three levels are filled one after the other: 42 %, 42 %, and what is left', () => {
    const three: Localities = { priorities: [0, 1, 2], ...usual };
    expect(zones(three, [3, 3, 10]).byZone(100)).toEqual([42, 42, 16]);
  });

  test('two zones of one priority are one level: 13 of 20 are 91 %', () => {
    const shared: Localities = { priorities: [0, 0, 1], ...usual };
    const [first, second, third] = zones(shared, [10, 3, 10]).byZone(1300);
    // In turn among thirteen: ten and three parts of 91 %.
    expect([first! + second!, third]).toEqual([1183, 117]);
    expect(first).toBe(910);
  });

  test('without over-provisioning 9 of 10 take 90 %', () => {
    const exact = { ...failOver, overprovisioningPercent: 100 };
    expect(zones(exact, [9, 10]).byZone(100)).toEqual([90, 10]);
  });
});

describe('within a level', () => {
  const sick = ({ members }: ReturnType<typeof zones>, picks: readonly number[]) =>
    picks.filter((at) => !members[at]!.isWell).length;

  test('only healthy ones are picked, unless the level panics', () => {
    const calm = zones(failOver, [5, 2]);
    const picks = calm.picksOf({ type: 'round-robin' }, 1000);
    // Level 1 panics (20 %), level 0 does not (50 %): 280 in turn among ten, of which two are well.
    expect(picks.filter((at) => at < 10 && !calm.members[at]!.isWell)).toEqual([]);
    expect(sick(calm, picks)).toBe(224);
  });

  test('degraded ones get what the healthy ones of all levels leave', () => {
    // 42 % and 42 % for the healthy ones; 56 % of degraded ones at level 0 would do for the rest.
    const spilt = zones(failOver, [3, 3], 10, [4, 2]);
    const picks = spilt.picksOf({ type: 'round-robin' }, 1000);
    const countOf = (from: number, to: number) =>
      picks.filter((at) => at >= from && at < to).length;
    expect([countOf(0, 3), countOf(3, 7), countOf(10, 13)]).toEqual([420, 160, 420]);
    // With enough healthy ones at the next level they are spared.
    const spared = zones(failOver, [5, 10], 10, [5, 0]);
    expect(sick(spared, spared.picksOf({ type: 'random' }, 1000))).toBe(0);
    // 28 % and 42 %: as 40 to 60. No panic: with them half of the level serves.
    const own = zones({ priorities: [0], ...usual }, [2], 10, [3]);
    const few = own.picksOf({ type: 'round-robin' }, 1000);
    expect(few.every((at) => at < 5)).toBe(true);
    expect(few.filter((at) => at < 2)).toHaveLength(400);
  });

  test('degraded ones are asked by the weight of their zone, too', () => {
    const weighed: Localities = { priorities: [0, 0], weights: [3, 1], ...usual };
    const all = zones(weighed, [0, 0], 10, [10, 10]);
    const picks = all.picksOf({ type: 'round-robin' }, 1000);
    expect(picks.filter((at) => at < 10)).toHaveLength(750);
  });

  test('a level that panics takes nothing, where a panic fails requests', () => {
    const failing = zones({ ...failOver, failsOnPanic: true }, [5, 2]);
    const picks = failing.picksOf({ type: 'round-robin' }, 1000);
    expect(picks.filter((at) => at < 0)).toHaveLength(280);
    expect(
      picks.filter((at) => at >= 0).every((at) => at < 10 && failing.members[at]!.isWell),
    ).toBe(true);
  });

  test('a threshold of 0 disables panic: with nobody healthy nobody is asked', () => {
    const never = { ...failOver, panicPercent: 0 };
    expect(zones(never, [0, 0]).picksOf({ type: 'random' }, 5)).toEqual([-1, -1, -1, -1, -1]);
    const some = zones(never, [0, 1]);
    expect(sick(some, some.picksOf({ type: 'random' }, 100))).toBe(0);
  });

  test.each<[string, readonly number[], readonly number[]]>([
    ['as they say while all are well', [10, 10], [750, 250]],
    // 3 · min(1, 1.4 · 0.5) = 2.1 to 1.
    ['by weight × min(1, 1.4 × healthy share)', [5, 10], [677, 323]],
    ['nothing to a zone without anybody healthy', [0, 10], [0, 1000]],
    // 35 % are healthy: 49 % of the requests … of the only level, which panics: all alike.
    ['not at all in a panic', [4, 3], [500, 500]],
  ])('zones have weights 3 and 1: %s', (_, well, shares) => {
    const weighted: Localities = { priorities: [0, 0], weights: [3, 1], ...usual };
    const found = zones(weighted, well).byZone(1000);
    found.forEach((count, zone) => {
      expect(Math.abs(count - shares[zone]!)).toBeLessThanOrEqual(1);
    });
  });

  test('zone-aware routing is for level 0; the others take turns', () => {
    const both: Localities = { priorities: [0, 0, 1], ...usual };
    const { byZone } = zones(both, [6, 6, 10]);
    // 12 of 20 are 84 %; the caller is in zone 0, which has its share: nothing leaves it.
    expect(byZone(100, { type: 'zone-aware', minInstances: 6 })).toEqual([84, 0, 16]);
  });

  test.each<Balancing>([
    { type: 'ring-hash', keys: { count: 10_000, zipf: 0 }, minSize: 1024 },
    { type: 'maglev', keys: { count: 10_000, zipf: 0 }, size: 2039 },
  ])('a key is always for the same level and member: %o', (balancing) => {
    const group = zones(failOver, [5, 10]);
    const first = group.picksOf(balancing, 10_000);
    expect(group.picksOf(balancing, 10_000)).toEqual(first);
    const spilt = first.filter((at) => at >= 10).length;
    expect(Math.abs(spilt - 3000)).toBeLessThan(150);
    expect(sick(group, first)).toBe(0);
  });
});

test('what has changed is noted, and only that', () => {
  const noteOf = priorityNotes();
  const note = (...well: number[]) =>
    noteOf(
      priorityLoads(
        failOver,
        well.map((healthy) => ({ hosts: 10, healthy, degraded: 0, excluded: 0 })),
      ),
    );
  expect(note(10, 10)).toBeUndefined();
  expect(note(7, 10)).toBe('priority 0 takes 98 %, 1 takes 2 %');
  expect(note(7, 9)).toBeUndefined();
  expect(note(5, 2)).toBe('priority 0 takes 72 %, 1 takes 28 %; panic at 1');
  expect(note(1, 1)).toBe(
    'priority 0 takes 50 %, 1 takes 50 %; total panic: by instances, whatever their health',
  );
  expect(note(10, 0)).toBe('priority 0 takes 100 %');
});

test('in the twin’s list the sick stay, and a newcomer is sick until it is checked', () => {
  const web = service('web', { time: { type: 'constant', ms: 1 }, localities: failOver });
  const members = new Members<string>({
    pickBy: (seen) => balancerOf(web, { below: () => 99 }, undefined, seen),
    nowMs: () => 0,
    loads: priorityLoads,
  });
  const known = (names: string) =>
    members.know(
      [...names].map((name, ordinal) => ({ name, ordinal, zone: ordinal % 2 })),
      (name) => name,
    );
  const picked = () => members.begin()?.name;
  known('abcd');
  members.list(['a', 'b', 'c', 'd']);
  expect(picked()).toBe('a');
  // Half of zone 0 is well: 70 % are for it, and the hundredth request is not.
  members.list(['a', 'b', 'd']);
  expect(picked()).toBe('b');
  members.list(['a', 'c', 'd']);
  expect(picked()).toBe('c');
  // e comes to zone 0: two of three healthy are 93 %.
  known('abcde');
  expect(picked()).toBe('d');
  members.list(['a', 'c', 'd', 'e']);
  expect(['a', 'c', 'e']).toContain(picked());
});

function text(own: string): ReturnType<typeof source> {
  return source(`name: cells
duration: 5m
traffic:
  guests: { does: buy, rate: 100/s }
journeys:
  buy: [{ call: web.buy, timeout: 1s }]
services:
  web:
    serves: { threads: 8 }
${own.replace(/^/gm, '    ')}
    endpoints:
      buy: [{ cpu: 5ms }]
`);
}

const CHECK = 'health-check: { rules: haproxy }';

function parsed(own: string, more = ''): Model {
  const { file, text: head } = text(own);
  const { model: found, problems } = parseModel([source(head + more, file)]);
  if (found === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  return found;
}

describe('a model file', () => {
  test('names zones; they come in the order of their names, with Envoy’s defaults', () => {
    const [web] = parsed('instances: 4\nzones: { far: { priority: 1 }, a-near: {} }').services;
    expect([web!.zones, web!.localities]).toEqual([2, failOver]);
  });

  test('says all of it', () => {
    const zoned = 'zones: { a: { weight: 3 }, b: { weight: 1, priority: 0 } }';
    const [web] = parsed(
      `instances: 4\n${zoned}\n${CHECK}\npanic: 58%\noverprovisioning: 120%\nfail-on-panic: true`,
    ).services;
    expect(web!.localities).toEqual({
      priorities: [0, 0],
      weights: [3, 1],
      overprovisioningPercent: 120,
      panicPercent: 58,
      failsOnPanic: true,
    });
    // Each level has its own.
    expect(web!.panicRatio).toBeUndefined();
  });

  test('zones that say nothing are only zones', () => {
    const [web] = parsed('instances: 4\nzones: { a: {}, b: {} }').services;
    expect([web!.zones, web!.localities]).toEqual([2, undefined]);
  });

  test('a fault hits all of a zone, or some of it', () => {
    const faults = `faults:
  - { at: 1m, for: 1m, hang: web, zone: b }
  - { at: 2m, kill: web, zone: a, instances: 1 }
`;
    const [web] = parsed('instances: 4\nzones: { a: {}, b: {} }', faults).services;
    expect(web!.faults).toEqual([
      { type: 'hang', atMs: 60_000, forMs: 60_000, instances: 'all', zone: 1 },
      { type: 'kill', atMs: 120_000, instances: 1, zone: 0 },
    ]);
  });

  test.each([
    [
      'zones: { a: {}, b: { priority: 2 } }',
      'priorities from 0 on without a gap (Envoy): 1 is next, found 2',
    ],
    ['zones: { a: { priority: 129 }, b: {} }', 'a whole number from 0 to 128 (Envoy), found 129'],
    [
      'zones: { a: { weight: 2 }, b: {} }',
      'a `weight` as other zones have (Envoy sends nothing to one without), found none',
    ],
    [
      'zones: { a: {}, b: { priority: 1 } }\nbalancing: leastconn',
      'one that Envoy has, as zones have priorities or weights: round-robin, least-request, ' +
        'random, ring-hash, maglev, zone-aware, found leastconn',
    ],
    [
      'zones: { a: { weight: 1 }, b: { weight: 1 } }\nbalancing: zone-aware',
      'either `zone-aware` or a `weight` of zones (Envoy has one of them), found both',
    ],
    [
      'zones: { a: { weight: 1 }, b: { weight: 1 } }\nbalancing: { maglev: { key: { count: 9 } } }',
      'no `weight` of zones where a key says who is asked, found maglev',
    ],
    [
      'zones: { a: {}, b: { priority: 1 }, c: {}, d: {}, e: {} }',
      'at most as many zones as there are instances (instances: 4), found 5',
    ],
    [
      'zones: { a: {}, b: {} }\noverprovisioning: 120%',
      '`zones` with a `priority` or a `weight` with it, found none',
    ],
    ['zones: { a: {}, b: { priority: 1 } }\noverprovisioning: 0%', 'from 1% to 100000%, found 0%'],
    [
      `zones: { a: {}, b: { priority: 1 } }\n${CHECK}\npanic: 12.5%`,
      'whole per cent (Envoy), found 12.5%',
    ],
    ['zones: {}', 'at least one zone, found none'],
  ])('refuses %s', (own, expected) => {
    const all = complaints(text(`instances: 4\n${own}`));
    expect(all).toHaveLength(1);
    expect(all[0]).toContain(expected);
  });

  test.each([
    ['zones: 2', 'zone: a', 'a service whose `zones` have names, found 2 without names'],
    ['panic: 50%\nhealth-check: { rules: alb }', 'zone: a', 'found no zones'],
    ['zones: { east: {}, west: {} }', 'zone: wst', 'west'],
  ])('of %s a fault may not say %s', (own, zone, expected) => {
    const { file, text: head } = text(`instances: 4\n${own}`);
    const faults = `faults: [{ at: 1m, for: 1m, hang: web, ${zone} }]\n`;
    const all = complaints(source(head + faults, file));
    expect(all).toHaveLength(1);
    expect(all[0]).toContain(expected);
  });

  test('a fault may degrade instances whom Envoy checks and can spare', () => {
    const zoned = 'instances: 4\nzones: { a: {}, b: { priority: 1 } }';
    const check = 'health-check: { rules: envoy, interval: 1s, timeout: 1s, rise: 2, fall: 2 }';
    const fault = 'faults: [{ at: 1m, for: 1m, degrade: web, zone: a }]\n';
    const degraded = parsed(`${zoned}\n${check}`, fault);
    expect(degraded.services[0]!.faults).toEqual([
      { type: 'degrade', atMs: 60_000, forMs: 60_000, instances: 'all', zone: 0 },
    ]);
    expect(unstageable(degraded)).toBe(
      'web: a degraded instance can be simulated, but not staged yet',
    );
    for (const own of [`${zoned}\n${CHECK}`, `instances: 4\n${check}`]) {
      const { file, text: head } = text(own);
      const all = complaints(source(head + fault.replace(', zone: a', ''), file));
      expect(all).toHaveLength(1);
      expect(all[0]).toContain('faults[0].degrade: expected a service with `health-check');
    }
  });

  test('the twin plays it', () => {
    const own = `instances: 4\nzones: { a: {}, b: { priority: 1 } }\n${CHECK}`;
    expect(unstageable(parsed(own))).toBeUndefined();
  });
});

/** 100 requests a second for 100 s, each where the balancer says; callers wait for 50 ms. */
function cells(own: Partial<Service>): Model {
  const base = model(100, 100_000, [
    service('web', { time: { type: 'constant', ms: 1 }, serves: { type: 'delay' }, ...own }),
  ]);
  const traffic = base.traffic.map((one) => ({ ...one, arrivals: 'even' }) as const);
  const visit = { type: 'call', service: 'web', endpoint: 'work', timeoutMs: 50 } as const;
  return { ...base, traffic, journeys: [{ name: 'visit', steps: [visit] }] };
}

function evenly(own: Partial<Service>): Run {
  const options = { seed: 1, arrivals: 'independent', modelDigest: '', replications: 1 } as const;
  return simulate(cells(own), options).runs[0]!;
}

const CELLS: Partial<Service> = {
  scaling: fixedSize(8),
  zones: 2,
  localities: failOver,
  healthCheck: { rules: 'haproxy', intervalMs: 1000, timeoutMs: 500, rise: 2, fall: 2 },
};

/** 3 of 4 healthy are 105 %: nothing; then ⌊1.4 · 2/4⌋, ⌊1.4 · 1/4⌋, none, and back. */
const LEFT_AND_TAKEN_AGAIN = [
  'priority 0 takes 70 %, 1 takes 30 %',
  'priority 0 takes 35 %, 1 takes 65 %',
  'priority 1 takes 100 %',
  'priority 0 takes 35 %, 1 takes 65 %',
  'priority 0 takes 70 %, 1 takes 30 %',
  'priority 0 takes 100 %',
];

describe('in a run', () => {
  test('a cell that fails is left within the checks’ time, and taken again', () => {
    const run = evenly({
      ...CELLS,
      faults: [{ type: 'fail', atMs: 20_000, forMs: 40_000, instances: 'all', zone: 0, ratio: 1 }],
    });
    // Two checks a second apart, and all of the requests until then.
    const { failed } = run.journeys['visit']!.counters;
    expect(failed).toBeGreaterThan(50);
    expect(failed).toBeLessThan(200);
    const shares = run.incidents!.filter(({ reason }) => reason.startsWith('priority'));
    expect(shares.map(({ reason }) => reason)).toEqual(LEFT_AND_TAKEN_AGAIN);
  });

  test.each([
    [7, 2],
    [5, 30],
    [3, 58],
  ])('with %d of 10 healthy %d %% go to level 1, which is told by its pace', (well, spilt) => {
    const whole = { atMs: 0.5, forMs: 99_000, zone: 1, instances: 'all' } as const;
    const sick = { atMs: 0.5, forMs: 99_000, zone: 0, instances: 10 - well } as const;
    const run = evenly({
      ...CELLS,
      scaling: fixedSize(20),
      serves: { type: 'threads', count: 9 },
      faults: [
        { type: 'slow', ...whole, factor: 10 },
        { type: 'fail', ...sick, ratio: 1 },
      ],
    });
    // From the fifth second on all checks have seen who is sick; 1 ms of work, or 10.
    const after = run.journeys['visit']!.latencyMs.slice(5, 98);
    const count = after.reduce((sum, { count: requests }) => sum + requests, 0);
    const meanMs = after.reduce((sum, { sum: ms }) => sum + ms, 0) / count;
    const share = (meanMs - 1) / 9;
    expect(Math.abs(100 * share - spilt)).toBeLessThan(1);
  });

  const envoy = { rules: 'envoy', intervalMs: 1000, timeoutMs: 500, rise: 2, fall: 2 } as const;

  test('who is degraded is spared from its next check on, and asked again after the fault', () => {
    const run = evenly({
      ...CELLS,
      healthCheck: envoy,
      faults: [{ type: 'degrade', atMs: 20_000, forMs: 40_000, instances: 'all', zone: 0 }],
    });
    expect(run.journeys['visit']!.counters.failed).toBe(0);
    const words = run.incidents!.map(({ reason }) => reason);
    expect(words).toContain('health check of instance 1: it is degraded');
    expect(words).toContain('health check of instance 1: it is no longer degraded');
    const shares = words.filter((reason) => reason.startsWith('priority'));
    expect(shares).toEqual(LEFT_AND_TAKEN_AGAIN);
  });

  test('with too few others the degraded get the rest, which their pace tells', () => {
    const six = { atMs: 0.5, forMs: 99_000, instances: 6 } as const;
    const run = evenly({
      ...CELLS,
      zones: 1,
      localities: { priorities: [0], overprovisioningPercent: 140, panicPercent: 50 },
      healthCheck: envoy,
      serves: { type: 'threads', count: 9 },
      faults: [
        { type: 'degrade', ...six },
        { type: 'slow', ...six, factor: 10 },
      ],
    });
    const shares = run.incidents!.filter(({ reason }) => reason.startsWith('priority'));
    expect(shares.map(({ reason }) => reason)).toContain(
      'priority 0 takes 35 %, degraded ones of 0 take 65 %',
    );
    const after = run.journeys['visit']!.latencyMs.slice(5, 98);
    const count = after.reduce((sum, { count: requests }) => sum + requests, 0);
    const meanMs = after.reduce((sum, { sum: ms }) => sum + ms, 0) / count;
    expect(Math.abs((100 * (meanMs - 1)) / 9 - 65)).toBeLessThan(1);
  });

  test('with all sick at half of their requests a total panic serves half', () => {
    const half: Partial<Service> = {
      ...CELLS,
      healthCheck: { rules: 'haproxy', intervalMs: 1000, timeoutMs: 500, rise: 100, fall: 1 },
      faults: [{ type: 'fail', atMs: 20_000, forMs: 70_000, instances: 'all', ratio: 0.5 }],
    };
    const run = evenly(half);
    expect(run.incidents!.some(({ reason }) => reason.includes('total panic'))).toBe(true);
    const { failed } = run.journeys['visit']!.counters;
    expect(Math.abs(failed - 3500)).toBeLessThan(200);
    const never = evenly({ ...half, localities: { ...failOver, panicPercent: 0 } });
    expect(never.journeys['visit']!.counters.failed).toBeGreaterThan(6500);
  });

  test('instances of level 0 that are killed are made up for: there are fewer, all well', () => {
    const run = evenly({
      ...CELLS,
      faults: [{ type: 'kill', atMs: 20_000, instances: 3, zone: 0 }],
    });
    expect(run.journeys['visit']!.counters.failed).toBe(0);
    expect(run.incidents!.map(({ reason }) => reason)).toEqual([
      'kill: 3 instances of the group ended',
    ]);
  });

  test.each<Balancing>([{ type: 'round-robin' }, { type: 'least-request', choices: 2 }])(
    'made code picks as the machine does, also without anybody who looks: %o',
    (balancing) => {
      const what = cells({
        scaling: fixedSize(6),
        zones: 3,
        localities: { priorities: [0, 0, 1], weights: [3, 1, 1], ...usual },
        serves: { type: 'threads', count: 1 },
        balancing,
      });
      const [made, played] = [true, false].map((isGenerated) =>
        runReplication(what, compile(what), { seed: 1, replication: 0, isGenerated }),
      );
      expect(made).toEqual(played);
    },
  );

  test('level 1 idles while level 0 is well', () => {
    const busy: Partial<Service> = {
      scaling: fixedSize(4),
      zones: 2,
      localities: failOver,
      serves: { type: 'threads', count: 1 },
      endpoints: [{ name: 'work', steps: [{ type: 'cpu', time: { type: 'constant', ms: 15 } }] }],
    };
    // 100/s of 15 ms in turn at two instances: each is free when its next one comes.
    expect(evenly(busy).journeys['visit']!.counters.timedOut).toBe(0);
    // At one they would not be: 15 ms of work every 10 ms.
    const one = { ...busy, scaling: fixedSize(2) };
    expect(evenly(one).journeys['visit']!.counters.timedOut).toBeGreaterThan(1000);
  });
});
