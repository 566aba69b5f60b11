/** Where the rotation among equals stands; mutable, because a balancer keeps one a group. */
export interface LeastConnectionsState {
  next: number;
}

/**
 * HAProxy `leastconn`: the host with the fewest connections for its weight, round robin among
 * equals; −1 where no weight is above 0. The key is HAProxy's: 0 for an idle host, whatever its
 * weight, else ⌊(connections + 1) · 256 ÷ weight⌋, so that loads nearer than that are equal.
 * HAProxy's turns are the order in which equals came to be equal (since 3.2 in some lists at
 * random); here it is the order of the list.
 *
 * @param connections by host
 * @param weightOf of a host, 0–256 in HAProxy; 0 takes none
 * Source: HAProxy `src/lb_fwlc.c`, `fwlc_queue_srv`; configuration manual, `balance leastconn`.
 * Example: connections 2 and 3, weights 1 and 2: the second.
 */
export function pickLeastConnections(
  state: LeastConnectionsState,
  connections: ArrayLike<number>,
  count: number,
  weightOf: (host: number) => number = unweighted,
): number {
  let [best, bestKey] = [-1, Number.POSITIVE_INFINITY];
  let host = state.next < count ? state.next : 0;
  for (let looked = 0; looked < count; looked++, host = host + 1 < count ? host + 1 : 0) {
    const weight = weightOf(host);
    if (weight <= 0) continue;
    const load = connections[host]!;
    const key = load === 0 ? 0 : Math.floor(((load + 1) * MOST_WEIGHT) / weight);
    if (key < bestKey) [best, bestKey] = [host, key];
  }
  if (best >= 0) state.next = best + 1;
  return best;
}

/** `SRV_UWGHT_MAX` */
const MOST_WEIGHT = 256;

function unweighted(): number {
  return 1;
}
