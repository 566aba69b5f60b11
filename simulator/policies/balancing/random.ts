/**
 * Index of a host at random, all alike; −1 without hosts.
 *
 * @param below uniform integer in 0 … n − 1
 * Source: Envoy `random_lb.cc` (`random() % hosts`).
 */
export function pickRandom(count: number, below: (n: number) => number): number {
  return count === 0 ? -1 : below(count);
}

/**
 * Index of a host with a probability in proportion to its weight; −1 where all weights are 0.
 *
 * @param uniform a number in [0, 1)
 * Source: HAProxy configuration manual, `balance random(1)`: weights are taken into account.
 * Example: weights 1 and 3 at 0.2 give 0, at 0.25 they give 1.
 */
export function pickWeightedRandom(weights: readonly number[], uniform: number): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let left = uniform * total;
  let last = -1;
  for (let host = 0; host < weights.length; host++) {
    if (weights[host]! <= 0) continue;
    if (left < weights[host]!) return host;
    left -= weights[host]!;
    last = host;
  }
  // What rounding has left over.
  return last;
}
