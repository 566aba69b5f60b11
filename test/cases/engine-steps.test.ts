/** What the engine does with calls at once, choices, caches, published work and cancellation. */
import { describe, expect, test } from 'vitest';
import type {
  Cache,
  CallStep,
  Distribution,
  FanOutStep,
  Model,
  Service,
  Step,
} from '../../simulator/model/model.ts';
import { mergeHistograms } from '../../simulator/results/histogram.ts';
import type { Run } from '../../simulator/results/results.ts';
import { simulate } from '../../simulator/simulate.ts';
import { model, NO_TIME, service } from '../helpers/models.ts';

const ms = (value: number): Distribution => ({ type: 'constant', ms: value });
const DELAY = { serves: { type: 'delay' } } as const;

function run(what: Model): Run {
  const options = { seed: 1, arrivals: 'independent', modelDigest: '', replications: 1 } as const;
  return simulate(what, options).runs[0]!;
}

/** A client that does some steps so many times a second, for ten seconds, evenly spaced. */
function client(
  perSecond: number,
  steps: readonly Step[],
  services: readonly Service[],
  overrides: Partial<Model> = {},
): Model {
  const base = model(perSecond, 10_000, services, overrides);
  const traffic = base.traffic.map((one) => ({ ...one, arrivals: 'even' }) as const);
  return { ...base, traffic, journeys: [{ name: 'visit', steps }] };
}

function call(name: string, rest: Partial<CallStep> = {}): CallStep {
  return { type: 'call', service: name, endpoint: 'work', timeoutMs: undefined, ...rest };
}

function answers(one: Run) {
  const { counters, latencyMs } = one.journeys['visit']!;
  const { min, max, mean } = mergeHistograms(latencyMs);
  return { ...counters, min, max, mean };
}

describe('calls at once', () => {
  const quick = service('quick', { time: ms(10), ...DELAY });
  const slow = service('slow', { time: ms(30), ...DELAY });
  const never = service('never', {
    time: ms(1),
    serves: { type: 'threads', count: 1, queue: { limit: 0, order: 'fifo', expired: 'serve' } },
    endpoints: [{ name: 'work', steps: [call('void')] }],
  });
  // A group without an instance: every call fails at once.
  const empty = service('void', {
    time: ms(1),
    scaling: { min: 0, max: 1, start: 0, drainMs: 0, policies: [] },
  });
  const all = [quick, slow, never, empty];
  const fan = (needs: number, ...names: readonly string[]): FanOutStep => ({
    type: 'fan-out',
    calls: names.map((name) => ({ call: call(name), copies: 1 })),
    needs,
  });
  const visit = (step: FanOutStep) => answers(run(client(10, [step], all)));

  test('all of them take as long as the slowest', () => {
    expect(visit(fan(2, 'quick', 'slow'))).toMatchObject({ completed: 100, min: 30, max: 30 });
  });

  test('any of them is as quick as the quickest, whatever fails', () => {
    expect(visit(fan(1, 'never', 'slow', 'quick'))).toMatchObject({ completed: 100, max: 10 });
  });

  test('two of three go on with the second answer', () => {
    expect(visit(fan(2, 'quick', 'slow', 'slow'))).toMatchObject({ completed: 100, max: 30 });
    expect(visit(fan(2, 'quick', 'quick', 'slow'))).toMatchObject({ completed: 100, max: 10 });
  });

  test('the fan-out fails as soon as too many have failed', () => {
    expect(visit(fan(3, 'quick', 'slow', 'never'))).toMatchObject({ completed: 0, failed: 100 });
    expect(visit(fan(1, 'never', 'never'))).toMatchObject({ completed: 0, failed: 100 });
  });

  test('copies are calls of their own, and late ones are zombie work', () => {
    const time = { type: 'exponential', meanMs: 10 } as const;
    const leaf = service('leaf', { time, ...DELAY });
    const step = { type: 'fan-out', calls: [{ call: call('leaf'), copies: 5 }], needs: 1 } as const;
    const one = run(client(100, [step], [leaf]));
    expect(answers(one)).toMatchObject({ completed: 1000, inside: 0 });
    expect(one.services['leaf']!.zombies).toBeGreaterThan(3900);
  });

  test('a call at once may have a timeout and attempts of its own', () => {
    const patient: CallStep = call('slow', { timeoutMs: 20 });
    const again: CallStep = { ...patient, retry: { attempts: 2, backoff: ms(5) } };
    const step = (one: CallStep): FanOutStep => ({
      type: 'fan-out',
      calls: [
        { call: one, copies: 1 },
        { call: call('quick'), copies: 1 },
      ],
      needs: 2,
    });
    expect(visit(step(patient))).toMatchObject({ completed: 0, timedOut: 100 });
    expect(visit(step(again))).toMatchObject({ completed: 0, timedOut: 100, inside: 0 });
  });

  test('a caller that gives up leaves its calls to end by themselves', () => {
    const inner = service('inner', { time: NO_TIME, ...DELAY });
    const front = { ...inner, endpoints: [{ name: 'work', steps: [fan(2, 'slow', 'slow')] }] };
    const one = run(client(10, [call('inner', { timeoutMs: 20 })], [front, ...all]));
    expect(answers(one)).toMatchObject({ timedOut: 100, inside: 0 });
    // Those of the last request came after the end.
    expect(one.services['inner']!.zombies).toBeGreaterThanOrEqual(99);
  });
});

test('a choice goes each way as often as it says', () => {
  const services = ['left', 'right'].map((name) => service(name, { time: ms(5), ...DELAY }));
  const step: Step = {
    type: 'choose',
    options: [
      { probability: 0.7, steps: [call('left')] },
      { probability: 0.2, steps: [call('right'), call('right')] },
      { probability: 0.1, steps: [] },
    ],
  };
  const { completed, mean } = answers(run(client(5000, [step], services)));
  expect(completed).toBe(50_000);
  expect(mean).toBeGreaterThan(0.7 * 5 + 0.2 * 10 - 0.1);
  expect(mean).toBeLessThan(0.7 * 5 + 0.2 * 10 + 0.1);
});

test('published work is done, and nobody waits for it', () => {
  const worker = service('worker', { time: ms(80) });
  const one = run(client(10, [{ type: 'publish', service: 'worker', endpoint: 'work' }], [worker]));
  expect(answers(one)).toMatchObject({ completed: 100, max: 0 });
  const busy = one.services['worker']!.utilizationRatio;
  expect(busy.at(-1)).toBeCloseTo(0.8, 9);
  expect(one.services['worker']!.zombies).toBe(0);
});

describe('a cache', () => {
  const origin = service('origin', { time: ms(10), ...DELAY });
  const CACHE: Cache = {
    name: 'items',
    entries: 2,
    eviction: 'lru',
    ttlMs: undefined,
    keys: { count: 5, zipf: 1.4 },
    starts: 'empty',
  };
  const look = (cache: Partial<Cache>, perSecond: number) => {
    const caches = [{ ...CACHE, ...cache }];
    const step: Step = { type: 'lookup', cache: 'items', miss: [call('origin')] };
    return run(client(perSecond, [step], [origin], { caches }));
  };

  test('is asked once a request; a miss does what it says', () => {
    const one = look({ entries: 5 }, 100);
    // Five keys are missed once each.
    expect(one.caches).toEqual({ items: { lookUps: 1000, hits: 995 } });
    expect(answers(one)).toMatchObject({ completed: 1000, min: 0, max: 10 });
  });
});

describe('a timeout that the callee is told of', () => {
  /** One thread with 100 ms of work; 20 requests a second wait for 50 ms each. */
  const one = (cancels: boolean, steps: readonly Step[] = [{ type: 'cpu', time: ms(100) }]) => {
    const back = service('back', { time: NO_TIME, endpoints: [{ name: 'work', steps }] });
    return run(client(20, [call('back', { timeoutMs: 50, cancels })], [back]));
  };

  test('otherwise everything is served in vain', () => {
    const { services } = one(false);
    expect(services['back']!.utilizationRatio.at(-1)).toBeCloseTo(1, 9);
    expect(answers(one(false))).toMatchObject({ completed: 0, timedOut: 200 });
  });

  test('who waits leaves the queue, who is served is served to the end', () => {
    // Every second request finds the thread busy for 50 ms, and leaves when it becomes idle.
    const { services } = one(true);
    expect(answers(one(true))).toMatchObject({ completed: 0, timedOut: 200, inside: 0 });
    expect(services['back']!.zombies).toBeGreaterThan(98);
    expect(services['back']!.zombies).toBeLessThan(102);
  });

  test('what waits for something outside ends at once, and gives its thread back', () => {
    const steps: Step[] = [{ type: 'wait', time: ms(100) }];
    const { services } = one(true, steps);
    expect(services['back']!.utilizationRatio.at(-1)).toBeCloseTo(1, 1);
    expect(services['back']!.zombies).toBe(0);
  });

  test('nothing more is begun after the work under way', () => {
    const steps: Step[] = [
      { type: 'cpu', time: ms(60) },
      { type: 'cpu', time: ms(1000) },
    ];
    const back = service('back', {
      time: NO_TIME,
      serves: { type: 'threads', count: 100 },
      endpoints: [{ name: 'work', steps }],
    });
    const given = run(client(20, [call('back', { timeoutMs: 50, cancels: true })], [back]));
    // 60 of 1060 ms are worked: 20/s × 60 ms ÷ 100 threads.
    expect(given.services['back']!.utilizationRatio.at(-1)).toBeCloseTo(0.012, 9);
  });

  test('an event loop is given back by what was called off on it', () => {
    const steps: Step[] = [
      { type: 'cpu', time: ms(60) },
      { type: 'wait', time: ms(5) },
    ];
    const back = service('back', {
      time: NO_TIME,
      serves: { type: 'event-loop' },
      endpoints: [{ name: 'work', steps }],
    });
    const given = run(client(10, [call('back', { timeoutMs: 50, cancels: true })], [back]));
    expect(given.services['back']!.utilizationRatio.at(-1)).toBeCloseTo(0.6, 9);
    expect(answers(given)).toMatchObject({ timedOut: 100, inside: 0 });
  });

  test('it reaches through a service in between', () => {
    const back = service('back', { time: ms(100) });
    const front = service('front', {
      time: NO_TIME,
      serves: { type: 'threads', count: 3 },
      endpoints: [{ name: 'work', steps: [call('back')] }],
    });
    const given = run(client(20, [call('front', { timeoutMs: 50, cancels: true })], [front, back]));
    // The front's threads are held for 50 ms each; the back is busy with what it has begun.
    expect(given.services['front']!.utilizationRatio.at(-1)).toBeCloseTo(1 / 3, 9);
    expect(answers(given)).toMatchObject({ timedOut: 200, inside: 0 });
  });
});

test('pauses between attempts grow by their factor, up to the most', () => {
  const retry = { attempts: 5, backoff: ms(10), factor: 3, mostMs: 50 };
  const empty = service('void', {
    time: ms(1),
    scaling: { min: 0, max: 1, start: 0, drainMs: 0, policies: [] },
  });
  const idle = service('idle', { time: ms(0), ...DELAY });
  // 10 + 30 + 50 + 50 ms, then the last attempt has failed.
  const front = service('front', {
    time: NO_TIME,
    ...DELAY,
    endpoints: [{ name: 'work', steps: [call('void', { retry })] }],
  });
  const waits = (timeoutMs: number) =>
    answers(run(client(10, [call('front', { timeoutMs })], [front, empty, idle])));
  expect(waits(141)).toMatchObject({ failed: 100, timedOut: 0 });
  expect(waits(139)).toMatchObject({ failed: 0, timedOut: 100 });
});

describe('servers', () => {
  test('a pool lets so many in, as threads do', () => {
    const pool = service('db', { time: ms(100), serves: { type: 'pool', count: 2 } });
    const one = run(client(15, [call('db')], [pool]));
    expect(one.services['db']!.utilizationRatio.at(-2)).toBeCloseTo(0.75, 1);
    expect(answers(one)).toMatchObject({ completed: 150, inside: 0 });
    expect(answers(one).max).toBeCloseTo(100, 9);
  });

  test('a delay lets all in', () => {
    const away = service('away', { time: ms(5000), ...DELAY });
    expect(answers(run(client(100, [call('away')], [away])))).toMatchObject({
      completed: 1000,
      min: 5000,
      max: 5000,
    });
  });

  test('who is urgent overtakes the queue, and nobody who is served', () => {
    const queue = { limit: undefined, order: 'priority', expired: 'serve' } as const;
    const one = service('one', { time: ms(10), serves: { type: 'threads', count: 1, queue } });
    const base = client(50, [call('one')], [one]);
    const rate = (from: number, to: number) => [
      { startMs: 0, endMs: to, fromPerSecond: from, toPerSecond: from, phase: undefined },
      { startMs: to, endMs: 10_000, fromPerSecond: 0, toPerSecond: 0, phase: undefined },
    ];
    // Ten calm ones at 0, 1 … 9 ms; an urgent one comes at the start, too, and one at 20 ms.
    const traffic = [
      { name: 'calm', does: 'visit', rate: rate(1000, 10), arrivals: 'even', priority: 5 },
      { name: 'urgent', does: 'rush', rate: rate(50, 40), arrivals: 'even' },
    ] as const;
    const journeys = ['visit', 'rush'].map((name) => ({ name, steps: [call('one')] }));
    const { journeys: seen } = run({ ...base, traffic, journeys });
    const rush = mergeHistograms(seen['rush']!.latencyMs);
    // The first one waits for the calm one that is served, the second for nobody.
    expect([rush.count, rush.min, rush.max]).toEqual([2, 10, 20]);
    expect(mergeHistograms(seen['visit']!.latencyMs).max).toBe(111);
  });

  test('threads limit who shares the cores', () => {
    const serves = { type: 'cpu-shared', cores: 1, threads: 2 } as const;
    const one = service('one', { time: ms(100), serves });
    // Four at once: two by two, each pair takes 200 ms.
    const step: FanOutStep = {
      type: 'fan-out',
      calls: [{ call: call('one'), copies: 4 }],
      needs: 4,
    };
    expect(answers(run(client(1, [step], [one])))).toMatchObject({ min: 400, max: 400 });
    const first = { ...step, needs: 2 };
    expect(answers(run(client(1, [first], [one])))).toMatchObject({ min: 200, max: 200 });
  });

  test('a quota stops everybody until the next period of 100 ms', () => {
    // Two requests on two cores with a quota of one: 50 ms of work each, then 50 ms of waiting.
    const serves = { type: 'cpu-shared', cores: 2, quotaCores: 1 } as const;
    const one = service('one', { time: ms(120), serves });
    const step: FanOutStep = {
      type: 'fan-out',
      calls: [{ call: call('one'), copies: 2 }],
      needs: 2,
    };
    // 50 of 100 ms, 50 of 100 ms, then the last 20.
    const seen = run(client(1, [step], [one]));
    expect(answers(seen)).toMatchObject({ completed: 10, min: 220, max: 220 });
    // 240 ms a second, of the quota's one core.
    expect(seen.services['one']!.utilizationRatio.at(-2)).toBeCloseTo(0.24, 9);
  });

  test('a quota that is enough stops nobody', () => {
    const serves = { type: 'cpu-shared', cores: 4, quotaCores: 1 } as const;
    const one = service('one', { time: ms(300), serves });
    expect(answers(run(client(1, [call('one')], [one])))).toMatchObject({ min: 300, max: 300 });
  });
});

describe('calls at once and those who no longer wait for them', () => {
  const DROPPING = { limit: undefined, order: 'fifo', expired: 'drop' } as const;
  const fanOut = (name: string, copies: number, needs: number): FanOutStep => ({
    type: 'fan-out',
    calls: [{ call: call(name), copies }],
    needs,
  });

  test('a queue that drops what has expired drops those that are too late to be needed', () => {
    const one = service('one', {
      time: ms(100),
      serves: { type: 'threads', count: 1, queue: DROPPING },
    });
    const seen = run(client(1, [fanOut('one', 4, 1)], [one]));
    // The second is begun before the first one's answer is there; the others are dropped.
    expect(seen.services['one']!.utilizationRatio.at(-2)).toBeCloseTo(0.2, 9);
  });

  test('a call that is called off calls off what it does at once', () => {
    const deep = service('deep', { time: ms(1000), ...DELAY });
    const back = service('back', {
      time: NO_TIME,
      serves: { type: 'threads', count: 10 },
      endpoints: [{ name: 'work', steps: [{ type: 'cpu', time: ms(100) }, call('deep')] }],
    });
    const front = service('front', {
      time: NO_TIME,
      ...DELAY,
      endpoints: [{ name: 'work', steps: [fanOut('back', 2, 2)] }],
    });
    const services = [front, back, deep];
    const seen = run(client(10, [call('front', { timeoutMs: 30, cancels: true })], services));
    // 20 calls a second of 100 ms each at ten threads, and nothing beyond.
    expect(seen.services['back']!.utilizationRatio.at(-2)).toBeCloseTo(0.2, 9);
    expect(seen.services['deep']!.zombies).toBe(0);
    expect(answers(seen)).toMatchObject({ timedOut: 100, inside: 0 });
  });

  test('utilisation under a quota is the used share of the quota', () => {
    const serves = { type: 'cpu-shared', cores: 4, quotaCores: 0.5 } as const;
    const one = service('one', { time: ms(1000), serves });
    const seen = run(client(2, [call('one')], [one]));
    expect(seen.services['one']!.utilizationRatio.at(-2)).toBeCloseTo(1, 9);
  });
});
