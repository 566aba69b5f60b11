/**
 * xxHash64, with which Envoy places hosts and keys on its rings and in its Maglev tables. Exact, on
 * BigInt: tables are built when hosts come or go, not for every request.
 */

const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;
const WORD = 0xffffffffffffffffn;

/**
 * Hash of a text's UTF-8 bytes, 0 … 2^64 − 1.
 *
 * @param seed 0 … 2^64 − 1; Envoy's default is 0
 * Source: Y. Collet, xxHash specification, `doc/xxhash_spec.md`, "XXH64 algorithm description".
 * Example: `xxHash64('abc')` is 0x44bc2cf5ad770999.
 */
export function xxHash64(text: string, seed = 0n): bigint {
  const bytes = utf8(text);
  const stripes = bytes.length >> 5;
  let hash = (stripes > 0 ? stripesOf(bytes, stripes, seed) : seed + P5) + BigInt(bytes.length);
  hash &= WORD;
  let at = stripes << 5;
  for (; at + 8 <= bytes.length; at += 8) {
    hash = times(turn(hash ^ round(0n, word(bytes, at, 8)), 27n), P1) + P4;
  }
  if (at + 4 <= bytes.length) {
    hash = times(turn(hash ^ times(word(bytes, at, 4), P1), 23n), P2) + P3;
    at += 4;
  }
  for (; at < bytes.length; at++) {
    hash = times(turn(hash ^ times(BigInt(bytes[at]!), P5), 11n), P1);
  }
  return scattered(hash & WORD);
}

/** Four accumulators over blocks of 32 bytes, and what they come to. */
function stripesOf(bytes: readonly number[], stripes: number, seed: bigint): bigint {
  let all = [seed + P1 + P2, seed + P2, seed, seed - P1].map((one) => BigInt.asUintN(64, one));
  for (let stripe = 0; stripe < stripes; stripe++) {
    all = all.map((one, lane) => round(one, word(bytes, 32 * stripe + 8 * lane, 8)));
  }
  const [a, b, c, d] = all;
  const sum = turn(a!, 1n) + turn(b!, 7n) + turn(c!, 12n) + turn(d!, 18n);
  return all.reduce((hash, one) => times(hash ^ round(0n, one), P1) + P4, sum & WORD) & WORD;
}

function round(accumulator: bigint, lane: bigint): bigint {
  return times(turn(accumulator + times(lane, P2), 31n), P1);
}

/** Every bit of the input has its say in every bit of the hash. */
function scattered(hash: bigint): bigint {
  const once = times(hash ^ (hash >> 33n), P2);
  const twice = times(once ^ (once >> 29n), P3);
  return twice ^ (twice >> 32n);
}

function times(a: bigint, b: bigint): bigint {
  return (a * b) & WORD;
}

/** Rotates to the left. */
function turn(value: bigint, bits: bigint): bigint {
  const word = value & WORD;
  return ((word << bits) | (word >> (64n - bits))) & WORD;
}

/** Little-endian. */
function word(bytes: readonly number[], at: number, length: number): bigint {
  let value = 0n;
  for (let byte = length - 1; byte >= 0; byte--) value = (value << 8n) | BigInt(bytes[at + byte]!);
  return value;
}

/** The core has no TextEncoder: that belongs to hosts, not to the language. */
function utf8(text: string): number[] {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), ...tail(code, 2));
    else bytes.push(0xf0 | (code >> 18), ...tail(code, 3));
  }
  return bytes;
}

function tail(code: number, count: number): number[] {
  const bytes: number[] = [];
  for (let byte = count - 1; byte >= 0; byte--) bytes.push(0x80 | ((code >> (6 * byte)) & 63));
  return bytes;
}
