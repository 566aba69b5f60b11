/** Hedged calls in the engine, moment by moment. */
import { expect, test } from 'vitest';
import type { CallStep, Model, Service, Step } from '../../simulator/model/model.ts';
import { mergeHistograms } from '../../simulator/results/histogram.ts';
import { simulate } from '../../simulator/simulate.ts';
import { fixedSize, model, service } from '../helpers/models.ts';
import { segment } from '../helpers/random-models.ts';

const MS = (ms: number) => ({ type: 'constant', ms }) as const;

const ONE = [segment(0, 1000, 1, 1), segment(1000, 1500, 0, 0)];

/** One visitor, who asks two instances in turn, with copies. */
function visited(
  call: Partial<CallStep>,
  own: Partial<Service>,
  more: Partial<Model> = {},
  rate = ONE,
) {
  const pool = service('pool', { time: MS(10), scaling: fixedSize(2), ...own });
  const base = model(1, 1500, [pool]);
  const steps: Step[] = [
    { type: 'call', service: 'pool', endpoint: 'work', timeoutMs: undefined, ...call },
  ];
  const whole: Model = {
    ...base,
    traffic: [{ ...base.traffic[0]!, arrivals: 'even', rate }],
    journeys: [{ name: 'visit', steps }],
    ...more,
  };
  const { runs } = simulate(whole, {
    seed: 1,
    replications: 1,
    arrivals: 'independent',
    modelDigest: '',
  });
  const { counters, latencyMs } = runs[0]!.journeys['visit']!;
  const { zombies, utilizationRatio } = runs[0]!.services['pool']!;
  return { counters, latencyMs, zombies, busy: utilizationRatio.at(-1) };
}

test('a quick answer sends no copy', () => {
  const hedge = { afterMs: 20, copies: 3, cancels: false };
  expect(visited({ hedge }, {})).toMatchObject({ counters: { completed: 1 }, zombies: 0 });
});

test('copies that are sent work on when nobody calls them off', () => {
  // At 0, 4 and 8 ms; the first is back after 10.
  const hedge = { afterMs: 4, copies: 5, cancels: false };
  expect(visited({ hedge }, {})).toMatchObject({ counters: { completed: 1 }, zombies: 2 });
});

test('what is on the processor is finished, what waits leaves', () => {
  // Two instances of one thread: copies 1 and 2 are served until 10 ms, 3 to 5 wait. The first
  // thread has taken copy 3 by the time that it is called off; 2 and 3 are finished, 4, 5 gone.
  const hedge = { afterMs: 0, copies: 5, cancels: true };
  expect(visited({ hedge }, {})).toMatchObject({ counters: { completed: 1 }, zombies: 2 });
});

test('a copy that fails sends the next one at once; when all have failed, so has the call', () => {
  const queue = { limit: 0, order: 'fifo', expired: 'serve' } as const;
  const serves = { type: 'threads', count: 1, queue } as const;
  const hedge = { afterMs: 1000, copies: 2, cancels: true };
  // Both find the one thread taken for long by a visitor before them.
  const block: Step = { type: 'publish', service: 'pool', endpoint: 'work' };
  const moment: Step = { type: 'wait', time: MS(1) };
  const call: Step = { type: 'call', service: 'pool', endpoint: 'work', timeoutMs: undefined };
  const journeys = [{ name: 'visit', steps: [block, moment, { ...call, hedge }] }];
  const own = { time: MS(500), serves, scaling: fixedSize(1) };
  const { counters } = visited({}, own, { journeys });
  expect(counters).toMatchObject({ arrived: 1, shed: 1, completed: 0 });
});

test('a thread that one loser gives back is not left with another that is called off', () => {
  // Copies 2 and 4 are at one thread, 4 behind 2; what waits outside is called off at once.
  const hedge = { afterMs: 1, copies: 5, cancels: true };
  const endpoints = [{ name: 'work', steps: [{ type: 'wait', time: MS(10) }] as const }];
  const rate = [segment(0, 1000, 5, 5), segment(1000, 1500, 0, 0)];
  const seen = visited({ hedge }, { endpoints }, {}, rate);
  const { counters, latencyMs, zombies, busy } = seen;
  expect(counters).toMatchObject({ arrived: 5, completed: 5 });
  expect(mergeHistograms(latencyMs)).toMatchObject({ min: 10, max: 10 });
  // In the half second in which nobody comes.
  expect(busy).toBe(0);
  expect(zombies).toBe(0);
});

test('a timeout holds for all copies together', () => {
  const hedge = { afterMs: 4, copies: 2, cancels: false };
  const { counters, zombies } = visited({ timeoutMs: 7, hedge }, {});
  expect(counters).toMatchObject({ timedOut: 1, completed: 0 });
  // The first answer goes to the caller that has left, the second to nobody at all.
  expect(zombies).toBe(2);
});
