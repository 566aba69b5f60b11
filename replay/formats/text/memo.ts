/**
 * What was made of a piece of text, kept for when the same piece comes again, as the browsers in a
 * log do. A fixed number of short pieces is kept, each a text of its own.
 */
import type { LineBlock } from './lines.ts';

/** Longer pieces are rare, and made anew. */
const MOST_LENGTH = 1024;

export class Memo<T> {
  private readonly keys: string[];
  private readonly values: (T | undefined)[];
  private readonly make: (text: string) => T;
  private readonly mask: number;

  /**
   * @param make of a text of its own, not a part of a block; never undefined
   * @param slots a power of two
   */
  constructor(make: (text: string) => T, slots: number) {
    this.make = make;
    this.mask = slots - 1;
    this.keys = new Array(slots).fill('');
    this.values = new Array(slots).fill(undefined);
  }

  /** What `make` makes of `text[from … to)`. */
  at({ text, bytes }: LineBlock, from: number, to: number): T {
    const slot = to > from ? hashOf(bytes, from, to - from) & this.mask : 0;
    // Cut out for the comparison only, which is of words and not of characters then.
    if (text.substring(from, to) === this.keys[slot]) {
      const value = this.values[slot];
      if (value !== undefined) return value;
    }
    const own = bytes.toString('latin1', from, to);
    const value = this.make(own);
    if (to - from <= MOST_LENGTH) {
      this.keys[slot] = own;
      this.values[slot] = value;
    }
    return value;
  }
}

/** Of a few bytes: near the end is where paths and addresses differ. */
function hashOf(bytes: Uint8Array, from: number, length: number): number {
  const last = from + length - 1;
  const middle = from + (length >> 1);
  let h = Math.imul(length, 0x9e3779b1) + bytes[from]!;
  h = Math.imul(h, 31) + bytes[last]!;
  h = Math.imul(h, 31) + bytes[middle]!;
  h = Math.imul(h, 31) + bytes[from + (length >> 2)]!;
  h = Math.imul(h, 31) + bytes[middle + (length >> 2)]!;
  h = Math.imul(h, 31) + bytes[Math.max(from, last - 1)]!;
  h = Math.imul(h, 31) + bytes[Math.max(from, last - 2)]!;
  for (let at = Math.max(from, last - 20); at <= last - 9; at++) {
    h = Math.imul(h, 31) + bytes[at]!;
  }
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  return h ^ (h >>> 13);
}
