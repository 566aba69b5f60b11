/**
 * Where two JSON values differ, by field: list indices are folded to `[]` and keys that are ids to
 * `:key`, so that what differs in a thousand items is one field. Nothing of the values is kept but
 * their shapes.
 *
 *     {"items":[{"id":1,"n":2}]}  ↔  {"items":[{"id":7,"n":2}]}   →   body.items[].id: value
 */
import { sensitiveNames } from '../redact/names.ts';
import { kindOf, shapeOf } from './shape.ts';

/** `missing`: only recorded; `added`: only replayed; `kind`: such as a number for a text. */
export type Change = 'value' | 'kind' | 'length' | 'missing' | 'added';

export interface Difference {
  readonly change: Change;
  readonly recorded: string;
  readonly replayed: string;
}

/** By field; the first difference of each. */
export type Differences = Map<string, Difference>;

/** Whether a field is left out, with everything below it. */
export type Ignored = (field: string) => boolean;

interface Pair {
  readonly field: string;
  readonly recorded: unknown;
  readonly replayed: unknown;
  readonly depth: number;
  /** Its key, or one above it, has the name of a secret. */
  readonly isSensitive: boolean;
}

/** Deeper fields go by the name of the one at this depth. */
const MOST_NAMED = 32;
const PLAIN_KEY = /^[A-Za-z_$][\w$-]{0,39}$/;
/** As of a session, a content's hash, or anything else that is drawn. */
const DRAWN = /^(?=.*\d)[\w$-]{16,}$|\d{5}|^[\da-f]{8}-[\da-f]{4}-/i;
/** What `Pseudonyms` writes in the place of a secret. */
const PSEUDONYM = /redacted-[0-9a-f]{16}/;
const PSEUDONYM_DIGITS = /^[1-9]\d{11}$/;

/** One a process: it remembers the names it has judged. */
const isSecretName = sensitiveNames({ redact: [], keep: [] });

/**
 * All fields in which two values differ, undefined standing for one that is not there. A recorded
 * value that was redacted is equal to any of its kind. Lists of different lengths differ in their
 * length, and what is in them is not compared. Any depth, no recursion.
 *
 * @param root how the field of the values themselves is called, such as `body`
 */
export function differingFields(
  root: string,
  recorded: unknown,
  replayed: unknown,
  isIgnored: Ignored = () => false,
): Differences {
  const found: Differences = new Map();
  const open: Pair[] = [{ field: root, recorded, replayed, depth: 0, isSensitive: false }];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    if (isIgnored(pair.field)) continue;
    const change = changeOf(pair);
    if (change === 'inside') inside(pair, open);
    else if (change !== undefined && !found.has(pair.field)) {
      const { isSensitive } = pair;
      found.set(pair.field, {
        change,
        recorded: shapeOf(pair.recorded, isSensitive),
        replayed: shapeOf(pair.replayed, isSensitive),
      });
    }
  }
  return found;
}

function changeOf({ recorded, replayed, isSensitive }: Pair): Change | 'inside' | undefined {
  if (replayed === undefined) return recorded === undefined ? undefined : 'missing';
  if (recorded === undefined) return 'added';
  if (wasRedacted(recorded, isSensitive)) return undefined;
  const kind = kindOf(recorded);
  if (kind !== kindOf(replayed)) return 'kind';
  if (kind === 'object') return 'inside';
  if (kind !== 'list') return recorded === replayed ? undefined : 'value';
  return lengthOf(recorded) === lengthOf(replayed) ? 'inside' : 'length';
}

function lengthOf(list: unknown): number {
  return (list as readonly unknown[]).length;
}

function wasRedacted(recorded: unknown, isSensitive: boolean): boolean {
  if (typeof recorded === 'string') return PSEUDONYM.test(recorded);
  return isSensitive && typeof recorded === 'number' && PSEUDONYM_DIGITS.test(String(recorded));
}

/** Opens what is in two lists, or in two objects. */
function inside({ recorded, replayed, field, depth, isSensitive }: Pair, open: Pair[]): void {
  const isNamed = depth < MOST_NAMED;
  if (Array.isArray(recorded) && Array.isArray(replayed)) {
    const below = isNamed ? `${field}[]` : field;
    // From the last to the first: what is taken from the end is then the first.
    for (let i = recorded.length - 1; i >= 0; i--) {
      const pair = { recorded: recorded[i], replayed: replayed[i], depth: depth + 1, isSensitive };
      open.push({ field: below, ...pair });
    }
    return;
  }
  const [a, b] = [recorded as object, replayed as object];
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    open.push({
      field: isNamed ? `${field}.${foldedKey(key)}` : field,
      recorded: own(a, key),
      replayed: own(b, key),
      depth: depth + 1,
      isSensitive: isSensitive || isSecretName(key),
    });
  }
}

/** Never what a prototype has: `__proto__` and `constructor` are keys like any other. */
function own(object: object, key: string): unknown {
  return Object.hasOwn(object, key)
    ? (object as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

/** A key that is an id, an address or a text becomes `:key`: it would be a value in a report. */
export function foldedKey(key: string): string {
  return PLAIN_KEY.test(key) && !DRAWN.test(key) ? key : ':key';
}
