import { offeredErlang, type Station } from './station.ts';

/**
 * Mean wait of M/G/1, first in, first out, in ms: Pollaczek–Khinchine,
 * ρ/(1 − ρ)·(1 + c_s²)/2·E[S]. It takes no more of the distribution than its mean and its
 * variation; quantiles need all of it.
 *
 * @param station one server; ∞ from a load of 1 on
 * @param squaredVariation c_s² = variance ÷ mean²: 0 for constant, 1 for exponential service
 * Source: L. Kleinrock, "Queueing Systems" I, 1975, §5.6. Several servers have no such formula.
 * Example: 80 % of constant service of 1 s: 2000 ms.
 */
export function mg1WaitMsMean(station: Omit<Station, 'servers'>, squaredVariation: number): number {
  const rho = offeredErlang({ ...station, servers: 1 });
  if (rho >= 1) return Number.POSITIVE_INFINITY;
  return ((rho / (1 - rho)) * (1 + squaredVariation) * station.serviceMsMean) / 2;
}
