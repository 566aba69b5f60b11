/**
 * M/D/1, first in, first out: Poisson arrivals, constant service, one server. Erlang's own formula
 * for its wait (1909) sums terms of alternating sign and is noise beyond some ten service times;
 * this is the same distribution as a sum of positive terms, and its exact exponential tail.
 * In units of the service time, k − 1 ≤ t < k:
 *
 *     P(W ≤ t) = e^(−ρu)·Σ_{j<k} Q_{k−1−j}·(ρu)^j/j!,  u = k − t,  Q_m = P(at most m wait)
 *
 * Source: G. J. Franx, "A simple solution for the M/D/c waiting time distribution", Operations
 * Research Letters 29, 2001; J. Roberts, U. Mocci & J. Virtamo, "Broadband Network Teletraffic",
 * 1996, §15.1 for the tail.
 */
import { exp } from '../engine/maths.ts';
import { bisect, quantileOfTail } from './bisect.ts';
import { expSlope } from './exp-slope.ts';
import { mg1WaitMsMean } from './mg1.ts';

export interface ConstantService {
  /** ≥ 0 */
  readonly arrivalsPerSecond: number;
  /** > 0 */
  readonly serviceMs: number;
}

/**
 * Service times from which the tail is taken as exponential. Its other terms fall by e^(−1.4) and
 * more a service time beside it: below 1e−12 of it here, for any load that keeps a tail.
 */
const EXACT_LEVELS = 20;

/** Mean wait in ms, ∞ from a load of 1 on. Example: 80 % of 1 s: 2000 ms. */
export function md1WaitMsMean({ arrivalsPerSecond, serviceMs }: ConstantService): number {
  return mg1WaitMsMean({ arrivalsPerSecond, serviceMsMean: serviceMs }, 0);
}

/** Mean of wait and service in ms. Example: 80 % of 1 s: 3000 ms. */
export function md1SojournMsMean(station: ConstantService): number {
  return md1WaitMsMean(station) + station.serviceMs;
}

/**
 * P(W > t) of the wait W, as a function of t ≥ 0 in ms; 1 from a load of 1 on.
 * Example: 50 % of 1 s: 0.5 at 0, 1 − ½e^½ = 0.17563936 just before 1000 ms.
 */
export function md1WaitTail({
  arrivalsPerSecond,
  serviceMs,
}: ConstantService): (ms: number) => number {
  const rho = (arrivalsPerSecond * serviceMs) / 1000;
  if (rho >= 1) return () => 1;
  if (rho === 0) return () => 0;
  const atMost = waitingAtMost(rho);
  const rate = tailRate(rho);
  const amplitude = (1 - rho) / (rate - (1 - rho));
  return (ms) => {
    const t = ms / serviceMs;
    return t < EXACT_LEVELS ? 1 - franx(rho, atMost, t) : amplitude * exp(-rate * t);
  };
}

/**
 * Quantile of the wait in ms, by bisection on the exact distribution.
 *
 * @param quantile 0..1; 0 where as many do not wait at all, ∞ at 1 and from a load of 1 on
 * Example: 80 % of 1 s, 0.99: 10355.8868 ms.
 */
export function md1WaitMsQuantile(station: ConstantService, quantile: number): number {
  if (station.arrivalsPerSecond * station.serviceMs >= 1000) return Number.POSITIVE_INFINITY;
  return quantileOfTail(md1WaitTail(station), quantile, station.serviceMs);
}

/**
 * Quantile of wait and service in ms: the service adds its constant.
 * Example: 80 % of 1 s, 0.99: 11355.8868 ms.
 */
export function md1SojournMsQuantile(station: ConstantService, quantile: number): number {
  return md1WaitMsQuantile(station, quantile) + station.serviceMs;
}

/** P(W ≤ t), t in service times. */
function franx(rho: number, atMost: readonly number[], t: number): number {
  const k = Math.floor(t) + 1;
  const load = rho * (k - t);
  let term = exp(-load);
  let sum = 0;
  for (let j = 0; j < k; j++) {
    sum += atMost[k - 1 - j]! * term;
    term *= load / (j + 1);
  }
  return sum;
}

/**
 * Q_0, Q_1, …: probability that at most so many wait, from that of n in the system.
 *
 * A departure leaves n behind. Up across a level and down across it happen equally often, so
 * p_{j+1}·P(A = 0) = p_0·P(A > j) + Σ_{i=1…j} p_i·P(A > j − i + 1), A arrivals a service: no
 * difference, no cancellation.
 */
function waitingAtMost(rho: number): number[] {
  const beyond = poissonTail(rho);
  const inSystem = [1 - rho];
  for (let j = 0; j < EXACT_LEVELS; j++) {
    let flow = inSystem[0]! * beyond[j]!;
    for (let i = 1; i <= j; i++) flow += inSystem[i]! * beyond[j - i + 1]!;
    inSystem.push(flow * exp(rho));
  }
  const atMost = [inSystem[0]! + inSystem[1]!];
  for (const probability of inSystem.slice(2)) atMost.push(atMost.at(-1)! + probability);
  return atMost;
}

/** P(A > 0), P(A > 1), … of a Poisson number A, summed from its far end. */
function poissonTail(mean: number): number[] {
  const probabilities = [exp(-mean)];
  for (let n = 1; n < 2 * EXACT_LEVELS; n++) {
    probabilities.push((probabilities[n - 1]! * mean) / n);
  }
  const tail: number[] = [];
  for (let n = probabilities.length - 1, sum = 0; n > 0; n--) {
    sum += probabilities[n]!;
    tail.unshift(sum);
  }
  return tail;
}

/** The positive root z of ρ(e^z − 1) = z: the tail falls as e^(−zt). */
function tailRate(rho: number): number {
  return bisect((z) => rho * expSlope(z) >= 1, 1);
}
