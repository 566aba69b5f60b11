/**
 * Does a series have a steady state at all? An overloaded queue or one under a ramp has a mean too,
 * but of nothing: the longer the run, the larger. A reason is given instead of such a number.
 *
 *     warm-up │▁▂▃▅▆│ 32 batches after it: their ranks must neither rise nor fall (Spearman), nor
 *             │     │ rise in the last tenth alone (Wilcoxon), nor swing slowly (von Neumann's
 *             │     │ ratio of ranks: R. Bartels, J. Am. Stat. Ass. 77, 1982)
 *
 * A queue at ρ 1 wanders, its trend may be down; then neighbouring batches are alike. A run of the
 * right load that is much too short wanders in the same way and is refused with the same words:
 * nothing in it tells the two apart.
 */
import { mser5 } from './mser.ts';
import { lateRiseScore, ranksOf, trendScore, vonNeumannScore } from './randomness.ts';
import { batchMeansOf, meanOfSeries } from './series.ts';

export interface Stationarity {
  readonly stationary: boolean;
  /** In words, for both verdicts. */
  readonly reason: string;
  /** It is refused because it rises, all the way or late: what a queue without bound does. */
  readonly rises: boolean;
  /** Observations left out at the front, by MSER-5; for a mean N-Skart's cut is the better one. */
  readonly warmUp: number;
}

const BATCHES = 32;
const LAST_TENTH = 3;
/** Batches of fewer than ten observations say nothing about a slow swing. */
const FEWEST_OBSERVATIONS = 20 * BATCHES;
/** Φ⁻¹(0.995): a steady series that is long enough is refused in 2 to 4 cases of 100. */
const SURE_SCORE = 2.5758293035489;
/** Φ⁻¹(0.95), where MSER-5 doubts too. */
const DOUBT_SCORE = 1.6448536269514722;
const RISES = 'it rises';

/**
 * The verdict on observations in order, warm-up included; the series is not changed.
 *
 * Measured with waits of M/M/1 (`test/theory/analysis-stationarity.test.ts`): ρ of 1 and more, ramps
 * and a day's hill are refused in at least 95 of 100 runs of 20,000, a steady ρ 0.9 of 100,000 in
 * at most 5. Of 10,000 it is refused in 12, because that is short for such a queue.
 * Example: 1, 2, 3 … 1000 is refused: "it rises: the mean of its last third is …".
 */
export function judgeStationarity(series: Float64Array): Stationarity {
  const { warmUp, settled } = mser5(series);
  const objection = objectionTo(series, warmUp, settled);
  const fine = `no trend and no slow swing after a warm-up of ${warmUp} observations`;
  const rises = objection?.startsWith(RISES) === true;
  return { stationary: objection === undefined, reason: objection ?? fine, rises, warmUp };
}

function objectionTo(series: Float64Array, warmUp: number, settled: boolean): string | undefined {
  const n = series.length;
  if (n < FEWEST_OBSERVATIONS) return `too short: ${n} of ${FEWEST_OBSERVATIONS} observations`;
  if (!Number.isFinite(meanOfSeries(series))) return 'not every observation is a number';
  const rest = series.subarray(warmUp);
  const means = batchMeansOf(rest, Math.floor(rest.length / BATCHES), BATCHES);
  const bar = settled ? SURE_SCORE : DOUBT_SCORE;
  const trend = trendScore(means);
  if (trend > bar) return `${RISES}: ${lastAndMiddle(means)}`;
  if (trend < -bar) return `it falls: ${lastAndMiddle(means)}`;
  if (lateRiseScore(means, LAST_TENTH) > SURE_SCORE)
    return `${RISES} late: ${lastAndMiddle(means)}`;
  if (vonNeumannScore(ranksOf(means)) <= bar) return undefined;
  return `it swings slowly: ${n} observations are too few, or its load changes`;
}

function lastAndMiddle(means: Float64Array): string {
  const third = Math.floor(BATCHES / 3);
  const last = meanOfSeries(means.subarray(BATCHES - third));
  const middle = meanOfSeries(means.subarray(BATCHES - 2 * third, BATCHES - third));
  return `the mean of its last third is ${worded(last)}, of its middle third ${worded(middle)}`;
}

function worded(value: number): string {
  return String(Number(value.toPrecision(3)));
}
