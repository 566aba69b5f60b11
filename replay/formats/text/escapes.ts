/** What servers do to quotes and odd bytes in their logs, done and undone. */

const SIMPLE: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  b: '\b',
  f: '\f',
  '"': '"',
  '\\': '\\',
};

/**
 * nginx writes `\x22`, Apache `\"`, `\\`, `\t` and `\xe4` for what cannot stand in quotes.
 * `unescaped('a\\x22b')` is `a"b`. A backslash before anything else stays, as older servers
 * wrote it.
 */
export function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|([nrtvbf"\\]))/g, (_, hex, simple) =>
    hex === undefined ? SIMPLE[simple]! : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** As nginx writes it, `\\x22` for a quote: ASCII without quotes, backslashes and controls. */
export function escapedForLog(text: string): string {
  return text.replace(
    /[^ !\x23-\x5b\x5d-\x7e]/g,
    (character) => `\\x${hexOf(character).toUpperCase()}`,
  );
}

const APACHE: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\b': '\\b',
  '"': '\\"',
  '\\': '\\\\',
};

/** As Apache writes it (`ap_escape_logitem`), `\\"` for a quote and `\\xe4` for a byte. */
export function escapedForApache(text: string): string {
  return text.replace(/[^ !\x23-\x5b\x5d-\x7e]/g, (one) => APACHE[one] ?? `\\x${hexOf(one)}`);
}

/**
 * As HAProxy writes it, `#22` for a quote: only what is printable, and neither that nor the `#`.
 * Source: HAProxy configuration manual, 8.6 "Non-printable characters".
 */
export function escapedForHaproxy(text: string): string {
  return text.replace(/[^ !\x24-\x7e]/g, (one) => `#${hexOf(one).toUpperCase()}`);
}

/** Undoes `escapedForHaproxy`; a `#` before anything else stays. */
export function unescapedOfHaproxy(text: string): string {
  return text.replace(/#([0-9a-fA-F]{2})/g, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function hexOf(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(2, '0');
}

/** Where the quote is that ends a quoted text; `before` at most, −1 where none is. */
export function closingQuote(text: string, from: number, before: number): number {
  for (let at = text.indexOf('"', from); at >= 0 && at < before; at = text.indexOf('"', at + 1)) {
    if (text.charCodeAt(at - 1) !== 92 || !isEscaped(text, at, from)) return at;
  }
  return -1;
}

function isEscaped(text: string, at: number, from: number): boolean {
  let slashes = 0;
  while (at - 1 - slashes >= from && text.charCodeAt(at - 1 - slashes) === 92) slashes++;
  return slashes % 2 === 1;
}
