/** The queue behind bursty arrivals: MMPP/M/1, by matrices. */
import type { Bursts } from '../../simulator/theory/mmpp.ts';
import { calmTimes } from '../../simulator/traffic/bursts.ts';

/** A millisecond: of leaving burst and calm, and of arrivals in each. */
interface StateRates {
  readonly s1: number;
  readonly s2: number;
  readonly l1: number;
  readonly l2: number;
}

/** Rates of leaving burst and calm, and the two levels, as the literature has them. */
export function stateRates({ everyMs, forMs, times }: Bursts, perSecond: number): StateRates {
  const calm = calmTimes({ everyMs, forMs, times });
  const per = perSecond / 1000;
  return { s1: 1 / forMs, s2: 1 / (everyMs - forMs), l1: times * per, l2: calm * per };
}

type Matrix = readonly [number, number, number, number];

const times = ([a, b, c, d]: Matrix, [e, f, g, h]: Matrix): Matrix => [
  a * e + b * g,
  a * f + b * h,
  c * e + d * g,
  c * f + d * h,
];
const inverse = ([a, b, c, d]: Matrix): Matrix => {
  const determinant = a * d - b * c;
  return [d / determinant, -b / determinant, -c / determinant, a / determinant];
};

/**
 * Mean number inside MMPP/M/1: π(n) = π(0)Rⁿ, R the least solution of A₀ + R·A₁ + R²·μ = 0, found
 * by its iteration; π(0) is the row with π(0)(Q − Λ + R·μ) = 0 whose sum over all n is 1.
 * Source: M. Neuts, "Matrix-Geometric Solutions in Stochastic Models", 1981, chapter 3.
 */
export function insideMean(bursts: Bursts, perSecond: number, serviceMsMean: number): number {
  const { s1, s2, l1, l2 } = stateRates(bursts, perSecond);
  const mu = 1 / serviceMsMean;
  const back = inverse([s1 + l1 + mu, -s1, -s2, s2 + l2 + mu]);
  let r: Matrix = [0, 0, 0, 0];
  for (let round = 0; round < 20_000; round++) {
    const square = times(r, r);
    r = times([l1 + square[0] * mu, square[1] * mu, square[2] * mu, l2 + square[3] * mu], back);
  }
  const [x, y] = [s2 + r[2] * mu, s1 + l1 - r[0] * mu];
  const all = inverse([1 - r[0], -r[1], -r[2], 1 - r[3]]);
  const sums = [all[0] + all[1], all[2] + all[3]] as const;
  const scale = x * sums[0] + y * sums[1];
  const weighted = times(r, times(all, all));
  return (x * (weighted[0] + weighted[1]) + y * (weighted[2] + weighted[3])) / scale;
}
