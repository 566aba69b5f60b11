/**
 * Names, each once, numbered in the order in which they came: what they are made of stands in one
 * buffer, and a table of numbers finds them there. Names are compared in full: no two are ever
 * taken for one. A name costs its characters (two bytes each where one is beyond U+00FF) and 17 to
 * 33 bytes, up to twice that when the tables have just grown; a Map of strings costs hundreds.
 */
import { randomInt } from 'node:crypto';
import { hashOf } from '../hashes.ts';
import { compareText } from '../inspect/names.ts';

const FIRST_SLOTS = 1024;
const FIRST_BYTES = 64 * 1024;
/** Stands before a name's characters. */
const [NARROW, WIDE] = [0, 1];

export class NameTable {
  size = 0;
  private bytes = Buffer.allocUnsafe(FIRST_BYTES);
  /** Where each name begins; the last one is where the next would. */
  private starts = new Uint32Array(FIRST_SLOTS);
  /** 32 bits of each name's hash. */
  private hashes = new Uint32Array(FIRST_SLOTS);
  /** Number of a name and 1; 0 for none. Never more than half full. */
  private slots = new Uint32Array(FIRST_SLOTS);
  /** Whoever wrote the names cannot make them meet in one slot. */
  private readonly seed = randomInt(2 ** 32);

  /** Bytes that the names take, without the tables. */
  get nameBytes(): number {
    return this.starts[this.size]!;
  }

  /** The name's number, a new one where it was not there. */
  add(name: string): number {
    const hash = this.hash(name);
    const slot = this.find(name, hash);
    const known = this.slots[slot]!;
    if (known > 0) return known - 1;
    const number = this.size;
    this.write(name);
    this.hashes[number] = hash;
    this.slots[slot] = ++this.size;
    if (2 * this.size >= this.slots.length) this.grow();
    return number;
  }

  /** −1 for a name that is not there. */
  numberOf(name: string): number {
    return this.slots[this.find(name, this.hash(name))]! - 1;
  }

  nameOf(number: number): string {
    const [start, end] = [this.starts[number]!, this.starts[number + 1]!];
    const encoding = this.bytes[start] === WIDE ? 'utf16le' : 'latin1';
    return this.bytes.toString(encoding, start + 1, end);
  }

  /** The order of strings: negative where the first name comes before the second. */
  compare(one: number, other: number): number {
    const { bytes, starts } = this;
    let [at, to] = [starts[one]!, starts[other]!];
    if (bytes[at] === WIDE || bytes[to] === WIDE)
      return compareText(this.nameOf(one), this.nameOf(other));
    const [end, otherEnd] = [starts[one + 1]!, starts[other + 1]!];
    while (at < end && to < otherEnd) {
      const difference = bytes[at++]! - bytes[to++]!;
      if (difference !== 0) return difference;
    }
    return end - at - (otherEnd - to);
  }

  private hash(name: string): number {
    return hashOf(name, this.seed) % 2 ** 32;
  }

  /** The slot that has the name, or the empty one where it would be. */
  private find(name: string, hash: number): number {
    const { slots, hashes } = this;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (let known = slots[slot]!; known > 0; known = slots[slot]!) {
      if (hashes[known - 1] === hash && this.nameOf(known - 1) === name) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private write(name: string): void {
    const start = this.nameBytes;
    const isWide = /[^\0-\xff]/.test(name);
    const end = start + 1 + name.length * (isWide ? 2 : 1);
    if (end > this.bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(end, 2 * this.bytes.length));
      this.bytes.copy(grown, 0, 0, start);
      this.bytes = grown;
    }
    this.bytes[start] = isWide ? WIDE : NARROW;
    this.bytes.write(name, start + 1, isWide ? 'utf16le' : 'latin1');
    if (this.size + 1 === this.starts.length) {
      this.starts = larger(this.starts);
      this.hashes = larger(this.hashes);
    }
    this.starts[this.size + 1] = end;
  }

  private grow(): void {
    const slots = new Uint32Array(2 * this.slots.length);
    const mask = slots.length - 1;
    for (let number = 0; number < this.size; number++) {
      let slot = this.hashes[number]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.slots = slots;
  }
}

function larger(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const copy = new Uint32Array(2 * numbers.length);
  copy.set(numbers);
  return copy;
}
