/**
 * Two thresholds and patience: a group grows after so many readings in a row above the high one,
 * and shrinks after so many in a row below the low one. What lies between, or is missing, speaks
 * for neither and ends both rows; so does an action, whose effect is to be seen first.
 *
 *     high ───────────x──x───────────────  2 in a row: out
 *                  x        x
 *     low  ─────────────────────x──x──x──  3 in a row: in
 */
import { type Complaint, mismatch } from '../model/problem.ts';

export interface Patience {
  /** Readings in a row above the high threshold until a group grows. */
  readonly outPeriods: number;
  /** Readings in a row below the low one until it shrinks. */
  readonly inPeriods: number;
  /** The low threshold as a share of the high one; below 1, or the group would swing. */
  readonly lowRatio: number;
}

/** How many readings in a row have been beyond a threshold. */
export interface Streaks {
  readonly above: number;
  readonly below: number;
}

export const NO_STREAKS: Streaks = { above: 0, below: 0 };

/** What the readings so far ask for. */
export interface Call {
  readonly call: 'out' | 'in' | 'hold';
  readonly streaks: Streaks;
}

/**
 * Takes one more reading. A reading at a threshold is not beyond it.
 * Example (out after 2, high 100): 101 → hold, 101 → out.
 */
export function listen(
  { outPeriods, inPeriods, lowRatio }: Patience,
  high: number,
  value: number | undefined,
  before: Streaks,
): Call {
  const above = value !== undefined && value > high ? before.above + 1 : 0;
  const below = value !== undefined && value < high * lowRatio ? before.below + 1 : 0;
  const streaks = { above, below };
  if (above >= outPeriods) return { call: 'out', streaks };
  return { call: below >= inPeriods ? 'in' : 'hold', streaks };
}

/** What patience may not be; paths start in the settings. */
export function patienceComplaints(settings: Patience): Complaint[] {
  const complaints: Complaint[] = [];
  if (!(settings.lowRatio >= 0 && settings.lowRatio < 1)) {
    const expected = 'a ratio below 1, or the group would swing';
    complaints.push(mismatch(['lowRatio'], expected, String(settings.lowRatio)));
  }
  for (const key of ['outPeriods', 'inPeriods'] as const) {
    if (Number.isInteger(settings[key]) && settings[key] >= 1) continue;
    complaints.push(mismatch([key], 'a whole number from 1 on', String(settings[key])));
  }
  return complaints;
}

/** Smallest and largest number of instances. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** What bounds may not be; paths start in the settings. */
export function boundsComplaints({ min, max }: Bounds): Complaint[] {
  return min <= max ? [] : [mismatch(['min'], `at most max ${max}`, String(min))];
}

/** Within the bounds, and whether one of them held. */
export function within(
  { min, max }: Bounds,
  wanted: number,
): { readonly desired: number; readonly note: string } {
  if (wanted > max) return { desired: max, note: `, limited to max ${max}` };
  if (wanted < min) return { desired: min, note: `, kept at min ${min}` };
  return { desired: wanted, note: '' };
}
