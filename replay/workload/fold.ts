/**
 * Targets → endpoints: `/users/81723/posts?page=2` is the endpoint `/users/{id}/posts`, asked for
 * with the key `81723`. A part of a path is an id when it looks like one; names that are many are
 * found out later (`merge-names.ts`).
 */

export interface Folded {
  /** Path with `{id}` for each id. */
  readonly path: string;
  /** What tells requests of the endpoint apart: the ids, or where it has none the query. */
  readonly key: string;
}

const MOST_PARTS = 24;
const MOST_PART = 200;
const SIGNED = /^[+-]\d+$/;
const UUID = /^\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?$/i;
const HEX = /^(?=[0-9a-f]*\d)[0-9a-f]{8,}$/i;
/** Number among words: `order-81723`, `81723-red-shoes`, `2024-05-01`. */
const NUMBERED = /^(?:[a-z]{1,12}[-_.])?\d{3,}(?:[-_.][\w-]*)?$|^[\w-]*[-_]\d{4,}$/i;
/** Tokens, base64 and the like: long, of letters in both cases and digits. */
const TOKEN = /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[\w=-]{10,}$/;
const LONG = 40;

/** `foldTarget('/users/81723/posts?page=2')` is `{ path: '/users/{id}/posts', key: '81723' }`. */
export function foldTarget(target: string): Folded {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? '' : target.slice(mark + 1);
  const parts = path.split('/', MOST_PARTS);
  const ids: string[] = [];
  const folded = parts.map((part) => {
    if (!isId(part)) return part;
    ids.push(part);
    return '{id}';
  });
  return { path: folded.join('/'), key: ids.length > 0 ? ids.join('/') : query };
}

function isId(part: string): boolean {
  const { length } = part;
  let digits = 0;
  for (let at = 0; at < length; at++) {
    const unit = part.charCodeAt(at);
    if (unit >= 48 && unit <= 57) digits++;
  }
  // Nearly all parts are one or the other: an expression each would take most of the time.
  if (digits === length) return length > 0;
  if (digits === 0) return length > MOST_PART || (length > LONG && !part.includes('.'));
  return length > MOST_PART || isMixedId(part);
}

function isMixedId(part: string): boolean {
  if (SIGNED.test(part) || UUID.test(part) || HEX.test(part)) return true;
  return NUMBERED.test(part) || (part.length <= LONG ? TOKEN.test(part) : !part.includes('.'));
}
