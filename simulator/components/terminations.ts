/** Which instances a scale-in ends, by the termination policies of the group. */
import type { Service } from '../model/model.ts';
import type { TerminationOrder } from '../model/termination-settings.ts';
import {
  pickTerminations,
  type TerminationCandidate,
  type TerminationPolicy,
} from '../policies/aws/termination.ts';
import type { Fleet } from './fleet.ts';

const POLICY: Readonly<Record<TerminationOrder, TerminationPolicy>> = {
  default: 'Default',
  'oldest-instance': 'OldestInstance',
  'newest-instance': 'NewestInstance',
  'oldest-launch-template': 'OldestLaunchTemplate',
  'closest-to-next-instance-hour': 'ClosestToNextInstanceHour',
  'allocation-strategy': 'AllocationStrategy',
};

/**
 * The `count` rows that go. Without termination policies the oldest do; with them, of the zone with
 * most instances where there are zones. The versions of roll-outs are those of launch templates.
 *
 * @param zoneOf a row's zone, −1 where nobody says
 */
export function rowsToEnd(
  fleet: Fleet,
  { scaling: { termination } }: Service,
  rows: readonly number[],
  count: number,
  zoneOf: (row: number) => number,
  nowMs: number,
): number[] {
  const candidates = rows.map((id) => ({ id, launchedAtMs: fleet.launchedMs[id]! }));
  if (termination === undefined) return pickTerminations(candidates, count);
  const known = candidates.map((one): TerminationCandidate => {
    const zone = zoneOf(one.id);
    const launch = { kind: 'template', version: fleet.version[one.id]! } as const;
    const rank = fleet.mixes[fleet.service[one.id]!]?.rankOf(one.id);
    const mixed = rank !== undefined && { allocationRank: rank };
    return { ...one, launch, ...mixed, ...(zone >= 0 && { zone: String(zone) }) };
  });
  const policies = termination.map((order) => POLICY[order]);
  return pickTerminations(known, count, { policies, nowMs });
}
