/**
 * Secrets that show by their shape, wherever they stand: tokens, keys, credentials of a URL, cards,
 * addresses of people; and `name=value` pairs in running text, as in a signed URL. Every pattern is
 * bounded or anchored, so that hostile text takes linear time.
 */
import { hasCard, replaceCards } from './card.ts';
import type { Finds } from './finds.ts';
import { hasEscapes, percentDecode } from './percent.ts';
import type { Redaction } from './rules.ts';

const PRIVATE_KEY =
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[^-]*(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----)?/g;
/** RFC 3986, section 3.2.1; the slashes may be escaped. */
const USER_INFO = /(:(?:\/|%2[fF]|\\\/){2})([^\s/?#@"'<>\\]{1,512})(@|%40)/g;
/** RFC 7235, section 2.1: a scheme, then its credentials. */
const SCHEME =
  /\b(basic|bearer|negotiate|digest)((?:\s|%20|\+){1,8})([A-Za-z0-9._~+/=%-]{8,8192})/gi;
const WORD = /[A-Za-z0-9_.+/=~-]{12,}/g;
const EMAIL = /(?<![\w.+-])[\w.+-]{1,64}(@|%40)(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}/g;
/** A name and its equals sign (or colon), at a name's beginning. */
const PAIR = /(?<![\w.$-])([\w.$[\]-]{1,128})("?'?\s{0,4}[=:]\s{0,4}|%3[dD])/g;
/** The value after it. */
const QUOTED = /"(?:[^"\\]|\\.){0,8192}"?|'(?:[^'\\]|\\.){0,8192}'?/y;
const BARE = /[^\s&;,"'<>)}\]]+/y;

/** Tokens with a maker's prefix, as their makers document them. */
const KNOWN: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['AWS access key', /(?:AKIA|ASIA)[0-9A-Z]{16}/],
  ['provider key', /gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}/],
  ['provider key', /glpat-[\w-]{16,}/],
  ['provider key', /xox[abeoprs]-[\w-]{10,}/],
  ['provider key', /[srp]k_(?:live|test)_[A-Za-z0-9]{10,}/],
  ['provider key', /AIza[\w-]{30,}/],
  ['provider key', /\bsk-[\w-]{20,}/],
  ['provider key', /ya29\.[\w-]{20,}/],
  ['provider key', /npm_[A-Za-z0-9]{30,}/],
];
/** RFC 7515: the base64url of `{"` and more, then a dot and one or more parts. */
const JWT_BEGIN = /eyJ[\w-]{4,}/g;
const JWT_REST = /\.[\w.-]{2,}/y;

/** Replaces what has the shape of a secret. */
export function replaceShapes(text: string, { pseudonyms }: Redaction, finds: Finds): string {
  const instead = (reason: string, value: string) => {
    finds.note(reason, value);
    return pseudonyms.text(value);
  };
  let out = text;
  if (out.includes('PRIVATE KEY')) {
    out = out.replace(PRIVATE_KEY, (block) => instead('private key', block));
  }
  out = out.replace(USER_INFO, (_, slashes: string, info: string, at: string) => {
    finds.note('userinfo', info.slice(info.indexOf(':') + 1));
    return slashes + instead('userinfo', info) + at;
  });
  out = out.replace(SCHEME, (all, scheme: string, space: string, value: string) =>
    isCredentials(scheme, value) ? scheme + space + instead('credentials', value) : all,
  );
  out = out.replace(WORD, (word) => replaceInWord(word, instead));
  out = out.replace(EMAIL, (address) => instead('e-mail address', address));
  return replaceCards(out, (digits) => instead('card number', digits));
}

/**
 * Which kinds of secrets a text has: what `replaceShapes` and `replacePairs` would replace in it.
 *
 * @param isSensitive of names of values
 */
export function shapesIn(text: string, isSensitive: (name: string) => boolean): Set<string> {
  const kinds = new Set<string>();
  if (text.includes('PRIVATE KEY') && text.search(PRIVATE_KEY) >= 0) kinds.add('private key');
  for (const [, , info] of text.matchAll(USER_INFO)) {
    if (!isPseudonym(info!)) kinds.add('userinfo');
  }
  for (const [, scheme, , value] of text.matchAll(SCHEME)) {
    if (isCredentials(scheme!, value!)) kinds.add(schemeWords(scheme!));
  }
  for (const [word] of text.matchAll(WORD)) {
    const kind = findJwt(word) === undefined ? keyIn(word) : 'JWT';
    if (kind !== undefined) kinds.add(kind);
  }
  if (text.search(EMAIL) >= 0) kinds.add('e-mail address');
  if (hasCard(text)) kinds.add('card number');
  for (const name of namedValues(text, isSensitive)) {
    kinds.add(/(?:^|[-_])sig(?:nature)?$/i.test(name) ? 'signed URL' : 'named secret');
  }
  return kinds;
}

function schemeWords(scheme: string): string {
  return scheme.toLowerCase() === 'bearer' ? 'bearer token' : `${capital(scheme)} credentials`;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();
}

function keyIn(word: string): string | undefined {
  return KNOWN.find(([, pattern]) => pattern.test(word))?.[0];
}

function* namedValues(text: string, isSensitive: (name: string) => boolean): Generator<string> {
  for (const { 0: found, 1: name, index } of text.matchAll(PAIR)) {
    if (!isSensitive(name!)) continue;
    const bare = unquoted(valueAt(text, index + found.length));
    if (bare.length > 0 && !isPseudonym(bare)) yield name!;
  }
}

function isPseudonym(value: string): boolean {
  return value.startsWith('redacted-');
}

/** Without the quotes around it. */
function unquoted(value: string): string {
  const quote = quoteOf(value);
  return value.slice(quote.length, quote !== '' && value.endsWith(quote) ? -1 : undefined);
}

function quoteOf(value: string): string {
  return /^["']/.test(value) ? value[0]! : '';
}

/** `basic authentication` is prose: the credentials of Basic have a colon in them (RFC 7617). */
function isCredentials(scheme: string, value: string): boolean {
  if (isPseudonym(value)) return false;
  if (scheme.toLowerCase() !== 'basic') return true;
  const plain = hasEscapes(value) ? percentDecode(value) : value;
  return Buffer.from(plain, 'base64').includes(':');
}

function replaceInWord(word: string, instead: (reason: string, value: string) => string): string {
  const jwt = findJwt(word);
  if (jwt !== undefined) return word.replace(jwt, () => instead('JWT', jwt));
  for (const [, pattern] of KNOWN) {
    const found = pattern.exec(word)?.[0];
    if (found !== undefined) return word.replace(found, () => instead('key', found));
  }
  return word;
}

/** One pattern for both parts would look at every `eyJ` of a long run anew: quadratic. */
function findJwt(word: string): string | undefined {
  for (const { 0: begin, index } of word.matchAll(JWT_BEGIN)) {
    JWT_REST.lastIndex = index + begin.length;
    const rest = JWT_REST.exec(word)?.[0];
    if (rest !== undefined) return begin + rest;
  }
  return undefined;
}

/** Replaces the values of sensitive names in `name=value` and `name: value`, wherever they stand. */
export function replacePairs(text: string, redaction: Redaction, finds: Finds): string {
  const out: string[] = [];
  let copied = 0;
  PAIR.lastIndex = 0;
  for (let found = PAIR.exec(text); found !== null; found = PAIR.exec(text)) {
    if (!redaction.isSensitive(found[1]!)) continue;
    const start = PAIR.lastIndex;
    const value = valueAt(text, start);
    if (value.length === 0) continue;
    const quote = quoteOf(value);
    const bare = unquoted(value);
    // `Authorization: Bearer …` has been dealt with, and `token: redacted-…` as well.
    if (bare.length === 0 || isPseudonym(bare)) continue;
    const plain = hasEscapes(bare) ? percentDecode(bare) : bare;
    finds.note('named value', plain);
    out.push(text.slice(copied, start), quote, redaction.pseudonyms.text(plain), quote);
    copied = start + value.length;
    PAIR.lastIndex = copied;
  }
  return copied === 0 ? text : out.join('') + text.slice(copied);
}

function valueAt(text: string, at: number): string {
  QUOTED.lastIndex = at;
  const quoted = QUOTED.exec(text)?.[0];
  if (quoted !== undefined) return quoted;
  BARE.lastIndex = at;
  return BARE.exec(text)?.[0] ?? '';
}
