/** The hashes of texts that this part of Plimsoll needs: the same on every machine. */
import { hash } from 'node:crypto';

/** 32 bytes of SHA-256 over the UTF-8 of a text: who sees it cannot choose it. */
export function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

/** The first hexadecimal digits of it, at most 64. */
export function sha256Hex(text: string, digits: number): string {
  return hash('sha256', text, 'hex').slice(0, digits);
}

/**
 * FNV-1a, 32 bits, of the UTF-8 bytes of a text: the same on every machine.
 * Source: Fowler, Noll, Vo, "The FNV Non-Cryptographic Hash Algorithm", RFC 9923 §2.
 * `fnv1a('a')` is 0xe40c292c.
 */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return ofBytes(new TextEncoder().encode(text));
    hash = Math.imul(hash ^ code, 0x01000193);
  }
  return hash >>> 0;
}

function ofBytes(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** Of 53 bits: two rounds of FNV-1a with MurmurHash3's finaliser; another one for each seed. */
export function hashOf(key: string, seed: number = 0): number {
  let [a, b] = [0x811c9dc5 ^ seed, 0x9747b28c ^ seed];
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x85ebca6b);
    b ^= b >>> 13;
  }
  return (finished(a) >>> 0) * 2_097_152 + (finished(b) >>> 11);
}

function finished(h: number): number {
  let mixed = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
