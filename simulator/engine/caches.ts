/**
 * Caches: which keys are in, and which makes room. Keys are dense integers, so a list through two
 * columns indexed by key takes the place of a map; the `ends` of the list are one node more.
 */
import { fillZipf } from '../distributions/zipf.ts';
import type { Cache, Model } from '../model/model.ts';
import type { Run } from '../results/results.ts';
import type { Columns } from './columns.ts';
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
  readonly fillThose: (model: Model, streamOf: (name: string) => RandomStream) => void;
  /** Of all caches since the start; undefined where there is none. */
  readonly counters: () => Run['caches'];
  /** By cache: place of the first key, and of the ends of its list; hits. */
  readonly base: Int32Array;
  readonly ends: Int32Array;
  readonly hits: Float64Array;
  /** By place: the newer neighbour, −1 where the key is out, and the older one. */
  readonly links: Int32Array;
}

/** Made once a thread, as the memory is. */
export function createCaches({ floats }: Memory, { int32, float64 }: Columns): CacheStore {
  /**
   * Neighbours by key, the newer and the older one side by side; the one that makes room is the
   * oldest. NONE as newer where the key is out.
   */
  const links = int32(2 * MOST_KEYS);
  const storedMs = new Float64Array(MOST_KEYS);
  /** By cache: first key's place, its list's ends, entries in, most entries; FIFO is 1. */
  const base = new Int32Array(MOST_CACHES);
  const ends = new Int32Array(MOST_CACHES);
  const size = new Int32Array(MOST_CACHES);
  const entries = new Int32Array(MOST_CACHES);
  const isFifo = new Uint8Array(MOST_CACHES);
  const expires = new Uint8Array(MOST_CACHES);
  const ttlMs = new Float64Array(MOST_CACHES);
  const misses = new Float64Array(MOST_CACHES);
  const hits = float64(MOST_CACHES);

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
      expires[index] = cache.ttlMs === undefined ? 0 : 1;
      ttlMs[index] = cache.ttlMs ?? 0;
    });
    expectAtMost(model, MOST_KEYS, place, 'keys of all caches');
    links.fill(NONE, 0, 2 * place);
    for (const end of ends.subarray(0, caches.length)) links.fill(end, 2 * end, 2 * end + 2);
    misses.fill(0, 0, caches.length);
    hits.fill(0, 0, caches.length);
  }

  function lookUp(cache: number, key: number): boolean {
    const place = base[cache]! + key;
    if (links[2 * place] === NONE) {
      misses[cache]!++;
      if (size[cache] === entries[cache]) unlink(links[2 * ends[cache]!]!);
      else size[cache]!++;
      store(cache, place);
      return false;
    }
    if (expires[cache] === 1 && floats[F.nowMs]! - storedMs[place]! >= ttlMs[cache]!) {
      misses[cache]!++;
      unlink(place);
      store(cache, place);
      return false;
    }
    hits[cache]!++;
    if (isFifo[cache] === 0) {
      unlink(place);
      link(cache, place);
    }
    return true;
  }

  function store(cache: number, place: number): void {
    if (expires[cache] === 1) storedMs[place] = floats[F.nowMs]!;
    link(cache, place);
  }

  function unlink(place: number): void {
    const after = links[2 * place]!;
    const before = links[2 * place + 1]!;
    links[2 * after + 1] = before;
    links[2 * before] = after;
    links[2 * place] = NONE;
  }

  /** As the newest. */
  function link(cache: number, place: number): void {
    const end = ends[cache]!;
    const newest = links[2 * end + 1]!;
    links[2 * place] = end;
    links[2 * place + 1] = newest;
    links[2 * newest] = place;
    links[2 * end + 1] = place;
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
    // Not all of one age: they would be gone all at once.
    for (let place = base[cache]!; expires[cache] === 1 && place < ends[cache]!; place++) {
      storedMs[place] = -random.uniform() * ttlMs[cache]!;
    }
    misses[cache] = 0;
    hits[cache] = 0;
  }

  function counters(): Run['caches'] {
    if (caches.length === 0) return undefined;
    return Object.fromEntries(
      caches.map(({ name }, index) => {
        const own = hits[index]!;
        return [name, { lookUps: own + misses[index]!, hits: own }];
      }),
    );
  }

  function fillThose(model: Model, streamOf: (name: string) => RandomStream): void {
    (model.caches ?? []).forEach(({ name, starts }, index) => {
      if (starts === 'full') fill(index, streamOf(name));
    });
  }

  return { begin, lookUp, fillThose, counters, base, ends, links, hits };
}
