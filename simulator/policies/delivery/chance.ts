/** The chance that a bandit takes: given, so that a run can be repeated. */

import { exp, log } from '../../engine/maths.ts';
import type { RandomStream } from '../../engine/random.ts';
import { drawNormal } from '../../engine/ziggurat.ts';

export interface Chance {
  /** Uniform number in [0, 1). */
  readonly uniform: () => number;
  /** Normal number of mean 0 and standard deviation 1. */
  readonly normal: () => number;
}

/** Chance from one named stream. */
export function chanceOf(random: RandomStream): Chance {
  return { uniform: () => random.uniform(), normal: () => drawNormal(random) };
}

/**
 * A draw of the gamma distribution of a shape > 0 and scale 1.
 * Source: G. Marsaglia & W. W. Tsang, "A Simple Method for Generating Gamma Variables", ACM
 * Transactions on Mathematical Software 26 (2000); a shape below 1 by their power of a uniform.
 */
export function drawGamma(shape: number, chance: Chance): number {
  if (shape < 1) {
    const u = 1 - chance.uniform();
    return drawGamma(shape + 1, chance) * exp(log(u) / shape);
  }
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = chance.normal();
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root * root * root;
    const u = 1 - chance.uniform();
    // The first test spares the logarithms in most draws.
    if (u < 1 - 0.0331 * x * x * x * x) return d * v;
    if (log(u) < 0.5 * x * x + d * (1 - v + log(v))) return d * v;
  }
}

/** A draw of the beta distribution, in 0 … 1: a share, as two counts make it likely. */
export function drawBeta(alpha: number, beta: number, chance: Chance): number {
  const a = drawGamma(alpha, chance);
  return a / (a + drawGamma(beta, chance));
}
