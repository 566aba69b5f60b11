/** What a capture's arrivals are like around its curve: by chance, evenly spaced, in bursts. */

import { rateSwing } from '../../simulator/theory/mmpp.ts';
import type { Dispersion } from '../dispersion.ts';
import { type BurstFit, fitBursts } from './burst-fit.ts';
import type { BurstScale } from './burst-scales.ts';

export interface ArrivalKind {
  /** `regular` is more so than Poisson, but not evenly spaced. */
  readonly arrivals: 'poisson' | 'even' | 'regular' | 'bursty' | 'unknown';
  /** Of bursty arrivals; undefined where too few window lengths are known. */
  readonly bursts: BurstFit | undefined;
}

/** So near to 1 it is Poisson for all purposes, however many requests say otherwise. */
const NEARLY = [0.85, 1.18] as const;
const EVEN = 0.5;
/**
 * Standard deviation of the rate over its mean: a curve of a few pieces is off by as much, and with
 * it a queue at 80 % is longer by a twentieth.
 */
const LEAST_SWING = 0.05;

/**
 * Bursty where any index of dispersion is clearly above 1 and the rate swings by more than a curve
 * may be off; even or regular where most are clearly below.
 *
 * @param dispersion in windows of some lengths
 * @param scales the same in more of them; called where bursts are to be fitted
 */
export function arrivalKind(
  dispersion: readonly Dispersion[],
  scales: () => readonly BurstScale[],
  endMs: number,
): ArrivalKind {
  if (dispersion.length === 0) return { arrivals: 'unknown', bursts: undefined };
  const off = dispersion.filter(({ isPoisson }) => !isPoisson).map(({ index }) => index.value);
  const below = off.filter((index) => index < NEARLY[0]);
  if (below.length === dispersion.length && below.every((index) => index < EVEN)) {
    return { arrivals: 'even', bursts: undefined };
  }
  if (off.some((index) => index > NEARLY[1])) {
    const bursts = fitBursts(scales(), endMs);
    if (bursts === undefined || swingOf(bursts) > LEAST_SWING)
      return { arrivals: 'bursty', bursts };
  }
  // One of three may be below by chance.
  const isRegular = below.length > dispersion.length / 2;
  return { arrivals: isRegular ? 'regular' : 'poisson', bursts: undefined };
}

function swingOf({ bursts }: BurstFit): number {
  return Math.sqrt(rateSwing(bursts).variationSquared);
}
