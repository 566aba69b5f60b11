/**
 * Heads of HTTP/1.x messages (RFC 9112), read strictly: what two servers could read in two ways is
 * not recorded. It decides about records alone, never about the traffic. Files, which have heads of
 * other recorders in them, are read by `formats/http-head.ts`, which says how it differs.
 */

export interface RequestHead {
  readonly method: string;
  readonly target: string;
  /** Name, value, name, value, … as on the wire, without white space around values. Latin-1. */
  readonly headers: readonly string[];
  readonly minor: 0 | 1;
}

export interface AnswerHead {
  readonly status: number;
  readonly phrase: string;
  readonly headers: readonly string[];
  readonly minor: 0 | 1;
}

/** How a body ends. */
export type Framing =
  | { readonly type: 'none' }
  | { readonly type: 'length'; readonly bytes: number }
  | { readonly type: 'chunked' }
  | { readonly type: 'until-close' };

/** A reason why a message is not recorded. */
export class Unclear {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}) ([\x21-\x7e\x80-\xff]+) HTTP\/1\.([01])$/;
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/;
const LENGTH = /^\d{1,15}$/;
const NONE: Framing = { type: 'none' };

/** @param text of the head, with the empty line at its end */
export function parseRequestHead(text: string): RequestHead | Unclear {
  const [line = '', ...fields] = text.slice(0, -4).split('\r\n');
  const found = REQUEST_LINE.exec(line);
  if (found === null) return new Unclear('malformed request line');
  const headers = parseFields(fields);
  if (headers instanceof Unclear) return headers;
  return { method: found[1]!, target: found[2]!, headers, minor: found[3] === '0' ? 0 : 1 };
}

/** @param text of the head, with the empty line at its end */
export function parseAnswerHead(text: string): AnswerHead | Unclear {
  const [line = '', ...fields] = text.slice(0, -4).split('\r\n');
  const found = STATUS_LINE.exec(line);
  if (found === null) return new Unclear('malformed status line');
  const headers = parseFields(fields);
  if (headers instanceof Unclear) return headers;
  const minor = found[1] === '0' ? 0 : 1;
  return { status: Number(found[2]), phrase: found[3] ?? '', headers, minor };
}

function parseFields(lines: readonly string[]): string[] | Unclear {
  const headers: string[] = [];
  for (const line of lines) {
    const found = FIELD.exec(line);
    if (found === null) return new Unclear('malformed header');
    headers.push(found[1]!, found[2]!.trimEnd());
  }
  return headers;
}

/** The values of a header; its name in lower case. */
export function valuesOf(headers: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const other = headers[index]!;
    if (other.length === name.length && other.toLowerCase() === name)
      values.push(headers[index + 1]!);
  }
  return values;
}

/** How a request's body ends: RFC 9112, section 6.3. */
export function requestFraming({ headers, minor }: RequestHead): Framing | Unclear {
  const codings = valuesOf(headers, 'transfer-encoding');
  const lengths = valuesOf(headers, 'content-length');
  if (codings.length === 0) return lengthOf(lengths) ?? NONE;
  if (lengths.length > 0) return new Unclear('both Content-Length and Transfer-Encoding');
  if (minor === 0) return new Unclear('Transfer-Encoding in HTTP/1.0');
  const isChunked = codings.length === 1 && codings[0]!.toLowerCase() === 'chunked';
  return isChunked ? { type: 'chunked' } : new Unclear('unknown Transfer-Encoding');
}

/** How an answer's body ends; the method is its request's. */
export function answerFraming(
  { status, headers, minor }: AnswerHead,
  method: string,
): Framing | Unclear {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return NONE;
  const codings = valuesOf(headers, 'transfer-encoding');
  const lengths = valuesOf(headers, 'content-length');
  if (codings.length === 0) return lengthOf(lengths) ?? { type: 'until-close' };
  if (lengths.length > 0) return new Unclear('both Content-Length and Transfer-Encoding');
  if (minor === 0) return new Unclear('Transfer-Encoding in HTTP/1.0');
  const isChunked = codings.length === 1 && codings[0]!.toLowerCase() === 'chunked';
  return isChunked ? { type: 'chunked' } : new Unclear('unknown Transfer-Encoding');
}

function lengthOf(lengths: readonly string[]): Framing | Unclear | undefined {
  if (lengths.length === 0) return undefined;
  if (lengths.length > 1) return new Unclear('more than one Content-Length');
  if (!LENGTH.test(lengths[0]!)) return new Unclear('malformed Content-Length');
  return { type: 'length', bytes: Number(lengths[0]) };
}
