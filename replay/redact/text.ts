/**
 * Redacts a value of unknown make: as it stands, and as what it may be a coding of (JSON,
 * percent-encoding, base64), a few layers deep.
 */
import { isCardNumber } from './card.ts';
import type { Finds } from './finds.ts';
import { rewriteJson } from './json-text.ts';
import { hasEscapes, percentDecode, percentEncode } from './percent.ts';
import type { Redaction } from './rules.ts';
import { replacePairs, replaceShapes } from './shapes.ts';

const MOST_LAYERS = 5;
/** Without any of these there is nothing to find. */
const INTERESTING = /[@:=%<]|eyJ|\d{4}|[\w+/-]{12}/;
const DELIMITERS = /([\s"'<>&]+)/;
const BASE64 = /[A-Za-z0-9+/_-]{16,}={0,2}/g;
/** `<password>…</password>`, with or without a namespace; attributes are pairs. */
const ELEMENT = /<((?:[\w-]{1,64}:)?([\w.-]{1,128}))(\s[^<>]{0,1024})?>([^<]+)/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what has them is no text.
const CONTROL = /[\u0000-\u0008\u000e-\u001f]/;

/** A text with its secrets replaced: Latin-1 of its bytes, as all text here. */
export function redactText(text: string, redaction: Redaction, finds: Finds, layer = 0): string {
  if (text.length < 4 || layer > MOST_LAYERS) return text;
  const json = redactIfJson(text, redaction, finds, layer);
  if (json !== undefined) return json;
  if (!INTERESTING.test(text)) return text;
  let out = replaceElements(text, redaction, finds);
  out = replacePairs(replaceShapes(out, redaction, finds), redaction, finds);
  out = replaceCoded(out, redaction, finds, layer);
  return hasEscapes(out) ? redactEscaped(out, redaction, finds, layer) : out;
}

/** JSON as a whole value; undefined where it is none. */
function redactIfJson(text: string, redaction: Redaction, finds: Finds, layer: number) {
  return /^\s*[[{]/.test(text) ? redactJson(text, redaction, finds, layer) : undefined;
}

/** JSON with its secrets replaced by name and by shape; undefined where it is no JSON. */
export function redactJson(
  text: string,
  redaction: Redaction,
  finds: Finds,
  layer = 0,
): string | undefined {
  const { pseudonyms } = redaction;
  return rewriteJson(text, {
    isSensitive: redaction.isSensitive,
    string: (value, isSensitive) => {
      if (!isSensitive) {
        const redacted = redactText(value, redaction, finds, layer + 1);
        return redacted === value ? undefined : redacted;
      }
      if (value === '') return undefined;
      finds.note('named value', value);
      return pseudonyms.text(value);
    },
    number: (token, isSensitive) => {
      if (!isSensitive && !isCardNumber(token)) return undefined;
      finds.note(isSensitive ? 'named value' : 'card number', token);
      return pseudonyms.number(token);
    },
  });
}

/** What shows only once the escapes are undone is replaced in the decoded text. */
function redactEscaped(text: string, redaction: Redaction, finds: Finds, layer: number): string {
  const redactPart = (part: string) => {
    if (!hasEscapes(part)) return part;
    const decoded = percentDecode(part);
    const redacted = redactText(decoded, redaction, finds, layer + 1);
    return redacted === decoded ? part : percentEncode(redacted);
  };
  return text.split(DELIMITERS).map(redactPart).join('');
}

function replaceElements(text: string, { isSensitive, pseudonyms }: Redaction, finds: Finds) {
  if (!text.includes('</')) return text;
  return text.replace(ELEMENT, (all, tag: string, name: string, rest = '', value: string) => {
    if (!isSensitive(name) || value.trim() === '' || value.startsWith('redacted-')) return all;
    finds.note('named value', value);
    return `<${tag}${rest}>${pseudonyms.text(value)}`;
  });
}

/** Base64 of a text that has a secret in it is replaced as a whole. */
function replaceCoded(text: string, redaction: Redaction, finds: Finds, layer: number): string {
  return text.replace(BASE64, (word) => {
    const decoded = Buffer.from(word, 'base64').toString('latin1');
    if (CONTROL.test(decoded)) return word;
    if (redactText(decoded, redaction, finds, layer + 1) === decoded) return word;
    finds.note('base64 of a secret', word);
    return redaction.pseudonyms.text(word);
  });
}
