import type { RandomStream } from '../engine/random.ts';
import { drawExponential } from '../engine/ziggurat.ts';
import type { Distribution } from '../model/model.ts';

type Exponential = Extract<Distribution, { type: 'exponential' }>;

/** Memoryless: density e^(−t/mean)/mean. */
export function fillExponential(
  { meanMs }: Exponential,
  random: RandomStream,
  out: Float64Array,
): void {
  for (let i = 0; i < out.length; i++) out[i] = meanMs * drawExponential(random);
}
