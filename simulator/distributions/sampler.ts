/**
 * Draws from a model's distributions. The engine fills whole buffers, so that no double crosses a
 * call that V8 may not inline; everything else takes one value at a time.
 */
import type { RandomStream } from '../engine/random.ts';
import type { Distribution } from '../model/model.ts';
import { fillConstant } from './constant.ts';
import { fillEmpirical } from './empirical.ts';
import { fillExponential } from './exponential.ts';
import { fillLognormal } from './lognormal.ts';
import { fillPareto } from './pareto.ts';
import { fillPhaseType } from './phase-type.ts';

/** Fills `out` with independent draws, in milliseconds. */
export function fill(distribution: Distribution, random: RandomStream, out: Float64Array): void {
  switch (distribution.type) {
    case 'constant':
      fillConstant(distribution, out);
      break;
    case 'exponential':
      fillExponential(distribution, random, out);
      break;
    case 'lognormal':
      fillLognormal(distribution, random, out);
      break;
    case 'phase-type':
      fillPhaseType(distribution, random, out);
      break;
    case 'pareto':
      fillPareto(distribution, random, out);
      break;
    case 'empirical':
      fillEmpirical(distribution, random, out);
      break;
    default:
      throw new Error(`unknown distribution ${distribution satisfies never}`);
  }
}

/**
 * A function that gives one draw in milliseconds at a time: `sampler(d, stream(1, 0, 'api',
 * 'boot'))()`.
 */
export function sampler(distribution: Distribution, random: RandomStream): () => number {
  const one = new Float64Array(1);
  return () => {
    fill(distribution, random, one);
    return one[0]!;
  };
}
