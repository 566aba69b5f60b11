/**
 * Scales: a value to its place along an axis, 0 at the low end and 1 at the high end, and the ticks
 * that a person would choose.
 */

import { rangeOf } from '../text-numbers.ts';

export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

const ROUND_STEPS: readonly number[] = [1, 2, 2.5, 5, 10];
const MOST_LOG_TICKS = 8;
/** Beyond this ratio of largest to smallest, a linear scale hides the small values. */
const WIDEST_LINEAR_RATIO = 20;

/**
 * From 0 to a round number that is at least `highest`.
 * `linearScale(87, 5).ticks` is 0, 20, 40, 60, 80, 100.
 */
export function linearScale(highest: number, mostSteps = 5): Scale {
  const top = highest > 0 && Number.isFinite(highest) ? highest : 1;
  const step = roundStep(top / mostSteps);
  const steps = Math.ceil(top / step - 1e-9);
  const ticks = Array.from({ length: steps + 1 }, (_, index) => rounded(index * step));
  return { at: (value) => value / (steps * step), ticks };
}

/** The same for what is counted: no tick between two whole numbers. */
export function countScale(highest: number, mostSteps = 4): Scale {
  return linearScale(Math.max(1, highest), Math.min(mostSteps, Math.max(1, Math.ceil(highest))));
}

/** Smallest round step, 1, 2, 2.5 or 5 times a power of ten, that is at least this. */
function roundStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(atLeast));
  return power * ROUND_STEPS.find((step) => step * power >= atLeast * (1 - 1e-9))!;
}

/** 0.30000000000000004 is 0.3. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}

/**
 * Logarithmic, from a 1, 2 or 5 times a power of ten to another one; both arguments above 0.
 * `logScale(13, 400).ticks` is 10, 20, 50, 100, 200, 500.
 */
export function logScale(lowest: number, highest: number): Scale {
  const all = roundNumbers(lowest, highest);
  const [low, high] = [Math.log10(all[0]!), Math.log10(all.at(-1)!)];
  const decades = all.filter((value) => isDecade(value));
  const ticks = all.length <= MOST_LOG_TICKS || decades.length < 3 ? all : decades;
  const every = Math.ceil(ticks.length / MOST_LOG_TICKS);
  return {
    at: (value) => (Math.log10(value) - low) / (high - low),
    ticks: ticks.filter((_, index) => index % every === 0),
  };
}

/** 1, 2 and 5 times powers of ten, from at most the lowest to at least the highest; two or more. */
function roundNumbers(lowest: number, highest: number): number[] {
  const first = Math.floor(Math.log10(lowest));
  const last = Math.ceil(Math.log10(highest));
  const all = Array.from({ length: last - first + 1 }, (_, index) =>
    [1, 2, 5].map((digit) => rounded(digit * 10 ** (first + index))),
  ).flat();
  const from = Math.max(
    0,
    all.findLastIndex((value) => value <= lowest),
  );
  const to = all.findIndex((value) => value >= highest);
  return all.slice(from, Math.max(to, from + 1) + 1);
}

function isDecade(value: number): boolean {
  const exponent = Math.log10(value);
  return Math.abs(exponent - Math.round(exponent)) < 1e-9;
}

/**
 * For quantities that are never negative: logarithmic where the largest is more than 20 times the
 * smallest, else linear from 0. Values that are no finite numbers are passed over.
 */
export function magnitudeScale(values: readonly number[]): Scale {
  const [low, high] = rangeOf(values.filter((value) => value > 0));
  return high / low > WIDEST_LINEAR_RATIO ? logScale(low, high) : linearScale(high);
}

const NINES: readonly number[] = [0, 0.5, 0.9, 0.95, 0.99, 0.999];

/**
 * Shares of 0..1 by their distance from 1, so that every further nine takes the same room:
 *
 *     0 ├──50 %──────90 %──95 %────99 %──────────99.9 %
 *
 * @param most share at the high end, below 1
 */
export function ninesScale(most: number): Scale {
  const whole = Math.log10(1 - most);
  return {
    at: (share) => Math.log10(1 - Math.min(share, most)) / whole,
    ticks: NINES.filter((share) => share <= most),
  };
}
