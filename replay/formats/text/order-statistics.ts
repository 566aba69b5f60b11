import { stream } from '../../../simulator/engine/random.ts';
import { fillExponentials } from '../../../simulator/engine/ziggurat.ts';

/**
 * Order statistics of `count` uniform moments in [0, 1): sums of exponential gaps, divided by one
 * gap more, without sorting. A stream of random numbers a purpose: what is drawn for one second
 * does not depend on the others.
 * Source: L. Devroye, Non-Uniform Random Variate Generation, 1986, V.3.1.
 * Example: the means of `orderStatistics(3, seed, purpose)` over many purposes are ¼, ½, ¾.
 */
export function orderStatistics(count: number, seed: number, purpose: string): Float64Array {
  const sums = new Float64Array(count + 1);
  fillExponentials(stream(seed, 0, purpose, 'spread'), 1, sums, 0, count + 1);
  let sum = 0;
  for (let i = 0; i <= count; i++) {
    sum += sums[i]!;
    sums[i] = sum;
  }
  // Less than 1 to the last bit: the quotient of the largest may round up.
  const scale = (1 - 2 ** -40) / sum;
  return sums.subarray(0, count).map((at) => at * scale);
}
