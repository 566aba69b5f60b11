/**
 * M/M/c, first in, first out: Poisson arrivals, exponential service, c servers, one queue. Source:
 * R. B. Cooper, "Introduction to Queueing Theory", 2nd ed., 1981, §5.2; the sojourn time is the sum
 * of an independent wait and service. Every function gives ∞ where the load is no less than the
 * servers: nothing is stationary there.
 */
import { exp, log } from '../engine/maths.ts';
import { quantileOfTail } from './bisect.ts';
import { erlangC } from './erlang.ts';
import { expSlope } from './exp-slope.ts';
import { offeredErlang, type Station } from './station.ts';

/**
 * Mean wait in ms, of all requests: those that are served at once count with 0. C·E[S]/(c − a).
 * Example: 10 servers at 80 %, 1 s each: 204.590075 ms.
 */
export function mmcWaitMsMean(station: Station): number {
  const spare = station.servers - offeredErlang(station);
  if (spare <= 0) return Number.POSITIVE_INFINITY;
  return (waitingRatio(station) * station.serviceMsMean) / spare;
}

/** Mean of wait and service in ms. Example: 10 servers at 80 %, 1 s each: 1204.590075 ms. */
export function mmcSojournMsMean(station: Station): number {
  return mmcWaitMsMean(station) + station.serviceMsMean;
}

/**
 * Quantile of the wait in ms: the tail is C·e^(−(c − a)t/E[S]).
 *
 * @param quantile 0..1; 0 where no more than 1 − quantile must wait at all, ∞ at 1
 * Example: 10 servers at 80 %, 1 s each, 0.99: 1855.78522 ms.
 */
export function mmcWaitMsQuantile(station: Station, quantile: number): number {
  const spare = station.servers - offeredErlang(station);
  if (spare <= 0) return Number.POSITIVE_INFINITY;
  const waiting = waitingRatio(station);
  if (waiting <= 1 - quantile) return 0;
  return (log(waiting / (1 - quantile)) * station.serviceMsMean) / spare;
}

/**
 * P(T > t) of the sojourn time T, as a function of t ≥ 0 in ms.
 *
 * With s = t/E[S] and θ = c − a it is e^(−s) + C·(e^(−θs) − e^(−s))/(1 − θ). At θ = 1 numerator and
 * denominator vanish together, hence the chord's slope.
 * Example: 1 server at 80 %, 1 s each: `mmcSojournTail(…)(5000)` is e⁻¹, 0.367879.
 */
export function mmcSojournTail(station: Station): (ms: number) => number {
  const spare = station.servers - offeredErlang(station);
  if (spare <= 0) return () => 1;
  const waiting = waitingRatio(station);
  return (ms) => {
    const s = ms / station.serviceMsMean;
    const served = exp(-s);
    const x = (1 - spare) * s;
    if (x > 0.5) return served + (waiting * (exp(-spare * s) - served)) / (1 - spare);
    return served * (1 + waiting * s * expSlope(x));
  };
}

/**
 * Quantile of wait and service in ms, by bisection on the exact tail; 0..1, ∞ at 1.
 * Example: 10 servers at 80 %, 1 s each, 0.99: 4946.11133 ms.
 */
export function mmcSojournMsQuantile(station: Station, quantile: number): number {
  if (offeredErlang(station) >= station.servers) return Number.POSITIVE_INFINITY;
  return quantileOfTail(mmcSojournTail(station), quantile, station.serviceMsMean);
}

function waitingRatio(station: Station): number {
  return erlangC(station.servers, offeredErlang(station));
}
