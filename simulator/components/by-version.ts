import type { Balancer } from './balancer.ts';
import type { Seen } from './seen.ts';
import { subset } from './subset.ts';

/** How the requests are divided between the versions. */
export interface VersionShare {
  readonly old: number;
  /** Undefined: all versions but the old one. A version that is neither gets nothing. */
  readonly fresh: number | undefined;
  /** Share of the fresh ones, 0..1. */
  readonly ratio: number;
}

/**
 * By version first, as a router's weights say, and then as the service's balancing says among the
 * members of that side. Where only one side has members it gets everything.
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
  let knownOld = -1;
  let knownFresh: number | undefined = -1;
  const old = subset(make, seen);
  const fresh = subset(make, seen);

  function refresh(count: number, { old: ofOld, fresh: ofFresh }: VersionShare): void {
    known = seen.version();
    knownOld = ofOld;
    knownFresh = ofFresh;
    const all = Array.from({ length: count }, (_, position) => position);
    const isFresh = (version: number) => version === ofFresh || ofFresh === undefined;
    old.become(all.filter((position) => versionAt(position) === ofOld));
    fresh.become(
      all.filter((position) => {
        const version = versionAt(position);
        return version !== ofOld && isFresh(version);
      }),
    );
  }

  function isKnown(now: VersionShare): boolean {
    return seen.version() === known && now.old === knownOld && now.fresh === knownFresh;
  }

  return (outstanding, count) => {
    const now = share();
    if (now === undefined) return whole(outstanding, count);
    if (!isKnown(now)) refresh(count, now);
    const [olds, freshes] = [old.positions.length, fresh.positions.length];
    const isAll = olds + freshes === count;
    if ((olds === 0 || freshes === 0) && (isAll || olds + freshes === 0)) {
      return whole(outstanding, count);
    }
    if (freshes === 0) return old.pick(outstanding);
    if (olds === 0) return fresh.pick(outstanding);
    const isFresh = now.ratio > 0 && (now.ratio >= 1 || uniform() < now.ratio);
    return (isFresh ? fresh : old).pick(outstanding);
  };
}
