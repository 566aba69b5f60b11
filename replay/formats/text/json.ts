/** JSON of somebody else's: a line, as bytes, to plain values that nothing surprising is in. */

export type Json = null | boolean | number | string | readonly Json[] | JsonMap;
export interface JsonMap {
  readonly [key: string]: Json;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/** Undefined where the bytes are no UTF-8 or no JSON. */
export function parseJson(
  bytes: Uint8Array,
): { readonly value: Json; readonly text: string } | undefined {
  try {
    const text = utf8.decode(bytes);
    // JSON.parse gives nothing else; `__proto__` is an own key like any other.
    return { value: JSON.parse(text) as Json, text };
  } catch {
    return undefined;
  }
}

export function isMap(value: Json | undefined): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of an own key; undefined where there is none, or the value is null. */
export function member(value: Json | undefined, key: string): Json | undefined {
  return isMap(value) && Object.hasOwn(value, key) ? (value[key] ?? undefined) : undefined;
}

/** The value at the end of a path; also of a key that has the path's dots in it. */
export function memberAt(value: Json, path: readonly string[]): Json | undefined {
  const whole = path.length > 1 ? member(value, path.join('.')) : undefined;
  if (whole !== undefined) return whole;
  let at: Json | undefined = value;
  for (const key of path) at = member(at, key);
  return at;
}

/** Text, or a number as it stands in JSON; undefined for anything else. */
export function textOf(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : undefined;
}

/**
 * The digits of a number that a JavaScript number does not hold (ns since the epoch): looked up in
 * the text, where a number of that value stands behind that key.
 */
export function exactDigits(text: string, key: string, value: number): string {
  if (Number.isSafeInteger(value) || !Number.isInteger(value)) return String(value);
  const quoted = JSON.stringify(key);
  for (let at = text.indexOf(quoted); at >= 0; at = text.indexOf(quoted, at + 1)) {
    const digits = /^\s*:\s*(\d{1,30})\s*[,}\]]/.exec(
      text.slice(at + quoted.length, at + 200),
    )?.[1];
    if (digits !== undefined && Number(digits) === value) return digits;
  }
  return BigInt(value).toString();
}
