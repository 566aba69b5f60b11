import { exp, log } from '../engine/maths.ts';
import type { RandomStream } from '../engine/random.ts';
import { drawNormal } from '../engine/ziggurat.ts';
import type { Distribution } from '../model/model.ts';

type Lognormal = Extract<Distribution, { type: 'lognormal' }>;

/** Standard normal quantile at 0.99 (Abramowitz & Stegun, table 26.5). */
const NORMAL_P99 = 2.3263478740408408;

/** Standard deviation of the logarithm: median·e^(2.326σ) = p99. */
export function sigmaOf({ medianMs, p99Ms }: Lognormal): number {
  return log(p99Ms / medianMs) / NORMAL_P99;
}

/** median·e^(σZ): the usual shape of service times, given by what operators know of them. */
export function fillLognormal(
  distribution: Lognormal,
  random: RandomStream,
  out: Float64Array,
): void {
  const sigma = sigmaOf(distribution);
  for (let i = 0; i < out.length; i++) {
    out[i] = distribution.medianMs * exp(sigma * drawNormal(random));
  }
}
