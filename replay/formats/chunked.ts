/** Bodies in chunks (RFC 9112, §7.1), as they were on the wire. */
const CR = 13;
const LF = 10;
const MOST_SIZE_DIGITS = 8;
const MOST_EXTENSION_BYTES = 4096;
const MOST_TRAILER_BYTES = 65_536;

/** `end`: index after the last line; undefined where the bytes end before the body does. */
export type ChunkedEnd = { readonly end: number; readonly length: number } | 'damaged' | undefined;

/** Finds the end of a chunked body that begins at `from`, and how long it is without its framing. */
export function chunkedEnd(bytes: Uint8Array, from: number, to: number): ChunkedEnd {
  let length = 0;
  for (let at = from; ; ) {
    const line = sizeLine(bytes, at, to);
    if (typeof line !== 'object') return line;
    if (line.size === 0) {
      const end = trailerEnd(bytes, line.end, to);
      return typeof end === 'number' ? { end, length } : end;
    }
    length += line.size;
    const dataEnd = line.end + line.size;
    if (dataEnd + 2 > to) return undefined;
    if (bytes[dataEnd] !== CR || bytes[dataEnd + 1] !== LF) return 'damaged';
    at = dataEnd + 2;
  }
}

/** The body without its framing. @param length what `chunkedEnd` found */
export function unchunked(bytes: Uint8Array, from: number, to: number, length: number): Uint8Array {
  const body = Buffer.allocUnsafe(length);
  let filled = 0;
  for (let at = from; filled < length; ) {
    const line = sizeLine(bytes, at, to);
    if (typeof line !== 'object') throw new Error('expected a body that chunkedEnd has seen');
    body.set(bytes.subarray(line.end, line.end + line.size), filled);
    filled += line.size;
    at = line.end + line.size + 2;
  }
  return body;
}

/** One chunk and the end; trailers are not kept. */
export function chunked(body: Uint8Array): Uint8Array[] {
  const last = Buffer.from('0\r\n\r\n', 'latin1');
  if (body.length === 0) return [last];
  const size = Buffer.from(`${body.length.toString(16)}\r\n`, 'latin1');
  return [size, body, Buffer.from('\r\n', 'latin1'), last];
}

function sizeLine(
  bytes: Uint8Array,
  from: number,
  to: number,
): { readonly size: number; readonly end: number } | 'damaged' | undefined {
  let size = 0;
  let at = from;
  for (; at < to; at++) {
    const digit = hexDigit(bytes[at]!);
    if (digit < 0) break;
    if (at - from >= MOST_SIZE_DIGITS) return 'damaged';
    size = size * 16 + digit;
  }
  if (at === to) return undefined;
  const end = lineEnd(bytes, at, to, MOST_EXTENSION_BYTES);
  if (at === from || (bytes[at] !== CR && !isExtension(bytes[at]!))) return 'damaged';
  return typeof end === 'number' ? { size, end } : end;
}

function isExtension(byte: number): boolean {
  return byte === 0x3b || byte === 0x20 || byte === 0x09;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Index after CR LF. */
function lineEnd(
  bytes: Uint8Array,
  from: number,
  to: number,
  most: number,
): number | 'damaged' | undefined {
  for (let at = from; at < to; at++) {
    if (at - from > most) return 'damaged';
    if (bytes[at] === LF) return at > from && bytes[at - 1] === CR ? at + 1 : 'damaged';
  }
  return undefined;
}

function trailerEnd(bytes: Uint8Array, from: number, to: number): number | 'damaged' | undefined {
  for (let at = from; ; ) {
    const end = lineEnd(bytes, at, to, MOST_TRAILER_BYTES);
    if (typeof end !== 'number') return end;
    if (end - at === 2) return end;
    if (end - from > MOST_TRAILER_BYTES) return 'damaged';
    at = end;
  }
}
