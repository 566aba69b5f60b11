/** Point estimates with 95 % intervals, from independent replications. */
import { mean, sampleStandardDeviation } from 'simple-statistics';
import { studentT } from './student-t.ts';

/** An interval that cannot be given (too few replications, no value) has NaN edges. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Two replications give an interval that is six times as wide as ten do: no use to anybody. */
const FEWEST = 3;
const TWO_SIDED_95 = 0.975;

/**
 * Mean of one number per replication, with the interval that holds the true mean in 95 of 100
 * cases: t·s/√n. Assumes that replications are independent and their values nearly normal.
 * A NaN among the values (nothing was measured in that run) makes all three NaN.
 */
export function confidenceInterval(values: readonly number[]): Estimate {
  return around(values, (n) => 1 / n);
}

/**
 * The same mean, with the interval that holds the value of *one further run* in 95 of 100 cases:
 * t·s·√(1 + 1/n). A measurement is such a run, so this is what it is held against.
 */
export function predictionInterval(values: readonly number[]): Estimate {
  return around(values, (n) => 1 + 1 / n);
}

function around(values: readonly number[], share: (n: number) => number): Estimate {
  const n = values.length;
  if (n === 0) return { value: Number.NaN, low: Number.NaN, high: Number.NaN };
  const value = mean([...values]);
  if (n < FEWEST) return { value, low: Number.NaN, high: Number.NaN };
  const half =
    studentT(TWO_SIDED_95, n - 1) * sampleStandardDeviation([...values]) * Math.sqrt(share(n));
  return { value, low: value - half, high: value + half };
}
