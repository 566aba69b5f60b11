import type { Balancer } from './balancer.ts';
import type { Seen } from './seen.ts';
import { subset } from './subset.ts';

/** The share of the requests that the members of one version get. */
export interface VersionShare {
  readonly version: number;
  readonly ratio: number;
}

/**
 * By version first, as a router's weights say, and then as the service's balancing says among the
 * members of that version. Where only one side has members it gets everything.
 *
 * @param make the service's own balancing over what is seen
 * @param share undefined: members of all versions alike
 * @param versionAt of the member at a position
 */
export function byVersion(
  make: (seen: Seen) => Balancer,
  share: () => VersionShare | undefined,
  versionAt: (position: number) => number,
  uniform: () => number,
  seen: Seen,
): Balancer {
  const whole = make(seen);
  let known = -1;
  let knownVersion = -1;
  const old = subset(make, seen);
  const fresh = subset(make, seen);

  function refresh(count: number, version: number): void {
    known = seen.version();
    knownVersion = version;
    const all = Array.from({ length: count }, (_, position) => position);
    old.become(all.filter((position) => versionAt(position) !== version));
    fresh.become(all.filter((position) => versionAt(position) === version));
  }

  return (outstanding, count) => {
    const now = share();
    if (now === undefined) return whole(outstanding, count);
    if (seen.version() !== known || now.version !== knownVersion) refresh(count, now.version);
    if (old.positions.length === 0 || fresh.positions.length === 0) {
      return whole(outstanding, count);
    }
    const isFresh = now.ratio > 0 && (now.ratio >= 1 || uniform() < now.ratio);
    return (isFresh ? fresh : old).pick(outstanding);
  };
}
