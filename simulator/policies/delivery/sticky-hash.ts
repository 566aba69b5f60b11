/**
 * A user's place in 0 … 1, the same for ever: who is in at 10 % is in at 50 %, and two experiments
 * with salts of their own know nothing of each other.
 *
 *     0        10 %                    50 %                                   1
 *     ├── in ───┤─ · ─ · ─ · ─ · ─ · ─ ·┤─ · ─ · ─ · ─ · ─ · ─ · ─ · ─ · ─ · ─ ┤
 *           ▲ a user stays where the hash has put them; the border moves over them
 */

const WORD = 4_294_967_296;

/**
 * MurmurHash3 (x86, 32 bits) of a text's UTF-8 bytes. Source: Austin Appleby, smhasher
 * `MurmurHash3.cpp`; the hash that flag services use for their buckets.
 * Example: `murmur3('', 0)` is 0, `murmur3('test', 0)` 3127628307 (0xba6bd213).
 */
export function murmur3(text: string, seed: number): number {
  const bytes = utf8(text);
  let hash = seed | 0;
  const whole = bytes.length - (bytes.length % 4);
  for (let at = 0; at < whole; at += 4) {
    const word =
      bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    hash ^= mixed(word);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let at = bytes.length - 1; at >= whole; at--) tail = (tail << 8) | bytes[at]!;
  if (whole < bytes.length) hash ^= mixed(tail);
  return finished(hash ^ bytes.length) >>> 0;
}

function mixed(word: number): number {
  const k = Math.imul(word, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}

function finished(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Bytes of a text; a half of a pair that stands alone is U+FFFD, as everywhere. */
function utf8(text: string): number[] {
  const bytes: number[] = [];
  for (const character of text.toWellFormed()) {
    const point = character.codePointAt(0)!;
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 63));
    else if (point < 0x10000) {
      bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
    } else {
      const last = [0x80 | ((point >> 12) & 63), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63)];
      bytes.push(0xf0 | (point >> 18), ...last);
    }
  }
  return bytes;
}

/**
 * A user's place, 0 ≤ place < 1.
 *
 * @param salt name of the roll-out or experiment
 */
export function placeOfUser(salt: string, user: string): number {
  return murmur3(`${salt}/${user}`, 0) / WORD;
}

/** Whether a user is among the first `percent` of all, 0 … 100. */
export function isIn(salt: string, user: string, percent: number): boolean {
  return placeOfUser(salt, user) * 100 < percent;
}

/**
 * Index of the group that a user is in. Groups lie in a row, each as long as its weight; a weight
 * of 0 gets nobody. −1 when all weights are 0.
 * Example: weights [1, 1]: half of all users 0, the others 1.
 */
export function groupOfUser(salt: string, user: string, weights: readonly number[]): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!(total > 0)) return -1;
  const place = placeOfUser(salt, user) * total;
  let border = 0;
  for (const [index, weight] of weights.entries()) {
    border += weight;
    if (place < border) return index;
  }
  // Rounding may put the last border a hair below the total.
  return weights.findLastIndex((weight) => weight > 0);
}
