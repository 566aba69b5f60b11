import type { Balancing } from '../model/model.ts';
import { buildMaglev, pickInMaglev } from '../policies/balancing/maglev.ts';
import {
  buildRing,
  ENVOY_RING,
  pickOnRing,
  type RingHost,
} from '../policies/balancing/ring-hash.ts';
import { xxHash64 } from '../policies/balancing/xx-hash.ts';
import type { Balancer } from './balancer.ts';
import type { Seen } from './seen.ts';
import { baseWeight } from './weighted-turns.ts';

type Keyed = Extract<Balancing, { type: 'ring-hash' | 'maglev' }>;

/**
 * A key's requests go to one member as long as that is listed. The ring or table is made anew
 * whenever a member comes or goes; where a key goes is looked up once for each of them.
 */
export function byKey(service: string, balancing: Keyed, seen: Seen): Balancer {
  const { count: keys } = balancing.keys;
  const targets = new Int32Array(keys);
  const hashes = new BigUint64Array(keys);
  let hostOf: (hash: bigint) => number;
  let version = -1;

  function refresh(count: number): void {
    version = seen.version();
    targets.fill(UNKNOWN);
    const hosts = Array.from({ length: count }, (_, at): RingHost => {
      const ordinal = seen.ordinal(at);
      return { key: `${service}-${ordinal}`, weight: baseWeight(balancing, ordinal) };
    });
    hostOf = placesOf(balancing, hosts);
  }

  function find(key: number): number {
    // No text is known to hash to 0; one that did would be hashed each time.
    if (hashes[key] === 0n) hashes[key] = hashOfKey(key);
    targets[key] = hostOf(hashes[key]!);
    return targets[key]!;
  }

  return (_, count) => {
    if (count === 0) return -1;
    if (seen.version() !== version) refresh(count);
    const key = seen.key();
    return targets[key] === UNKNOWN ? find(key) : targets[key]!;
  };
}

/** What a ring and a table place a key by. */
export function hashOfKey(key: number): bigint {
  return xxHash64(`key-${key}`);
}

const UNKNOWN = -1;

function placesOf(balancing: Keyed, hosts: readonly RingHost[]): (hash: bigint) => number {
  if (balancing.type === 'maglev') {
    const table = buildMaglev(hosts, balancing.size);
    return (hash) => pickInMaglev(table, hash);
  }
  const ring = buildRing(hosts, { ...ENVOY_RING, minimumRingSize: balancing.minSize });
  return (hash) => pickOnRing(ring, hash);
}
