import { exp } from '../engine/maths.ts';

/** 1/k! for k = 15 … 1; |x| ≤ 1/2, so x^15/16! is below one ulp. */
const INVERSE_FACTORIALS: readonly number[] = (() => {
  const values: number[] = [];
  for (let k = 1, factorial = 1; k <= 15; k++) {
    factorial *= k;
    values.unshift(1 / factorial);
  }
  return values;
})();

/**
 * (e^x − 1)/x, the slope of the exponential's chord, without the cancellation near 0; 1 at 0.
 * Waiting times are full of differences of exponentials whose rates may meet: this is what is left
 * of them when they do. `expSlope(1)` is 1.718281828459045, `expSlope(1e-9)` is 1.0000000005.
 */
export function expSlope(x: number): number {
  if (Math.abs(x) > 0.5) return (exp(x) - 1) / x;
  return INVERSE_FACTORIALS.reduce((series, coefficient) => series * x + coefficient, 0);
}
