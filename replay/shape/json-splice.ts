/**
 * Replaces one value inside a JSON text and leaves every other byte as it is: parsing and printing
 * would change large numbers, spaces and the order of keys. Works on Latin-1 of the bytes, because
 * everything that JSON's grammar looks at is ASCII. Source: RFC 8259 §2.
 */
const SPACE = /[\t\n\r ]*/y;
const SCALAR = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/**
 * The text with the value at a path replaced, or undefined where there is no such value.
 * `spliceJson('{"a":{"b":1}}', ['a', 'b'], '2')` is `{"a":{"b":2}}`.
 *
 * @param path keys of objects, indices of arrays
 * @param value JSON
 */
export function spliceJson(
  text: string,
  path: readonly string[],
  value: string,
): string | undefined {
  const span = spanOf(text, path);
  return span && text.slice(0, span.from) + value + text.slice(span.to);
}

/** The JSON at a path, as it stands there. `jsonAt('{"a":[7, 8]}', ['a', '1'])` is `8`. */
export function jsonAt(text: string, path: readonly string[]): string | undefined {
  const span = spanOf(text, path);
  return span && text.slice(span.from, span.to);
}

function spanOf(text: string, path: readonly string[]) {
  let from = after(SPACE, text, 0)!;
  for (const key of path) {
    const found = text[from] === '[' ? elementAt(text, from, key) : memberAt(text, from, key);
    if (found === undefined) return undefined;
    from = found;
  }
  const to = endOfValue(text, from);
  return to === undefined ? undefined : { from, to };
}

/** Where the value of a key begins. */
function memberAt(text: string, object: number, key: string): number | undefined {
  if (text[object] !== '{') return undefined;
  let at = after(SPACE, text, object + 1)!;
  while (text[at] === '"') {
    const keyEnd = endOfString(text, at);
    if (keyEnd === undefined) return undefined;
    const colon = after(SPACE, text, keyEnd)!;
    if (text[colon] !== ':') return undefined;
    const value = after(SPACE, text, colon + 1)!;
    if (isKey(text.slice(at, keyEnd), key)) return value;
    const next = afterValue(text, value);
    if (next === undefined) return undefined;
    at = next;
  }
  return undefined;
}

function elementAt(text: string, array: number, key: string): number | undefined {
  if (!/^\d{1,9}$/.test(key)) return undefined;
  let at = after(SPACE, text, array + 1)!;
  for (let left = Number(key); left > 0; left--) {
    const next = afterValue(text, at);
    if (next === undefined) return undefined;
    at = next;
  }
  return text[at] === ']' ? undefined : at;
}

/** Where the next member or element begins, if a comma says that there is one. */
function afterValue(text: string, value: number): number | undefined {
  const end = endOfValue(text, value);
  if (end === undefined) return undefined;
  const comma = after(SPACE, text, end)!;
  return text[comma] === ',' ? after(SPACE, text, comma + 1) : undefined;
}

/** Counts brackets instead of descending, so that no depth is too deep. */
function endOfValue(text: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < text.length; ) {
    const char = text[at]!;
    if (char === '"') {
      const end = endOfString(text, at);
      if (end === undefined) return undefined;
      at = end;
    } else if (char === '{' || char === '[') {
      depth++;
      at++;
      continue;
    } else if (char === '}' || char === ']') {
      depth--;
      at++;
    } else if (depth === 0) return after(SCALAR, text, at);
    else {
      at++;
      continue;
    }
    if (depth <= 0) return depth < 0 ? undefined : at;
  }
  return undefined;
}

/** Behind the closing quote. A loop: an expression would need a stack as deep as the string. */
function endOfString(text: string, start: number): number | undefined {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '"') return at + 1;
    if (text[at] === '\\') at++;
  }
  return undefined;
}

function isKey(quoted: string, key: string): boolean {
  if (!quoted.includes('\\')) return quoted.slice(1, -1) === latin1(key);
  try {
    return JSON.parse(quoted) === key;
  } catch {
    return false;
  }
}

/** The UTF-8 bytes of a text, a character a byte. */
export function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function after(expression: RegExp, text: string, at: number): number | undefined {
  expression.lastIndex = at;
  return expression.test(text) ? expression.lastIndex : undefined;
}
