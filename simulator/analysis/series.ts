/** Sums over a series of observations in order, which the methods for one long run share. */

export interface Moments {
  readonly mean: number;
  /** Unbiased: divided by n − 1. */
  readonly variance: number;
  /** Adjusted Fisher–Pearson coefficient; NaN for a constant series and below three values. */
  readonly skewness: number;
}

/**
 * Mean, variance and skewness in two passes, because the sum of squares of a long series of nearly
 * equal values cancels. The series is not changed; an empty one gives NaN.
 * Source of the skewness: Joanes & Gill, "Comparing measures of sample skewness and kurtosis",
 * The Statistician 47, 1998, G1. Example: 1, 2, 6 has mean 3, variance 7, skewness 1.4578.
 */
export function momentsOf(series: Float64Array): Moments {
  const n = series.length;
  const mean = meanOfSeries(series);
  let squares = 0;
  let cubes = 0;
  for (let i = 0; i < n; i++) {
    const off = series[i]! - mean;
    squares += off * off;
    cubes += off * off * off;
  }
  const variance = squares / (n - 1);
  const skewness = (n * cubes) / ((n - 1) * (n - 2) * variance * Math.sqrt(variance));
  return { mean, variance, skewness };
}

/** Plain mean; NaN of nothing. Example: 1, 2, 6 gives 3. */
export function meanOfSeries(series: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < series.length; i++) sum += series[i]!;
  return sum / series.length;
}

/**
 * Means of neighbouring batches of `batchSize` observations, from the first on; what does not fill
 * a batch at the end is left out.
 *
 * @param most no more batches than this
 * Example: 1, 3, 5, 7, 9 in batches of 2 is 2, 6.
 */
export function batchMeansOf(
  series: Float64Array,
  batchSize: number,
  most: number = Number.POSITIVE_INFINITY,
): Float64Array {
  const batches = Math.min(most, Math.floor(series.length / batchSize));
  const means = new Float64Array(batches);
  for (let batch = 0; batch < batches; batch++) {
    let sum = 0;
    for (let i = batch * batchSize; i < (batch + 1) * batchSize; i++) sum += series[i]!;
    means[batch] = sum / batchSize;
  }
  return means;
}

/**
 * The last value and every (spacer + 1)th before it, in order: what lies between is the spacer that
 * keeps them apart. Example: of 1, 2, 3, 4, 5 with a spacer of 1 it is 1, 3, 5.
 */
export function spacedOf(series: Float64Array, spacer: number): Float64Array {
  const step = spacer + 1;
  const first = (series.length - 1) % step;
  return series.filter((_, i) => i % step === first);
}

/**
 * Correlation of neighbours, Σ(xᵢ − x̄)(xᵢ₊₁ − x̄) ÷ Σ(xᵢ − x̄)²; NaN for a constant series.
 * Example: 1, 2, 3, 4 gives 0.25.
 */
export function lagOneCorrelation(series: Float64Array): number {
  const mean = meanOfSeries(series);
  let products = 0;
  let squares = 0;
  for (let i = 0; i < series.length; i++) {
    const off = series[i]! - mean;
    squares += off * off;
    if (i > 0) products += off * (series[i - 1]! - mean);
  }
  return products / squares;
}
