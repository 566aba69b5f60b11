/** What arrivals are called, by their indices of dispersion and by what they could be. */
import { expect, test } from 'vitest';
import type { Dispersion } from '../../replay/dispersion.ts';
import { arrivalKind } from '../../replay/workload/arrival-kind.ts';
import type { BurstScale } from '../../replay/workload/burst-scales.ts';
import { indexOfDispersion } from '../../simulator/theory/mmpp.ts';

const WINDOWS = [100, 1000, 10_000];
const HOUR_MS = 3_600_000;

/** Each within ± 10 %. */
function dispersions(...values: readonly number[]): Dispersion[] {
  return values.map((value, at) => {
    const index = { value, low: value / 1.1, high: 1.1 * value };
    const isPoisson = index.low <= 1 && index.high >= 1;
    return { windowMs: WINDOWS[at]!, windows: 1000, index, isPoisson };
  });
}

function scales(times: number, perSecond = 100): BurstScale[] {
  const bursts = { everyMs: 5000, forMs: 1000, times };
  return [10, 100, 1000, 10_000, 100_000].map((windowMs) => ({
    windowMs,
    windows: HOUR_MS / windowMs,
    countMean: (perSecond * windowMs) / 1000,
    index: indexOfDispersion(bursts, perSecond, windowMs),
    thirdMoment: 0,
  }));
}

test.each<[string, string, readonly Dispersion[], readonly BurstScale[]]>([
  ['unknown', 'no window', [], []],
  ['poisson', 'all near 1', dispersions(1.02, 0.95, 1.05), scales(3)],
  ['poisson', 'surely not 1, but nearly', dispersions(1.12, 1.15, 1.17), scales(3)],
  ['poisson', 'one of three below, by chance', dispersions(1, 1, 0.6), []],
  ['poisson', 'a rate that hardly swings, of many', dispersions(1, 1.2, 3), scales(1.06, 10_000)],
  ['even', 'all far below', dispersions(0.1, 0.02, 0.01), []],
  ['regular', 'most below, but not far', dispersions(1, 0.7, 0.6), []],
  ['bursty', 'one above', dispersions(1, 1.05, 1.8), scales(2)],
  ['bursty', 'one above, of few', dispersions(1.9), scales(2).slice(0, 2)],
])('%s: %s', (kind, _, dispersion, known) => {
  const { arrivals, bursts } = arrivalKind(dispersion, () => known, HOUR_MS);
  expect(arrivals).toBe(kind);
  expect(bursts !== undefined).toBe(kind === 'bursty' && known.length > 2);
});
