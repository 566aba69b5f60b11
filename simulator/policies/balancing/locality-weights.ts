/** Hosts of one locality. */
export interface Locality {
  /** As configured; 0 takes no requests. */
  readonly weight: number;
  readonly hosts: number;
  readonly excluded: number;
  /** Healthy ones (or degraded ones, where those are picked). */
  readonly eligible: number;
}

/**
 * A locality's weight by its health: weight · min(1, factor · eligible ÷ (hosts − excluded)); 0
 * without hosts. Which locality is next is up to `edf.ts`.
 *
 * @param overprovisioningFactor in per cent; Envoy: 140
 * Source: Envoy `locality_wrr.cc`, `effectiveLocalityWeight`.
 * Example: weight 2, half of the hosts healthy, 140 %: 1.4.
 */
export function effectiveLocalityWeight(
  locality: Locality,
  overprovisioningFactor: number,
): number {
  const { weight, hosts, excluded, eligible } = locality;
  if (hosts <= excluded) return 0;
  const availability = eligible / (hosts - excluded);
  return weight * Math.min(1, (overprovisioningFactor / 100) * availability);
}
