import type { Balancer } from './balancer.ts';
import type { Seen } from './seen.ts';

/** Some members of a service, with a balancer of their own and what that remembers. */
export interface Subset {
  /** Positions on the whole list. */
  readonly positions: readonly number[];
  /** These are its members from now on; all that is worked out for a list is so anew. */
  readonly become: (positions: readonly number[]) => void;
  /** Position on the whole list; −1 without members. */
  readonly pick: (outstanding: ArrayLike<number>) => number;
}

/** @param make a balancer over what is seen of the subset's members */
export function subset(make: (seen: Seen) => Balancer, seen: Seen): Subset {
  let positions: readonly number[] = [];
  let changes = 0;
  const outstandingOf: number[] = [];
  const balancer = make({
    ...seen,
    version: () => changes,
    ordinal: (at) => seen.ordinal(positions[at]!),
    ageMs: (at) => seen.ageMs(positions[at]!),
    zone: (at) => seen.zone(positions[at]!),
    isWell: (at) => seen.isWell(positions[at]!),
    isDegraded: (at) => seen.isDegraded(positions[at]!),
  });

  function become(now: readonly number[]): void {
    changes++;
    positions = now;
  }

  function pick(outstanding: ArrayLike<number>): number {
    positions.forEach((position, at) => {
      outstandingOf[at] = outstanding[position]!;
    });
    const at = balancer(outstandingOf, positions.length);
    return at < 0 ? -1 : positions[at]!;
  }

  return {
    get positions() {
      return positions;
    },
    become,
    pick,
  };
}
