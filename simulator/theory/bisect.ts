/** Halvings that leave no double between the bounds, unless the answer is far below the guess. */
const MOST_STEPS = 200;

/**
 * Where a monotonic condition turns from false to true, between 0 and ∞, to the last bits of a
 * double. For closed forms whose inverse has none.
 *
 * @param holds false from 0 on, then true for ever; it must become true
 * @param start a positive guess of the order of the answer: how far to look first
 * Example: `bisect((x) => x * x >= 2, 1)` is 1.414213562373095.
 */
export function bisect(holds: (x: number) => boolean, start: number): number {
  let low = 0;
  let high = start;
  while (!holds(high)) {
    low = high;
    high *= 2;
  }
  for (let step = 0; step < MOST_STEPS; step++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * Quantile of a non-negative time, from its tail P(T > t).
 *
 * @param tail falls to 0; times in ms
 * @param quantile 0..1; 0 where so much of the probability lies at 0, ∞ at 1
 * @param scaleMs a positive time of the order of the answer
 * Example: the tail `(t) => exp(-t)` has its 0.99 quantile at 4.60517.
 */
export function quantileOfTail(
  tail: (ms: number) => number,
  quantile: number,
  scaleMs: number,
): number {
  const beyond = 1 - quantile;
  if (!(beyond > 0)) return Number.POSITIVE_INFINITY;
  if (tail(0) <= beyond) return 0;
  return bisect((ms) => tail(ms) <= beyond, scaleMs);
}
