/** Deadlines that are passed on: what is begun, what waits, and until when. */
import { expect, test } from 'vitest';
import type { CallStep, Model, Service, Step } from '../../simulator/model/model.ts';
import type { Run } from '../../simulator/results/results.ts';
import { simulate } from '../../simulator/simulate.ts';
import { fixedSize, model, NO_TIME, service } from '../helpers/models.ts';

const MS = (ms: number) => ({ type: 'constant', ms }) as const;
const FIFO = { order: 'fifo', expired: 'serve' } as const;

function call(target: string, more: Partial<CallStep> = {}): Step {
  return { type: 'call', service: target, endpoint: 'work', timeoutMs: undefined, ...more };
}

/** Visitors at even times who ask `first` for at most 50 ms. */
function run(perSecond: number, services: Service[], way: Partial<CallStep>, random = false): Run {
  const base = model(perSecond, 10_000, services);
  const whole: Model = {
    ...base,
    traffic: [{ ...base.traffic[0]!, arrivals: random ? 'poisson' : 'even' }],
    journeys: [{ name: 'visit', steps: [call(services[0]!.name, { timeoutMs: 50, ...way })] }],
  };
  const options = { seed: 1, replications: 1, arrivals: 'independent', modelDigest: '' } as const;
  return simulate(whole, options).runs[0]!;
}

const PROPAGATES = { deadline: 'propagate' } as const;
const CANCELS = { cancels: true } as const;

test('who has expired keeps its place in the queue until its turn', () => {
  // One is served for a second, one may wait: its place is free after 50 ms where it is called off.
  const queue = { limit: 1, ...FIFO };
  const slow = service('slow', { time: MS(1000), serves: { type: 'threads', count: 1, queue } });
  const shed = (way: Partial<CallStep>) => run(5, [slow], way).journeys['visit']!.counters.shed;
  expect(shed(CANCELS)).toBe(0);
  // Of five arrivals a second one is served and one waits in vain.
  expect(shed(PROPAGATES)).toBeGreaterThan(25);
});

test('what has expired is not begun when its turn comes', () => {
  const slow = service('slow', { time: MS(1000) });
  const { services, journeys } = run(5, [slow], PROPAGATES);
  // All time out, and one a second is worked on: those that came while nobody was served.
  const { arrived, timedOut } = journeys['visit']!.counters;
  expect(timedOut).toBe(arrived);
  expect(services['slow']!.zombies).toBeLessThanOrEqual(10);
});

test('calls inside wait for no longer than what is left', () => {
  const back = service('back', { time: MS(100), scaling: fixedSize(10) });
  const front = service('front', {
    time: NO_TIME,
    serves: { type: 'threads', count: 3 },
    endpoints: [{ name: 'work', steps: [call('back', { timeoutMs: 2000 })] }],
  });
  const { services } = run(20, [front, back], PROPAGATES);
  // Its threads are held for 50 ms each: 20/s × 50 ms ÷ 3.
  expect(services['front']!.utilizationRatio.at(-1)).toBeCloseTo(1 / 3, 9);
});

test('no attempt is made after the deadline, and no pause goes beyond it', () => {
  const retry = { attempts: 10, backoff: MS(15) };
  const back = service('back', { time: MS(500), scaling: fixedSize(50) });
  const front = service('front', {
    time: NO_TIME,
    serves: { type: 'threads', count: 3 },
    endpoints: [{ name: 'work', steps: [call('back', { timeoutMs: 10, retry })] }],
  });
  const { services, journeys } = run(1, [front, back], PROPAGATES);
  // Attempts at 0 and 25 ms; the third would begin at 50, and is not.
  const { arrived } = journeys['visit']!.counters;
  expect(services['back']!.zombies).toBeGreaterThanOrEqual(2 * arrived - 2);
  expect(services['back']!.zombies).toBeLessThanOrEqual(2 * arrived);
  expect(services['front']!.utilizationRatio.at(-1)).toBeCloseTo(0.05 / 3, 9);
});

test('in a queue without an end it is the same as to be called off, or dropped', () => {
  const station = (expired: 'serve' | 'drop') => {
    const queue = { limit: undefined, order: 'fifo', expired } as const;
    const serves = { type: 'threads', count: 1, queue } as const;
    return service('station', { time: { type: 'exponential', meanMs: 20 }, serves });
  };
  const seen = (way: Partial<CallStep>, expired: 'serve' | 'drop' = 'serve') => {
    const { journeys, services } = run(60, [station(expired)], way, true);
    return [journeys, services['station']!.utilizationRatio, services['station']!.zombies];
  };
  const told = seen(PROPAGATES);
  expect(told).toEqual(seen(CANCELS));
  expect(told).toEqual(seen({}, 'drop'));
  expect(told).not.toEqual(seen({}));
});
