/**
 * What a measurement may show and still agree with the prediction: the interval of one further run,
 * widened by a tolerance for what no model has in it.
 */
import { type Estimate, predictionInterval } from '../simulator/analysis/estimate.ts';
import {
  ARRIVALS,
  ERROR_RATE,
  journeysOf,
  LATENCY,
  MEAN,
  type Statistic,
  valuesOf,
} from '../simulator/analysis/statistics.ts';
import { type Window, windowsOf } from '../simulator/analysis/windows.ts';
import type { Results } from '../simulator/results/results.ts';

export const DEFAULT_TOLERANCE_RATIO = 0.15;
/** Below this, what is measured is the network and the generator, not the system. */
const TOLERANCE_MS = 0.5;
/** One stray error in a thousand is no finding. */
const TOLERANCE_ERRORS = 0.001;
/** A quantile needs this many requests beyond it. */
const FEWEST_BEYOND = 20;

export interface Band {
  readonly journey: string;
  readonly window: Window;
  readonly statistic: Statistic;
  /** Mean of the replications, and the interval that one further run lies in. */
  readonly predicted: Estimate;
  readonly low: number;
  readonly high: number;
}

/** One band per journey, window and statistic that the window has requests enough for. */
export function bandsOf(results: Results, toleranceRatio: number): Band[] {
  return journeysOf(results).flatMap((journey) =>
    windowsOf(results).flatMap((window) => bandsIn(results, journey, window, toleranceRatio)),
  );
}

/** The bands of one journey in one window. */
export function bandsIn(
  results: Results,
  journey: string,
  window: Window,
  toleranceRatio: number,
): Band[] {
  return statisticsFor(results, journey, window).map((statistic) => {
    const predicted = predictionInterval(valuesOf(results, journey, window, statistic));
    const edges = widened(statistic, predicted, toleranceRatio);
    return { journey, window, statistic, predicted, ...edges };
  });
}

function statisticsFor(results: Results, journey: string, window: Window): Statistic[] {
  const rates = valuesOf(results, journey, window, ARRIVALS);
  const seconds = (window.endMs - window.startMs) / 1000;
  const expected = (rates.reduce((sum, rate) => sum + rate, 0) / rates.length) * seconds;
  const latency = LATENCY.filter(({ name }) => expected * shareBeyond(name) >= FEWEST_BEYOND);
  return expected >= FEWEST_BEYOND ? [...latency, ERROR_RATE] : [];
}

/** `p99` → 0.01. */
function shareBeyond(name: string): number {
  return name === MEAN.name ? 1 : 1 - Number(name.slice(1)) / 100;
}

function widened(statistic: Statistic, { low, high }: Estimate, toleranceRatio: number) {
  if (statistic === ERROR_RATE) {
    return { low: Math.max(0, low - TOLERANCE_ERRORS), high: high + TOLERANCE_ERRORS };
  }
  return {
    low: Math.max(0, low * (1 - toleranceRatio) - TOLERANCE_MS),
    high: high * (1 + toleranceRatio) + TOLERANCE_MS,
  };
}
