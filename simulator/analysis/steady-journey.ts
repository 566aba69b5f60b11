/** One journey's latencies in one long run: what is known of them, and may it be trusted? */
import { formatCount, formatPercent } from '../model/units.ts';
import type { Estimate } from './estimate.ts';
import { nSkart } from './n-skart.ts';
import { runQuantileInterval } from './run-quantile.ts';
import { meanOfSeries } from './series.ts';
import { judgeStationarity } from './stationarity.ts';

export interface SteadyWish {
  /** Largest distance of an edge from its value ÷ value, for mean and p99: such as 0.02. */
  readonly relativeHalfWidth: number;
  /** Arrivals of the longest run; all runs together have about twice as many at most. */
  readonly mostRequests: number;
}

export type Trust = 'trustworthy' | 'inconclusive';

/** 95 % intervals; NaN where nothing is known. */
export interface SteadyLatency {
  readonly mean: Estimate;
  readonly p50: Estimate;
  readonly p95: Estimate;
  readonly p99: Estimate;
}

export interface Judged {
  readonly verdict: Trust;
  /** In words, for both verdicts. */
  readonly reason: string;
  /** Completed requests, those left out at the front included. */
  readonly completed: number;
  /** Left out at the front, by N-Skart. */
  readonly warmUp: number;
  readonly latencyMs: SteadyLatency;
  /** Not stationary because it rises. */
  readonly rises: boolean;
}

/** N-Skart's, below which there is no interval. */
const FEWEST = 1280;
/** What is left of a constant where one moment is subtracted from another. */
const ROUNDING = 1e-9;
const UNKNOWN: Estimate = { value: Number.NaN, low: Number.NaN, high: Number.NaN };
const NOTHING: SteadyLatency = { mean: UNKNOWN, p50: UNKNOWN, p95: UNKNOWN, p99: UNKNOWN };

/**
 * Judges latencies in ms in order of completion, warm-up included; the series is not changed.
 *
 * The mean and what to leave out at the front are N-Skart's, the quantiles those of
 * `runQuantileInterval`. Trustworthy means: no trend and no slow swing, both methods found the run
 * long enough, and mean and p99 are known as well as was wished, by the farther of their edges. A
 * series that is not stationary has no intervals: its mean would be one of nothing.
 * Example: 6,400,000 latencies of M/M/1 at ρ 0.8 and a wish of 0.02 are trustworthy.
 */
export function judgeLatencies(series: Float64Array, wish: SteadyWish): Judged {
  const completed = series.length;
  const none = { completed, warmUp: 0, latencyMs: NOTHING, rises: false };
  if (completed < FEWEST) return { ...none, ...inconclusive(fewWords(completed)) };
  if (isConstant(series)) return { ...none, ...constant(series) };
  const { stationary, reason, rises } = judgeStationarity(series);
  if (!stationary) return { ...none, rises, ...inconclusive(`latency in ms: ${reason}`) };
  const { warmUp, sufficient: isMeanSure, ...mean } = nSkart(series);
  const rest = series.subarray(warmUp);
  const sorted = rest.toSorted();
  const quantile = (q: number) => runQuantileInterval(rest, q, 0.95, sorted);
  const { sufficient: isP99Sure, ...p99 } = quantile(0.99);
  const latencyMs = {
    mean: bare(mean),
    p50: bare(quantile(0.5)),
    p95: bare(quantile(0.95)),
    p99: bare(p99),
  };
  return { ...none, warmUp, latencyMs, ...trust(latencyMs, isMeanSure && isP99Sure, wish) };
}

/** The larger distance of the two edges ÷ value: intervals for skewed values are not symmetric. */
export function relativeHalfWidth({ value, low, high }: Estimate): number {
  const half = Math.max(value - low, high - value);
  return half === 0 ? 0 : half / Math.abs(value);
}

function trust(
  { mean, p99 }: SteadyLatency,
  isLongEnough: boolean,
  { relativeHalfWidth: asked }: SteadyWish,
): Pick<Judged, 'verdict' | 'reason'> {
  const [ofMean, ofP99] = [relativeHalfWidth(mean), relativeHalfWidth(p99)];
  const words = `mean ± ${formatPercent(ofMean)}, p99 ± ${formatPercent(ofP99)}`;
  if (!(ofMean <= asked && ofP99 <= asked))
    return inconclusive(`${words}, not the ± ${formatPercent(asked)} asked for`);
  if (!isLongEnough)
    return inconclusive(`${words}, but batches are still alike: too short to believe it`);
  return { verdict: 'trustworthy', reason: `${words}; no trend and no slow swing` };
}

function inconclusive(reason: string): Pick<Judged, 'verdict' | 'reason'> {
  return { verdict: 'inconclusive', reason };
}

function fewWords(completed: number): string {
  return `${formatCount(completed)} requests were completed, an interval takes ${formatCount(FEWEST)}`;
}

/** Nothing is random: what rounding makes of it has neither a trend nor an interval. */
function constant(series: Float64Array): Pick<Judged, 'verdict' | 'reason' | 'latencyMs'> {
  const value = meanOfSeries(series);
  const known = { value, low: value, high: value };
  const latencyMs = { mean: known, p50: known, p95: known, p99: known };
  return { verdict: 'trustworthy', reason: 'every request takes the same time', latencyMs };
}

function isConstant(series: Float64Array): boolean {
  const first = series[0]!;
  return series.every((each) => Math.abs(each - first) <= ROUNDING * first);
}

function bare({ value, low, high }: Estimate): Estimate {
  return { value, low, high };
}
