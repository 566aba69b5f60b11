import { exp } from '../engine/maths.ts';
import type { RandomStream } from '../engine/random.ts';
import { drawExponential } from '../engine/ziggurat.ts';
import type { Distribution } from '../model/model.ts';

type Pareto = Extract<Distribution, { type: 'pareto' }>;

/**
 * Never below the minimum, and with a heavy tail: P(T > t) = (min/t)^shape. The mean is
 * min·shape/(shape − 1); a shape of 2 or less has no variance. Method: min·e^(E/shape), E
 * exponential of mean 1, so that even the far tail has all the digits of a double.
 */
export function fillPareto(
  { minMs, shape }: Pareto,
  random: RandomStream,
  out: Float64Array,
): void {
  for (let i = 0; i < out.length; i++) out[i] = minMs * exp(drawExponential(random) / shape);
}
