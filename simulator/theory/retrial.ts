import { offeredErlang, type Station } from './station.ts';

/** M/M/1 without a queue: who finds the server busy comes again later, as often as it takes. */
export interface RetryingStation extends Omit<Station, 'servers'> {
  /** Mean of the exponential pause before each further try, > 0. */
  readonly pauseMsMean: number;
}

/**
 * Mean number of requests that are between two tries, ρ(λ + ρθ)/((1 − ρ)θ) in service times, θ the
 * tries a service time; with pauses of no length it is M/M/1's number inside, less the one in
 * service.
 *
 * @returns ∞ from a load of 1 on
 * Source: G. I. Falin & J. G. C. Templeton, "Retrial Queues", 1997, §1.2.
 * Example: 80 % of 1 s, pauses of 10 s: 35.2.
 */
export function orbitMean(station: RetryingStation): number {
  const rho = offeredErlang({ ...station, servers: 1 });
  if (rho >= 1) return Number.POSITIVE_INFINITY;
  const pauses = station.pauseMsMean / station.serviceMsMean;
  return (rho * rho * (1 + pauses)) / (1 - rho);
}

/**
 * Mean time from the first try to the begin of service, in ms (Little).
 * Example: 80 % of 1 s, pauses of 10 s: 44000 ms.
 */
export function orbitMsMean(station: RetryingStation): number {
  const inOrbit = orbitMean(station);
  return inOrbit > 0 ? (1000 * inOrbit) / station.arrivalsPerSecond : 0;
}
