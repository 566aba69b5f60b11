/**
 * Zone-aware routing: stay in the caller's zone as far as that leaves every instance its share.
 * All shares are whole ten-thousandths, as Envoy's are.
 */

/** Hosts (or weights) of one zone; the caller's own zone comes first in a list. */
export interface ZoneCounts {
  /** Of the callers' own group. */
  readonly callers: number;
  /** Healthy ones of the group that is called. */
  readonly upstream: number;
}

export interface ZonePlan {
  /** 10000: everything stays. */
  readonly localTenThousandths: number;
  /** By zone: running sums of what it can take of the others' requests. */
  readonly residual: readonly number[];
}

export interface ZoneSettings {
  /** Envoy: 6. Below, zones have no say. */
  readonly minClusterSize: number;
}

/**
 * How much stays in the own zone, and where the rest goes; undefined where zones have no say: of
 * fewer than two zones on either side, without a caller in the own zone, of too few hosts.
 *
 * Source: Envoy `load_balancer_impl.cc`, `regenerateLocalityRoutingStructures`,
 * `calculateLocalityPercentages`, `earlyExitNonLocalityRouting`.
 * Example: callers 4, 4, 2 of 10 in three zones, hosts 2, 4, 2 of 8: 6250 stay, residual 0, 1000,
 * 1500.
 */
export function planZones(
  zones: readonly ZoneCounts[],
  { minClusterSize }: ZoneSettings,
): ZonePlan | undefined {
  const callers = zones.reduce((sum, zone) => sum + zone.callers, 0);
  const upstream = zones.reduce((sum, zone) => sum + zone.upstream, 0);
  const few = (count: (zone: ZoneCounts) => number) =>
    zones.filter((zone) => count(zone) > 0).length < 2;
  if (few((zone) => zone.callers) || few((zone) => zone.upstream)) return undefined;
  if (zones[0]!.callers === 0 || upstream < minClusterSize) return undefined;
  const shares = zones.map((zone) => ({
    caller: Math.floor((10_000 * zone.callers) / callers),
    upstream: Math.floor((10_000 * zone.upstream) / upstream),
  }));
  const [own] = shares;
  if (own!.upstream > 0 && own!.upstream >= own!.caller) {
    return { localTenThousandths: 10_000, residual: shares.map(() => 0) };
  }
  const localTenThousandths =
    own!.caller > 0 ? Math.floor((own!.upstream * 10_000) / own!.caller) : 0;
  let sum = 0;
  const residual = shares.map((share, zone) => {
    if (zone > 0) sum += Math.max(0, share.upstream - share.caller);
    return sum;
  });
  return { localTenThousandths, residual };
}

/**
 * Index of the zone for one request.
 *
 * @param below uniform integer in 0 … n − 1; asked once of 10000, and once more where it goes to
 *   another zone
 * Source: Envoy `load_balancer_impl.cc`, `tryChooseLocalLocalityHosts`.
 */
export function pickZone(plan: ZonePlan, below: (n: number) => number): number {
  const { localTenThousandths, residual } = plan;
  if (localTenThousandths === 10_000 || below(10_000) < localTenThousandths) return 0;
  const total = residual.at(-1)!;
  // Rounding can leave nobody with room.
  if (total === 0) return below(residual.length);
  const threshold = below(total);
  return residual.findIndex((sum) => threshold < sum);
}
