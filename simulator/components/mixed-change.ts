import type { Fleet } from './fleet.ts';
import { rowsToEnd } from './terminations.ts';
import type { TypeMix } from './type-mix.ts';

/** How a group of several types comes to the units that are desired. */
export interface MixedChange {
  /** Types of instances, by number. */
  readonly launches: readonly number[];
  readonly leaving: readonly number[];
  /** In units, `10 units, launches 1 m5.2xlarge (4): 14 units`. */
  readonly reason: string;
}

/**
 * Launches by the allocation strategy, ends by the termination policies.
 *
 * @param rows of the group, that boot or serve
 * @param group `room` is for so many instances; a row's zone is −1 where nobody says
 */
export function mixedChange(
  fleet: Fleet,
  mix: TypeMix,
  rows: readonly number[],
  group: {
    readonly service: number;
    readonly desired: number;
    readonly room: number;
    readonly nowMs: number;
    readonly zoneOf: (row: number) => number;
  },
): MixedChange {
  const { service, desired, room, nowMs, zoneOf } = group;
  const units = mix.units(rows);
  const launches = mix.launches(desired, units, room);
  const own = fleet.services[service]!;
  const order = rowsToEnd(fleet, own, rows, rows.length, zoneOf, nowMs);
  const leaving = mix.leaving(desired, order);
  return { launches, leaving, reason: mix.reason(units, desired, launches, leaving) };
}
