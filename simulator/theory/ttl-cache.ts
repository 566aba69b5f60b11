import { exp } from '../engine/maths.ts';

/**
 * Hit ratio of one item that is asked for at Poisson moments and kept for a fixed time from the
 * miss on: x/(1 + x), x = rate × time to live, the requests for each miss.
 *
 * @param requestsPerLife x ≥ 0
 * Source: J. Jung, A. W. Berger & H. Balakrishnan, "Modeling TTL-based Internet caches", INFOCOM
 * 2003. Example: `ttlHitRatio(2)` is 0.6667.
 */
export function ttlHitRatio(requestsPerLife: number): number {
  return requestsPerLife / (1 + requestsPerLife);
}

/**
 * The same where every request starts the time anew: P(gap < time to live) = 1 − e^(−x).
 * Example: `slidingTtlHitRatio(2)` is 0.86466472.
 */
export function slidingTtlHitRatio(requestsPerLife: number): number {
  return 1 - exp(-requestsPerLife);
}
