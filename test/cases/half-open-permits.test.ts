/**
 * Permits of half-open breakers while instances of the caller are killed: each is given back by
 * who took it, once. What is counted is looked at after every event.
 */
import { expect, test } from 'vitest';
import { breakerSettings } from '../../simulator/model/breaker-settings.ts';
import type { Fault } from '../../simulator/model/health-settings.ts';
import type { CallStep, Model } from '../../simulator/model/model.ts';
import { simulateRun } from '../../simulator/simulate.ts';
import { findsAllRight } from '../helpers/laws/audit.ts';
import { fixedSize, model, service } from '../helpers/models.ts';

const ms = (value: number) => ({ type: 'constant', ms: value }) as const;
const OPTIONS = { seed: 1, arrivals: 'independent' } as const;

/**
 * Ten requests a second for three seconds to two instances of api, each of which asks store, whose
 * answers take so long; between 0.5 s and 0.7 s they are errors at once.
 */
function asking(storeMs: number, kill: Partial<Fault>, call: Partial<CallStep> = {}): Model {
  const breaker = breakerSettings({
    slidingWindowSize: 2,
    minimumNumberOfCalls: 2,
    waitDurationInOpenStateMs: 300,
    permittedNumberOfCallsInHalfOpenState: 1,
  });
  const sick: Fault = { type: 'fail', atMs: 500, forMs: 200, instances: 1, ratio: 1 };
  const killed = { type: 'kill', atMs: 1500.5, instances: 1, ...kill } as Fault;
  const ask = { type: 'call', service: 'store', endpoint: 'work', timeoutMs: undefined, breaker };
  const api = service('api', {
    time: ms(0),
    serves: { type: 'delay' },
    scaling: fixedSize(2),
    faults: [killed],
  });
  const store = service('store', { time: ms(storeMs), serves: { type: 'delay' }, faults: [sick] });
  const steps = [{ ...ask, ...call } as CallStep];
  const base = model(10, 3000, [{ ...api, endpoints: [{ name: 'work', steps }] }, store]);
  return { ...base, traffic: base.traffic.map((one) => ({ ...one, arrivals: 'even' })) };
}

test('who began before half-open took no permit, and gives none back when it is killed', () => {
  const what = asking(100_000, {});
  const { incidents } = simulateRun(what, OPTIONS, 0);
  const modes = incidents!.flatMap(({ reason }) => /closed|half-open|open/.exec(reason)?.[0] ?? []);
  // The one call that half-open lets through is under way to the end of the run.
  expect(modes).toEqual(['open', 'half-open']);
  findsAllRight(what);
});

test('who took one gives it back once', () => {
  findsAllRight(asking(10_000, { instances: 2 }));
  findsAllRight(asking(10_000, { atMs: 1000.5, instances: 2 }));
  findsAllRight(asking(900, { atMs: 1500.5, instances: 2 }));
});

test('all instances that a request is at are killed at one moment', () => {
  const breaker = breakerSettings({ permittedNumberOfCallsInHalfOpenState: 1 });
  const retry = { attempts: 3, backoff: ms(200) } as const;
  const ask = { type: 'call', service: 'api', timeoutMs: undefined, breaker, retry } as const;
  const kill: Fault = { type: 'kill', atMs: 1500.5, instances: 3 };
  const api = service('api', {
    time: ms(0),
    serves: { type: 'delay' },
    scaling: fixedSize(3),
    faults: [kill],
  });
  const endpoints = [
    { name: 'back', steps: [{ type: 'wait', time: ms(600) } as const] },
    { name: 'work', steps: [{ ...ask, endpoint: 'back' } as const] },
  ];
  const base = model(30, 3000, [{ ...api, endpoints }]);
  const visit = { ...ask, endpoint: 'work' };
  findsAllRight({ ...base, journeys: [{ name: 'visit', steps: [visit] }] });
});
