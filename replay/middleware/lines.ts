/**
 * Lines of a stream of bytes, however long: up to a limit they are given whole, beyond it they are
 * left out and counted, and reading goes on with the next one.
 */
import { ByteBuffer } from '../capture/byte-buffer.ts';

const LF = 10;

export class LineSplitter {
  /** Lines that were left out. */
  tooLong = 0;
  private readonly partial = new ByteBuffer();
  private readonly mostBytes: number;
  private isSkipping = false;

  constructor(mostBytes: number) {
    this.mostBytes = mostBytes;
  }

  /** The lines that end in this piece, without their LF; Latin-1. */
  feed(piece: Uint8Array): string[] {
    const lines: string[] = [];
    for (let at = 0; at < piece.length; ) {
      const newline = piece.indexOf(LF, at);
      const end = newline < 0 ? piece.length : newline;
      this.add(piece.subarray(at, end));
      if (newline >= 0) this.endLine(lines);
      at = end + 1;
    }
    return lines;
  }

  /** A last line without its LF. */
  finish(): string[] {
    const lines: string[] = [];
    if (this.partial.length > 0 || this.isSkipping) this.endLine(lines);
    return lines;
  }

  private add(bytes: Uint8Array): void {
    if (this.isSkipping) return;
    this.partial.append(bytes);
    if (this.partial.length > this.mostBytes) {
      this.isSkipping = true;
      this.partial.clear();
    }
  }

  private endLine(lines: string[]): void {
    if (this.isSkipping) this.tooLong++;
    else lines.push(this.partial.view().toString('latin1'));
    this.isSkipping = false;
    this.partial.clear();
  }
}
