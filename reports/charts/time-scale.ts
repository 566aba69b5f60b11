/** Time since the start along an axis, in one unit from end to end. */
import type { Scale } from './scale.ts';

interface Unit {
  readonly name: string;
  readonly ms: number;
  /** Steps between ticks that a person would choose. */
  readonly steps: readonly number[];
  /** Used for runs up to this long. */
  readonly upToMs: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const UNITS: readonly Unit[] = [
  { name: 'ms', ms: 1, steps: [1, 2, 5, 10, 20, 50, 100, 200, 500], upToMs: 2000 },
  { name: 's', ms: 1000, steps: [1, 2, 5, 10, 20, 30, 60], upToMs: 5 * MINUTE_MS },
  { name: 'min', ms: MINUTE_MS, steps: [1, 2, 5, 10, 15, 20, 30, 60], upToMs: 5 * HOUR_MS },
  { name: 'h', ms: HOUR_MS, steps: [1, 2, 3, 4, 6, 12, 24], upToMs: 5 * DAY_MS },
];
const DAYS: Unit = {
  name: 'd',
  ms: DAY_MS,
  steps: [1, 2, 7, 14, 28, 91, 182, 365],
  upToMs: Number.POSITIVE_INFINITY,
};
const MOST_TICKS = 8;

export interface TimeScale extends Scale {
  /** `30 s`; every tick in the same unit. */
  readonly format: (ms: number) => string;
}

/** From 0 to `durationMs`. `timeScale(70_000).ticks` is 0, 10 000, … 70 000. */
export function timeScale(durationMs: number): TimeScale {
  const wholeMs = durationMs > 0 ? durationMs : 1;
  const unit = UNITS.find(({ upToMs }) => wholeMs <= upToMs) ?? DAYS;
  const fits = (step: number) => wholeMs / (step * unit.ms) <= MOST_TICKS;
  const stepMs = (unit.steps.find(fits) ?? Math.ceil(wholeMs / MOST_TICKS / unit.ms)) * unit.ms;
  const count = Math.floor(wholeMs / stepMs + 1e-9) + 1;
  return {
    at: (ms) => ms / wholeMs,
    ticks: Array.from({ length: count }, (_, index) => index * stepMs),
    format: (ms) => `${ms / unit.ms} ${unit.name}`,
  };
}
