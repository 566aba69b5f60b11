/** JSON of an answer as values that compare as they were written. */
import { rewriteJson } from '../redact/json-text.ts';
import { LONG_NUMBER } from './shape.ts';

/** A float holds any whole number of fifteen digits. */
const LONG = /\d{16}/;
const LEFT_AS_IT_IS = { isSensitive: () => false, string: () => undefined };

/**
 * Values as `JSON.parse` gives them; numbers of sixteen characters or more, which a float may round
 * to their neighbours, are texts that begin with `LONG_NUMBER`, unless they stand deeper than a
 * hundred levels. Undefined for what is no JSON in UTF-8.
 */
export function parseExact(bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const exact = LONG.test(text) ? (withLongNumbers(text) ?? text) : text;
  try {
    return JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(exact, 'latin1')),
    );
  } catch {
    return undefined;
  }
}

/** A number becomes a text; digits are what `rewriteJson` puts in the place of a number as it is. */
function withLongNumbers(text: string): string | undefined {
  const escaped = JSON.stringify(LONG_NUMBER).slice(1, -1);
  return rewriteJson(text, {
    ...LEFT_AS_IT_IS,
    number: (token) => (token.length > 15 ? `"${escaped}${token}"` : undefined),
  });
}
