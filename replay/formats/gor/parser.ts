/**
 * Finds the records of a `.gor` file in bytes, one after the other. A record has no length: its
 * message says how long it is (Content-Length, chunks), and where a separator then follows, that is
 * its end, whatever stands in the body. Where none follows, the first separator is the end, and the
 * message is unsound unless it may have no body.
 */
import { chunkedEnd, unchunked } from '../chunked.ts';
import {
  type AnswerHead,
  type Head,
  parseAnswerHead,
  parseRequestHead,
  type RequestHead,
} from '../http-head.ts';
import { type GorHeader, parseGorHeader } from './header.ts';
import { afterSeparators, findSeparator, MOST_SEPARATOR_BYTES, separatorEnd } from './separator.ts';

export type GorMessage =
  | (Framed & { readonly type: '1'; readonly head: RequestHead })
  | (Framed & { readonly type: '2'; readonly head: AnswerHead })
  | (Framed & { readonly type: '3'; readonly head: AnswerHead });

interface Framed extends GorHeader {
  /** Without its chunks' framing. */
  readonly body: Body;
  /** Where it was found. */
  readonly file: string;
  readonly offset: number;
}
type Body = Uint8Array | undefined;

/** `unfinished`: ask again with more bytes. `end`: nothing is left. */
export type Found = 'message' | 'bad' | 'unfinished' | 'end';

/** A longer one is passed over; GoReplay cuts what is longer than 5 MB. */
export const MOST_RECORD_BYTES: number = 32 * 1024 * 1024;
const MOST_HEADER_LINE_BYTES = 1024;
const LF = 10;
const CUT = 'file ends inside the record';
const TOO_LONG = `record is longer than ${MOST_RECORD_BYTES / 1024 / 1024} MiB`;

export class GorParser {
  /** Where the record that was found begins. */
  start = 0;
  /** Where the next one may begin: no byte before it is needed any more. */
  next = 0;
  private readonly file: string;
  /** Bytes of the file before the first of those at hand. */
  private offset = 0;
  /** Of the last `message`. */
  message: GorMessage | undefined;
  /** Of the last `bad`. */
  reason = '';
  /** Inside a bad record whose end is not there yet. */
  private isSkipping = false;

  /** @param file its name, for messages */
  constructor(file: string) {
    this.file = file;
  }

  /** The bytes before `next` have been dropped, and there are others behind it. */
  refilled(): void {
    this.offset += this.next;
    this.next = 0;
  }

  /** Where in the file the record that was found begins. */
  get startOffset(): number {
    return this.offset + this.start;
  }

  /**
   * Looks for one record at `next`, and moves `next` behind it.
   *
   * @param bytes all that there are; parsed messages keep none of them
   * @param isLast no more will come
   */
  find(bytes: Buffer, isLast: boolean): Found {
    if (this.isSkipping && !this.skip(bytes, this.next, isLast)) {
      return isLast ? 'end' : 'unfinished';
    }
    const start = afterSeparators(bytes, this.next, isLast);
    if (start < 0) return 'unfinished';
    this.start = start;
    this.next = start;
    if (start >= bytes.length) return isLast ? 'end' : 'unfinished';
    return this.findRecord(bytes, isLast);
  }

  private findRecord(bytes: Buffer, isLast: boolean): Found {
    const { start } = this;
    const lineEnd = lineEndAt(bytes, start);
    if (lineEnd === undefined) {
      if (bytes.length - start > MOST_HEADER_LINE_BYTES) {
        return this.bad(bytes, 'header line is too long', isLast);
      }
      return this.ended(bytes, isLast);
    }
    const header = parseGorHeader(bytes, start, lineEnd);
    if (typeof header === 'string') return this.bad(bytes, header, isLast);
    return header.type === '1'
      ? this.withRequest(bytes, header, lineEnd + 1, isLast)
      : this.withAnswer(bytes, header, lineEnd + 1, isLast);
  }

  private withRequest(bytes: Buffer, header: GorHeader, from: number, isLast: boolean): Found {
    const head = parseRequestHead(bytes, from);
    if (typeof head !== 'object') return this.headless(bytes, head, isLast);
    const body = this.body(bytes, head, from + head.length, false, isLast);
    if (typeof body !== 'object') return body;
    const { id, atNs, transferNs } = header;
    const { file, startOffset: offset } = this;
    const { bytes: own } = body;
    this.message = { type: '1', id, atNs, transferNs, head, body: own, file, offset };
    return 'message';
  }

  private withAnswer(bytes: Buffer, header: GorHeader, from: number, isLast: boolean): Found {
    const head = parseAnswerHead(bytes, from);
    if (typeof head !== 'object') return this.headless(bytes, head, isLast);
    const body = this.body(bytes, head, from + head.length, true, isLast);
    if (typeof body !== 'object') return body;
    const { id, atNs, transferNs } = header;
    const type = header.type === '2' ? '2' : '3';
    const { file, startOffset: offset } = this;
    const { bytes: own } = body;
    this.message = { type, id, atNs, transferNs, head, body: own, file, offset };
    return 'message';
  }

  private headless(bytes: Buffer, reason: string | undefined, isLast: boolean): Found {
    return reason === undefined ? this.ended(bytes, isLast) : this.bad(bytes, reason, isLast);
  }

  /** The body, by its framing; sets `next`. */
  private body(
    bytes: Buffer,
    head: Head,
    from: number,
    isAnswer: boolean,
    isLast: boolean,
  ): FramedBody | Found {
    const framed = framedEnd(bytes, head, from);
    if (framed !== 'unsound') {
      if (framed.end > bytes.length && !isLast) return 'unfinished';
      const end = framed.end <= bytes.length ? separatorEnd(bytes, framed.end, isLast) : 0;
      if (end < 0) return 'unfinished';
      if (end > 0) {
        this.next = end;
        return { bytes: bodyOf(bytes, head, from, framed) };
      }
    }
    return this.unframedBody(bytes, head, from, isAnswer, isLast);
  }

  /** The body up to the first separator, where its framing says something else, or nothing. */
  private unframedBody(
    bytes: Buffer,
    head: Head,
    from: number,
    isAnswer: boolean,
    isLast: boolean,
  ): FramedBody | Found {
    const separator = findSeparator(bytes, from, isLast);
    if (separator === undefined) return this.ended(bytes, isLast);
    const length = separator.start - from;
    const isFramed = head.isChunked || head.contentLength !== undefined;
    // The answer to a HEAD, or a 304, says how long a body would have been.
    if (isFramed && !(isAnswer && length === 0)) {
      return this.bad(bytes, mismatch(head, length), isLast);
    }
    this.next = separator.end;
    return { bytes: length === 0 ? undefined : copied(bytes, from, separator.start) };
  }

  /** The bytes end before the record does. */
  private ended(bytes: Buffer, isLast: boolean): Found {
    if (isLast) {
      const isSeparated = findSeparator(bytes, this.start, isLast) !== undefined;
      return this.bad(bytes, isSeparated ? NO_HEAD : CUT, isLast);
    }
    if (bytes.length - this.start < MOST_RECORD_BYTES) return 'unfinished';
    return this.bad(bytes, TOO_LONG, isLast);
  }

  private bad(bytes: Buffer, reason: string, isLast: boolean): Found {
    this.reason = reason;
    this.isSkipping = true;
    this.skip(bytes, this.start, isLast);
    return 'bad';
  }

  /** Moves `next` behind the next separator, or as far as it can be told that there is none. */
  private skip(bytes: Buffer, from: number, isLast: boolean): boolean {
    const separator = findSeparator(bytes, from, isLast);
    const seen = isLast ? bytes.length : bytes.length - MOST_SEPARATOR_BYTES;
    this.next = separator?.end ?? Math.max(from, seen);
    this.isSkipping = separator === undefined;
    return separator !== undefined;
  }
}

const NO_HEAD = 'head without an end';

interface FramedBody {
  readonly bytes: Uint8Array | undefined;
}

interface FramedEnd {
  readonly end: number;
  /** Without its framing. */
  readonly length: number;
}

function lineEndAt(bytes: Buffer, from: number): number | undefined {
  const to = Math.min(bytes.length, from + MOST_HEADER_LINE_BYTES);
  for (let at = from; at < to; at++) if (bytes[at] === LF) return at;
  return undefined;
}

/** Where the body ends by what its head says; `end` may lie beyond the bytes. */
function framedEnd(bytes: Buffer, head: Head, from: number): FramedEnd | 'unsound' {
  if (head.isChunked) {
    const found = chunkedEnd(bytes, from, bytes.length);
    if (found === 'damaged') return 'unsound';
    // Nobody knows how much is missing; without an end, it is found out by the next separator.
    return found ?? (bytes.length - from > MOST_RECORD_BYTES ? 'unsound' : BEYOND);
  }
  const length = head.contentLength ?? 0;
  return length > MOST_RECORD_BYTES ? 'unsound' : { end: from + length, length };
}

const BEYOND: FramedEnd = { end: Number.POSITIVE_INFINITY, length: 0 };

function bodyOf(bytes: Buffer, head: Head, from: number, { end, length }: FramedEnd): Body {
  if (head.isChunked) return unchunked(bytes, from, end, length);
  return length === 0 ? undefined : copied(bytes, from, end);
}

function copied(bytes: Buffer, from: number, to: number): Uint8Array {
  const copy = Buffer.allocUnsafe(to - from);
  bytes.copy(copy, 0, from, to);
  return copy;
}

function mismatch({ isChunked, contentLength }: Head, length: number): string {
  if (isChunked) return 'chunked body is damaged';
  return `body is ${length < contentLength! ? 'shorter' : 'longer'} than its Content-Length`;
}
