/**
 * Open Jackson networks: M/M/c stations, each visit goes on to another with a fixed probability, or
 * leaves. In the mean every station is by itself what it would be with Poisson arrivals of its own.
 * Source: J. R. Jackson, "Networks of waiting lines", Operations Research 5, 1957.
 */
import { mmcSojournMsMean } from './mmc.ts';
import type { Station } from './station.ts';

export interface NetworkStation extends Omit<Station, 'arrivalsPerSecond'> {
  /** Arrivals from outside. */
  readonly externalPerSecond: number;
  /** Share of visits that goes on to each station, in their order; the rest leaves. */
  readonly next: readonly number[];
}

export interface Network {
  /** The stations, with all arrivals at them. */
  readonly stations: readonly Station[];
  /** Mean number of requests in the whole network. */
  readonly insideMean: number;
  /** Mean time from coming in to leaving. */
  readonly sojournMsMean: number;
}

/**
 * Solves the network; ∞ where a station has more load than servers.
 *
 * Example: 10/s come to A (4 servers of 250 ms) and go on to B (2 of 200 ms) with 0.6, to C (1 of
 * 166.7 ms) with 0.4; a fifth of B's visits goes back to A: 960.401329 ms.
 */
export function jackson(network: readonly NetworkStation[]): Network {
  const rates = arrivalRates(network);
  const stations = network.map(({ servers, serviceMsMean }, index) => {
    return { servers, serviceMsMean, arrivalsPerSecond: rates[index]! };
  });
  const insideMean = stations.reduce((sum, station) => {
    return sum + (station.arrivalsPerSecond * mmcSojournMsMean(station)) / 1000;
  }, 0);
  const external = network.reduce((sum, { externalPerSecond }) => sum + externalPerSecond, 0);
  return { stations, insideMean, sojournMsMean: (1000 * insideMean) / external };
}

/**
 * λ_j = γ_j + Σ_i λ_i·p_ij, by following the visits from station to station until none is left. It
 * ends because all leave sooner or later.
 */
function arrivalRates(network: readonly NetworkStation[]): number[] {
  const rates = network.map(() => 0);
  let visits = network.map(({ externalPerSecond }) => externalPerSecond);
  const enough = 1e-17 * visits.reduce((sum, rate) => sum + rate, 0);
  while (visits.some((rate) => rate > enough)) {
    visits.forEach((rate, station) => {
      rates[station] = rates[station]! + rate;
    });
    visits = visits.map((_, to) =>
      network.reduce((sum, { next }, from) => sum + visits[from]! * (next[to] ?? 0), 0),
    );
  }
  return rates;
}
