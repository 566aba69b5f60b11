/** When the built-in generator sends: the plan's own arrivals, all of them, in order. */
import { expect, test } from 'vitest';
import { countArrivals, Schedule } from '../../replay/schedule.ts';
import { UsageError } from '../../simulator/model/usage-error.ts';
import { allArrivals, arrivalStreams } from '../../simulator/traffic/arrivals.ts';
import { encodeArrivals, type JourneyLoad } from '../../simulator/traffic/load-plan.ts';

function load(overrides: Partial<JourneyLoad>): JourneyLoad {
  const to = { journey: 'open-feed', service: 'api', endpoint: 'feed', timeoutMs: undefined };
  const played = { pacing: 'exact', arrivalCount: 0, arrivals: [], stages: [] } as const;
  return { ...to, ...played, virtualUsers: 1, ...overrides };
}

function exact(timesMs: readonly number[], overrides: Partial<JourneyLoad> = {}): JourneyLoad {
  const arrivals = encodeArrivals(timesMs);
  return load({ arrivalCount: timesMs.length, arrivals, ...overrides });
}

/** Everything that a schedule says, as [time, index of the load]. */
function played(loads: readonly JourneyLoad[]): [number, number][] {
  const schedule = new Schedule(loads);
  const all: [number, number][] = [];
  for (; schedule.nextMs < Number.POSITIVE_INFINITY; schedule.advance()) {
    all.push([schedule.nextMs, schedule.nextLoad]);
  }
  return all;
}

test('arrivals of all loads are one sequence, simultaneous ones in the order of loads', () => {
  const loads = [exact([1, 5, 5]), exact([]), exact([0.5, 5, 9])];
  const expected = [0.5, 1, 5, 5, 5, 9].map((atMs, i) => [atMs, [2, 0, 0, 0, 2, 2][i]]);
  expect(played(loads)).toEqual(expected);
});

test('no arrival is lost between blocks', () => {
  const timesMs = Array.from({ length: 2500 }, (_, i) => i * 0.75);
  expect(played([exact(timesMs)]).map(([atMs]) => atMs)).toEqual(timesMs);
  expect(countArrivals([exact(timesMs), exact([1])])).toBe(2501);
});

test('even pacing is that of the simulator, along the same curve', () => {
  const stages = [
    { durationMs: 5000, fromPerSecond: 100, toPerSecond: 100 },
    { durationMs: 10_000, fromPerSecond: 100, toPerSecond: 300 },
    { durationMs: 2000, fromPerSecond: 50, toPerSecond: 0 },
  ];
  const curve = [
    { startMs: 0, endMs: 5000, fromPerSecond: 100, toPerSecond: 100, phase: undefined },
    { startMs: 5000, endMs: 15_000, fromPerSecond: 100, toPerSecond: 300, phase: undefined },
    { startMs: 15_000, endMs: 17_000, fromPerSecond: 50, toPerSecond: 0, phase: undefined },
  ];
  const traffic = { name: 'all', does: 'open-feed', rate: curve, arrivals: 'even' } as const;
  const expected = [...allArrivals(traffic, arrivalStreams(1, 0, 'any'))];
  const even = load({ pacing: 'even', stages, arrivalCount: expected.length });
  expect(expected.length).toBe(2550);
  expect(played([even]).map(([atMs]) => atMs)).toEqual(expected);
  expect(countArrivals([even])).toBe(2550);
});

test.each<[string, JourneyLoad[], RegExp]>([
  ['there is nothing to send', [exact([])], /^the plan has no arrivals$/],
  ['arrivals are missing', [exact([1, 2], { arrivalCount: 3 })], /should have 3 .*, found 2$/],
  ['there are too many', [exact([1, 2], { arrivalCount: 1 })], /should have 1 .*, found 2$/],
  ['time goes back', [exact([2, 1])], /^plan: arrival 1 of open-feed is no time after/],
  ['a time is before moment 0', [exact([-1])], /^plan: arrival 0 of open-feed is no time/],
  ['a time is no number', [load({ arrivalCount: 2, arrivals: ['1,x'] })], /^plan: arrival 1 of/],
])('refused where %s', (_claim, loads, message) => {
  expect(() => countArrivals(loads)).toThrow(UsageError);
  expect(() => countArrivals(loads)).toThrow(message);
});

test('a rate curve with more arrivals than can be counted is refused at once', () => {
  const stages = [{ durationMs: 86_400_000, fromPerSecond: 1e6, toPerSecond: 1e6 }];
  expect(() => countArrivals([load({ pacing: 'even', stages })])).toThrow(/at most 1e8 arrivals/);
});
