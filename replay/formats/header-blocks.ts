/**
 * Headers of requests that were seen before, byte by byte the same: a browser sends the same ones
 * over and over, and so does every service. What is found here is neither scanned nor cut up again,
 * and its memory is shared.
 */
import type { Head } from './http-head.ts';

/** What a block of header lines means. */
export type HeaderBlock = Pick<Head, 'headers' | 'contentLength' | 'isChunked'>;

const HEAD_END = Buffer.from('\r\n\r\n');
const SLOTS = 4096;
const MOST_BYTES = 2048;
/** So many in vain, and it is looked for only now and then. */
const PATIENCE = 64;
const REST = 1000;

export class HeaderBlocks {
  /** Of the last `find`: where the block ends, if it was found. */
  end = 0;
  private readonly texts: string[] = new Array(SLOTS).fill('');
  private readonly blocks: (HeaderBlock | undefined)[] = new Array(SLOTS).fill(undefined);
  private patience = PATIENCE;
  private resting = 0;

  /** @param from behind the start line, where its line end begins */
  find(bytes: Buffer, from: number): HeaderBlock | undefined {
    if (this.resting > 0 && --this.resting > 0) return undefined;
    const at = bytes.indexOf(HEAD_END, from);
    const end = at + HEAD_END.length;
    if (at >= 0 && end - from <= MOST_BYTES) {
      const slot = slotOf(bytes, from, end);
      const block = this.blocks[slot];
      if (block !== undefined && this.texts[slot] === bytes.toString('latin1', from, end)) {
        this.end = end;
        this.patience = PATIENCE;
        return block;
      }
    }
    if (--this.patience < 0) this.resting = REST;
    return undefined;
  }

  /** Keeps a sound block, all of its bytes from the first line end to the empty line. */
  keep(bytes: Buffer, from: number, end: number, block: HeaderBlock): void {
    if (this.resting > 0 || end - from > MOST_BYTES) return;
    const slot = slotOf(bytes, from, end);
    this.texts[slot] = bytes.toString('latin1', from, end);
    this.blocks[slot] = block;
  }
}

/** Of a few bytes all over the block, most of them near its end. */
function slotOf(bytes: Buffer, from: number, end: number): number {
  const length = end - from;
  let h = length;
  for (let part = 1; part < 16; part++) {
    h = Math.imul(h, 31) + bytes[from + ((length * part) >> 4)]!;
  }
  for (let at = Math.max(from, end - 20); at < end - 4; at++) h = Math.imul(h, 31) + bytes[at]!;
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  return (h ^ (h >>> 13)) & (SLOTS - 1);
}
