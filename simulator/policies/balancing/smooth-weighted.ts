/** Where the turns stand, by host; mutable, because a balancer keeps one a group. */
export interface SmoothState {
  readonly current: number[];
}

/**
 * Index of the next host in nginx's smooth weighted round robin; −1 without hosts. Every host gains
 * its weight, the one that has most is picked (ties to the first) and pays the sum of all weights.
 * Hosts that are new start at 0. Without failures a host's effective weight is its weight.
 *
 * Source: nginx `src/http/ngx_http_upstream_round_robin.c`, `ngx_http_upstream_get_peer`.
 * Example: of hosts with the weights 5, 1 and 1 the turns are 0, 0, 1, 0, 2, 0, 0, and so on.
 */
export function pickSmooth({ current }: SmoothState, weights: readonly number[]): number {
  current.length = weights.length;
  let [best, total] = [-1, 0];
  weights.forEach((weight, host) => {
    current[host] = (current[host] ?? 0) + weight;
    total += weight;
    if (best < 0 || current[host]! > current[best]!) best = host;
  });
  if (best >= 0) current[best]! -= total;
  return best;
}
