/**
 * M/H2/c, first in, first out: Poisson arrivals, c servers, and a service that is one of two
 * exponentials, short or long, each of which makes half of the mean ("balanced means"). Solved as a
 * chain of levels (requests) and states (busy servers that have a short one): exact to 10 digits.
 *
 * Source: the usual phase-type queue, M. F. Neuts, "Matrix-Geometric Solutions in Stochastic
 * Models", 1981, §3.2; balanced means by H. C. Tijms, "Stochastic Models", 1994, appendix B.
 */
import { type LevelledChain, meanOver, stationary, type Transition } from './levels.ts';
import { offeredErlang, type Station, utilizationRatio } from './station.ts';

export interface Waiting {
  /** Share of requests that must wait. */
  readonly waitingRatio: number;
  /** Of all requests, those that are served at once count with 0. */
  readonly waitMsMean: number;
}

/** Rates in services a mean service time. */
interface TwoKinds {
  readonly shortRatio: number;
  readonly short: number;
  readonly long: number;
}

/**
 * Who waits, and how long; ∞ where the load is no less than the servers. Cheap up to some 100
 * servers.
 *
 * @param squaredVariation c_s² = variance ÷ mean² of the service time, > 1
 * Example: 10 servers at 90 %, 1 s each, c_s² 4: 0.68515866 wait, 1548.95501 ms in the mean.
 */
export function mh2cWaiting(station: Station, squaredVariation: number): Waiting {
  const { servers, serviceMsMean } = station;
  const erlang = offeredErlang(station);
  if (utilizationRatio(station) >= 1) {
    return { waitingRatio: 1, waitMsMean: Number.POSITIVE_INFINITY };
  }
  const chain = chainOf(servers, erlang, balancedMeans(squaredVariation));
  const probabilities = stationary(chain, 2 * servers + 64);
  const queue = meanOver(probabilities, (n) => Math.max(0, n - servers));
  return {
    waitingRatio: meanOver(probabilities, (n) => (n >= servers ? 1 : 0)),
    waitMsMean: (queue / erlang) * serviceMsMean,
  };
}

function balancedMeans(squaredVariation: number): TwoKinds {
  const shortRatio = (1 + Math.sqrt((squaredVariation - 1) / (squaredVariation + 1))) / 2;
  return { shortRatio, short: 2 * shortRatio, long: 2 * (1 - shortRatio) };
}

function chainOf(servers: number, erlang: number, kinds: TwoKinds): LevelledChain {
  const { shortRatio } = kinds;
  return {
    size: (n) => Math.min(n, servers) + 1,
    leave(n, shorts, to) {
      if (n < servers) {
        to(n + 1, shorts + 1, erlang * shortRatio);
        to(n + 1, shorts, erlang * (1 - shortRatio));
      } else {
        to(n + 1, shorts, erlang);
      }
      if (n > 0) departures(n, shorts, Math.min(n, servers) - shorts, n > servers, kinds, to);
    },
  };
}

/** Where somebody waits, the server that becomes free begins a short or a long one. */
function departures(
  n: number,
  shorts: number,
  longs: number,
  somebodyWaits: boolean,
  { shortRatio, short, long }: TwoKinds,
  to: Transition,
): void {
  const next = somebodyWaits ? shortRatio : 0;
  if (shorts > 0) {
    to(n - 1, shorts - 1, shorts * short * (1 - next));
    if (somebodyWaits) to(n - 1, shorts, shorts * short * next);
  }
  if (longs > 0) {
    to(n - 1, shorts, longs * long * (1 - next));
    if (somebodyWaits) to(n - 1, shorts + 1, longs * long * next);
  }
}
