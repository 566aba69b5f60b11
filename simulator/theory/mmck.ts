import { birthDeath } from './birth-death.ts';
import { offeredErlang, type Station } from './station.ts';

/** M/M/c/K: exponential service, a bounded queue; who finds it full is shed. */
export interface BoundedStation extends Station {
  /** K: requests that are served or wait, ≥ the servers. */
  readonly places: number;
}

export interface Shedding {
  /** Share of requests that are shed. */
  readonly shedRatio: number;
  /** L_q: requests that wait. */
  readonly queueMean: number;
  /** Wait and service of the others. */
  readonly sojournMsMean: number;
}

/**
 * Who is shed, and how long the others are inside; there is no load that is too much.
 * Source: R. B. Cooper, "Introduction to Queueing Theory", 2nd ed., 1981, §3.5 (birth–death).
 * Example: one server, 5 places, 80 % of 1 s: 0.0888194987 shed, 2563.06520704 ms.
 */
export function mmck(station: BoundedStation): Shedding {
  const { servers, places, serviceMsMean } = station;
  const erlang = offeredErlang(station);
  const probabilities = birthDeath(
    () => erlang,
    (n) => Math.min(n, servers),
    places,
  );
  const shedRatio = probabilities[places] ?? 0;
  const inside = probabilities.reduce((sum, probability, n) => sum + n * probability, 0);
  const carried = erlang * (1 - shedRatio);
  const sojournMsMean = carried > 0 ? (inside / carried) * serviceMsMean : serviceMsMean;
  return { shedRatio, queueMean: inside - carried, sojournMsMean };
}
