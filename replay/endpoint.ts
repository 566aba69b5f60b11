/**
 * Which endpoint a request goes to: its path without what differs from one thing to the next. Every
 * part of Plimsoll that reads captures calls endpoints by these names. Names that are many, but do
 * not look like ids, are found out later (`workload/endpoints.ts`).
 */

export interface Folded {
  /** Path with `{id}` for each id. */
  readonly path: string;
  /** What tells requests of the endpoint apart: the ids, or where it has none the query. */
  readonly key: string;
}

const MOST_PARTS = 24;
const MOST_CHARACTERS = 8192;
const MOST_PART = 100;
const SIGNED = /^[+-]\d+$/;
const UUID = /^\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?$/i;
/** Words such as `facade` are hexadecimal, too: there must be a digit. */
const HEX = /^(?=.*\d)(?:0x)?[0-9a-f]{8,}$/i;
/** Number among words: `order-81723`, `81723-red-shoes`, `2024-05-01`. */
const NUMBERED = /^(?:[a-z]{1,12}[-_.])?\d{3,}(?:[-_.][\w-]*)?$|^[\w-]*[-_]\d{4,}$/i;
/** Tokens, base64 and the like, … */
const CODED = /^[\w-]{10,}={0,2}$/;
/** … of letters in both cases and digits, as nobody names things. */
const MIXED = /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])/;
/** Longer than names are, but for those of files, which have dots in them. */
const LONG = /[^.]{41}/;
/** RFC 7515; a token is nobody's name, and must not be shown as one. */
const JWT = /eyJ[\w-]{4,}\./;
const EXTENSION = /\.[a-z][a-z0-9]{0,4}$/i;

/**
 * Folds numbers, UUIDs, hexadecimal and base64 words, mail addresses, and what is too long to be
 * anybody's name. Parameters behind a `;` are left out, and so is the host of a whole URL.
 *
 * `foldTarget('/users/81723/posts?page=2')` is `{ path: '/users/{id}/posts', key: '81723' }`,
 * `/img/12345.jpg` is `/img/{id}.jpg`.
 */
export function foldTarget(target: string): Folded {
  const start = pathStart(target);
  const whole = target.slice(start, start + MOST_CHARACTERS);
  const mark = whole.search(/[?#]/);
  const path = mark < 0 ? whole : whole.slice(0, mark);
  const parts = path.split('/', MOST_PARTS + 1);
  const ids: string[] = [];
  const folded = parts.slice(0, MOST_PARTS).map((part) => foldPart(part, ids));
  if (parts.length > MOST_PARTS) folded.push('…');
  const query = whole[mark] === '?' ? whole.slice(mark + 1).replace(/#.*/s, '') : '';
  return { path: folded.join('/') || '/', key: ids.length > 0 ? ids.join('/') : query };
}

/** Behind the host of an absolute form, as proxies see it. */
function pathStart(target: string): number {
  if (target.startsWith('/')) return 0;
  const scheme = /^https?:\/\//i.exec(target)?.[0].length;
  if (scheme === undefined) return 0;
  const slash = target.indexOf('/', scheme);
  return slash < 0 ? target.length : slash;
}

function foldPart(part: string, ids: string[]): string {
  const semicolon = part.indexOf(';');
  const bare = semicolon < 0 ? part : part.slice(0, semicolon);
  const extension = EXTENSION.exec(bare)?.[0] ?? '';
  const stem = bare.slice(0, bare.length - extension.length);
  if (extension !== '' && !isAddress(stem) && isId(stem)) {
    ids.push(stem);
    return `{id}${extension}`;
  }
  if (!isId(bare)) return bare;
  ids.push(bare);
  return '{id}';
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
  if (length > MOST_PART || isAddress(part)) return true;
  if (length > 9 && (JWT.test(part) || (length > 40 && LONG.test(part)))) return true;
  return digits > 0 && isMixedId(part, digits);
}

function isAddress(part: string): boolean {
  return part.includes('@') || part.includes('%40');
}

function isMixedId(part: string, digits: number): boolean {
  if (SIGNED.test(part) || UUID.test(part) || HEX.test(part) || NUMBERED.test(part)) return true;
  if (!CODED.test(part)) return false;
  return MIXED.test(part) || (!/[-_]/.test(part) && digits * 4 >= part.length);
}
