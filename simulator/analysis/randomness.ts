/** Are neighbours in a series alike? The question behind every choice of a batch size. */
import { meanOfSeries } from './series.ts';

/**
 * Von Neumann's ratio as a standard normal score: positive where neighbours are more alike than
 * independent normal values would be, negative where they alternate.
 *
 * With v = Σ(xᵢ₊₁ − xᵢ)² ÷ Σ(xᵢ − x̄)², of mean 2 and variance 4(n − 2)/(n² − 1), it is (2 − v)/sd.
 * A constant series, or one below three values, tells nothing: 0.
 * Sources: J. von Neumann, Annals of Math. Stat. 12, 1941; J. D. Williams, ibid. (the variance).
 * Example: 1, 2, 3, 4, 5 has v = 0.4 and the score 2.2627.
 */
export function vonNeumannScore(series: Float64Array): number {
  const n = series.length;
  const mean = meanOfSeries(series);
  let steps = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const off = series[i]! - mean;
    squares += off * off;
    if (i > 0) steps += (series[i]! - series[i - 1]!) * (series[i]! - series[i - 1]!);
  }
  if (n < 3 || !(squares > 0)) return 0;
  return (2 - steps / squares) / Math.sqrt((4 * (n - 2)) / (n * n - 1));
}

/**
 * Spearman's correlation of a series with its own order, as a standard normal score: positive where
 * it rises. Ranks, because the means of a queue's batches are skewed and one long burst near an end
 * would pass for a trend. Example: 1, 2, 3, 4, 5 correlates fully, the score is √4 = 2.
 */
export function trendScore(series: Float64Array): number {
  const n = series.length;
  const ranks = ranksOf(series);
  const middle = (n - 1) / 2;
  let products = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    products += (i - middle) * (ranks[i]! - middle);
    squares += (i - middle) * (i - middle);
  }
  return squares > 0 ? (products / squares) * Math.sqrt(n - 1) : 0;
}

/**
 * Are the last few values larger than those before them? Wilcoxon's rank sum of the last `last` as
 * a standard normal score: an overload that begins late makes no trend of the whole.
 * Example: of 1, 2, … 10 the last 3 have the rank sum 27, expected are 16.5, and the score 2.3932.
 */
export function lateRiseScore(series: Float64Array, last: number): number {
  const n = series.length;
  const before = n - last;
  // 0-based ranks: one less each than in the tables.
  const expected = (last * (n - 1)) / 2;
  const sum = ranksOf(series)
    .subarray(before)
    .reduce((total, rank) => total + rank, 0);
  return (sum - expected) / Math.sqrt((last * before * (n + 1)) / 12);
}

/** 0-based ranks; equal values share the mean of theirs. Example: 7, 3, 7 gives 1.5, 0, 1.5. */
export function ranksOf(series: Float64Array): Float64Array {
  const order = Array.from(series.keys()).sort((a, b) => series[a]! - series[b]!);
  const ranks = new Float64Array(series.length);
  for (let first = 0, end = 0; first < order.length; first = end) {
    while (end < order.length && series[order[end]!] === series[order[first]!]) end++;
    for (let i = first; i < end; i++) ranks[order[i]!] = (first + end - 1) / 2;
  }
  return ranks;
}
