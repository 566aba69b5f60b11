/**
 * Times of a given mean and a given variation, put together from exponential phases: the usual fit
 * of two moments. Two moments do not make a distribution: another one with the same two can make
 * a queue longer or shorter.
 *
 *     scv > 1    one of two exponentials, each half of the mean   ◄─ p ─► ▭(1)   ◄─ 1 − p ─► ▭(2)
 *     scv = 1    exponential                                      ▭
 *     scv = 1/k  Erlang-k: k equal phases, one after the other    ▭─▭─▭─▭
 *     between    k − 1 or k of them                               ▭─▭─▭(─▭)
 *
 * Source: H. C. Tijms, "Stochastic Models: An Algorithmic Approach", 1994, appendix B: hyper-
 * exponential with balanced means, mixture of Erlang-(k − 1) and Erlang-k with one rate.
 */
import type { RandomStream } from '../engine/random.ts';
import { drawExponential } from '../engine/ziggurat.ts';
import type { Distribution } from '../model/model.ts';

type PhaseType = Extract<Distribution, { type: 'phase-type' }>;

/** 1/0.3333333333 is meant to be 3 phases. */
const ROUNDING = 1e-6;

/** Draws of mean `meanMs` and variance `squaredVariation`·`meanMs`², which must be above 0. */
export function fillPhaseType(
  { meanMs, squaredVariation }: PhaseType,
  random: RandomStream,
  out: Float64Array,
): void {
  if (squaredVariation > 1) fillHyperexponential(meanMs, squaredVariation, random, out);
  else fillErlang(meanMs, squaredVariation, random, out);
}

function fillHyperexponential(
  meanMs: number,
  squaredVariation: number,
  random: RandomStream,
  out: Float64Array,
): void {
  const shortRatio = (1 + Math.sqrt((squaredVariation - 1) / (squaredVariation + 1))) / 2;
  const shortMs = meanMs / (2 * shortRatio);
  const longMs = meanMs / (2 * (1 - shortRatio));
  for (let i = 0; i < out.length; i++) {
    out[i] = (random.uniform() < shortRatio ? shortMs : longMs) * drawExponential(random);
  }
}

function fillErlang(
  meanMs: number,
  squaredVariation: number,
  random: RandomStream,
  out: Float64Array,
): void {
  const most = Math.ceil(1 / squaredVariation - ROUNDING);
  const spread = Math.sqrt(most * (1 + squaredVariation) - most * most * squaredVariation);
  const fewerRatio = (most * squaredVariation - spread) / (1 + squaredVariation);
  const phaseMs = meanMs / (most - fewerRatio);
  for (let i = 0; i < out.length; i++) {
    const phases = random.uniform() < fewerRatio ? most - 1 : most;
    let sum = 0;
    for (let phase = 0; phase < phases; phase++) sum += drawExponential(random);
    out[i] = phaseMs * sum;
  }
}
