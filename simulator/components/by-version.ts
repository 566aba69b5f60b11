import type { Balancer } from './balancer.ts';
import type { Seen } from './seen.ts';

/** How the requests are divided between the versions. */
export interface VersionShare {
  readonly old: number;
  /** Undefined: all versions but the old one. A version that is neither gets nothing. */
  readonly fresh: number | undefined;
  /** Share of the fresh ones, 0..1. */
  readonly ratio: number;
}

/** What a balancer for members of one side needs. */
interface Side {
  positions: number[];
  readonly balancer: Balancer;
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
  let changes = 0;
  const old = side();
  const fresh = side();
  const outstandingOf: number[] = [];

  function side(): Side {
    const one: Side = { positions: [], balancer: (outstanding, count) => own(outstanding, count) };
    const own = make({
      ...seen,
      version: () => changes,
      ordinal: (at) => seen.ordinal(one.positions[at]!),
      ageMs: (at) => seen.ageMs(one.positions[at]!),
      zone: (at) => seen.zone(one.positions[at]!),
    });
    return one;
  }

  function refresh(count: number, { old: ofOld, fresh: ofFresh }: VersionShare): void {
    known = seen.version();
    knownOld = ofOld;
    knownFresh = ofFresh;
    changes++;
    const all = Array.from({ length: count }, (_, position) => position);
    const isFresh = (version: number) => version === ofFresh || ofFresh === undefined;
    old.positions = all.filter((position) => versionAt(position) === ofOld);
    fresh.positions = all.filter((position) => {
      const version = versionAt(position);
      return version !== ofOld && isFresh(version);
    });
  }

  function isKnown(now: VersionShare): boolean {
    return seen.version() === known && now.old === knownOld && now.fresh === knownFresh;
  }

  function at({ positions, balancer }: Side, outstanding: ArrayLike<number>): number {
    positions.forEach((position, index) => {
      outstandingOf[index] = outstanding[position]!;
    });
    const picked = balancer(outstandingOf, positions.length);
    return picked < 0 ? -1 : positions[picked]!;
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
    if (freshes === 0) return at(old, outstanding);
    if (olds === 0) return at(fresh, outstanding);
    const isFresh = now.ratio > 0 && (now.ratio >= 1 || uniform() < now.ratio);
    return at(isFresh ? fresh : old, outstanding);
  };
}
