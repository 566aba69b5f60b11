/** Questions for a steady state that have no meaning are refused, each in words of its own. */
import { expect, test } from 'vitest';
import { offeredLoads } from '../../simulator/analysis/offered-load.ts';
import { questionSteadyState } from '../../simulator/analysis/steady-question.ts';
import { meanMsOf } from '../../simulator/distributions/mean.ts';
import type {
  CallStep,
  Distribution,
  Model,
  RateSegment,
  ServerKind,
  Service,
  Step,
} from '../../simulator/model/model.ts';
import type { ScalingPolicy } from '../../simulator/model/scaling-settings.ts';
import { fixedSize, model, NO_TIME, scalable, service } from '../helpers/models.ts';

const ms = (value: number): Distribution => ({ type: 'constant', ms: value });
const cpu = (value: number): Step => ({ type: 'cpu', time: ms(value) });
const wait = (value: number): Step => ({ type: 'wait', time: ms(value) });
const call = (name: string, rest: Partial<CallStep> = {}): CallStep => ({
  type: 'call',
  service: name,
  endpoint: 'work',
  timeoutMs: undefined,
  ...rest,
});
const api = (serves: ServerKind, steps: readonly Step[], rest: Partial<Service> = {}): Service =>
  service('api', { time: NO_TIME, serves, endpoints: [{ name: 'work', steps }], ...rest });
const threads = (count: number): ServerKind => ({ type: 'threads', count });
const quick = api(threads(12), [cpu(1)]);

const TRACKING: ScalingPolicy = {
  type: 'target-tracking',
  metric: 'utilization',
  target: 0.5,
  periodMs: 60_000,
  highPeriods: 3,
  lowPeriods: 15,
  lowRatio: 0.9,
  scaleIn: true,
};

/** The rate of the learners in pieces of 30 s, each from one rate to another. */
function rated(...pieces: readonly (readonly [number, number])[]): Model {
  const base = model(1, 30_000 * pieces.length, [quick]);
  const rate = pieces.map(([fromPerSecond, toPerSecond], index): RateSegment => {
    const startMs = index * 30_000;
    return { startMs, endMs: startMs + 30_000, fromPerSecond, toPerSecond, phase: undefined };
  });
  return { ...base, traffic: [{ ...base.traffic[0]!, rate }] };
}

const CHANGES = 'a steady state needs a constant one';
const SCALES = 'a steady state needs a fixed group (without policies it stays at 2)';

test.each<[string, Model, string]>([
  ['a step', rated([5, 5], [8, 8]), `traffic learners changes its rate at 30s: ${CHANGES}`],
  ['a ramp', rated([5, 5], [5, 8]), `traffic learners changes its rate at 30s: ${CHANGES}`],
  ['a ramp at once', rated([5, 8]), `traffic learners changes its rate at 0s: ${CHANGES}`],
  ['nobody', model(0, 1000, [quick]), 'nobody arrives: every traffic has a rate of 0'],
  [
    'a group that scales',
    model(5, 1000, [{ ...quick, scaling: scalable(2, 40, [TRACKING]) }]),
    `service api scales between 2 and 40 instances: ${SCALES}`,
  ],
  [
    'no instance',
    model(5, 1000, [{ ...quick, scaling: fixedSize(0) }]),
    'service api has no instance at the start: it can serve nobody',
  ],
  [
    'too much work for threads',
    model(144, 1000, [api(threads(12), [cpu(100)])]),
    'service api is offered 1.2 times what it can serve (12 threads, 144/s × 100 ms): ' +
      'its queue grows without bound, there is no steady state',
  ],
  [
    'exactly as much work as an event loop can do',
    model(100, 1000, [api({ type: 'event-loop' }, [cpu(10), wait(50)])]),
    'service api is offered all that it can serve (1 event loop, 100/s × 10 ms): ' +
      'its queue grows without bound, there is no steady state',
  ],
  [
    'too much work for shared cores',
    model(300, 1000, [api({ type: 'cpu-shared', cores: 1 }, [cpu(10)], { scaling: fixedSize(2) })]),
    'service api is offered 1.5 times what it can serve (2 shared cores, 300/s × 10 ms): ' +
      'its queue grows without bound, there is no steady state',
  ],
  [
    'callers that give up, which helps nobody who serves them all the same',
    model(144, 1000, [api(threads(12), [cpu(100)])], { timeoutMs: 500 }),
    'service api is offered 1.2 times what it can serve (12 threads, 144/s × 100 ms): ' +
      'its queue grows without bound (it serves those that have given up, too), ' +
      'there is no steady state',
  ],
])('refused: %s', (_, what, words) => {
  expect(questionSteadyState(what).refusals).toEqual([words]);
});

test('all that speaks against a question is said at once', () => {
  const scaling = { ...quick, scaling: scalable(2, 4, [TRACKING]) };
  const { refusals } = questionSteadyState({ ...rated([5, 5], [8, 8]), services: [scaling] });
  expect(refusals).toHaveLength(2);
});

test('a rate in two equal pieces is constant, and policies that cannot act are noted', () => {
  const still = { ...quick, scaling: { ...fixedSize(2), policies: [TRACKING] } };
  const what = { ...rated([5, 5], [5, 5]), services: [still] };
  expect(questionSteadyState(what)).toMatchObject({
    refusals: [],
    notes: ['service api has scaling policies, but always 2 instances'],
  });
});

test('bursts: the mean load counts, and what they bring for a while is noted', () => {
  const bursty = (perSecond: number): Model => {
    const base = model(perSecond, 1000, [api(threads(12), [cpu(100)])]);
    const arrivals = { type: 'bursts', everyMs: 60_000, forMs: 6000, times: 5 } as const;
    return { ...base, traffic: [{ ...base.traffic[0]!, arrivals }] };
  };
  expect(questionSteadyState(bursty(20))).toMatchObject({ refusals: [], notes: [] });
  expect(questionSteadyState(bursty(60), 360_000)).toMatchObject({
    refusals: [],
    notes: [
      'in bursts service api is offered 2.5 times what it can serve ' +
        '(12 threads, 300/s × 100 ms): its queue grows as long as they last',
    ],
  });
  expect(questionSteadyState(bursty(144)).refusals).toEqual([
    'service api is offered 1.2 times what it can serve (12 threads, 144/s × 100 ms): ' +
      'its queue grows without bound, there is no steady state',
  ]);
  expect(questionSteadyState(bursty(60), 359_999).refusals).toEqual([
    'bursts are rare: 100 of them take 360,000 requests, runs of 359,999 are too short ' +
      '(--most-requests)',
  ]);
});

test('what nobody visits is not asked', () => {
  const other = service('other', { time: ms(5), scaling: scalable(1, 9, [TRACKING]) });
  expect(questionSteadyState(model(5, 1000, [quick, other]))).toMatchObject({
    refusals: [],
    loads: [{ service: 'api' }],
  });
});

const FIFO = { order: 'fifo' } as const;

test.each([
  ['a limit', { ...FIFO, limit: 20, expired: 'serve' } as const, undefined],
  ['callers that give up and a look', { ...FIFO, limit: undefined, expired: 'drop' } as const, 500],
])('%s ends a queue: an overload is then a question with a note', (_, queue, timeoutMs) => {
  const serves: ServerKind = { type: 'threads', count: 12, queue };
  const rest = timeoutMs === undefined ? {} : { timeoutMs };
  const what = model(144, 1000, [api(serves, [cpu(100)])], rest);
  expect(questionSteadyState(what)).toMatchObject({
    refusals: [],
    notes: [
      'service api is offered 1.2 times what it can serve (12 threads, 144/s × 100 ms), ' +
        'but its queue has an end: latencies are of those that got through',
    ],
  });
});

test('a look at who has given up ends nothing where nobody ever gives up', () => {
  const queue = { ...FIFO, limit: undefined, expired: 'drop' } as const;
  const serves: ServerKind = { type: 'threads', count: 12, queue };
  expect(questionSteadyState(model(144, 1000, [api(serves, [cpu(100)])])).refusals).toHaveLength(1);
});

test('behind a service that sheds, nobody is refused for what never comes', () => {
  const queue = { ...FIFO, limit: 0, expired: 'serve' } as const;
  const front = service('front', {
    time: NO_TIME,
    serves: { type: 'threads', count: 1, queue },
    endpoints: [{ name: 'work', steps: [cpu(20), call('api')] }],
  });
  const { refusals, loads } = questionSteadyState(
    model(100, 1000, [front, api({ type: 'event-loop' }, [cpu(11)])]),
  );
  expect(refusals).toEqual([]);
  expect(loads.map(({ ratio }) => ratio)).toEqual([3.1, 1.1]);
});

test.each<[string, readonly Step[], number, number]>([
  ['its own steps, waits included', [cpu(3), wait(4)], 0, 7],
  ['a call with its hops', [call('back')], 0.5, 11],
  ['at most the timeout of a call', [call('back', { timeoutMs: 6 })], 0.5, 6],
  ['one attempt', [call('back', { retry: { attempts: 3, backoff: ms(9) } })], 0, 10],
])('a thread is held for %s', (_, steps, hopMs, heldMs) => {
  const back = service('back', { time: ms(10), serves: threads(1) });
  const [load] = offeredLoads(model(1, 1000, [api(threads(1), steps), back], { hopMs }));
  expect(load!.demandMsMean).toBeCloseTo(heldMs, 12);
});

test.each<[ServerKind, number]>([
  [{ type: 'event-loop' }, 3],
  [{ type: 'cpu-shared', cores: 2 }, 3],
])('%j is taken by work on the processor only', (serves, demandMs) => {
  const back = service('back', { time: ms(10), serves: threads(1) });
  const [load] = offeredLoads(model(1, 1000, [api(serves, [cpu(3), wait(4), call('back')]), back]));
  expect(load!.demandMsMean).toBe(demandMs);
});

test('visits are counted through the tree of calls, over all journeys', () => {
  const back = service('back', { time: ms(10), serves: threads(4) });
  const base = model(5, 1000, [api(threads(1), [call('back'), call('back')]), back]);
  const journeys = [...base.journeys, { name: 'look', steps: [call('back')] }];
  const traffic = [...base.traffic, { ...base.traffic[0]!, name: 'bots', does: 'look' }];
  expect(offeredLoads({ ...base, journeys, traffic })).toMatchObject([
    { service: 'api', visitsPerSecond: 5, servers: 1 },
    { service: 'back', visitsPerSecond: 15, servers: 4, ratio: 15 * 0.01 * 0.25 },
  ]);
});

test.each<[Distribution, number]>([
  [{ type: 'constant', ms: 3 }, 3],
  [{ type: 'exponential', meanMs: 7 }, 7],
  [{ type: 'lognormal', medianMs: 18, p99Ms: 45 }, 19.45],
  [{ type: 'empirical', valuesMs: [1, 2, 6] }, 3],
])('the mean of %j', (distribution, mean) => {
  expect(meanMsOf(distribution)).toBeCloseTo(mean, 2);
});
