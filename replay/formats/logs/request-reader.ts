/**
 * The quoted request of a log line, `"GET /index.html HTTP/1.1"`. Nearly all are plain: a known
 * method, a path without anything odd in it. These are read in one pass over their bytes; all
 * others by `parseRequestLine`, with the same result.
 */
import { closingQuote, unescaped } from '../text/escapes.ts';
import type { LineBlock } from '../text/lines.ts';
import { parseRequestLine } from '../text/request-line.ts';
import { NO_REQUEST, NO_REQUEST_WORDS } from './access.ts';

const SPACE = 32;
const QUOTE = 34;
const HASH = 35;
const SLASH = 47;
const CAPITAL_H = 72;
const BACKSLASH = 92;
const TILDE = 126;
const METHODS = ['GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const;

/** Holds what the last `read` has found: an object a line would be thrown away at once. */
export class RequestReader {
  method = '';
  target = '';
  host: string | undefined;
  /** Where the closing quote is. */
  to = 0;

  /**
   * Reads from behind the opening quote; `before` is the line's end. Returns why there is no
   * request, `NO_REQUEST` where the log says that none came.
   */
  read(block: LineBlock, from: number, before: number): string | undefined {
    return this.readPlain(block, from, before) ? undefined : this.readAny(block, from, before);
  }

  private readPlain({ text, bytes }: LineBlock, from: number, before: number): boolean {
    const method = methodAt(text, bytes[from]!, from);
    if (method === undefined) return false;
    const start = from + method.length + 1;
    if (bytes[start - 1] !== SPACE || bytes[start] !== SLASH) return false;
    let at = start + 1;
    for (; at < before; at++) {
      const byte = bytes[at]!;
      if (byte <= HASH || byte > TILDE || byte === BACKSLASH) {
        if (byte !== 33) break;
      }
    }
    const to = at + 9;
    if (to >= before || bytes[at] !== SPACE || bytes[to] !== QUOTE) return false;
    if (bytes[at + 1] !== CAPITAL_H || !isVersion(bytes, at + 1)) return false;
    this.method = method;
    this.target = text.substring(start, at);
    this.host = undefined;
    this.to = to;
    return true;
  }

  private readAny({ text }: LineBlock, from: number, before: number): string | undefined {
    this.to = closingQuote(text, from, before);
    if (this.to < 0) return 'request without its closing quote';
    const line = text.substring(from, this.to);
    if (NO_REQUEST_WORDS.has(line)) return NO_REQUEST;
    const parts = parseRequestLine(unescaped(line));
    if (typeof parts === 'string') return parts;
    this.method = parts.method;
    this.target = parts.target;
    this.host = parts.host;
    return undefined;
  }
}

function methodAt(text: string, first: number, from: number): string | undefined {
  for (const method of METHODS) {
    if (method.charCodeAt(0) === first && text.startsWith(method, from)) return method;
  }
  return undefined;
}

/** `HTTP/1.1` */
function isVersion(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at + 1] === 84 &&
    bytes[at + 2] === 84 &&
    bytes[at + 3] === 80 &&
    bytes[at + 4] === SLASH &&
    isDigit(bytes[at + 5]!) &&
    bytes[at + 6] === 46 &&
    isDigit(bytes[at + 7]!)
  );
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}
