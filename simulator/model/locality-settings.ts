/** Zones of a service in order of preference: Envoy's priorities and weights of localities. */
export interface Localities {
  /** By zone: 0 is asked first; without a gap. */
  readonly priorities: readonly number[];
  /** By zone: shares within a level; absent: all its instances alike. */
  readonly weights?: readonly number[];
  /** What a level can take is its healthy share times this, in per cent; Envoy: 140. */
  readonly overprovisioningPercent: number;
  /** A level with less of its instances healthy panics, in per cent; Envoy: 50, 0 never. */
  readonly panicPercent: number;
  /** Requests for a level that panics fail; absent: they go to all of its instances. */
  readonly failsOnPanic?: true;
}
