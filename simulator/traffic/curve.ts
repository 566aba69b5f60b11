/**
 * Arrivals by inverting the area under the rate curve: the k-th arrival falls where the area
 * reaches a given value, so no arrival is lost or doubled where the rate changes.
 *
 *     rate │        ╱▔▔▔▔▔     area(t) = ∫₀ᵗ rate        even:    arrival k where area = k
 *          │▁▁▁▁▁▁╱            in arrivals               Poisson: where area = Σ of k exponentials
 *          └──────────── t
 */
import type { RateSegment } from '../model/model.ts';

/** Arrivals that a segment brings on average. */
export function segmentArea(segment: RateSegment): number {
  const seconds = (segment.endMs - segment.startMs) / 1000;
  return ((segment.fromPerSecond + segment.toPerSecond) / 2) * seconds;
}

/** Mean number of arrivals over the whole curve. */
export function curveArea(curve: readonly RateSegment[]): number {
  return curve.reduce((sum, segment) => sum + segmentArea(segment), 0);
}

/**
 * Moment inside a segment, in ms since the run's start, at which `area` arrivals of it have come.
 * The quadratic r·x + k·x²/2 = area is solved in the form that does not cancel when k is small.
 */
export function timeAtArea(segment: RateSegment, area: number): number {
  const seconds = (segment.endMs - segment.startMs) / 1000;
  const rate = segment.fromPerSecond;
  const slope = (segment.toPerSecond - rate) / seconds;
  const root = Math.sqrt(Math.max(0, rate * rate + 2 * slope * area));
  const denominator = rate + root;
  if (denominator === 0) return segment.startMs;
  return Math.min(segment.endMs, segment.startMs + (2000 * area) / denominator);
}
