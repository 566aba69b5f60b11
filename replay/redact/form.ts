/** Queries, forms and paths: RFC 3986, and `application/x-www-form-urlencoded` of the URL standard. */
import type { Finds } from './finds.ts';
import { percentDecode, percentEncode } from './percent.ts';
import type { Redaction } from './rules.ts';
import { redactText } from './text.ts';

/** A request's target, in any of its forms (RFC 9112, section 3.2), with its secrets replaced. */
export function redactTarget(target: string, redaction: Redaction, finds: Finds): string {
  const hash = target.indexOf('#');
  if (hash >= 0) {
    const fragment = target.slice(hash + 1);
    const rest = redactTarget(target.slice(0, hash), redaction, finds);
    return `${rest}#${redactForm(fragment, redaction, finds)}`;
  }
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const redacted = redactPath(path, redaction, finds);
  if (mark < 0) return redacted;
  return `${redacted}?${redactForm(target.slice(mark + 1), redaction, finds)}`;
}

/** Each segment on its own, so that what is replaced does not take its neighbours along. */
function redactPath(path: string, redaction: Redaction, finds: Finds): string {
  // Credentials before the host: the slashes around them belong to their shape.
  const bare = path.includes('@') ? redactText(path, redaction, finds) : path;
  return bare
    .split('/')
    .map((segment) => redactText(segment, redaction, finds))
    .join('/');
}

/**
 * Pairs with the values replaced whose names are sensitive, and what shows by its shape in the
 * others. Order, empty pairs, separators and the bytes of all other values stay.
 */
export function redactForm(text: string, redaction: Redaction, finds: Finds): string {
  return text
    .split(/([&;])/)
    .map((pair, index) => (index % 2 === 1 ? pair : redactPair(pair, redaction, finds)))
    .join('');
}

function redactPair(pair: string, redaction: Redaction, finds: Finds): string {
  const equals = pair.indexOf('=');
  if (equals < 0) return redactCoded(pair, redaction, finds);
  const name = pair.slice(0, equals);
  const value = pair.slice(equals + 1);
  const redactedName = redactCoded(name, redaction, finds);
  const plain = decode(value);
  if (plain !== '' && redaction.isSensitive(decode(name))) {
    finds.note('named value', plain);
    return `${redactedName}=${redaction.pseudonyms.text(plain)}`;
  }
  return `${redactedName}=${redactCoded(value, redaction, finds)}`;
}

/** A part of a form: as it is where nothing was found, newly encoded where something was. */
function redactCoded(part: string, redaction: Redaction, finds: Finds): string {
  const plain = decode(part);
  const redacted = redactText(plain, redaction, finds);
  return redacted === plain ? part : percentEncode(redacted);
}

function decode(part: string): string {
  return percentDecode(part.replaceAll('+', ' '));
}
