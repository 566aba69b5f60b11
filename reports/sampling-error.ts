import type { Estimate } from '../simulator/analysis/estimate.ts';
import { ERROR_RATE, MEAN, type Statistic } from '../simulator/analysis/statistics.ts';
import type { WindowSample } from '../simulator/analysis/windows.ts';
import { bucketStart, type Histogram } from '../simulator/results/histogram.ts';

const NORMAL_975 = 1.959963984540054;

/**
 * A measured number with the 95 % interval of its sampling error. It takes requests as independent,
 * which queued ones are not, so it is the least error that the number can have: it is shown, and
 * decides nothing.
 * Quantiles by order statistics (normal approximation of the binomial rank), the mean by the
 * central limit, the error rate by Wilson's score interval.
 */
export function withSamplingError(statistic: Statistic, sample: WindowSample): Estimate {
  const value = statistic.of(sample);
  if (Number.isNaN(value)) return { value, low: value, high: value };
  if (statistic === ERROR_RATE) return { value, ...wilson(sample.errors, sample.arrived) };
  const { latencyMs } = sample;
  if (statistic === MEAN) {
    const half = NORMAL_975 * Math.sqrt(variance(latencyMs) / latencyMs.count);
    return { value, low: value - half, high: value + half };
  }
  return quantileWithError(latencyMs, Number(statistic.name.slice(1)) / 100);
}

/**
 * A quantile with its interval by order statistics. Edges that would lie beyond all values are the
 * least and the largest of them; NaN of nothing.
 */
export function quantileWithError(latencyMs: Histogram, quantile: number): Estimate {
  const value = latencyMs.quantile(quantile);
  const half = NORMAL_975 * Math.sqrt((quantile * (1 - quantile)) / latencyMs.count);
  const at = (q: number) => latencyMs.quantile(Math.min(1, Math.max(0, q)));
  return { value, low: at(quantile - half), high: at(quantile + half) };
}

function wilson(errors: number, arrived: number): { low: number; high: number } {
  const z = NORMAL_975 * NORMAL_975;
  const middle = (errors + z / 2) / (arrived + z);
  const spread = (errors * (arrived - errors)) / arrived + z / 4;
  const half = (NORMAL_975 * Math.sqrt(spread)) / (arrived + z);
  return { low: errors === 0 ? 0 : Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

/** From the buckets' middles: exact to the buckets' 0.4 %. */
function variance(histogram: Histogram): number {
  const { mean, count } = histogram;
  const { buckets } = histogram.toData();
  let squares = 0;
  for (let i = 0; i < buckets.length; i += 2) {
    const middle = (bucketStart(buckets[i]!) + bucketStart(buckets[i]! + 1)) / 2;
    squares += buckets[i + 1]! * (middle - mean) ** 2;
  }
  return squares / Math.max(1, count - 1);
}
