/**
 * GI/M/1, first in, first out: independent gaps between arrivals, exponential service, one server.
 * An arrival finds n requests with probability (1 − σ)σ^n, so the sojourn is exponential; σ is the
 * root in (0, 1) of σ = A(μ(1 − σ)), A(s) = E[e^(−s·gap)]. Source: L. Kleinrock, "Queueing Systems"
 * I, 1975, §6.4.
 */
import { exp, log } from '../engine/maths.ts';
import { bisect } from './bisect.ts';
import { offeredErlang, type Station } from './station.ts';

export interface IndependentArrivals extends Omit<Station, 'servers'> {
  /** E[e^(−s·gap)] of the gap between two arrivals; s ≥ 0 a millisecond, 1 at 0. */
  readonly gapTransform: (perMs: number) => number;
}

/** The gaps of evenly spaced arrivals (D/M/1): `evenGaps(10)(0)` is 1, at 0.01 it is e⁻¹. */
export function evenGaps(arrivalsPerSecond: number): (perMs: number) => number {
  return (perMs) => exp((-1000 * perMs) / arrivalsPerSecond);
}

/**
 * σ: share of requests that must wait; 1 from a load of 1 on.
 * Example: even gaps, one of 1 s after 80 % of it: 0.6286297965.
 */
export function gm1WaitingRatio(queue: IndependentArrivals): number {
  if (offeredErlang({ ...queue, servers: 1 }) >= 1) return 1;
  const { serviceMsMean, gapTransform } = queue;
  return bisect((sigma) => sigma >= gapTransform((1 - sigma) / serviceMsMean), 1);
}

/**
 * Mean wait in ms, σ/(1 − σ)·E[S]; ∞ from a load of 1 on.
 * Example: even gaps, 80 % of 1 s: 1692.73084 ms, where half of M/M/1's wait would be 2000 ms.
 */
export function gm1WaitMsMean(queue: IndependentArrivals): number {
  const sigma = gm1WaitingRatio(queue);
  return (sigma / (1 - sigma)) * queue.serviceMsMean;
}

/** Mean of wait and service in ms. Example: even gaps, 80 % of 1 s: 2692.73084 ms. */
export function gm1SojournMsMean(queue: IndependentArrivals): number {
  return gm1WaitMsMean(queue) + queue.serviceMsMean;
}

/**
 * Quantile of wait and service in ms: their sum is exponential.
 *
 * @param quantile 0..1, ∞ at 1 and from a load of 1 on
 * Example: even gaps, 80 % of 1 s, 0.99: 12400.4854 ms.
 */
export function gm1SojournMsQuantile(queue: IndependentArrivals, quantile: number): number {
  return -log(1 - quantile) * gm1SojournMsMean(queue);
}
