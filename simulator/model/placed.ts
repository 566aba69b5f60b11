/** Plain values that remember where they stand, and how one is laid over another. */
import { type Complaint, type Path, suggestion } from './problem.ts';
import type { Place } from './source.ts';

export type Plain = null | boolean | number | string | Plain[] | PlainMap;
export interface PlainMap {
  [key: string]: Plain;
}

export type Placed =
  | { readonly kind: 'scalar'; readonly value: Exclude<Plain, object>; readonly place: Place }
  | { readonly kind: 'list'; readonly items: readonly Placed[]; readonly place: Place }
  | PlacedMap;

interface PlacedMap {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Entry>;
  /** Keys that an overlay has taken away, and where it says so. */
  readonly removed: ReadonlyMap<string, Place>;
  readonly place: Place;
}

export interface Entry {
  readonly keyPlace: Place;
  readonly value: Placed;
}

export function isPlainMap(value: unknown): value is PlainMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value without its places. Maps have no prototype: every key is a key like any other. */
export function plainOf(placed: Placed): Plain {
  if (placed.kind === 'scalar') return placed.value;
  if (placed.kind === 'list') return placed.items.map(plainOf);
  const result: PlainMap = Object.create(null);
  for (const [key, { value }] of placed.entries) result[key] = plainOf(value);
  return result;
}

export interface Merged {
  readonly placed: Placed;
  /** Removals of what has never been there. */
  readonly complaints: readonly { readonly place: Place; readonly complaint: Complaint }[];
}

/**
 * `over` laid over `base`: maps key by key; scalars and lists replace what was there; `null` takes
 * a key away.
 */
export function overlay(base: Placed, over: Placed): Merged {
  const complaints: Merged['complaints'][number][] = [];
  const merge = (below: Placed, above: Placed, path: Path): Placed => {
    if (below.kind !== 'map' || above.kind !== 'map') return above;
    const entries = new Map(below.entries);
    const removed = new Map(below.removed);
    for (const [key, entry] of above.entries) {
      const at = [...path, key];
      const old = entries.get(key);
      if (entry.value.kind !== 'scalar' || entry.value.value !== null) {
        const value = old === undefined ? entry.value : merge(old.value, entry.value, at);
        entries.set(key, { ...keyOf(old ?? entry, entry), value });
      } else if (entries.delete(key)) {
        removed.set(key, entry.keyPlace);
      } else if (!removed.has(key)) {
        complaints.push({ place: entry.keyPlace, complaint: nothingThere(at, key, below) });
      }
    }
    return { kind: 'map', entries, removed, place: below.place };
  };
  return { placed: merge(base, over, []), complaints };
}

/** A map that was merged stays where it was; what was replaced stands where its successor is. */
function keyOf(old: Entry, entry: Entry): Entry {
  return old.value.kind === 'map' && entry.value.kind === 'map' ? old : entry;
}

function nothingThere(path: Path, key: string, map: PlacedMap): Complaint {
  const known = [...map.entries.keys()];
  const found = `no "${key}" here`;
  const message = `there is no "${key}" to take away${suggestion(key, known)}`;
  return { path, about: 'key', expected: `one of ${known.join(', ')}`, found, message };
}

/**
 * The place of the value (or key) at a path; for what is not there, the place where it was taken
 * away, else the key of the nearest map around it.
 */
export function placeOf(root: Placed, path: Path, about: Complaint['about']): Place {
  let node = root;
  let keyPlace: Place | undefined;
  for (const [depth, part] of path.entries()) {
    const entry = node.kind === 'map' ? node.entries.get(String(part)) : undefined;
    const item = node.kind === 'list' ? node.items[Number(part)] : entry?.value;
    if (item === undefined) {
      const removed = node.kind === 'map' ? node.removed.get(String(part)) : undefined;
      return removed ?? keyPlace ?? node.place;
    }
    const isLast = depth === path.length - 1;
    keyPlace = entry?.keyPlace ?? item.place;
    node = item;
    if (isLast && about === 'key') return keyPlace;
  }
  return node.place;
}
