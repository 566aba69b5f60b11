/** One group of equal servers behind one queue, first in, first out, with Poisson arrivals. */
export interface Station {
  /** Whole number ≥ 1. */
  readonly servers: number;
  /** ≥ 0 */
  readonly arrivalsPerSecond: number;
  /** Mean time that a request occupies a server, > 0. */
  readonly serviceMsMean: number;
}

/**
 * Offered load λE[S] in Erlang: servers that would be busy on average if there were enough of them.
 * 80/s of 10 ms each is 0.8 Erlang.
 */
export function offeredErlang({ arrivalsPerSecond, serviceMsMean }: Station): number {
  return (arrivalsPerSecond * serviceMsMean) / 1000;
}

/**
 * Busy share of the servers, λE[S]/c; 1 or more means that the queue grows without bound. It knows
 * nothing of latency: that is what tests hold the engine against.
 */
export function utilizationRatio(station: Station): number {
  return offeredErlang(station) / station.servers;
}
