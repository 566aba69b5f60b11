import type { RandomStream } from '../engine/random.ts';
import { fillExponentials } from '../engine/ziggurat.ts';
import type { Distribution } from '../model/model.ts';

type Exponential = Extract<Distribution, { type: 'exponential' }>;

/** Memoryless: density e^(−t/mean)/mean. */
export function fillExponential(
  { meanMs }: Exponential,
  random: RandomStream,
  out: Float64Array,
): void {
  fillExponentials(random, meanMs, out, 0, out.length);
}
