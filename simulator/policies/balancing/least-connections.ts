/** Where the rotation among equals stands; mutable, because a balancer keeps one a group. */
export interface LeastConnectionsState {
  next: number;
}

/**
 * HAProxy `leastconn`: the host with the fewest connections for its weight, round robin among
 * equals; −1 where no weight is above 0. The key is ⌊connections · 4096 ÷ weight⌋ in whole numbers,
 * as HAProxy's is (`SRV_EWGHT_MAX`), so that loads nearer than that are equal. HAProxy's turns are
 * the order in which equals came to be equal; here it is the order of the list.
 *
 * @param connections by host
 * @param weightOf of a host, 0–256 in HAProxy; 0 takes none
 * Source: HAProxy `src/lb_fwlc.c`, configuration manual, `balance leastconn`.
 * Example: connections 2 and 3, weights 1 and 2: the second.
 */
export function pickLeastConnections(
  state: LeastConnectionsState,
  connections: ArrayLike<number>,
  count: number,
  weightOf: (host: number) => number = unweighted,
): number {
  let [best, bestKey] = [-1, Number.POSITIVE_INFINITY];
  for (let step = 0; step < count; step++) {
    const host = (state.next + step) % count;
    const weight = weightOf(host);
    if (weight <= 0) continue;
    const key = Math.floor((connections[host]! * FULL_WEIGHT) / weight);
    if (key < bestKey) [best, bestKey] = [host, key];
  }
  if (best >= 0) state.next = best + 1;
  return best;
}

/** `SRV_EWGHT_MAX`: the largest weight, 256, in sixteenths. */
const FULL_WEIGHT = 4096;

function unweighted(): number {
  return 1;
}
