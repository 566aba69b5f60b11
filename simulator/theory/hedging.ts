/**
 * A request of which a second copy goes to another server when there is no answer after a while, in
 * exponential times of mean m and without any waiting: T = min(X, d + Y). Source: J. Dean, L. A.
 * Barroso, "The tail at scale", CACM 56(2), 2013 (hedged requests); the rest is P(T > t) by hand.
 */

import { exp } from '../engine/maths.ts';

/**
 * P(T > t): e^(−t/m) up to the delay, then e^(−(2t − d)/m).
 * Example: mean 10, delay 5, t = 10: e^(−1.5) = 0.2231.
 */
export function hedgedTail(t: number, mean: number, delay: number): number {
  return t <= delay ? exp(-t / mean) : exp(-(2 * t - delay) / mean);
}

/** E[T] = m·(1 − e^(−d/m)/2). Example: mean 10, delay 0: 5. */
export function hedgedMean(mean: number, delay: number): number {
  return mean * (1 - exp(-delay / mean) / 2);
}

/** Copies that are sent: 1 + e^(−d/m). Example: mean 10, delay 0: 2. */
export function hedgedCopies(mean: number, delay: number): number {
  return 1 + exp(-delay / mean);
}
