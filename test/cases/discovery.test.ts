/** Balancers in the engine: who is called, and lists of instances that are out of date. */
import { describe, expect, test } from 'vitest';
import { createDiscovery } from '../../simulator/components/discovery.ts';
import { Fleet, STATE } from '../../simulator/components/fleet.ts';
import { compile } from '../../simulator/engine/compile.ts';
import { engineOfThread, runReplication } from '../../simulator/engine/engine.ts';
import type { Balancing, Model, Service, Step } from '../../simulator/model/model.ts';
import type { ScalingPolicy } from '../../simulator/model/scaling-settings.ts';
import type { Run } from '../../simulator/results/results.ts';
import { model, service } from '../helpers/models.ts';

const OPTIONS = { seed: 1, replication: 0 };
const MS = { type: 'constant', ms: 1 } as const;

function run(of: Model): Run {
  return runReplication(of, compile(of), { seed: 1, replication: 0 });
}

/** Requests that each row of a service got, in the order of rows. */
function requestsByRow(of: Model, name: string): number[] {
  const { begin, runSlice, inspect } = engineOfThread();
  begin(of, compile(of), { seed: 1, replication: 0 });
  while (runSlice(4096));
  const { fleet } = inspect();
  const index = of.services.findIndex((one) => one.name === name);
  const [first, end] = [fleet.firstRow[index]!, fleet.firstRow[index + 1]!];
  return [...fleet.requests.subarray(first, end)].slice(0, of.services[index]!.scaling.start);
}

function evenly(of: Model): Model {
  return { ...of, traffic: of.traffic.map((one) => ({ ...one, arrivals: 'even' })) };
}

/** Watches requests: every ten seconds one more, or one fewer. */
function every10s(comparison: 'above' | 'below', by: number): ScalingPolicy {
  const alarm = { metric: 'requests-per-instance', comparison, threshold: 1 } as const;
  const when = { periodMs: 10_000, evaluationPeriods: 1, datapointsToAlarm: 1 };
  return {
    type: 'step-scaling',
    alarm: { ...alarm, ...when, missingData: 'missing' },
    steps: [{ lower: undefined, upper: undefined, change: { type: 'change-in-capacity', by } }],
    minMagnitude: 1,
  };
}

function group(start: number, by: number, overrides: Partial<Service> = {}): Service {
  const [min, max] = by > 0 ? [start, start + by] : [start + by, start];
  const policies = [every10s('above', by)];
  return service('s', {
    time: MS,
    scaling: { min, max, start, drainMs: 0, policies },
    ...overrides,
  });
}

/** Counters of 10 requests a second for 20 s; the group changes its size after 10 s. */
function counters(one: Service) {
  return run(evenly(model(10, 20_000, [one]))).journeys['visit']!.counters;
}

/** A fleet of one instance that balancers hear of after 5 s. */
function heardLate() {
  const fleet = new Fleet();
  fleet.begin(model(1, 60_000, [service('s', { time: MS, ...heardAfter(5000) })]));
  const due: number[] = [];
  const discovery = createDiscovery(model(1, 60_000, [...fleet.services]), fleet, OPTIONS, {
    dueAt: (_, atMs) => due.push(atMs),
    listed: () => {},
    unlisted: () => {},
  });
  return { fleet, discovery, row: fleet.launch(0, 0, STATE.ready), due };
}

const heardAfter = (ms: number) => ({ discovery: { delay: { type: 'constant', ms } as const } });

const LATE = heardAfter(5000);

describe('an instance that has gone', () => {
  test('is not called any more where balancers know at once', () => {
    expect(counters(group(2, -1))).toMatchObject({ arrived: 200, failed: 0 });
  });

  test('refuses its share of requests until they hear of it: half of those of 5 s', () => {
    const { failed, completed } = counters(group(2, -1, LATE));
    expect(Math.abs(failed - 25)).toBeLessThanOrEqual(1);
    expect(completed).toBe(200 - failed);
  });

  test('draws nearly all requests by least request: nothing is ever outstanding there', () => {
    const time = { type: 'constant', ms: 900 } as const;
    const serves = { type: 'threads', count: 100 } as const;
    const one = group(2, -1, { ...service('s', { time, balancing: LEAST, serves }), ...LATE });
    const { scaling } = group(2, -1);
    // Some 4 are cut off; then the other one is idle once in a second, and may have that one.
    expect(Math.abs(counters({ ...one, scaling }).failed - 50)).toBeLessThanOrEqual(5);
  });

  test('serves those that find it until its drain is over', () => {
    const slow = service('s', { time: { type: 'constant', ms: 2000 } });
    const serves = { type: 'threads', count: 100 } as const;
    const scaling = { ...group(2, -1).scaling, drainMs: 3000 };
    const { failed } = counters({ ...slow, serves, scaling, ...LATE });
    // Of 3 s it had 15; those that were inside at the end, 2 s’ worth, are cut off: 10; then 2 s’
    // worth are refused: 10.
    expect(Math.abs(failed - 20)).toBeLessThanOrEqual(2);
  });
});

describe('an instance that is new', () => {
  test.each([
    [0, 50],
    [5000, 25],
    [60_000, 0],
  ])('is called once they hear of it, after %i ms: %i requests', (ms, expected) => {
    const one = evenly(model(10, 20_000, [group(1, 1, heardAfter(ms))]));
    const { begin, runSlice, inspect } = engineOfThread();
    begin(one, compile(one), { seed: 1, replication: 0 });
    while (runSlice(1));
    const { fleet } = inspect();
    expect(Math.abs(fleet.requests[fleet.firstRow[0]! + 1]! - expected)).toBeLessThanOrEqual(1);
  });

  test('may be all there is: whoever asks the old one before they hear of both is refused', () => {
    const policies = [every10s('above', 1), every10s('below', -1)];
    const scaling = { min: 1, max: 2, start: 1, drainMs: 0, policies };
    const one = service('s', { time: MS, scaling, ...heardAfter(15_000) });
    // Out at 10 s, heard at 25 s; in at 20 s, which ends the older one, heard at 35 s. One request
    // in two seconds: 2 or 3 until 25 s are all refused, half of the 5 until 35 s are.
    const rate = [
      { startMs: 0, endMs: 10_000, fromPerSecond: 10, toPerSecond: 10, phase: undefined },
      { startMs: 10_000, endMs: 60_000, fromPerSecond: 0.5, toPerSecond: 0.5, phase: undefined },
    ];
    const calm = evenly(model(10, 60_000, [one]));
    const result = run({ ...calm, traffic: calm.traffic.map((all) => ({ ...all, rate })) });
    expect(result.decisions.map(({ from, desired }) => [from, desired])).toEqual([
      [1, 2],
      [2, 1],
    ]);
    const { arrived, failed } = result.journeys['visit']!.counters;
    expect(arrived).toBe(125);
    expect(Math.abs(failed - 5)).toBeLessThanOrEqual(1);
  });

  test('that goes before they hear of it was never there; news that was overtaken is none', () => {
    const { fleet, discovery, row, due } = heardLate();
    discovery.register(row, 0);
    discovery.deregister(row, 4000);
    discovery.onDue(row, 5000);
    expect([fleet.position[row], due]).toEqual([-1, [5000]]);
    discovery.register(row, 6000);
    discovery.onDue(row, 11_000);
    expect(fleet.position[row]).toBe(0);
  });

  test('who takes the place of one that was never seen to go is known after its delay', () => {
    const { fleet, discovery, row } = heardLate();
    discovery.register(row, 0);
    discovery.onDue(row, 5000);
    discovery.deregister(row, 12_000);
    discovery.opened(row);
    discovery.register(row, 13_000);
    discovery.onDue(row, 17_000);
    expect(fleet.position[row]).toBe(-1);
    discovery.onDue(row, 18_000);
    expect(fleet.position[row]).toBe(0);
  });

  test('a sick instance is not seen in the one that replaces it', () => {
    const healthCheck = {
      rules: 'envoy',
      intervalMs: 50,
      timeoutMs: 10,
      rise: 2,
      fall: 1,
    } as const;
    const scaling = { min: 1, max: 2, start: 1, drainMs: 0, policies: [] };
    const one = service('s', {
      time: MS,
      scaling: { ...scaling, replaceUnhealthy: { graceMs: 0 } },
      on: { ...service('s', { time: MS }).on, warmUpMs: 0 },
      healthCheck,
      faults: [{ type: 'hang', atMs: 1000, instances: 1, forMs: 500 }],
      ...heardAfter(4000),
    });
    const { incidents } = run(evenly(model(10, 20_000, [one])));
    const replaced = incidents!.filter(({ reason }) => reason.includes('replaces 1'));
    expect(replaced).toHaveLength(1);
  });
});

const LEAST: Balancing = { type: 'least-request', choices: 2, replacement: false };
/** Not fixed, so that requests are counted by row. */
const counted = (start: number) => {
  return { min: start, max: start + 1, start, drainMs: 0, policies: [] };
};

describe('who is called', () => {
  test('by key: a service of one key is one instance', () => {
    const keys = { count: 1, zipf: 0 };
    const balancing: Balancing = { type: 'ring-hash', keys, minSize: 1024 };
    const one = service('s', { time: MS, scaling: counted(4), balancing });
    const found = requestsByRow(model(100, 10_000, [one]), 's');
    expect(found.filter((count) => count > 0)).toHaveLength(1);
  });

  test('a further attempt has the key of the first: nobody else can help', () => {
    const keys = { count: 1000, zipf: 0 };
    const balancing: Balancing = { type: 'maglev', keys, size: 2039 };
    const call: Step = {
      type: 'call',
      service: 's',
      endpoint: 'work',
      timeoutMs: 50,
      retry: { attempts: 2, backoff: { type: 'constant', ms: 1 } },
    };
    // Every request takes too long, so each is tried twice at one instance: even numbers.
    const time = { type: 'constant', ms: 100 } as const;
    const serves = { type: 'delay' } as const;
    const one = service('s', { time, serves, scaling: counted(4), balancing });
    const all = model(50, 10_000, [one], { journeys: [{ name: 'visit', steps: [call] }] });
    const found = requestsByRow(all, 's');
    expect(found.every((count) => count > 0 && count % 2 === 0)).toBe(true);
  });

  const toBack: Step = { type: 'call', service: 'back', endpoint: 'work', timeoutMs: undefined };
  const atOnce: Step = { type: 'fan-out', calls: [{ call: toBack, copies: 2 }], needs: 2 };

  test.each<[string, Step]>([
    ['a call', toBack],
    ['calls at once', atOnce],
  ])('by zone: %s of an instance stays in its zone', (_, step) => {
    // One key, so that one front instance has it all.
    const keys = { count: 1, zipf: 0 };
    const front = service('front', {
      time: MS,
      zones: 2,
      scaling: counted(2),
      balancing: { type: 'ring-hash', keys, minSize: 64 },
      endpoints: [{ name: 'work', steps: [step] }],
    });
    const back = service('back', {
      time: MS,
      zones: 2,
      scaling: counted(6),
      balancing: { type: 'zone-aware', minInstances: 6 },
    });
    const all = model(50, 10_000, [front, back]);
    const caller = requestsByRow(all, 'front').findIndex((count) => count > 0);
    const found = requestsByRow(all, 'back');
    found.forEach((count, row) => {
      expect(count > 0).toBe(row % 2 === caller);
    });
  });
});

test('a new instance gets less at first', () => {
  const slowStart = { windowMs: 10_000, aggression: 1, minWeightRatio: 0.1 };
  const share = (balancing: Balancing) => {
    const one = evenly(model(100, 20_000, [group(1, 1, { balancing })]));
    const { begin, runSlice, inspect } = engineOfThread();
    begin(one, compile(one), { seed: 1, replication: 0 });
    while (runSlice(1));
    const { fleet } = inspect();
    return fleet.requests[fleet.firstRow[0]! + 1]! / 1000;
  };
  expect(share({ type: 'round-robin' })).toBeCloseTo(0.5, 2);
  // ∫ w ÷ (1 + w) over w = t ÷ 10 s is 1 − ln 2 = 0.307 (a little more below a tenth).
  expect(Math.abs(share({ type: 'round-robin', slowStart }) - 0.31)).toBeLessThan(0.02);
});
