/**
 * What is left of a field's differences when the noise is taken off: what also differs between what
 * was recorded and a second system that runs the same as was recorded (ids, clocks, orders, data
 * that have changed since). The idea is Diffy's (primary ↔ candidate less primary ↔ secondary); in
 * the place of its fixed margins there is an interval.
 */
import {
  type Trials,
  twoProportions,
  wilson,
} from '../../simulator/policies/delivery/proportions.ts';
import type {
  FieldDifference,
  FieldVerdict,
  Share,
  ShareEstimate,
} from '../../simulator/results/answers.ts';

/** Fewer answers of either system tell nothing of a rate. */
export const FEWEST_ANSWERS = 20;
const CONFIDENCE = 0.95;

/**
 * Whether a field differs beyond the noise: the interval of raw less noise rate (Newcombe 1998,
 * method 10) lies above 0. Its confidence is such that all fields together are right in 95 of 100
 * runs (Bonferroni). Below twenty answers on either side it is `no data`; so it is where no noise
 * was seen and the differences are too few to be told from it.
 *
 * @param fields how many fields are judged in all
 * Example: 60 of 100 differ, and 50 of 100 at the second system, of one field: 0.1 (−0.04 … 0.23),
 * `within noise`.
 */
export function judgeField(
  raw: Share,
  noise: Share | undefined,
  fields: number,
): { readonly verdict: FieldVerdict; readonly beyond?: FieldDifference['beyond'] } {
  if (noise === undefined) return { verdict: 'noise unknown' };
  if (raw.of < FEWEST_ANSWERS || noise.of < FEWEST_ANSWERS) {
    return { verdict: 'no data', beyond: null };
  }
  const confidence = 1 - (1 - CONFIDENCE) / Math.max(1, fields);
  const { difference } = twoProportions(trialsOf(noise), trialsOf(raw), confidence);
  const beyond = { value: difference.mean, low: difference.low, high: difference.high };
  if (beyond.low > 0) return { verdict: 'differs', beyond };
  return { verdict: noise.count === 0 && raw.count > 0 ? 'no data' : 'within noise', beyond };
}

/**
 * Whether a field's differences are taken for real where all answers are judged: those beyond the
 * noise, and those of which nobody can tell, unless the second system has as many of them. Only
 * noise that was seen is taken off.
 */
export function isTakenForReal(verdict: FieldVerdict, raw: Share, noise: Share): boolean {
  if (verdict === 'differs') return true;
  return verdict === 'no data' && raw.count * Math.max(1, noise.of) > noise.count * raw.of;
}

/** With Wilson's interval. `shareOf({ count: 0, of: 0 })` has no value. */
export function shareOf(share: Share): ShareEstimate {
  if (share.of === 0) return { ...share, value: null, low: null, high: null };
  const { mean, low, high } = wilson(trialsOf(share), CONFIDENCE);
  return { ...share, value: mean, low, high };
}

/** A share less another one, with Newcombe's interval; count and `of` are those of the first. */
export function shareBeyond(share: Share, noise: Share): ShareEstimate {
  if (share.of === 0 || noise.of === 0) return { ...share, value: null, low: null, high: null };
  const { difference } = twoProportions(trialsOf(noise), trialsOf(share), CONFIDENCE);
  return { ...share, value: difference.mean, low: difference.low, high: difference.high };
}

function trialsOf({ count, of }: Share): Trials {
  return { trials: of, successes: count };
}
