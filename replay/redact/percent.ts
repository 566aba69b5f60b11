/** Percent-encoding of bytes that are kept as Latin-1 text: RFC 3986, section 2.1. */
const ESCAPES = /%[0-9a-fA-F]{2}/g;
/** What stands for itself in a query's value. */
const TO_ESCAPE = /[^A-Za-z0-9\-_.~!$'()*,:@/]/g;

/** Whether there is anything to decode. */
export function hasEscapes(text: string): boolean {
  return /%[0-9a-fA-F]{2}/.test(text);
}

/** Decodes what is an escape and leaves everything else as it is: `%41%zz` is `A%zz`. */
export function percentDecode(text: string): string {
  return text.replace(ESCAPES, (coded) => String.fromCharCode(Number.parseInt(coded.slice(1), 16)));
}

/** Encodes what would mean something else in a query, or is no ASCII. */
export function percentEncode(text: string): string {
  return text.replace(TO_ESCAPE, hex);
}

/** As `encodeURIComponent` does it, of the bytes. */
export function percentEncodeAll(text: string): string {
  return text.replace(/[^A-Za-z0-9\-_.~!'()*]/g, hex);
}

function hex(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
