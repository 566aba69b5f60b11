import { pickRoundRobin } from '../policies/balancing/round-robin.ts';
import { pickZone, planZones, type ZonePlan } from '../policies/balancing/zone-aware.ts';
import type { Balancer } from './balancer.ts';
import type { Caller, Seen } from './seen.ts';

/** What was worked out for the callers of one zone of one service. */
interface Known {
  readonly plan: ZonePlan | undefined;
  /** The own zone first. */
  readonly zones: readonly number[];
  readonly version: number;
  readonly callerVersion: number;
}

/**
 * In the caller's zone as far as that leaves every instance its share; in turn within a zone, and
 * where zones have no say (the caller is no instance, or one without a zone; few instances).
 */
export function byZone(
  { minInstances }: { readonly minInstances: number },
  inTurn: Balancer,
  below: (n: number) => number,
  seen: Seen,
): Balancer {
  let version = -1;
  /** Positions of members, and the rotation, by zone. */
  let members: number[][] = [];
  let rotations: { next: number }[] = [];
  const known = new Map<string, Known>();

  function refresh(count: number): void {
    version = seen.version();
    members = [];
    for (let at = 0; at < count; at++) membersOf(seen.zone(at)).push(at);
    rotations = members.map((_, zone) => rotations[zone] ?? { next: 0 });
  }

  function membersOf(zone: number): number[] {
    while (members.length <= zone) members.push([]);
    return members[zone]!;
  }

  function knownOf(caller: Caller): Known {
    const key = `${caller.service}/${caller.zone}`;
    const before = known.get(key);
    const isFresh = before?.version === version && before.callerVersion === caller.version;
    if (isFresh) return before;
    const callers = caller.countByZone();
    const count = Math.max(members.length, callers.length);
    const others = Array.from({ length: count }, (_, zone) => zone).filter(
      (zone) => zone !== caller.zone,
    );
    const zones = [caller.zone, ...others];
    const counts = zones.map((zone) => ({
      callers: callers[zone] ?? 0,
      upstream: members[zone]?.length ?? 0,
    }));
    const plan = planZones(counts, { minClusterSize: minInstances });
    const now = { plan, zones, version, callerVersion: caller.version };
    known.set(key, now);
    return now;
  }

  return (outstanding, count) => {
    if (seen.version() !== version) refresh(count);
    const caller = seen.caller();
    if (caller === undefined || count === 0) return inTurn(outstanding, count);
    const { plan, zones } = knownOf(caller);
    if (plan === undefined) return inTurn(outstanding, count);
    const zone = zones[pickZone(plan, below)]!;
    const own = members[zone] ?? [];
    // Rounding may send a request to a zone that is empty.
    if (own.length === 0) return inTurn(outstanding, count);
    return own[pickRoundRobin(rotations[zone]!, own.length)]!;
  };
}
