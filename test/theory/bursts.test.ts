/** Bursty arrivals against the closed forms of the MMPP-2, and a queue behind them. */
import { expect, test } from 'vitest';
import { MEAN } from '../../simulator/analysis/statistics.ts';
import type { Traffic } from '../../simulator/model/model.ts';
import { writeDuration } from '../../simulator/model/units.ts';
import {
  averagedThirdMoment,
  averagedVariance,
  type Bursts,
  burstsOf,
  gapVariationSquared,
  indexOfDispersion,
  rateSwing,
} from '../../simulator/theory/mmpp.ts';
import { allArrivals, arrivalStreams } from '../../simulator/traffic/arrivals.ts';
import { calmTimes } from '../../simulator/traffic/bursts.ts';
import { insideMean, stateRates } from './mmpp-m1.ts';
import { expectTruth, mean, measured, run, stationText } from './stations.ts';

const SOME: readonly [string, Bursts, number][] = [
  ['seldom and high', { everyMs: 2000, forMs: 100, times: 8 }, 100],
  ['on and off', { everyMs: 1000, forMs: 250, times: 4 }, 50],
  ['more often than not', { everyMs: 500, forMs: 350, times: 1.3 }, 200],
];

function traffic(bursts: Bursts, rate: Traffic['rate']): Traffic {
  return { name: 't', does: 'j', arrivals: { type: 'bursts', ...bursts }, rate };
}

function constant(perSecond: number, seconds: number): Traffic['rate'] {
  const ends = { startMs: 0, endMs: 1000 * seconds, phase: undefined };
  return [{ ...ends, fromPerSecond: perSecond, toPerSecond: perSecond }];
}

function counts(times: Float64Array, windowMs: number, endMs: number): Float64Array {
  const windows = new Float64Array(Math.floor(endMs / windowMs));
  for (const ms of times) if (ms < windows.length * windowMs) windows[Math.floor(ms / windowMs)]!++;
  return windows;
}

function varianceOver(values: ArrayLike<number>, power: 1 | 2): number {
  const list = Array.from(values);
  const centre = mean(list);
  return mean(list.map((value) => (value - centre) ** 2)) / centre ** power;
}

test.each(SOME)('%s: mean and long windows are those of Fischer and Meier-Hellstern', (...row) => {
  const [, bursts, perSecond] = row;
  const { s1, s2, l1, l2 } = stateRates(bursts, perSecond);
  expect((l1 * s2 + l2 * s1) / (s1 + s2)).toBeCloseTo(perSecond / 1000, 12);
  const truth = 1 + (2 * s1 * s2 * (l1 - l2) ** 2) / ((s1 + s2) ** 2 * (l1 * s2 + l2 * s1));
  expect(indexOfDispersion(bursts, perSecond, Number.POSITIVE_INFINITY)).toBeCloseTo(truth, 9);
  expect(indexOfDispersion(bursts, perSecond, 1e9)).toBeCloseTo(truth, 3);
  const within = l1 * l2 + l1 * s2 + l2 * s1;
  const gaps = 1 + (2 * s1 * s2 * (l1 - l2) ** 2) / ((s1 + s2) ** 2 * within);
  expect(gapVariationSquared(bursts, perSecond)).toBeCloseTo(gaps, 9);
});

test('what is averaged away is what the integrals say, at every length', () => {
  for (const x of [1e-4, 0.0099, 0.0101, 0.5, 3, 40]) {
    const steps = 20_000;
    let [second, third] = [0, 0];
    for (let at = 0; at < steps; at++) {
      const s = ((at + 0.5) * x) / steps;
      second += (x - s) * Math.exp(-s) * (x / steps);
      third += (x - s) * s * Math.exp(-s) * (x / steps);
    }
    expect(averagedVariance(x)).toBeCloseTo((2 * second) / x ** 2, 6);
    expect(averagedThirdMoment(x)).toBeCloseTo((6 * third) / x ** 3, 6);
  }
});

test.each(SOME)('%s: bursts and the swing of their rate say the same', (_, bursts) => {
  const again = burstsOf(rateSwing(bursts));
  for (const key of ['everyMs', 'forMs', 'times'] as const) {
    expect(again[key] / bursts[key]).toBeCloseTo(1, 9);
  }
});

test('a swing that would need a negative rate becomes on and off, with its variance', () => {
  const asked = { variationSquared: 3, thirdMoment: 0, memoryMs: 100 };
  const bursts = burstsOf(asked);
  expect(bursts.times).toBeCloseTo(bursts.everyMs / bursts.forMs, 12);
  expect(calmTimes(bursts)).toBeCloseTo(0, 12);
  expect(rateSwing(bursts)).toMatchObject({ variationSquared: expect.closeTo(3, 9) });
});

// Of 4,000 windows an index has a standard error of 2.2 %, of 20,000 calms CV² one of 1.6 %.
test.each(SOME)('%s: counts and gaps scatter as the theory says', (_, bursts, perSecond) => {
  const endMs = 20_000_000;
  const curve = constant(perSecond, endMs / 1000);
  const times = allArrivals(traffic(bursts, curve), arrivalStreams(11, 0, 't'));
  const truth = (perSecond * endMs) / 1000;
  const long = indexOfDispersion(bursts, perSecond, Number.POSITIVE_INFINITY);
  expect(Math.abs(times.length - truth)).toBeLessThan(3.3 * Math.sqrt(truth * long));
  for (const windowMs of [10, 50, 200, 1000, 5000]) {
    const index = varianceOver(counts(times, windowMs, endMs), 1);
    const off = index / indexOfDispersion(bursts, perSecond, windowMs) - 1;
    expect(Math.abs(off), `in ${windowMs} ms`).toBeLessThan(0.07);
  }
  const gaps = times.subarray(1).map((ms, at) => ms - times[at]!);
  const variation = varianceOver(gaps, 2) / gapVariationSquared(bursts, perSecond);
  expect(Math.abs(variation - 1)).toBeLessThan(0.05);
});

test('along ramps and steps the mean rate is the curve at every moment', () => {
  const piece = (s: number, end: number, fromPerSecond: number, toPerSecond: number) => {
    return { startMs: 1000 * s, endMs: 1000 * end, fromPerSecond, toPerSecond, phase: undefined };
  };
  const rate = [piece(0, 10, 20, 200), piece(10, 14, 0, 0), piece(14, 20, 150, 50)];
  const bursts = { everyMs: 1500, forMs: 300, times: 3 };
  const replications = 4000;
  const seconds = new Float64Array(20);
  const squares = new Float64Array(20);
  for (let replication = 0; replication < replications; replication++) {
    const times = allArrivals(traffic(bursts, rate), arrivalStreams(3, replication, 't'));
    counts(times, 1000, 20_000).forEach((count, at) => {
      seconds[at]! += count / replications;
      squares[at]! += count ** 2 / replications;
    });
  }
  seconds.forEach((value, second) => {
    const { startMs, fromPerSecond, toPerSecond, endMs } = rate.find(
      (one) => 1000 * second < one.endMs,
    )!;
    const middle = (1000 * (second + 0.5) - startMs) / (endMs - startMs);
    const truth = fromPerSecond + (toPerSecond - fromPerSecond) * middle;
    const error = Math.sqrt((squares[second]! - value ** 2) / replications);
    expect(Math.abs(value - truth), `${second}: ${value}`).toBeLessThanOrEqual(4 * error);
  });
});

test('bursts begin by chance: a run begins in one as often as it is in one', () => {
  const bursts = { everyMs: 1000, forMs: 100, times: 10 };
  let first = 0;
  for (let replication = 0; replication < 5000; replication++) {
    const times = allArrivals(
      traffic(bursts, constant(1000, 0.02)),
      arrivalStreams(5, replication, 't'),
    );
    if (times.length > 0) first++;
  }
  // 10 % and who begins within 20 ms; four standard errors are 1.8 %.
  expect(Math.abs(first / 5000 - (1 - 0.9 * Math.exp(-20 / 900)))).toBeLessThan(0.018);
});

test('the matrices give M/M/1 where bursts are hardly any', () => {
  const hardly = { everyMs: 100, forMs: 50, times: 1 + 1e-9 };
  expect(insideMean(hardly, 800, 1)).toBeCloseTo(4, 6);
});

test.each([
  ['too much for a while', { everyMs: 200, forMs: 40, times: 2.5 }, 600, 1],
  ['on and off', { everyMs: 100, forMs: 25, times: 4 }, 500, 1],
  ['short and high', { everyMs: 50, forMs: 2, times: 12 }, 600, 1],
] as const)('MMPP/M/1, %s: mean latency by Little', (_, bursts, perSecond, serviceMsMean) => {
  const { everyMs, forMs, times: high } = bursts;
  const words = `every: ${writeDuration(everyMs)}, for: ${writeDuration(forMs)}, times: ${high}`;
  const text = stationText({
    serves: 'event-loop',
    steps: `[{ cpu: { exponential: ${serviceMsMean}ms } }]`,
    arrivalsPerSecond: perSecond,
    arrivals: `{ bursts: { ${words} } }`,
    requests: 600_000,
  });
  const truth = (insideMean(bursts, perSecond, serviceMsMean) * 1000) / perSecond;
  expectTruth(measured(run(text), MEAN), truth, 0.02);
});
