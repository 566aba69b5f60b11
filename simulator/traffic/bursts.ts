/**
 * Bursts on top of a rate curve: a Markov-modulated Poisson process of two states (MMPP-2), whose
 * rate is in the mean that of the curve at every moment, because the first state is drawn by how
 * much of the time each has.
 *
 *     rate │   ┌──┐          ┌─┐   times · curve       bursts last `for` in the mean, calms
 *          │┈┈┈│┈┈│┈┈┈┈┈┈┈┈┈┈│┈│┈┈ curve               `every` − `for`, both exponential
 *          │▁▁▁│  └▁▁▁▁▁▁▁▁▁▁┘ └▁▁ calm · curve
 *          └────────────────────── t
 *
 * Source: W. Fischer, K. Meier-Hellstern, "The Markov-modulated Poisson process (MMPP) cookbook",
 * Performance Evaluation 18, 1993. What it is like in numbers: `theory/mmpp.ts`.
 */
import type { RandomStream } from '../engine/random.ts';
import { drawExponential } from '../engine/ziggurat.ts';
import type { BurstyArrivals } from '../model/arrival-settings.ts';
import type { RateSegment } from '../model/model.ts';

/**
 * Rate between bursts over that of the curve, 0 … 1: what bursts leave of the mean.
 * Example: bursts of 4 times the rate for 30 s of every 5 min leave 2/3.
 */
export function calmTimes({ everyMs, forMs, times }: Omit<BurstyArrivals, 'type'>): number {
  return Math.max(0, (everyMs - times * forMs) / (everyMs - forMs));
}

/** The pieces of a curve as one run has them, cut where a burst begins or ends. */
export function* inBursts(
  curve: readonly RateSegment[],
  bursts: BurstyArrivals,
  random: RandomStream,
): Generator<RateSegment> {
  const { everyMs, forMs, times } = bursts;
  const burst = { times, msMean: forMs };
  const calm = { times: calmTimes(bursts), msMean: everyMs - forMs };
  let state = random.uniform() < forMs / everyMs ? burst : calm;
  let turnsMs = drawExponential(random) * state.msMean;
  for (const segment of curve) {
    let fromMs = segment.startMs;
    for (; turnsMs < segment.endMs; turnsMs += drawExponential(random) * state.msMean) {
      yield part(segment, fromMs, turnsMs, state.times);
      fromMs = turnsMs;
      state = state === burst ? calm : burst;
    }
    yield part(segment, fromMs, segment.endMs, state.times);
  }
}

function part(segment: RateSegment, startMs: number, endMs: number, times: number): RateSegment {
  return {
    startMs,
    endMs,
    fromPerSecond: times * rateAt(segment, startMs),
    toPerSecond: times * rateAt(segment, endMs),
    phase: segment.phase,
  };
}

function rateAt({ startMs, endMs, fromPerSecond, toPerSecond }: RateSegment, ms: number): number {
  return fromPerSecond + (toPerSecond - fromPerSecond) * ((ms - startMs) / (endMs - startMs));
}
