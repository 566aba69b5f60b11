import type { Service } from '../model/model.ts';
import { pickLeastRequest } from '../policies/balancing/least-request.ts';
import { pickRoundRobin, type RoundRobinState } from '../policies/balancing/round-robin.ts';

/** Position of the member that gets the next request; −1 without members. */
export type Balancer = (outstanding: ArrayLike<number>, count: number) => number;

/**
 * A service's balancer: its policy and what that remembers from request to request.
 *
 * @param random `below(n)` is a uniform integer in 0 … n − 1
 */
export function balancerOf(
  { balancing }: Service,
  random: { readonly below: (n: number) => number },
  rotation: RoundRobinState = { next: 0 },
): Balancer {
  switch (balancing.type) {
    case 'round-robin':
      return (_, count) => pickRoundRobin(rotation, count);
    case 'least-request': {
      const below = (n: number) => random.below(n);
      return (outstanding, count) => pickLeastRequest(outstanding, count, balancing.choices, below);
    }
    default:
      throw new Error(`unknown balancing ${balancing satisfies never}`);
  }
}
