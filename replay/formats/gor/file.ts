/** One `.gor` file, read a buffer at a time: what is in memory does not grow with the file. */
import type { ReadBooks } from '../books.ts';
import { type ByteInput, InputCutError, openInput } from '../byte-input.ts';
import { type GorMessage, GorParser, MOST_RECORD_BYTES } from './parser.ts';

const BUFFER_BYTES = 256 * 1024;
/** Twice the longest record: what is left over is moved less often than it is read. */
const MOST_BUFFER_BYTES = 2 * MOST_RECORD_BYTES + BUFFER_BYTES;

/** Reads the sound messages of a file in its order; the others go into the books. */
export class GorFile {
  private readonly path: string;
  private readonly input: ByteInput;
  private readonly books: ReadBooks;
  private readonly parser: GorParser;
  private buffer: Buffer;
  private filled = 0;
  /** Bytes of the file before the buffer's first. */
  private offset = 0;
  private isAtEnd = false;

  private constructor(path: string, input: ByteInput, books: ReadBooks, bufferBytes: number) {
    this.path = path;
    this.input = input;
    this.books = books;
    this.buffer = Buffer.allocUnsafeSlow(bufferBytes);
    this.parser = new GorParser(path);
  }

  /**
   * Throws a UsageError where the file cannot be opened.
   *
   * @param bufferBytes read at a time; a record that is longer makes it grow
   */
  static async open(
    path: string,
    books: ReadBooks,
    bufferBytes: number = BUFFER_BYTES,
  ): Promise<GorFile> {
    return new GorFile(path, await openInput(path), books, bufferBytes);
  }

  /** The next messages, a buffer full of them; undefined at the end. */
  async read(): Promise<GorMessage[] | undefined> {
    while (!this.isAtEnd) {
      await this.fill();
      const messages = this.parse();
      if (messages.length > 0) return messages;
    }
    return undefined;
  }

  close(): Promise<void> {
    return this.input.close();
  }

  private parse(): GorMessage[] {
    const bytes = this.buffer.subarray(0, this.filled);
    const { parser, isAtEnd } = this;
    const messages: GorMessage[] = [];
    for (;;) {
      const found = parser.find(bytes, isAtEnd);
      if (found === 'message') messages.push(parser.message!);
      else if (found === 'bad') {
        this.books.reject(this.path, parser.startOffset, parser.reason);
      } else return messages;
    }
  }

  /** Drops what is parsed, and reads until the buffer is full or the file ends. */
  private async fill(): Promise<void> {
    this.makeRoom();
    try {
      while (this.filled < this.buffer.length && !this.isAtEnd) {
        const read = await this.input.read(this.buffer.subarray(this.filled));
        this.filled += read;
        this.isAtEnd = read === 0;
      }
    } catch (error) {
      if (!(error instanceof InputCutError)) throw error;
      this.books.cut(this.path, this.offset + this.filled, error.message);
      this.isAtEnd = true;
    }
  }

  /** A record that fills the buffer gets one of twice the size. */
  private makeRoom(): void {
    const { next } = this.parser;
    const left = this.filled - next;
    const isFull = left > this.buffer.length / 2;
    const size = isFull ? Math.min(MOST_BUFFER_BYTES, 2 * this.buffer.length) : this.buffer.length;
    const target = size === this.buffer.length ? this.buffer : Buffer.allocUnsafeSlow(size);
    this.buffer.copy(target, 0, next, this.filled);
    this.buffer = target;
    this.filled = left;
    this.offset += next;
    this.parser.refilled();
  }
}
