import { birthDeath } from './birth-death.ts';
import type { Station } from './station.ts';

/** M/M/c+M: who waits longer than an exponential patience leaves, and is lost. */
export interface ImpatientStation extends Station {
  /** Mean time that one is ready to wait for the service to begin, > 0. */
  readonly patienceMsMean: number;
}

export interface Impatience {
  /** Share of requests that are not served at once, those that leave included. */
  readonly waitingRatio: number;
  /** Share of requests that leave. */
  readonly abandonedRatio: number;
  /** Of all requests; those that are served at once count with 0. */
  readonly waitMsMean: number;
}

/**
 * Erlang-A: who waits, who leaves, and how long the wait is, for any load. Where patience is as
 * long as service, the number inside is Poisson: that of infinitely many servers.
 *
 * Source: C. Palm, 1946; A. Mandelbaum & S. Zeltyn, "Service engineering in action: the
 * Palm/Erlang-A queue", 2007.
 * Example: 10 servers of 1 s, 10/s, patience 1 s: 0.542070286 wait, 0.125110036 leave.
 */
export function erlangA(station: ImpatientStation): Impatience {
  const { servers, arrivalsPerSecond, serviceMsMean, patienceMsMean } = station;
  const probabilities = birthDeath(
    () => arrivalsPerSecond / 1000,
    (n) => Math.min(n, servers) / serviceMsMean + Math.max(0, n - servers) / patienceMsMean,
  );
  const waiting = probabilities.slice(servers);
  const queue = waiting.reduce((sum, probability, n) => sum + n * probability, 0);
  const waitMsMean = arrivalsPerSecond > 0 ? (1000 * queue) / arrivalsPerSecond : 0;
  return {
    waitingRatio: waiting.reduce((sum, probability) => sum + probability, 0),
    abandonedRatio: waitMsMean / patienceMsMean,
    waitMsMean,
  };
}
