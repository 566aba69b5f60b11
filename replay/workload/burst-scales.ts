/**
 * How much the rate of arrivals swings around its curve, in windows from a millisecond to a
 * twentieth of the capture: factorial moments of the counts, which Poisson's own scatter is no part
 * of (D. Cox, P. Lewis, The Statistical Analysis of Series of Events, 1966, 4.5). Short windows are
 * counted as requests come by, long ones on the time line: the memory is constant.
 */

import { type CurvePiece, expectedCounts, merged, type RateCurve } from './rate-curve.ts';

export interface BurstScale {
  readonly windowMs: number;
  readonly windows: number;
  /** Arrivals in a window where most come: Σ mean² ÷ Σ mean, by the curve. */
  readonly countMean: number;
  /**
   * Index of dispersion, Σ (count − mean)² ÷ Σ mean: where hardly anybody comes counts little, and
   * a curve that is off there does not show, as it does in the mean of (count − mean)² ÷ mean.
   */
  readonly index: number;
  /** Third central moment of the rate over the window ÷ its mean³. */
  readonly thirdMoment: number;
}

const SHORT_MS = [1, 2, 5, 10, 20, 50];
const STEPS = [1, 2, 5];
const FEWEST_WINDOWS = 20;
/** With fewer arrivals in a window there is hardly ever more than one. */
const LEAST_COUNT = 0.05;

/** Σ N(N − 1) and Σ N(N − 1)(N − 2) over windows of each short length. */
export class ShortWindows {
  private readonly window = new Float64Array(SHORT_MS.length);
  private readonly inside = new Float64Array(SHORT_MS.length);
  private readonly pairs = new Float64Array(SHORT_MS.length);
  private readonly triples = new Float64Array(SHORT_MS.length);

  /** Takes the next arrival; one that comes too late counts in the window that is open. */
  add(atMs: number): void {
    for (let at = 0; at < SHORT_MS.length; at++) {
      const window = Math.floor(atMs / SHORT_MS[at]!);
      if (window > this.window[at]!) {
        this.window[at] = window;
        this.inside[at] = 0;
      }
      // The k-th of a window makes k − 1 pairs more, each in both orders.
      const before = this.inside[at]!++;
      this.pairs[at]! += 2 * before;
      this.triples[at]! += 3 * before * (before - 1);
    }
  }

  /** @param line counts in the shortest windows of the time line; shorter ones are told */
  scales(line: WindowCounts, pieces: readonly CurvePiece[]): BurstScale[] {
    const off = offsOf(line, pieces);
    return SHORT_MS.flatMap((windowMs, at) => {
      const [first, second, third] = areas(pieces, windowMs);
      const countMean = second / first;
      if (windowMs >= line.windowMs || !(countMean > LEAST_COUNT)) return [];
      const share = windowMs / line.windowMs;
      const variance = (this.pairs[at]! - 2 * share * off.first) / second - 1;
      return [
        {
          windowMs,
          windows: pieces.at(-1)!.endMs / windowMs,
          countMean,
          index: 1 + countMean * variance,
          thirdMoment:
            (this.triples[at]! - 3 * share * share * off.second) / third - 1 - 3 * variance,
        },
      ];
    });
  }
}

/** Counts in windows of one length, from moment 0 to `endMs`. */
export interface WindowCounts {
  readonly counts: Float64Array;
  readonly windowMs: number;
  readonly endMs: number;
}

/** Σ mean·(count − mean) and Σ mean²·(count − mean): not 0 where the curve is off. */
function offsOf({ counts, windowMs }: WindowCounts, pieces: readonly CurvePiece[]) {
  const expected = expectedCounts(pieces, windowMs, counts.length);
  let [first, second] = [0, 0];
  for (let at = 0; at < counts.length; at++) {
    const mean = expected[at]!;
    first += mean * (counts[at]! - mean);
    second += mean * mean * (counts[at]! - mean);
  }
  return { first, second };
}

/** Σ mean, Σ mean² and Σ mean³ over windows that are short beside the curve's pieces. */
function areas(pieces: readonly CurvePiece[], windowMs: number): [number, number, number] {
  let [first, second, third] = [0, 0, 0];
  for (const { startMs, endMs, fromPerSecond, toPerSecond } of pieces) {
    const [a, b] = [(fromPerSecond * windowMs) / 1000, (toPerSecond * windowMs) / 1000];
    const windows = (endMs - startMs) / windowMs;
    first += (windows * (a + b)) / 2;
    second += (windows * (a * a + a * b + b * b)) / 3;
    third += (windows * (a * a * a + a * a * b + a * b * b + b * b * b)) / 4;
  }
  return [first, second, third];
}

/** Of windows that the line's are whole parts of. */
export function longScales(
  { counts, windowMs, endMs }: WindowCounts,
  { pieces, parameters }: RateCurve,
): BurstScale[] {
  const scales: BurstScale[] = [];
  for (let decade = 1; ; decade *= 10) {
    for (const step of STEPS) {
      const widthMs = windowMs * step * decade;
      // A last window that is cut short is none.
      const windows = Math.floor(endMs / widthMs);
      if (windows - parameters < FEWEST_WINDOWS) return scales;
      const whole = merged(counts, step * decade).subarray(0, windows);
      const expected = expectedCounts(pieces, widthMs, windows);
      const scale = scaleOf(whole, expected, widthMs, parameters);
      if (scale !== undefined) scales.push(scale);
    }
  }
}

function scaleOf(
  counts: Float64Array,
  expected: Float64Array,
  windowMs: number,
  parameters: number,
): BurstScale | undefined {
  const windows = counts.length;
  // What makes up for a curve that has been fitted to the same counts.
  const freed = windows / (windows - parameters);
  let [first, second, third, squares, cubes] = [0, 0, 0, 0, 0];
  for (let at = 0; at < windows; at++) {
    const mean = expected[at]!;
    const off = counts[at]! - mean;
    first += mean;
    second += mean * mean;
    third += mean * mean * mean;
    squares += freed * off * off - mean;
    cubes += freed * (off * off * off - 3 * off * off) + 2 * mean;
  }
  const countMean = second / first;
  if (!(countMean > LEAST_COUNT)) return undefined;
  return { windowMs, windows, countMean, index: 1 + squares / first, thirdMoment: cubes / third };
}
