/** Looking at raw values without stumbling: what is misshapen reads as absent. */
import { isPlainMap, type Plain, type PlainMap } from '../placed.ts';

const EMPTY: PlainMap = Object.freeze(Object.create(null));

/** The value as a map; an empty one without a prototype where it is none. */
export function asMap(value: Plain | undefined): PlainMap {
  return isPlainMap(value) ? value : EMPTY;
}

/** The value as a list; an empty one where it is none. */
export function asList(value: Plain | undefined): readonly Plain[] {
  return Array.isArray(value) ? value : [];
}

/** The quantity that a text says; undefined where it is no text or no such quantity. */
export function read<T>(value: Plain | undefined, parse: (text: string) => T): T | undefined {
  return typeof value === 'string' ? parse(value) : undefined;
}

/** Names and values of a map of named things. */
export function named(value: Plain | undefined): [string, Plain][] {
  return Object.entries(asMap(value));
}

/** The number of a value; undefined where it is none. */
export function asNumber(value: Plain | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
