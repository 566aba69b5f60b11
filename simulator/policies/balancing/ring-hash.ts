/**
 * Consistent hashing on a ring (ketama, as Envoy has it): every host has points on a circle of
 * 2^64 places, a key goes to the host of the first point at or behind it. Where a host leaves, only
 * its keys go elsewhere.
 */
import { xxHash64 } from './xx-hash.ts';

export interface RingHost {
  /** What is hashed: address or hostname. */
  readonly key: string;
  readonly weight: number;
}

export interface RingSettings {
  /** Envoy: 1024. */
  readonly minimumRingSize: number;
  /** Envoy: 8388608. */
  readonly maximumRingSize: number;
}

export const ENVOY_RING: RingSettings = { minimumRingSize: 1024, maximumRingSize: 8_388_608 };

export interface Ring {
  /** In ascending order. */
  readonly hashes: BigUint64Array;
  /** Index of each point's host. */
  readonly hosts: Int32Array;
}

/**
 * Puts hosts on a ring: so many points that the one with the least weight has a whole number of
 * them, hashed as `<key>_0`, `<key>_1`, … . Without hosts the ring is empty.
 *
 * Source: Envoy `ring_hash_lb.cc`, `Ring::Ring`.
 * Example: three hosts of equal weight have 342 points each, ⌈1024 ÷ 3⌉.
 */
export function buildRing(hosts: readonly RingHost[], settings: RingSettings = ENVOY_RING): Ring {
  forgetSome();
  const total = hosts.reduce((sum, { weight }) => sum + weight, 0);
  const least = Math.min(...hosts.map(({ weight }) => weight)) / total;
  const wanted = Math.ceil(least * settings.minimumRingSize) / least;
  const scale = Math.min(wanted, settings.maximumRingSize);
  const points: { readonly hash: bigint; readonly host: number }[] = [];
  let target = 0;
  hosts.forEach(({ key, weight }, host) => {
    target += scale * (weight / total);
    for (let i = 0; points.length < target; i++) points.push({ hash: pointOf(key, i), host });
  });
  points.sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : a.host - b.host));
  return {
    hashes: BigUint64Array.from(points, ({ hash }) => hash),
    hosts: Int32Array.from(points, ({ host }) => host),
  };
}

/** Hosts come and go, their points stay: hashing is what building a ring costs. */
const known = new Map<string, bigint[]>();
let knownPoints = 0;
const MOST_KNOWN = 1 << 20;

function pointOf(key: string, i: number): bigint {
  let points = known.get(key);
  if (points === undefined) {
    points = [];
    known.set(key, points);
  }
  for (; points.length <= i; knownPoints++) points.push(xxHash64(`${key}_${points.length}`));
  return points[i]!;
}

function forgetSome(): void {
  if (knownPoints <= MOST_KNOWN) return;
  known.clear();
  knownPoints = 0;
}

/**
 * Index of the host of a hash; −1 on an empty ring.
 *
 * @param hash 0 … 2^64 − 1, such as `xxHash64` of a header
 * Source: Envoy `ring_hash_lb.cc`, `chooseHost`, after libketama's `ketama_get_server`.
 */
export function pickOnRing({ hashes, hosts }: Ring, hash: bigint): number {
  if (hashes.length === 0) return -1;
  let [from, to] = [0, hashes.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (hashes[middle]! < hash) from = middle + 1;
    else to = middle;
  }
  return hosts[from === hashes.length ? 0 : from]!;
}
