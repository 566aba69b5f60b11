/**
 * M_t/M/∞: Poisson arrivals at a rate that swings, exponential service, a server for everybody. The
 * number inside is Poisson at every moment; its mean follows the rate later and less far.
 *
 *     rate λ(t)   ╱╲    ╱╲         m(t) = λ̄E[S]·(1 + b·(sin γt − γ·cos γt)/(1 + γ²)),
 *                ╱  ╲  ╱  ╲        γ the angle that the swing goes through in one service time
 *     m(t)        ▁▂▃▂▁  ▁▂▃▂▁
 *
 * Source: S. G. Eick, W. A. Massey & W. Whitt, "M_t/G/∞ queues with sinusoidal arrival rates",
 * Management Science 39, 1993.
 */
import { arcTangent, sine } from './sine.ts';

export interface SwingingArrivals {
  /** λ̄ */
  readonly meanPerSecond: number;
  /** b, 0..1: the rate is λ̄(1 + b·sin(2πt/period)). */
  readonly swingRatio: number;
  readonly periodMs: number;
  readonly serviceMsMean: number;
}

export interface Following {
  /** The mean's swing ÷ the rate's swing: 1/√(1 + γ²). */
  readonly amplitudeRatio: number;
  /** How much later its peak comes: arctan(γ)/γ service times. */
  readonly lagMs: number;
}

/**
 * How the number inside follows the rate.
 * Example: a swing of one radian a second and service of 1 s: 0.70710678 of it, 785.39816 ms late.
 */
export function following({ periodMs, serviceMsMean }: SwingingArrivals): Following {
  const gamma = angleOfService(periodMs, serviceMsMean);
  return {
    amplitudeRatio: 1 / Math.sqrt(1 + gamma * gamma),
    lagMs: (arcTangent(gamma) / gamma) * serviceMsMean,
  };
}

/**
 * m(t): mean number inside at a moment, long after the beginning. Staff for it, not for the rate.
 * Example: 100/s ± 50 %, one radian a second, service of 1 s, at 0 s: 75.
 */
export function insideMeanAt(arrivals: SwingingArrivals, ms: number): number {
  const { meanPerSecond, swingRatio, periodMs, serviceMsMean } = arrivals;
  const gamma = angleOfService(periodMs, serviceMsMean);
  const angle = (2 * Math.PI * ms) / periodMs;
  const swing = (sine(angle) - gamma * sine(angle + Math.PI / 2)) / (1 + gamma * gamma);
  return ((meanPerSecond * serviceMsMean) / 1000) * (1 + swingRatio * swing);
}

function angleOfService(periodMs: number, serviceMsMean: number): number {
  return (2 * Math.PI * serviceMsMean) / periodMs;
}
