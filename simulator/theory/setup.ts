/**
 * Cold starts, M/M/k/setup: a server that finds nobody waiting is switched off at once; for each
 * request that waits one is switched on, and takes an exponential time to be ready. A setup whose
 * request was taken by another server is given up.
 */
import { type LevelledChain, meanOver, stationary } from './levels.ts';
import { mmcSojournMsMean } from './mmc.ts';
import { type Station, utilizationRatio } from './station.ts';

export interface ColdStation extends Station {
  /** Mean of the setup time, > 0. */
  readonly setupMsMean: number;
}

/**
 * Mean of wait and service in ms; ∞ where the load is no less than the servers. For one server it
 * is M/M/1's and one setup; for more a chain of levels (requests) and states (servers that are on).
 *
 * Source: J. R. Artalejo, A. Economou & M. J. Lopez-Herrero, "Analysis of a multiserver queue with
 * setup times", Queueing Systems 51, 2005; A. Gandhi, S. Doroudi, M. Harchol-Balter &
 * A. Scheller-Wolf, "Exact analysis of the M/M/k/setup class", Queueing Systems 77, 2014.
 * Example: 10 servers of 1 s, 5/s, setup of 10 s: 2663.34963 ms.
 */
export function setupSojournMsMean(station: ColdStation): number {
  const { servers, arrivalsPerSecond, serviceMsMean, setupMsMean } = station;
  if (utilizationRatio(station) >= 1) return Number.POSITIVE_INFINITY;
  if (servers === 1) return mmcSojournMsMean(station) + setupMsMean;
  const probabilities = stationary(chainOf(station), 4 * servers + 64);
  const inside = meanOver(probabilities, (requests) => requests);
  return arrivalsPerSecond > 0 ? (1000 * inside) / arrivalsPerSecond : serviceMsMean + setupMsMean;
}

function chainOf(station: ColdStation): LevelledChain {
  const { servers, arrivalsPerSecond, serviceMsMean, setupMsMean } = station;
  return {
    size: (requests) => Math.min(requests, servers) + 1,
    leave(requests, on, to) {
      const waiting = requests - on;
      to(requests + 1, on, arrivalsPerSecond);
      if (on > 0) to(requests - 1, waiting > 0 ? on : on - 1, (1000 * on) / serviceMsMean);
      const settingUp = Math.min(waiting, servers - on);
      if (settingUp > 0) to(requests, on + 1, (1000 * settingUp) / setupMsMean);
    },
  };
}
