/** Traffic that comes in bursts, in model files and in runs. */
import { expect, test } from 'vitest';
import type { BurstyArrivals } from '../../simulator/model/arrival-settings.ts';
import type { Model, Traffic } from '../../simulator/model/model.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import { type SimulationOptions, simulate } from '../../simulator/simulate.ts';
import { allArrivals, arrivalStreams } from '../../simulator/traffic/arrivals.ts';
import { changed } from '../helpers/model-text.ts';
import { model, service } from '../helpers/models.ts';

const BURSTS: BurstyArrivals = { type: 'bursts', everyMs: 5000, forMs: 1000, times: 3 };
const OPTIONS = { seed: 1, replications: 3, arrivals: 'independent', modelDigest: '' } as const;
const DURATION_MS = 60_000;

function shop(arrivals: Traffic['arrivals'], ...more: readonly Traffic[]): Model {
  const what = model(50, DURATION_MS, [service('s', { time: { type: 'constant', ms: 1 } })]);
  return { ...what, traffic: [{ ...what.traffic[0]!, arrivals }, ...more] };
}

function arrived(what: Model, options: Partial<SimulationOptions> = {}): (readonly number[])[] {
  const { runs } = simulate(what, { ...OPTIONS, ...options });
  return runs.map(({ journeys }) => journeys['visit']!.arrived);
}

function times(what: Model, replication = 0): Float64Array {
  const [traffic] = what.traffic;
  return allArrivals(traffic!, arrivalStreams(1, replication, traffic!.name));
}

test('a model file says how often, how long and how high', () => {
  const words = '{ bursts: { every: 5s, for: 1s, times: 3 } }';
  const { model: parsed } = parseModel([
    changed('rate: 50/s', `rate: 50/s\n    arrivals: ${words}`),
  ]);
  expect(parsed!.traffic[0]!.arrivals).toEqual(BURSTS);
});

test('every replication has bursts of its own, and the same seed the same', () => {
  const runs = arrived(shop(BURSTS));
  expect(new Set(runs.map(String)).size).toBe(3);
  expect(arrived(shop(BURSTS))).toEqual(runs);
  expect(arrived(shop(BURSTS), { seed: 2 })).not.toEqual(runs);
  expect(new Set(arrived(shop(BURSTS), { arrivals: 'shared' }).map(String)).size).toBe(1);
});

test('bursts of one traffic move no arrival of another', () => {
  const other: Traffic = { ...shop('poisson').traffic[0]!, name: 'other', does: 'browse' };
  const browsing = (arrivals: Traffic['arrivals']) => {
    const what = shop(arrivals, other);
    const journeys = [...what.journeys, { ...what.journeys[0]!, name: 'browse' }];
    return simulate({ ...what, journeys }, OPTIONS).runs.map(
      (run) => run.journeys['browse']!.arrived,
    );
  };
  expect(browsing(BURSTS)).toEqual(browsing('poisson'));
});

test('hardly any burst moves hardly any arrival: the draws are those of Poisson arrivals', () => {
  const plain = times(shop('poisson'));
  const nearly = times(shop({ ...BURSTS, times: 1 + 1e-12 }));
  expect(nearly).toHaveLength(plain.length);
  plain.forEach((ms, at) => {
    expect(nearly[at]).toBeCloseTo(ms, 6);
  });
});

test('between bursts of all of the rate nobody comes', () => {
  const gaps = times(shop({ ...BURSTS, times: 5 }));
  const long = gaps.subarray(1).filter((ms, at) => ms - gaps[at]! > 500);
  // 250/s in bursts: a gap of half a second inside one is a chance of e^−125.
  expect(long.length).toBeGreaterThan(3);
  expect(long.length).toBeLessThan(40);
  expect(gaps.every((ms, at) => at === 0 || ms >= gaps[at - 1]!)).toBe(true);
  expect(gaps.at(-1)).toBeLessThanOrEqual(DURATION_MS);
});

test('few bursts are a warning, but not where arrivals are shared', () => {
  const seldom = shop({ ...BURSTS, everyMs: 45_000 });
  expect(simulate(seldom, OPTIONS).warnings).toEqual([
    'traffic learners: 4 bursts are expected in all runs together; with fewer than 30 intervals ' +
      'do not say what more of them would do',
  ]);
  expect(simulate(seldom, { ...OPTIONS, arrivals: 'shared' }).warnings).toEqual([]);
  expect(simulate(shop(BURSTS), OPTIONS).warnings).toEqual([]);
});

test('all of the rate in bursts is written without a rounding error in the way', () => {
  const words = '{ bursts: { every: 321.9ms, for: 100us, times: 3219 } }';
  const { model: parsed, problems } = parseModel([
    changed('rate: 50/s', `rate: 50/s\n    arrivals: ${words}`),
  ]);
  expect(problems).toBeUndefined();
  expect(times(parsed!).every((ms) => ms >= 0)).toBe(true);
});
