/**
 * Finds the messages in one direction of a connection as its bytes come by, in whatever pieces.
 * It keeps no more than an unfinished head; bodies are passed on without their chunked framing.
 *
 *     head ──► body by length ──┐
 *       ▲  ├─► chunks, trailers ┼──► end ──► head …
 *       │  └─► until the close ─┘
 *       └── what cannot be read for sure: dark, for good
 */
import { ByteBuffer } from './byte-buffer.ts';
import { type Framing, Unclear } from './head.ts';

export interface MessageSink {
  /** The first byte of a message. */
  readonly begin: () => void;
  /** Says how the body ends; an `Unclear` makes the reader dark, and `dark` is not called. */
  readonly head: (text: string) => Framing | Unclear;
  readonly body: (bytes: Uint8Array) => void;
  readonly end: () => void;
  /** Nothing that comes is understood any more. */
  readonly dark: (reason: string) => void;
}

export const MOST_HEAD_BYTES: number = 64 * 1024;
const MOST_LINE_BYTES = 4096;
const CHUNK_LINE = /^([0-9a-fA-F]{1,12})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?$/;
const CR = 13;
const LF = 10;

type State = 'head' | 'length' | 'chunk-line' | 'chunk' | 'chunk-end' | 'trailers' | 'until-close';

export class MessageReader {
  private readonly sink: MessageSink;
  private readonly partial = new ByteBuffer();
  private state: State | 'dark' = 'head';
  private hasBegun = false;
  /** Bytes of the body or chunk that are still to come. */
  private left = 0;
  private trailerBytes = 0;

  constructor(sink: MessageSink) {
    this.sink = sink;
  }

  /** Whether a message has begun and not ended. */
  get isInside(): boolean {
    return this.state !== 'dark' && (this.hasBegun || this.state !== 'head');
  }

  /** Reads nothing more. */
  goDark(): void {
    this.state = 'dark';
    this.partial.clear();
  }

  feed(piece: Uint8Array): void {
    let at = 0;
    while (at < piece.length && this.state !== 'dark') at = this.step(piece, at);
  }

  /** The direction has ended. */
  finish(): void {
    if (this.state === 'until-close') this.end();
    this.goDark();
  }

  private step(piece: Uint8Array, at: number): number {
    switch (this.state) {
      case 'head':
        return this.head(piece, at);
      case 'length':
      case 'chunk':
        return this.counted(piece, at);
      case 'chunk-line':
      case 'chunk-end':
      case 'trailers':
        return this.line(piece, at);
      case 'until-close':
        this.sink.body(piece.subarray(at));
        return piece.length;
      case 'dark':
        return piece.length;
      default:
        return this.state satisfies never;
    }
  }

  private fail(reason: string): number {
    this.goDark();
    this.sink.dark(reason);
    return 0;
  }

  private head(piece: Uint8Array, start: number): number {
    let at = start;
    if (!this.hasBegun) {
      // RFC 9112, section 2.2: empty lines before a request line are no message.
      while (piece[at] === CR || piece[at] === LF) at++;
      if (at >= piece.length) return at;
      this.hasBegun = true;
      this.sink.begin();
    }
    const before = this.partial.length;
    this.partial.append(piece.subarray(at, at + MOST_HEAD_BYTES + 1 - before));
    const end = this.partial.view().indexOf('\r\n\r\n', Math.max(0, before - 3), 'latin1');
    if (end < 0) {
      if (this.partial.length > MOST_HEAD_BYTES) return this.fail('head too large');
      return piece.length;
    }
    const text = this.partial.view().toString('latin1', 0, end + 4);
    this.partial.clear();
    this.startBody(this.sink.head(text));
    return at + end + 4 - before;
  }

  private startBody(framing: Framing | Unclear): void {
    if (framing instanceof Unclear) {
      this.goDark();
      return;
    }
    if (framing.type === 'length') this.left = framing.bytes;
    if (framing.type === 'none' || (framing.type === 'length' && this.left === 0)) {
      this.end();
      return;
    }
    this.trailerBytes = 0;
    this.state = framing.type === 'chunked' ? 'chunk-line' : framing.type;
  }

  private end(): void {
    this.state = 'head';
    this.hasBegun = false;
    this.sink.end();
  }

  private counted(piece: Uint8Array, at: number): number {
    const bytes = piece.subarray(at, at + this.left);
    this.left -= bytes.length;
    this.sink.body(bytes);
    if (this.left === 0) {
      if (this.state === 'chunk') this.state = 'chunk-end';
      else this.end();
    }
    return at + bytes.length;
  }

  /** A line of the chunked framing (RFC 9112, section 7.1), which may come in pieces. */
  private line(piece: Uint8Array, at: number): number {
    const newline = piece.indexOf(LF, at);
    const end = newline < 0 ? piece.length : newline + 1;
    if (this.partial.length + end - at > MOST_LINE_BYTES) return this.fail('chunk line too long');
    this.partial.append(piece.subarray(at, end));
    if (newline < 0) return end;
    const text = this.partial.view().toString('latin1');
    this.partial.clear();
    if (!text.endsWith('\r\n')) return this.fail('malformed chunk');
    this.chunkLine(text.slice(0, -2));
    return end;
  }

  private chunkLine(line: string): void {
    if (this.state === 'chunk-end') {
      if (line !== '') this.fail('malformed chunk');
      else this.state = 'chunk-line';
    } else if (this.state === 'trailers') {
      this.trailerBytes += line.length;
      if (this.trailerBytes > MOST_HEAD_BYTES) this.fail('trailers too large');
      else if (line === '') this.end();
    } else {
      const size = CHUNK_LINE.exec(line)?.[1];
      if (size === undefined) {
        this.fail('malformed chunk');
        return;
      }
      this.left = Number.parseInt(size, 16);
      this.state = this.left === 0 ? 'trailers' : 'chunk';
    }
  }
}
