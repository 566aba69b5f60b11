/**
 * Start line and headers of an HTTP/1 message as it was on the wire. Strict where a recorded
 * message could mean two things (RFC 9112, §5 and §6.3): such a one is no good for a replay.
 *
 * `capture/head.ts` reads heads too, off the wire: whole ones, as text, whose lines end in CR LF
 * and whose bodies may end with the connection. This one finds the end of a head in the bytes of
 * a file, is lenient with LF alone, as recordings of others are, and looks at each byte once: it
 * is most of the time that reading a capture takes.
 */
import { type HeaderBlock, HeaderBlocks } from './header-blocks.ts';

const CR = 13;
const LF = 10;
const SPACE = 32;
const TAB = 9;
const COLON = 58;

/** A head with more of them is refused. */
const MOST_HEADERS = 1000;
/** … or one that is longer. */
export const MOST_HEAD_BYTES: number = 256 * 1024;

/** What both kinds of heads have. */
export interface Head {
  /** Name, value, name, value, …, Latin-1; no white space around values. */
  readonly headers: readonly string[];
  /** Undefined where the head tells none. */
  readonly contentLength: number | undefined;
  readonly isChunked: boolean;
  readonly isHttp10: boolean;
  /** Bytes, the empty line included: the body begins behind them. */
  readonly length: number;
}

export interface RequestHead extends Head {
  readonly method: string;
  readonly target: string;
}

export interface AnswerHead extends Head {
  readonly status: number;
  readonly reasonPhrase: string;
}

/**
 * Reads a request's head, up to and with its empty line.
 *
 * @returns words where it is none, such as `request line is none`; undefined where the bytes end
 *   before the head does
 */
export function parseRequestHead(bytes: Buffer, from: number): RequestHead | string | undefined {
  const lineEnd = textEnd(bytes, from, Math.min(bytes.length, from + MOST_HEAD_BYTES));
  const known = blocks.find(bytes, lineEnd);
  const end = known === undefined ? scan(bytes, from) : blocks.end;
  if (end < 0) return PROBLEMS[end];
  if (end - from > MOST_HEAD_BYTES) return PROBLEMS[TOO_LONG];
  const line = requestLine(bytes.toString('latin1', from, lineEnd));
  if (line === undefined) return NO_REQUEST_LINE;
  const block = known ?? newBlock(bytes, from, lineEnd, end);
  if (typeof block === 'string') return block;
  const { method, target, isHttp10 } = line;
  const { headers, contentLength, isChunked } = block;
  return { method, target, headers, contentLength, isChunked, isHttp10, length: end - from };
}

const blocks = new HeaderBlocks();

/** Of a head that was just scanned. */
function newBlock(bytes: Buffer, from: number, lineEnd: number, end: number): HeaderBlock | string {
  const framing = new Framing();
  const headers = headersOf(bytes.toString('latin1', from, end), framing);
  const { problem, contentLength, isChunked } = framing;
  if (problem !== undefined) return problem;
  const block = { headers, contentLength, isChunked };
  blocks.keep(bytes, lineEnd, end, block);
  return block;
}

type RequestLine = Pick<RequestHead, 'method' | 'target' | 'isHttp10'>;

function requestLine(line: string): RequestLine | undefined {
  const methodEnd = line.indexOf(' ');
  const targetEnd = line.indexOf(' ', methodEnd + 1);
  if (line.length - targetEnd !== 9 || targetEnd <= methodEnd + 1) return undefined;
  if (!isToken(line, methodEnd)) return undefined;
  const isHttp10 = line[line.length - 1] === '0';
  const version = isHttp10 ? 'HTTP/1.0' : 'HTTP/1.1';
  if (!line.startsWith(version, targetEnd + 1)) return undefined;
  const method = line.slice(0, methodEnd);
  const target = line.slice(methodEnd + 1, targetEnd);
  return { method, target, isHttp10 };
}

const NO_REQUEST_LINE = 'request line is none';
const NO_STATUS_LINE = 'status line is none';

/**
 * Reads an answer's head; otherwise as `parseRequestHead`. That of `HTTP/1.1 204 No Content` has
 * status 204.
 */
export function parseAnswerHead(bytes: Buffer, from: number): AnswerHead | string | undefined {
  const end = scan(bytes, from);
  if (end < 0) return PROBLEMS[end];
  const length = end - from;
  const text = bytes.toString('latin1', from, end);
  const lineEnd = marks[0]!;
  const isHttp10 = text.startsWith('HTTP/1.0 ');
  if (!isHttp10 && !text.startsWith('HTTP/1.1 ')) return NO_STATUS_LINE;
  const status = Number(text.slice(9, 12));
  if (!(status >= 100 && status <= 999) || !/^\d/.test(text[11]!)) return NO_STATUS_LINE;
  if (lineEnd > 12 && text[12] !== ' ') return NO_STATUS_LINE;
  const reasonPhrase = text.slice(13, Math.max(13, lineEnd));
  const framing = new Framing();
  const headers = headersOf(text, framing);
  if (framing.problem !== undefined) return framing.problem;
  const { contentLength, isChunked } = framing;
  return { status, reasonPhrase, headers, contentLength, isChunked, isHttp10, length };
}

/** What the last `scan` found, from its beginning: end of the start line, then four a header. */
const marks = new Int32Array(1 + 4 * MOST_HEADERS);
let markCount = 0;

const [UNFINISHED, CONTROL, NAMELESS, TOO_MANY, TOO_LONG] = [-1, -2, -3, -4, -5];
const PROBLEMS: Readonly<Record<number, string>> = {
  [CONTROL]: 'control byte in the head',
  [NAMELESS]: 'header line without a name',
  [TOO_MANY]: `more than ${MOST_HEADERS} headers`,
  [TOO_LONG]: `head is longer than ${MOST_HEAD_BYTES / 1024} KiB`,
};

/** Bytes that may stand in a method or a header's name (RFC 9110, §5.6.2, `tchar`). */
const IS_TOKEN = tableOf(/[!#$%&'*+.^_`|~0-9A-Za-z-]/);
/** … and in a value: what is left would end a line for one reader and not for another. */
const IS_TEXT = tableOf(/[\t -~\x80-\xff]/);

function tableOf(allowed: RegExp): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) =>
    allowed.test(String.fromCharCode(code)) ? 1 : 0,
  );
}

/**
 * One look at each byte of a head: where its lines and their parts are. Lines end in CR LF or,
 * leniently, in LF alone.
 *
 * @returns index after the empty line, or one of the negative problems
 */
function scan(bytes: Buffer, from: number): number {
  const to = Math.min(bytes.length, from + MOST_HEAD_BYTES);
  let at = textEnd(bytes, from, to);
  marks[0] = at - from;
  markCount = 1;
  for (;;) {
    at = nextLine(bytes, at, to);
    if (at < 0) return at;
    const nameStart = at;
    while (at < to && IS_TOKEN[bytes[at]!] === 1) at++;
    if (at === to) return beyond(bytes, from);
    if (bytes[at] !== COLON || at === nameStart) {
      if (at > nameStart) return NAMELESS;
      return isLineEnd(bytes[at]!) ? emptyLine(bytes, at, to, from) : NAMELESS;
    }
    if (markCount === marks.length) return TOO_MANY;
    marks[markCount++] = nameStart - from;
    marks[markCount++] = at - from;
    at++;
    while (at < to && isBlank(bytes[at]!)) at++;
    const valueStart = at;
    at = textEnd(bytes, at, to);
    let valueEnd = at;
    while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1]!)) valueEnd--;
    marks[markCount++] = valueStart - from;
    marks[markCount++] = valueEnd - from;
  }
}

function textEnd(bytes: Buffer, from: number, to: number): number {
  let at = from;
  while (at < to && IS_TEXT[bytes[at]!] === 1) at++;
  return at;
}

/** Index behind the end of line at `at`. */
function nextLine(bytes: Buffer, at: number, to: number): number {
  if (at < to && bytes[at] === LF) return at + 1;
  if (at + 1 >= to) return to === bytes.length ? UNFINISHED : TOO_LONG;
  return bytes[at] === CR && bytes[at + 1] === LF ? at + 2 : CONTROL;
}

function emptyLine(bytes: Buffer, at: number, to: number, from: number): number {
  const end = nextLine(bytes, at, to);
  return end === UNFINISHED ? beyond(bytes, from) : end;
}

function beyond(bytes: Buffer, from: number): number {
  return bytes.length - from >= MOST_HEAD_BYTES ? TOO_LONG : UNFINISHED;
}

function isLineEnd(byte: number): boolean {
  return byte === CR || byte === LF;
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}

function headersOf(text: string, framing: Framing): string[] {
  const headers: string[] = [];
  for (let mark = 1; mark < markCount; mark += 4) {
    const name = text.slice(marks[mark]!, marks[mark + 1]!);
    const value = text.slice(marks[mark + 2]!, marks[mark + 3]!);
    headers.push(name, value);
    if (name.length === 14 || name.length === 17) framing.see(name, value);
  }
  return headers;
}

function isToken(text: string, to: number): boolean {
  for (let at = 0; at < to; at++) if (IS_TOKEN[text.charCodeAt(at)] !== 1) return false;
  return to > 0;
}

/** The headers that say how long the body is, and whether they agree (RFC 9112, §6.3). */
class Framing {
  contentLength: number | undefined;
  isChunked = false;
  problem: string | undefined;

  see(name: string, value: string): void {
    const lower = name.toLowerCase();
    if (lower === 'content-length') this.seeLength(value);
    else if (lower === 'transfer-encoding') {
      if (value.toLowerCase() !== 'chunked') this.problem = 'Transfer-Encoding is not chunked';
      this.isChunked = true;
    } else return;
    if (this.isChunked && this.contentLength !== undefined) {
      this.problem = 'both Content-Length and Transfer-Encoding';
    }
  }

  private seeLength(value: string): void {
    // 15 digits are exact in a number, and far beyond any limit.
    if (!/^\d{1,15}$/.test(value)) this.problem = 'Content-Length is no number';
    const length = Number(value);
    if (this.contentLength !== undefined && this.contentLength !== length) {
      this.problem = 'two different Content-Length';
    }
    this.contentLength = length;
  }
}

/** The head as it is on the wire, Latin-1, with its empty line. */
export function headText(startLine: string, headers: readonly string[]): string {
  let head = `${startLine}\r\n`;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    head += `${headers[index]}: ${headers[index + 1]}\r\n`;
  }
  return `${head}\r\n`;
}

/**
 * Why a head cannot be written as HTTP/1 so that it means what it says; undefined where it can.
 * `headProblem({ method: 'GET', target: '/a b', headers: [] })` is `target has a space in it …`.
 */
export function headProblem({
  method = 'GET',
  target = '/',
  headers,
}: {
  readonly method?: string;
  readonly target?: string;
  readonly headers: readonly string[];
}): string | undefined {
  if (!isToken(method, method.length)) return 'method is no token';
  if (!/^[!-~\x80-\xff]+$/.test(target)) return 'target has a space in it, or what is no byte';
  for (let index = 0; index < headers.length; index += 2) {
    if (!isToken(headers[index]!, headers[index]!.length)) return 'header name is none';
    if (!/^[\t -~\x80-\xff]*$/.test(headers[index + 1]!))
      return 'header value has a control byte in it, or what is no byte';
  }
  return undefined;
}
