/**
 * Quantile of one long run by way of its exceedances. Where a tail comes in clusters (one long
 * queue, hundreds of late requests), short batches hold none or one, their quantiles are biased and
 * look independent all the same. How often the quantile is exceeded is a mean, and N-Skart knows
 * from the run itself how well that mean is known.
 *
 *     exceeded by │▔▔▔▔▔╲                 true share of the estimate within [low, high], so the
 *            high │┈┈┈┈┈┈┈╲┈┈             true quantile is where the run shows
 *           1 − q │┈┈┈┈┈┈┈┈┈▀▄▁           (1 − q)²/high … (1 − q)²/low
 *             low │┈┈┈┈┈┈┈┈┈┈┈┈┈▀▀▄▄▁▁
 *                 └─────────┴──────────── latency
 */
import { nSkart } from './n-skart.ts';
import { type QuantileInterval, quantileOfSorted } from './quantile-interval.ts';
import { meanOfSeries } from './series.ts';

/** Longer than N-Skart's final batches need, and short beside millions of requests. */
const MOST_SHARES = 1 << 20;

export interface RunQuantile extends QuantileInterval {
  /** N-Skart's: false where the run is too short for the clusters in its tail. */
  readonly sufficient: boolean;
}

/**
 * Quantile and interval of a run without its warm-up, in order; the series is not changed.
 *
 * @param quantile 0 < quantile < 1
 * @param sorted the same values in order of size, where somebody has sorted them already
 * The confidence is nominal; measured, the p99 of 100,000 waits is held in 95 % of runs of M/M/1 at
 * ρ 0.8 and 88 % of M/M/10 at ρ 0.9, that of 20,000 in 89 % and 64 %: a run that saw no long queue
 * cannot know of one. Leave `nSkart(series).warmUp` out, not MSER-5's cut, which looks at the tail.
 * Edges are NaN below 1,280 observations and where the value is a maximum that came only once; the
 * lower edge is the smallest observation where N-Skart cannot tell the exceedances from none.
 * Source: R. S. Woodruff, "Confidence intervals for medians and other position measures", J. Am.
 * Stat. Ass. 47, 1952, which turns an interval for a share into one for a quantile. Ours is in
 * proportion (shares 1 − q times a factor), because a share of 1 % ± 1 % has no upper edge else.
 * Example: 200,000 waits of M/M/1 at ρ 0.8 and μ 1, 0.99: about 21.9, 20.2 to 24.2.
 */
export function runQuantileInterval(
  series: Float64Array,
  quantile: number,
  confidence = 0.95,
  sorted: Float64Array = series.toSorted(),
): RunQuantile {
  const value = quantileOfSorted(sorted, quantile);
  const share = 1 - quantile;
  // Of values that are all the same at the end, such as a constant, none is above: then it is how
  // often the largest itself is reached.
  const isShared = value === sorted.at(-1) && value === sorted.at(-2);
  const above = sharesAbove(series, value, isShared);
  const exceeded = nSkart(above, confidence);
  // Many equal values, such as waits of 0, leave less above the quantile than its share.
  const observed = meanOfSeries(above);
  const at = (exceedance: number) => edgeOf(sorted, (share * observed) / exceedance);
  const edges = { low: at(exceeded.low), high: at(exceeded.high) };
  return { value, ...edges, confidence, sufficient: exceeded.sufficient };
}

/** Shares that exceed the value, of a few observations each where there are millions. */
function sharesAbove(series: Float64Array, value: number, orEqual: boolean): Float64Array {
  const size = Math.max(1, Math.floor(series.length / MOST_SHARES));
  const shares = new Float64Array(Math.floor(series.length / size));
  for (let i = 0; i < shares.length * size; i++) {
    const isAbove = series[i]! > value || (orEqual && series[i] === value);
    if (isAbove) shares[Math.floor(i / size)]! += 1 / size;
  }
  return shares;
}

/** The observation that a share of the run exceeds; the smallest for a share that is none. */
function edgeOf(sorted: Float64Array, share: number): number {
  if (Number.isNaN(share)) return Number.NaN;
  return quantileOfSorted(sorted, share > 0 ? Math.max(0, 1 - share) : 0);
}
