/**
 * Caches: which keys are in, and which makes room. Keys are dense integers, so a list through two
 * columns indexed by key takes the place of a map; the `ends` of the list are one node more.
 */
import { fillZipf } from '../distributions/zipf.ts';
import type { Cache, Model } from '../model/model.ts';
import type { Run } from '../results/results.ts';
import { expectAtMost } from './expect-at-most.ts';
import { F, type Memory } from './memory.ts';
import type { RandomStream } from './random.ts';

const MOST_KEYS = 1 << 24;
const MOST_CACHES = 1 << 10;
const MOST_DRAWS_A_KEY = 20;
const NONE = -1;

export interface CacheStore {
  /** Empties all caches and lays them out for a model. */
  readonly begin: (model: Model) => void;
  /** Whether the key is in; when not, it is now. */
  readonly lookUp: (cache: number, key: number) => boolean;
  /** Draws keys as requests do until a cache is full; counts nothing. */
  readonly fill: (cache: number, random: RandomStream) => void;
  /** Of all caches since the start; undefined where there is none. */
  readonly counters: () => Run['caches'];
}

/** Made once a thread, as the memory is. */
export function createCaches({ floats }: Memory): CacheStore {
  /** Neighbours by key: `older` is towards the one that makes room; NONE where the key is out. */
  const older = new Int32Array(MOST_KEYS);
  const newer = new Int32Array(MOST_KEYS);
  const storedMs = new Float64Array(MOST_KEYS);
  /** By cache: first key's place, its list's ends, entries in, most entries; FIFO is 1. */
  const base = new Int32Array(MOST_CACHES);
  const ends = new Int32Array(MOST_CACHES);
  const size = new Int32Array(MOST_CACHES);
  const entries = new Int32Array(MOST_CACHES);
  const isFifo = new Uint8Array(MOST_CACHES);
  const ttlMs = new Float64Array(MOST_CACHES);
  const lookUps = new Float64Array(MOST_CACHES);
  const hits = new Float64Array(MOST_CACHES);

  let caches: readonly Cache[] = [];

  function begin(model: Model): void {
    let place = 0;
    caches = model.caches ?? [];
    expectAtMost(model, MOST_CACHES, caches.length, 'caches');
    caches.forEach((cache, index) => {
      base[index] = place;
      place += cache.keys.count;
      ends[index] = place++;
      size[index] = 0;
      entries[index] = Math.min(cache.entries, cache.keys.count);
      isFifo[index] = cache.eviction === 'fifo' ? 1 : 0;
      ttlMs[index] = cache.ttlMs ?? Number.POSITIVE_INFINITY;
    });
    expectAtMost(model, MOST_KEYS, place, 'keys of all caches');
    newer.fill(NONE, 0, place);
    for (const end of ends.subarray(0, caches.length)) {
      newer[end] = end;
      older[end] = end;
    }
    lookUps.fill(0, 0, caches.length);
    hits.fill(0, 0, caches.length);
  }

  function lookUp(cache: number, key: number): boolean {
    const place = base[cache]! + key;
    lookUps[cache]!++;
    if (newer[place] === NONE) {
      if (size[cache] === entries[cache]) unlink(newer[ends[cache]!]!);
      else size[cache]!++;
      store(cache, place);
      return false;
    }
    const isFresh = floats[F.nowMs]! - storedMs[place]! < ttlMs[cache]!;
    if (isFresh && isFifo[cache] === 1) {
      hits[cache]!++;
      return true;
    }
    unlink(place);
    if (!isFresh) {
      store(cache, place);
      return false;
    }
    hits[cache]!++;
    link(cache, place);
    return true;
  }

  function store(cache: number, place: number): void {
    storedMs[place] = floats[F.nowMs]!;
    link(cache, place);
  }

  function unlink(place: number): void {
    const [after, before] = [newer[place]!, older[place]!];
    older[after] = before;
    newer[before] = after;
    newer[place] = NONE;
  }

  /** As the newest. */
  function link(cache: number, place: number): void {
    const end = ends[cache]!;
    const newest = older[end]!;
    newer[place] = end;
    older[place] = newest;
    newer[newest] = place;
    older[end] = place;
  }

  function fill(cache: number, random: RandomStream): void {
    const { count, zipf } = caches[cache]!.keys;
    const keys = new Float64Array(256);
    // Where the last places take too long, because keys are so rare, they go to the most asked for.
    for (let round = 0; round * keys.length < MOST_DRAWS_A_KEY * count; round++) {
      fillZipf(count, zipf, random, keys);
      for (let i = 0; i < keys.length && size[cache]! < entries[cache]!; i++) {
        lookUp(cache, keys[i]!);
      }
      if (size[cache] === entries[cache]) break;
    }
    for (let key = 0; size[cache]! < entries[cache]!; key++) lookUp(cache, key);
    lookUps[cache] = 0;
    hits[cache] = 0;
  }

  function counters(): Run['caches'] {
    if (caches.length === 0) return undefined;
    return Object.fromEntries(
      caches.map(({ name }, index) => [name, { lookUps: lookUps[index]!, hits: hits[index]! }]),
    );
  }

  return { begin, lookUp, fill, counters };
}
