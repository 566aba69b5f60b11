/**
 * Where the rotation stands; mutable, because the engine and the live balancer keep one a group.
 */
export interface RoundRobinState {
  next: number;
}

/**
 * Index of the next of `count` hosts, in turn. The rotation goes on from where it stood when hosts
 * come or go, as a list-index rotation does (nginx, Envoy with equal weights; AWS ALB
 * `round_robin`). −1 when there is none.
 */
export function pickRoundRobin(state: RoundRobinState, count: number): number {
  if (count === 0) return -1;
  const picked = state.next < count ? state.next : 0;
  state.next = picked + 1;
  return picked;
}
