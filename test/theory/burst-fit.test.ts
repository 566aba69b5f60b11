/** Bursts that are found in captures, against arrivals whose law is known. */
import { expect, test } from 'vitest';
import { fitBursts } from '../../replay/workload/burst-fit.ts';
import { type BurstScale, longScales, ShortWindows } from '../../replay/workload/burst-scales.ts';
import { fitRateCurve, merged } from '../../replay/workload/rate-curve.ts';
import { type RandomStream, stream } from '../../simulator/engine/random.ts';
import { drawExponential } from '../../simulator/engine/ziggurat.ts';
import type { RateSegment } from '../../simulator/model/model.ts';
import {
  averagedThirdMoment,
  averagedVariance,
  type Bursts,
  indexOfDispersion,
  rateSwing,
} from '../../simulator/theory/mmpp.ts';
import { allArrivals, arrivalStreams } from '../../simulator/traffic/arrivals.ts';
import { insideMean } from './mmpp-m1.ts';

const SECOND_MS = 1000;
const WINDOW_MS = 100;

const KINDS: readonly [string, Bursts, number][] = [
  ['of milliseconds', { everyMs: 200, forMs: 10, times: 10 }, 600],
  ['of tenths of a second', { everyMs: 2000, forMs: 300, times: 3 }, 900],
  ['of seconds', { everyMs: 30_000, forMs: 5000, times: 3 }, 2400],
  ['on and off', { everyMs: 10_000, forMs: 2500, times: 4 }, 1800],
];

function flat(perSecond: number, endMs: number): RateSegment[] {
  const level = { fromPerSecond: perSecond, toPerSecond: perSecond };
  return [{ startMs: 0, endMs, ...level, phase: undefined }];
}

function arrivalsOf(bursts: Bursts, rate: RateSegment[], seed: number): Float64Array {
  const traffic = { name: 't', does: 'j', arrivals: { type: 'bursts', ...bursts } as const, rate };
  return allArrivals(traffic, arrivalStreams(seed, 0, 't'));
}

/** What `workload` does with the moments of a capture that is not coarse. */
function fitted(times: Float64Array, endMs: number) {
  const counts = new Float64Array(Math.ceil(endMs / WINDOW_MS));
  const short = new ShortWindows();
  for (const ms of times) {
    counts[Math.floor(ms / WINDOW_MS)]!++;
    short.add(ms);
  }
  const curve = fitRateCurve(merged(counts, SECOND_MS / WINDOW_MS), SECOND_MS, endMs);
  const line = { counts, windowMs: WINDOW_MS, endMs };
  const scales = [...short.scales(line, curve.pieces), ...longScales(line, curve)];
  return { curve, scales, fit: fitBursts(scales, endMs)! };
}

/** Scales as they are in the mean, of a capture without end. */
function scalesOf(bursts: Bursts, perSecond: number): BurstScale[] {
  const { thirdMoment, memoryMs } = rateSwing(bursts);
  return [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000].map((windowMs) => ({
    windowMs,
    windows: 1e9 / windowMs,
    countMean: (perSecond * windowMs) / 1000,
    index: indexOfDispersion(bursts, perSecond, windowMs),
    thirdMoment: thirdMoment * averagedThirdMoment(windowMs / memoryMs),
  }));
}

test.each(KINDS)('bursts %s: what is known exactly is found again', (_, bursts) => {
  const { bursts: found, quality, count } = fitBursts(scalesOf(bursts, 100), 3_600_000)!;
  // The memory is looked for in steps of 6 %.
  for (const key of ['everyMs', 'forMs', 'times'] as const) {
    expect(Math.abs(found[key] / bursts[key] - 1), key).toBeLessThan(0.04);
  }
  expect(quality).toBe('good');
  expect(count).toBeCloseTo(3_600_000 / found.everyMs, 9);
});

test.each(KINDS)('bursts %s: their scatter is measured at every scale', (_, bursts, seconds) => {
  const endMs = 1000 * seconds;
  const { memoryMs, variationSquared } = rateSwing(bursts);
  const sums = new Map<number, number[]>();
  for (let seed = 0; seed < 10; seed++) {
    for (const { windowMs, index, countMean } of fitted(
      arrivalsOf(bursts, flat(100, endMs), seed),
      endMs,
    ).scales) {
      const variance = (index - 1) / countMean / averagedVariance(windowMs / memoryMs);
      sums.set(windowMs, [...(sums.get(windowMs) ?? []), variance / variationSquared]);
    }
  }
  for (const [windowMs, ratios] of sums) {
    if (windowMs > endMs / 100 || ratios.length < 10) continue;
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    expect(Math.abs(mean - 1), `in ${windowMs} ms: ${ratios}`).toBeLessThan(0.15);
  }
});

test.each(KINDS)('bursts %s are found in 10 of 10 captures, on a flat curve', (...row) => {
  const [, bursts, seconds] = row;
  const endMs = 1000 * seconds;
  const all = { everyMs: 0, forMs: 0, times: 0 };
  for (let seed = 0; seed < 10; seed++) {
    const { fit, curve } = fitted(arrivalsOf(bursts, flat(100, endMs), seed), endMs);
    expect(curve.pieces.length, `seed ${seed}`).toBeLessThanOrEqual(2);
    expect(fit.quality, `seed ${seed}`).not.toBe('none');
    for (const key of ['everyMs', 'forMs', 'times'] as const) {
      expect(Math.abs(Math.log(fit.bursts[key] / bursts[key])), key).toBeLessThan(Math.log(2));
      all[key] += Math.log(fit.bursts[key] / bursts[key]) / 10;
    }
  }
  for (const key of ['everyMs', 'forMs', 'times'] as const) {
    expect(Math.abs(all[key]), `${key} in the mean`).toBeLessThan(0.2);
  }
});

test.each([
  ['of milliseconds', KINDS[0]![1], 600],
  ['of tenths of a second', KINDS[1]![1], 900],
] as const)('bursts %s: the queue behind those that are found is as long', (_, bursts, seconds) => {
  const endMs = 1000 * seconds;
  const truth = insideMean(bursts, 100, 6);
  // Half of it, or less, behind Poisson arrivals: 0.6 / 0.4.
  expect(truth).toBeGreaterThan(3);
  let sum = 0;
  for (let seed = 0; seed < 10; seed++) {
    const { fit, curve } = fitted(arrivalsOf(bursts, flat(100, endMs), seed), endMs);
    const perSecond = curve.pieces[0]!.fromPerSecond;
    const found = insideMean(fit.bursts, perSecond, 600 / perSecond);
    expect(Math.abs(found / truth - 1), `seed ${seed}: ${found}`).toBeLessThan(0.35);
    sum += found / truth / 10;
  }
  expect(Math.abs(sum - 1)).toBeLessThan(0.1);
});

test('a curve and bursts are told apart', () => {
  const endMs = 1_200_000;
  const piece = (startMs: number, end: number, fromPerSecond: number, toPerSecond: number) => {
    return { startMs, endMs: end, fromPerSecond, toPerSecond, phase: undefined };
  };
  const rate = [
    piece(0, 300_000, 50, 50),
    piece(300_000, 600_000, 50, 200),
    piece(600_000, endMs, 200, 200),
  ];
  const bursts = { everyMs: 2000, forMs: 300, times: 3 };
  for (let seed = 0; seed < 5; seed++) {
    const { curve, fit } = fitted(arrivalsOf(bursts, rate, seed), endMs);
    expect(curve.pieces.length).toBeGreaterThan(1);
    expect(curve.pieces.length).toBeLessThan(5);
    expect(fit.quality).toBe('good');
    expect(Math.abs(Math.log(fit.bursts.times / 3))).toBeLessThan(0.15);
    expect(Math.abs(Math.log(fit.bursts.forMs / 300))).toBeLessThan(0.3);
  }
});

/** Poisson in the first of every so many ms, nobody in the rest. */
function periodic(everyMs: number, forMs: number, endMs: number, random: RandomStream) {
  const times: number[] = [];
  for (let start = 0; start < endMs; start += everyMs) {
    const msMean = (10 * forMs) / everyMs;
    let ms = start;
    for (;;) {
      ms += drawExponential(random) * msMean;
      if (ms >= start + forMs) break;
      times.push(ms);
    }
  }
  return Float64Array.from(times);
}

test('bursts by the clock are none of these: long windows all have as many of them', () => {
  const times = periodic(5000, 500, 600_000, stream(1, 0, 'clock', 'gaps'));
  const { fit } = fitted(times, 600_000);
  expect(fit.quality).toBe('none');
  expect(fit.distance).toBeGreaterThan(0.3);
});

test('requests that come in fives are bursts too short to tell, of the right index', () => {
  const random = stream(1, 0, 'fives', 'gaps');
  let at = 0;
  const times = Float64Array.from({ length: 50_000 }, (_, k) => {
    if (k % 5 === 0) at += 50 * drawExponential(random);
    return at;
  });
  const { fit } = fitted(times, at + 1);
  expect(fit.bursts.forMs).toBeLessThan(1);
  for (const { windowMs, captured, fitted: of } of fit.indices) {
    if (windowMs < 1000) expect(captured).toBeCloseTo(5, 0);
    expect(of).toBeGreaterThan(4);
    expect(of).toBeLessThan(6);
  }
});

test('three window lengths are the fewest to say anything, and a swing of 0 is none', () => {
  const scales = scalesOf({ everyMs: 2000, forMs: 300, times: 3 }, 100);
  expect(fitBursts(scales.slice(0, 2), 60_000)).toBeUndefined();
  const even = scales.map((scale) => ({ ...scale, index: 0.9, thirdMoment: 0 }));
  expect(fitBursts(even, 60_000)).toBeUndefined();
});

test('a few bursts are no law: rough, or none', () => {
  const scales = scalesOf({ everyMs: 2000, forMs: 300, times: 3 }, 100);
  expect([10_000, 50_000, 100_000].map((endMs) => fitBursts(scales, endMs)!.quality)).toEqual([
    'none',
    'rough',
    'good',
  ]);
});
