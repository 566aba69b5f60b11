/**
 * Bursty arrivals in numbers (`traffic/bursts.ts`): a Poisson process whose rate jumps between two
 * levels, at a constant mean rate. With p the share of time in bursts, m₁ and m₀ the rates over the
 * mean in bursts and between them, τ the time in which the state is forgotten:
 *
 *     v = p(1 − p)(m₁ − m₀)²    variance of the rate over its mean squared
 *     τ = 1 ÷ (1/burst + 1/calm)
 *
 * Sources: W. Fischer, K. Meier-Hellstern, "The Markov-modulated Poisson process (MMPP) cookbook",
 * Performance Evaluation 18, 1993; H. Heffes, D. Lucantoni, "A Markov modulated characterization of
 * packetized voice and data traffic", IEEE JSAC 4, 1986.
 */
import { exp } from '../engine/maths.ts';
import type { BurstyArrivals } from '../model/arrival-settings.ts';
import { calmTimes } from '../traffic/bursts.ts';

export type Bursts = Omit<BurstyArrivals, 'type'>;

export interface RateSwing {
  /** Variance of the rate ÷ its mean². */
  readonly variationSquared: number;
  /** Third central moment of the rate ÷ its mean³. */
  readonly thirdMoment: number;
  /** The rate's correlation at two moments is e^(−time between them ÷ this). */
  readonly memoryMs: number;
}

/** Example: 4 times the rate for 30 s of every 5 min: v 1, third moment 8/3, memory 27 s. */
export function rateSwing(bursts: Bursts): RateSwing {
  const { everyMs, forMs, times } = bursts;
  const share = forMs / everyMs;
  const height = times - calmTimes(bursts);
  const variationSquared = share * (1 - share) * height * height;
  return {
    variationSquared,
    thirdMoment: variationSquared * (1 - 2 * share) * height,
    memoryMs: forMs * (1 - share),
  };
}

/**
 * The bursts of such a swing; those of its variance after which nobody comes where only a negative
 * rate between them would make the third moment as small.
 * Example: v 1, third moment 8/3, memory 27 s: 4 times the rate for 30 s of every 5 min.
 */
export function burstsOf({ variationSquared: v, thirdMoment, memoryMs }: RateSwing): Bursts {
  // The two levels are the roots of x² = (thirdMoment / v)·x + v around the mean.
  const middle = thirdMoment / v / 2;
  const above = Math.max(v, middle + Math.sqrt(middle * middle + v));
  const share = v / (v + above * above);
  const forMs = memoryMs / (1 - share);
  return { everyMs: forMs / share, forMs, times: 1 + above };
}

/** Share of the rate's variance that is left when it is averaged over so many memories, 1 at 0. */
export function averagedVariance(memories: number): number {
  // Two terms of the series where the difference would cancel.
  if (memories < 1e-3) return 1 - memories / 3 + (memories * memories) / 12;
  return (2 * (memories - 1 + exp(-memories))) / (memories * memories);
}

/** The same of its third moment: 6/x³ ∫₀ˣ (x − s)·s·e⁻ˢ ds. */
export function averagedThirdMoment(memories: number): number {
  const x = memories;
  if (x < 1e-2) return 1 - x / 2 + (3 * x * x) / 20;
  const end = exp(-x);
  return (6 * (x * (1 - end * (1 + x)) - 2 + end * (x * x + 2 * x + 2))) / (x * x * x);
}

/**
 * Index of dispersion of counts (variance ÷ mean) in windows: 1 in short ones, in long ones
 * 1 + 2λvτ.
 * Example: 100/s, 4 times as much for 30 s of every 5 min: 99.8 in 1 s, 5401 in ever longer ones.
 */
export function indexOfDispersion(
  bursts: Bursts,
  arrivalsPerSecond: number,
  windowMs: number,
): number {
  const { variationSquared, memoryMs } = rateSwing(bursts);
  const perMs = arrivalsPerSecond / 1000;
  if (windowMs === Number.POSITIVE_INFINITY) return 1 + 2 * perMs * variationSquared * memoryMs;
  return 1 + perMs * windowMs * variationSquared * averagedVariance(windowMs / memoryMs);
}

/**
 * Squared coefficient of variation of the gaps between arrivals: 1 + 2v ÷ (m₁m₀ + 1/(λτ)), at least
 * 1, and the index of dispersion in long windows where nobody arrives between bursts.
 * Example: 100/s, 4 times as much for 30 s of every 5 min: 1.7498.
 */
export function gapVariationSquared(bursts: Bursts, arrivalsPerSecond: number): number {
  const { variationSquared, memoryMs } = rateSwing(bursts);
  const product = bursts.times * calmTimes(bursts);
  return 1 + (2 * variationSquared) / (product + 1000 / (arrivalsPerSecond * memoryMs));
}
