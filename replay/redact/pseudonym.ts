/**
 * Stand-ins for what must not be written. The same value has the same one wherever it stands, so
 * that sessions and joins survive; the key is drawn for each capture and never leaves the process,
 * so that nobody can try values out, nor join two captures.
 */
import { hash, randomBytes } from 'node:crypto';

const KEY_BYTES = 32;
const PREFIX = 'redacted-';
const PSEUDONYM = /^redacted-[0-9a-f]{16}$/;
/** Twelve digits: exact in every JSON reader, and too short for a card. */
const LEAST_NUMBER = 100_000_000_000n;
const NUMBERS = 900_000_000_000n;

/** Of the values that came last: sessions come again and again. */
const MOST_KNOWN = 20_000;
const LONGEST_KNOWN = 1024;
const BLOCK_BYTES = 64;

export class Pseudonyms {
  private readonly inner: Buffer;
  private readonly outer: Buffer;
  private readonly known = new Map<string, string>();

  /** @param key of at most 64 bytes, for tests; drawn where none is given */
  constructor(key: Buffer = randomBytes(KEY_BYTES)) {
    const block = Buffer.alloc(BLOCK_BYTES);
    key.copy(block);
    this.inner = Buffer.from(block.map((byte) => byte ^ 0x36));
    this.outer = Buffer.from(block.map((byte) => byte ^ 0x5c));
  }

  /**
   * `redacted-` and 16 hex digits of HMAC-SHA-256 (RFC 2104) over the bytes of a Latin-1 text. A
   * pseudonym stays what it is.
   */
  text(value: string): string {
    if (PSEUDONYM.test(value)) return value;
    return PREFIX + this.hex(value, 16);
  }

  /** The same as a whole number of twelve digits. */
  number(value: string): string {
    return String(LEAST_NUMBER + (BigInt(`0x${this.hex(value, 16)}`) % NUMBERS));
  }

  /** The first hex digits, at most 64. */
  hex(value: string, digits: number): string {
    return this.mac(value).slice(0, digits);
  }

  /** One-shot hashes take a tenth of the time of an Hmac object. */
  private mac(value: string): string {
    const before = this.known.get(value);
    if (before !== undefined) return before;
    const inside = Buffer.concat([this.inner, Buffer.from(value, 'latin1')]);
    const mac = hash(
      'sha256',
      Buffer.concat([this.outer, hash('sha256', inside, 'buffer')]),
      'hex',
    );
    if (this.known.size >= MOST_KNOWN) this.known.clear();
    if (value.length <= LONGEST_KNOWN) this.known.set(value, mac);
    return mac;
  }
}
