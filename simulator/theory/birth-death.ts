const HUGE = 1e200;
const NEGLIGIBLE = 1e-17;

/**
 * Stationary probabilities of 0, 1, 2, … in a birth–death process: p_{n+1} = p_n·up(n)/down(n + 1).
 * Summed from 0 on, until the geometric bound of what is left is below the last bit.
 *
 * @param up rate from n to n + 1, ≥ 0
 * @param down rate from n to n − 1, > 0 for n > 0, in the same unit; up/down falls in the long run
 * @param most no further than this number; needed where nothing brings the sum to an end
 * Example: up 1, down 2 at every n: [0.5, 0.25, 0.125, …].
 */
export function birthDeath(
  up: (n: number) => number,
  down: (n: number) => number,
  most: number = Number.POSITIVE_INFINITY,
): number[] {
  const weights = [1];
  let sum = 1;
  for (let n = 0; n < most; n++) {
    const ratio = up(n) / down(n + 1);
    const weight = weights[n]! * ratio;
    weights.push(weight);
    sum += weight;
    if (ratio < 1 && (weight * ratio) / (1 - ratio) < NEGLIGIBLE * sum) break;
    if (sum > HUGE) sum = shrink(weights);
  }
  return weights.map((weight) => weight / sum);
}

/** Divides all by the largest, in place; the new sum. */
function shrink(weights: number[]): number {
  const largest = weights.reduce((most, weight) => Math.max(most, weight), 0);
  let sum = 0;
  for (let n = 0; n < weights.length; n++) {
    weights[n] = weights[n]! / largest;
    sum += weights[n]!;
  }
  return sum;
}
