import type { RandomStream } from '../engine/random.ts';
import type { Distribution } from '../model/model.ts';

type Empirical = Extract<Distribution, { type: 'empirical' }>;

/** One of the measured values, each as likely as the next. */
export function fillEmpirical(
  { valuesMs }: Empirical,
  random: RandomStream,
  out: Float64Array,
): void {
  for (let i = 0; i < out.length; i++) out[i] = valuesMs[random.below(valuesMs.length)]!;
}
