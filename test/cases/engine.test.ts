import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Distribution, Model, Service, ThreadQueue } from '../../simulator/model/model.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import { mergeHistograms } from '../../simulator/results/histogram.ts';
import type { JourneySeries, Run } from '../../simulator/results/results.ts';
import { simulate } from '../../simulator/simulate.ts';
import { fixedSize, model, NO_TIME, scalable, service } from '../helpers/models.ts';

const OPTIONS = { seed: 1, arrivals: 'independent', modelDigest: '' } as const;
const ms = (value: number): Distribution => ({ type: 'constant', ms: value });

function run(what: Model): Run {
  return simulate(what, { ...OPTIONS, replications: 1 }).runs[0]!;
}

/** Evenly spaced arrivals instead of random ones. */
function evenly(what: Model): Model {
  return { ...what, traffic: what.traffic.map((traffic) => ({ ...traffic, arrivals: 'even' })) };
}

function visits(what: Model): JourneySeries {
  return run(what).journeys['visit']!;
}

function latency(series: JourneySeries) {
  return mergeHistograms(series.latencyMs);
}

function withSteps(name: string, steps: Service['endpoints'][number]['steps'], rest = {}): Service {
  return service(name, { time: NO_TIME, endpoints: [{ name: 'work', steps }], ...rest });
}

test('every arrival has exactly one fate', () => {
  const slow = service('slow', { time: { type: 'exponential', meanMs: 90 } });
  const { counters } = visits(model(10, 60_000, [slow], { timeoutMs: 300 }));
  const { arrived, completed, failed, timedOut, shed, inside } = counters;
  expect(timedOut).toBeGreaterThan(0);
  expect(completed + failed + timedOut + shed + inside).toBe(arrived);
});

test('even arrivals come exactly at the rate, the first at zero', () => {
  const series = visits(evenly(model(50, 10_000, [service('s', { time: ms(1) })])));
  expect(series.arrived).toEqual(Array(10).fill(50));
});

test('an unloaded request takes its steps and its hops, no more', () => {
  const back = service('back', { time: ms(7) });
  const front = withSteps('front', [
    { type: 'cpu', time: ms(2) },
    { type: 'call', service: 'back', endpoint: 'work', timeoutMs: undefined },
    { type: 'wait', time: ms(3) },
  ]);
  const what = evenly(model(1, 5_000, [front, back], { hopMs: 0.5 }));
  expect(latency(visits(what)).max).toBeCloseTo(2 + 7 + 3 + 4 * 0.5, 9);
});

test('an event loop serves others while it waits, a thread does not', () => {
  const steps = [
    { type: 'cpu', time: ms(1) },
    { type: 'wait', time: ms(99) },
  ] as const;
  const loop = withSteps('s', steps, { serves: { type: 'event-loop' } });
  const thread = withSteps('s', steps, { serves: { type: 'threads', count: 1 } });
  const at20 = (which: Service) => visits(evenly(model(20, 2_000, [which])));
  expect(latency(at20(loop)).max).toBeCloseTo(100, 6);
  expect(latency(at20(thread)).max).toBeGreaterThan(1000);
});

test('cpu steps of one event loop run one at a time, first in, first out', () => {
  const loop = service('s', { time: ms(30), serves: { type: 'event-loop' } });
  const { max, min } = latency(visits(evenly(model(25, 400, [loop]))));
  // Ten arrivals 40 ms apart never meet; at 50/s they queue 10 ms longer each.
  expect([min, max]).toEqual([30, 30]);
  const queued = latency(visits(evenly(model(50, 200, [loop]))));
  expect(queued.max).toBeCloseTo(30 + 9 * 10, 6);
});

test('a client that times out leaves zombie work behind, and the server stays busy with it', () => {
  const slow = service('slow', { time: ms(500) });
  const result = run(evenly(model(1, 10_000, [slow], { timeoutMs: 100 })));
  expect(result.journeys['visit']!.counters).toMatchObject({ arrived: 10, timedOut: 10 });
  expect(result.services['slow']!.zombies).toBe(10);
  const busy = result.services['slow']!.utilizationRatio;
  for (const ratio of busy) expect(ratio).toBeCloseTo(0.5, 9);
});

test('a timeout between services is an error of the caller, not a timeout of the client', () => {
  const back = service('back', { time: ms(500) });
  const front = withSteps('front', [
    { type: 'call', service: 'back', endpoint: 'work', timeoutMs: 50 },
  ]);
  const { counters } = visits(evenly(model(1, 5_000, [front, back])));
  expect(counters).toMatchObject({ arrived: 5, failed: 5, timedOut: 0 });
});

test('a thread is given back when the call that it waits for times out', () => {
  const back = service('back', { time: ms(900), serves: { type: 'threads', count: 100 } });
  const call = { type: 'call', service: 'back', endpoint: 'work', timeoutMs: 10 } as const;
  const front = withSteps('front', [call, { type: 'cpu', time: ms(1) }]);
  const result = run(evenly(model(20, 5_000, [front, back])));
  const ratio = result.services['front']!.utilizationRatio[2]!;
  expect(ratio).toBeCloseTo(0.2, 6);
});

test('round robin gives each instance its turn', () => {
  const pool = service('s', { time: ms(100), scaling: fixedSize(4) });
  const { max } = latency(visits(evenly(model(40, 5_000, [pool]))));
  expect(max).toBe(100);
});

test('least request avoids the busy instance that round robin runs into', () => {
  const time: Distribution = { type: 'empirical', valuesMs: [5, 5, 5, 5, 5, 5, 5, 5, 5, 400] };
  const mean = (type: 'round-robin' | 'least-request') => {
    const balancing = type === 'round-robin' ? { type } : { type, choices: 2 };
    const pool = service('s', { time, balancing, scaling: fixedSize(8) });
    return latency(visits(model(80, 120_000, [pool]))).mean;
  };
  expect(mean('least-request')).toBeLessThan(0.7 * mean('round-robin'));
});

test('without any instance a request fails at once', () => {
  const none = service('s', { time: ms(1), scaling: fixedSize(0) });
  expect(visits(evenly(model(5, 2_000, [none]))).counters).toMatchObject({
    arrived: 10,
    failed: 10,
  });
});

function autoscaled(boot: number, warmUpMs: number, drainMs = 10_000): Service {
  const alarm = {
    metric: 'requests-per-instance',
    periodMs: 10_000,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    missingData: 'missing',
  } as const;
  const step = (by: number, lower?: number, upper?: number) =>
    [{ lower, upper, change: { type: 'change-in-capacity', by } }] as const;
  return service('s', {
    time: ms(5),
    on: { type: undefined, dollarsPerHour: undefined, boot: ms(boot), warmUpMs },
    scaling: {
      ...scalable(1, 4, [
        {
          type: 'step-scaling',
          alarm: { ...alarm, comparison: 'above', threshold: 60 },
          steps: step(1, 0),
          minMagnitude: 1,
        },
        {
          type: 'step-scaling',
          alarm: { ...alarm, comparison: 'below', threshold: 20 },
          steps: step(-1, undefined, 0),
          minMagnitude: 1,
        },
      ]),
      drainMs,
    },
  });
}

function stepTo(what: Model, atMs: number, ratePerSecond: number): Model {
  const [first] = what.traffic[0]!.rate;
  const rate = [
    { ...first!, endMs: atMs, phase: 'before' },
    {
      startMs: atMs,
      endMs: what.durationMs,
      fromPerSecond: ratePerSecond,
      toPerSecond: ratePerSecond,
      phase: 'after',
    },
  ];
  return { ...what, traffic: [{ ...what.traffic[0]!, rate }] };
}

test('a scale-out boots before it serves, and warms up before it counts', () => {
  const what = evenly(stepTo(model(40, 60_000, [autoscaled(3_000, 15_000)]), 20_000, 100));
  const { decisions, services } = run(what);
  expect(decisions.map(({ atMs, desired }) => [atMs, desired])).toEqual([[30_000, 2]]);
  expect(decisions[0]!.reason).toContain('100.0/s above 60.0/s');
  const { booting, serving, desired } = services['s']!;
  // Samples stand at the end of each second.
  expect(desired.slice(28, 31)).toEqual([1, 2, 2]);
  expect(booting.slice(28, 34)).toEqual([0, 1, 1, 1, 0, 0]);
  expect(serving.slice(31, 34)).toEqual([1, 2, 2]);
});

test('a scale-in drains what it has and loses no request', () => {
  const what = evenly(stepTo(model(100, 90_000, [autoscaled(1_000, 0)]), 30_000, 15));
  const result = run(what);
  const { counters } = result.journeys['visit']!;
  expect(result.decisions.map(({ desired }) => desired)).toEqual([2, 1]);
  expect(counters.completed).toBe(counters.arrived);
  expect(result.services['s']!.serving.at(-1)).toBe(1);
});

test('what a drain does not finish in time fails', () => {
  const slow: Service = {
    ...autoscaled(1_000, 0, 2_000),
    serves: { type: 'threads', count: 1000 },
    endpoints: [{ name: 'work', steps: [{ type: 'wait', time: ms(8_000) }] }],
  };
  const result = run(evenly(stepTo(model(100, 90_000, [slow]), 30_000, 15)));
  const { arrived, completed, failed, inside } = result.journeys['visit']!.counters;
  expect(failed).toBeGreaterThan(10);
  expect(inside).toBe(0);
  expect(completed + failed).toBe(arrived);
});

test('instance-hours are the integral of instances over time', () => {
  const { services } = run(
    model(1, 3_600_000, [service('s', { time: ms(1), scaling: fixedSize(3) })]),
  );
  expect(services['s']!.instanceHours).toBeCloseTo(3, 9);
});

test('one seed gives one result, and replications do not depend on how many there are', () => {
  const what = model(50, 20_000, [autoscaled(2_000, 1_000)]);
  const hash = (replications: number, keep: number) => {
    const { runs } = simulate(what, { ...OPTIONS, replications });
    return createHash('sha256')
      .update(JSON.stringify(runs.slice(0, keep)))
      .digest('hex');
  };
  expect(hash(3, 3)).toBe(hash(3, 3));
  expect(hash(2, 2)).toBe(hash(5, 2));
});

test('with shared arrivals every replication sees the same requests come', () => {
  const what = model(50, 20_000, [service('s', { time: { type: 'exponential', meanMs: 5 } })]);
  const { runs } = simulate(what, { ...OPTIONS, arrivals: 'shared', replications: 3 });
  const arrived = runs.map(({ journeys }) => journeys['visit']!.arrived);
  expect(arrived[1]).toEqual(arrived[0]);
  const latencies = runs.map(({ journeys }) => journeys['visit']!.latencyMs);
  expect(latencies[1]).not.toEqual(latencies[0]);
});

test('an overload without bound is named in a warning', () => {
  const results = simulate(model(20, 400_000, [service('s', { time: ms(100) })]), {
    ...OPTIONS,
    replications: 1,
  });
  expect(results.warnings.join()).toContain('overloaded');
});

test('a request that comes back to an instance while that is cut off is not lost', () => {
  const text = `name: re-entrant
duration: 60s
traffic: { guests: { does: visit, rate: [{ at: 60/s, for: 25s }, { at: 2/s, for: 35s }] } }
journeys: { visit: [{ call: front.work, timeout: 500ms }] }
services:
  front:
    serves: { threads: 2 }
    scaling:
      min: 1
      max: 6
      drain: 0s
      policies:
        - step-scaling:
            alarm: { metric: requests-per-instance, above: 10/s, period: 10s }
            steps: [{ add: 5 }]
        - step-scaling:
            alarm: { metric: requests-per-instance, below: 10/s, period: 10s }
            steps: [{ remove: 4 }]
    endpoints:
      work: [{ cpu: { exponential: 50ms } }, { call: back.work }]
      other: [{ cpu: { exponential: 50ms } }]
  back:
    serves: event-loop
    instances: 1
    endpoints: { work: [{ call: front.other }] }
`;
  const { model: reentrant } = parseModel([{ file: 'm.yaml', text }]);
  const { runs } = simulate(reentrant!, { ...OPTIONS, seed: 5, replications: 1 });
  expect(runs[0]!.journeys['visit']!.counters.inside).toBe(0);
});

test('a chain of two hundred busy services, the most there may be, loses nobody', () => {
  const chain = Array.from({ length: 200 }, (_, i) =>
    withSteps(`s${i}`, [
      { type: 'cpu', time: ms(i === 199 ? 20 : 0) },
      ...(i < 199
        ? [{ type: 'call', service: `s${i + 1}`, endpoint: 'work', timeoutMs: undefined } as const]
        : []),
    ]),
  );
  const { counters } = visits(evenly(model(100, 2_000, chain)));
  expect(counters).toMatchObject({ arrived: 200, completed: 200, inside: 0 });
});

test('a request of nine thousand steps is served', () => {
  const steps = Array.from({ length: 9_000 }, () => ({ type: 'cpu', time: ms(0.001) }) as const);
  const { counters } = visits(evenly(model(10, 1_000, [withSteps('s', steps)])));
  expect(counters).toMatchObject({ arrived: 10, completed: 10 });
});

/** Ten requests 1 ms apart at one thread that takes 100 ms for each; the last comes at 9 ms. */
function burst(queue: ThreadQueue, timeoutMs?: number) {
  const serves = { type: 'threads', count: 1, queue } as const;
  const slow = service('s', { time: ms(100), serves });
  const what = model(1000, 2_000, [slow], timeoutMs === undefined ? {} : { timeoutMs });
  return run(evenly(stepTo(what, 10, 0)));
}

const NO_LIMIT: ThreadQueue = { limit: undefined, order: 'fifo', expired: 'serve' };

test('a full queue sheds, and what it sheds is told at once', () => {
  const { journeys } = burst({ ...NO_LIMIT, limit: 3 });
  // One in service, three in the queue.
  expect(journeys['visit']!.counters).toMatchObject({ arrived: 10, completed: 4, shed: 6 });
});

test('what is shed below is an error of the caller', () => {
  const queue = { ...NO_LIMIT, limit: 0 };
  const back = service('back', { time: ms(500), serves: { type: 'threads', count: 1, queue } });
  const call = { type: 'call', service: 'back', endpoint: 'work', timeoutMs: undefined } as const;
  const front = withSteps('front', [call], { serves: { type: 'event-loop' } });
  const { counters } = visits(evenly(model(10, 1_000, [front, back])));
  expect(counters).toMatchObject({ arrived: 10, completed: 2, failed: 8, shed: 0 });
});

test('last in, first out: the newest is served next, the oldest waits longest', () => {
  const fifo = latency(burst(NO_LIMIT).journeys['visit']!);
  const lifo = latency(burst({ ...NO_LIMIT, order: 'lifo' }).journeys['visit']!);
  expect(lifo.mean).toBeCloseTo(fifo.mean, 9);
  // The second to come is the last to be served: it waits for all the others.
  expect(lifo.max).toBeCloseTo(999, 9);
  expect(fifo.max).toBeCloseTo(991, 9);
});

test('a queue that drops what has expired does no zombie work for it', () => {
  const serve = burst(NO_LIMIT, 250);
  const drop = burst({ ...NO_LIMIT, expired: 'drop' }, 250);
  expect(serve.journeys['visit']!.counters).toMatchObject({ completed: 2, timedOut: 8 });
  expect(drop.journeys['visit']!.counters).toMatchObject({ completed: 2, timedOut: 8 });
  expect(serve.services['s']!.zombies).toBe(8);
  // The one that was in service when its caller gave up, and no other.
  expect(drop.services['s']!.zombies).toBe(1);
});

test('a call that fails is tried again after its pause, and the first answer counts', () => {
  const refusing = { limit: 0, order: 'fifo', expired: 'serve' } as const;
  const serves = { type: 'threads', count: 1, queue: refusing } as const;
  const back = service('back', { time: ms(50), serves });
  const call = { type: 'call', service: 'back', endpoint: 'work', timeoutMs: undefined } as const;
  const retrying = (attempts: number) =>
    withSteps('front', [{ ...call, retry: { attempts, backoff: ms(30) } }], {
      serves: { type: 'event-loop' },
    });
  // Two requests 10 ms apart: the second finds the thread taken at 10 and at 40 ms, not at 70.
  const twoOf = (attempts: number) =>
    visits(evenly(stepTo(model(100, 1_000, [retrying(attempts), back]), 20, 0)));
  expect(twoOf(2).counters).toMatchObject({ arrived: 2, completed: 1, failed: 1 });
  expect(twoOf(3).counters).toMatchObject({ arrived: 2, completed: 2, failed: 0 });
  expect(latency(twoOf(3)).max).toBeCloseTo(30 + 30 + 50, 9);
});

// An attempt outlasts its timeout with probability p, by itself and whatever the others do.
test.each([
  [0.5, 2],
  [0.5, 4],
  [0.9, 3],
])('with p = %f and %i attempts, as many are made and fail as arithmetic says', (p, attempts) => {
  const slow = Array.from({ length: 10 }, (_, i) => (i < p * 10 ? 500 : 1));
  const time: Distribution = { type: 'empirical', valuesMs: slow };
  const serves = { type: 'threads', count: 100_000 } as const;
  const back = service('back', { time, serves });
  const retry = { attempts, backoff: NO_TIME };
  const call = { type: 'call', service: 'back', endpoint: 'work', timeoutMs: 100, retry } as const;
  const front = withSteps('front', [call], { serves: { type: 'event-loop' } });
  const { journeys, services } = run(model(1000, 60_000, [front, back]));
  const { arrived, failed } = journeys['visit']!.counters;
  const all = p ** attempts;
  expect(failed / arrived / all).toBeCloseTo(1, 1);
  // Each failed attempt is zombie work: of (1 − pⁿ) ÷ (1 − p) attempts, the share p.
  const attemptsMade = (1 - all) / (1 - p);
  expect(services['back']!.zombies / arrived / (attemptsMade * p)).toBeCloseTo(1, 1);
});

test('a client that tries again is timed out only when its last attempt is', () => {
  const time: Distribution = { type: 'empirical', valuesMs: [500, 1] };
  const serves = { type: 'threads', count: 100_000 } as const;
  const slow = service('s', { time, serves });
  const what = model(100, 20_000, [slow]);
  const retry = { attempts: 2, backoff: NO_TIME };
  const call = { type: 'call', service: 's', endpoint: 'work', timeoutMs: 100, retry } as const;
  const { counters } = visits({ ...what, journeys: [{ name: 'visit', steps: [call] }] });
  expect(counters.timedOut / counters.arrived).toBeCloseTo(0.25, 1);
  expect(counters.completed + counters.timedOut).toBe(counters.arrived);
});

test('cores are shared evenly, nobody gets more than one, and waiting uses none', () => {
  const shared = (cores: number, steps: Service['endpoints'][number]['steps']) =>
    withSteps('s', steps, { serves: { type: 'cpu-shared', cores } });
  const work = { type: 'cpu', time: ms(100) } as const;
  const wait = { type: 'wait', time: ms(100) } as const;
  // Two requests 50 ms apart, at one core: alone for 50 ms, together for 100, alone for 50.
  const two = (service: Service) =>
    latency(visits(evenly(stepTo(model(20, 2_000, [service]), 100, 0))));
  expect([two(shared(1, [work])).min, two(shared(1, [work])).max]).toEqual([150, 150]);
  expect(two(shared(2, [work])).max).toBeCloseTo(100, 9);
  expect(two(shared(1, [wait])).max).toBeCloseTo(100, 9);
});

test('requests with equal work that come together are done together, in their order', () => {
  const work = { type: 'cpu', time: ms(10) } as const;
  const one = withSteps('s', [work], { serves: { type: 'cpu-shared', cores: 1 } });
  const what = model(1_000, 2_000, [one]);
  const { counters, latencyMs } = visits(evenly(stepTo(what, 20, 0)));
  expect(counters).toMatchObject({ arrived: 20, completed: 20, inside: 0 });
  // All 200 ms of work are done 200 ms after the first arrival, whoever got them.
  expect(mergeHistograms(latencyMs).max).toBeLessThanOrEqual(200);
});

/** So many journeys and traffics, each with a timeout of its own. */
function manyTraffics(count: number, steps = 1): Model {
  const time = { type: 'constant', ms: 1_000 } as const;
  const slow = service('s', { time, serves: { type: 'threads', count: 100_000 } });
  const base = evenly(model(1, 3_000, [slow]));
  const call = { type: 'call', service: 's', endpoint: 'work' } as const;
  const journeys = Array.from({ length: count }, (_, i) => ({
    name: `j${i}`,
    steps: Array.from({ length: steps }, () => ({ ...call, timeoutMs: 10 + i })),
  }));
  const traffic = journeys.map(({ name }) => ({ ...base.traffic[0]!, name, does: name }));
  return { ...base, journeys, traffic };
}

test('with hundreds of traffics and timeouts every one of them comes and times out', () => {
  const { journeys } = run(manyTraffics(400));
  const counters = Object.values(journeys).map((journey) => journey.counters);
  expect(counters).toHaveLength(400);
  for (const one of counters) expect(one).toMatchObject({ arrived: 3, timedOut: 3 });
});

test('a model that is larger than the engine is refused in words', () => {
  expect(() => run(manyTraffics(20_000))).toThrow(/^test: expected at most \d+ journeys/);
  const { journeys, traffic, ...rest } = manyTraffics(1);
  const crowd = Array.from({ length: 20_000 }, (_, i) => ({ ...traffic[0]!, name: `t${i}` }));
  expect(() => run({ ...rest, journeys, traffic: crowd })).toThrow(
    /^test: expected at most \d+ traffics and timeouts/,
  );
  expect(() => run(manyTraffics(20, 9_000))).toThrow(/^test: expected at most \d+ operations/);
});
