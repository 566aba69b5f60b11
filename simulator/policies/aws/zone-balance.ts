/**
 * Instances over Availability Zones. Source: EC2 Auto Scaling user guide, "Instance distribution"
 * and "Rebalancing activities": launches go where the fewest are; rebalancing launches before it
 * ends, and may go beyond max by 10 % or one instance, whichever is more.
 */

export interface ZoneCount {
  readonly zone: string;
  /** Instances that are in service. */
  readonly inService: number;
  /** Instances that are being launched. */
  readonly pending: number;
  /** Whether launches are possible: the zone belongs to the group, and has capacity. */
  readonly isOpen: boolean;
}

export interface RebalanceStep {
  /** Zones to launch an instance in, one each. */
  readonly launch: readonly string[];
  /** Zones to end an instance in, one each; whichever the termination policies say. */
  readonly terminate: readonly string[];
  readonly reason: string;
}

/**
 * Zones of the next `count` launches: each goes to the open zone with the fewest instances, ties to
 * the first of the list or, with `below`, at random. Empty when no zone is open.
 * Example: a 2, b 1, c 1 and three launches → b, c, a.
 */
export function launchZones(
  zones: readonly ZoneCount[],
  count: number,
  below?: (n: number) => number,
): string[] {
  const open = zones.filter(({ isOpen }) => isOpen);
  const sizes = new Map(open.map((one) => [one.zone, sizeOf(one)]));
  const picked: string[] = [];
  while (picked.length < count && sizes.size > 0) {
    const least = Math.min(...sizes.values());
    const fewest = [...sizes.keys()].filter((zone) => sizes.get(zone) === least);
    const zone = fewest[below === undefined || fewest.length < 2 ? 0 : below(fewest.length)]!;
    picked.push(zone);
    sizes.set(zone, least + 1);
  }
  return picked;
}

function sizeOf({ inService, pending }: ZoneCount): number {
  return inService + pending;
}

/**
 * Instances that a group may have while it rebalances: max, and 10 % of it or one more.
 * Example: max 10 → 11; max 25 → 27 (the tenth is rounded down).
 */
export function rebalanceLimit(max: number): number {
  return max + Math.max(1, Math.floor(max / 10));
}

/**
 * Next step towards balance; to be called again when instances come into service. First as many
 * launches as the limit allows into the zones with fewest, then, as they serve, ends in the zones
 * with most. Closed zones are emptied.
 * Example: a 4, b 0, desired 4, max 4 → launch in b (limit 5); once it serves → end one in a.
 */
export function rebalanceZones(
  zones: readonly ZoneCount[],
  group: { readonly desired: number; readonly max: number },
): RebalanceStep {
  const total = zones.reduce((sum, one) => sum + sizeOf(one), 0);
  const serving = zones.reduce((sum, one) => sum + one.inService, 0);
  const surplus = Math.min(serving, total) - group.desired;
  if (surplus > 0) {
    const terminate = fullest(zones, surplus);
    return { launch: [], terminate, reason: `ends ${terminate.length} where most are` };
  }
  const moves = movesToBalance(zones, group.desired);
  const pending = total - serving;
  const room = rebalanceLimit(group.max) - total;
  const count = Math.max(0, Math.min(moves - pending, room));
  if (moves === 0) return { launch: [], terminate: [], reason: 'balanced' };
  const launch = launchZones(zones, count);
  const limit = count < moves - pending ? `, limited to ${rebalanceLimit(group.max)}` : '';
  return { launch, terminate: [], reason: `launches ${launch.length} of ${moves} first${limit}` };
}

/** Instances that stand in a zone beyond its even share. */
function movesToBalance(zones: readonly ZoneCount[], desired: number): number {
  const open = zones.filter(({ isOpen }) => isOpen);
  if (open.length === 0) return 0;
  const share = Math.floor(desired / open.length);
  const larger = desired - share * open.length;
  const sorted = open.map((one) => one.inService).sort((a, b) => b - a);
  const over = sorted.map((size, index) => Math.max(0, size - share - (index < larger ? 1 : 0)));
  const closed = zones.filter(({ isOpen }) => !isOpen).map((one) => one.inService);
  return [...over, ...closed].reduce((sum, size) => sum + size, 0);
}

/** Zones to end an instance in: closed ones first, then always the one with most. */
function fullest(zones: readonly ZoneCount[], count: number): string[] {
  const left = zones.map((one) => ({ ...one }));
  const picked: string[] = [];
  while (picked.length < count) {
    const candidates = left.filter(({ inService }) => inService > 0);
    if (candidates.length === 0) break;
    const closed = candidates.filter(({ isOpen }) => !isOpen);
    const most = (closed.length > 0 ? closed : candidates).reduce((a, b) =>
      b.inService > a.inService ? b : a,
    );
    picked.push(most.zone);
    left[left.indexOf(most)] = { ...most, inService: most.inService - 1 };
  }
  return picked;
}
