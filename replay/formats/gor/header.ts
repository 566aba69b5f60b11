/** The first line of a record of a `.gor` file: `1 93d5805f0100007f00bc614e 1700000000000000000 0`. */

/** `1` a request, `2` its answer, `3` the answer to a replayed request. */
export type GorType = '1' | '2' | '3';

export interface GorHeader {
  readonly type: GorType;
  readonly id: string;
  /** When the first byte of the message was seen, ns since the Unix epoch. */
  readonly atNs: bigint;
  /** From first byte to last; undefined where the line has three words only, as old files do. */
  readonly transferNs: bigint | undefined;
}

const SPACE = 32;
const CR = 13;
const ZERO = 48;
/** GoReplay reads both times as a signed 64-bit number. */
const MOST_NS = 2n ** 63n - 1n;
const MOST_DIGITS = 19;

/**
 * Reads the line from `from` to the line end at `to`, without copying it. Returns words where it is
 * none, such as `id is empty`.
 */
export function parseGorHeader(bytes: Buffer, from: number, to: number): GorHeader | string {
  const end = bytes[to - 1] === CR ? to - 1 : to;
  const idEnd = wordEnd(bytes, from + 2, end);
  if (idEnd >= end || bytes[from + 1] !== SPACE) return 'header has fewer than 3 words';
  if (idEnd === from + 2) return 'id is empty';
  const type = TYPES[bytes[from]! - ZERO];
  if (type === undefined) return 'type is not 1, 2 or 3';
  const atEnd = wordEnd(bytes, idEnd + 1, end);
  const atNs = nanoseconds(bytes, idEnd + 1, atEnd);
  if (typeof atNs === 'string') return `timestamp ${atNs}`;
  const id = bytes.toString('latin1', from + 2, idEnd);
  if (atEnd === end) return { type, id, atNs, transferNs: undefined };
  const transferNs = nanoseconds(bytes, atEnd + 1, wordEnd(bytes, atEnd + 1, end));
  if (typeof transferNs === 'string') return `latency ${transferNs}`;
  return { type, id, atNs, transferNs };
}

const TYPES: readonly (GorType | undefined)[] = [undefined, '1', '2', '3'];

function wordEnd(bytes: Buffer, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] !== SPACE) at++;
  return at;
}

/** Two numbers of nine or ten digits: BigInt of a text takes twice as long. */
function nanoseconds(bytes: Buffer, from: number, to: number): bigint | string {
  if (to <= from) return 'is no number';
  const middle = Math.max(from, to - 9);
  const low = digits(bytes, middle, to);
  const high = digits(bytes, from, middle);
  if (low < 0 || high < 0) return 'is no number';
  if (to - from > MOST_DIGITS) return 'is out of range';
  if (high === 0) return low === 0 ? 0n : BigInt(low);
  const value = BigInt(high) * 1_000_000_000n + BigInt(low);
  return value <= MOST_NS ? value : 'is out of range';
}

/** −1 where it is something else than digits; more than 15 of them are not exact. */
function digits(bytes: Buffer, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = bytes[at]! - ZERO;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** The line, with its end. */
export function formatGorHeader({ type, id, atNs, transferNs }: GorHeader): string {
  return `${type} ${id} ${atNs}${transferNs === undefined ? '' : ` ${transferNs}`}\n`;
}
