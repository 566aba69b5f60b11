import { exp, log } from '../engine/maths.ts';
import type { RandomStream } from '../engine/random.ts';

/**
 * Two words a place, side by side for the processor's sake: a draw stays there when a random word
 * is below the first one (both unsigned), else it goes to the key that the second one names.
 */
export type AliasTable = Int32Array;

/** The tables of the last few shapes: one of a million keys takes a tenth of a second. */
const tables = new Map<string, AliasTable>();
const MOST_TABLES = 16;
const PER_WORD = 1 / 4294967296;
/** Draws whose random words are made at once. */
const AT_ONCE = 128;
const words = new Int32Array(2 * AT_ONCE);

/**
 * Fills `out` with keys 0 … count − 1; key k has a probability in proportion to (k + 1)^−exponent,
 * to 32 bits. Alias method: two random words a draw, whatever the count (Walker, ACM TOMS 3(3),
 * 1977; table by Vose, IEEE TSE 17(9), 1991).
 */
export function fillZipf(
  count: number,
  exponent: number,
  random: RandomStream,
  out: Float64Array,
): void {
  const table = tableOf(count, exponent);
  for (let from = 0; from < out.length; from += AT_ONCE) {
    const draws = Math.min(AT_ONCE, out.length - from);
    random.fill(words, 0, 2 * draws);
    for (let i = 0; i < draws; i++) {
      const place = Math.floor((words[2 * i]! >>> 0) * count * PER_WORD);
      const stays = words[2 * i + 1]! >>> 0 < table[2 * place]! >>> 0;
      out[from + i] = stays ? place : table[2 * place + 1]!;
    }
  }
}

/**
 * Popularity of keys 0 … n − 1 by Zipf's law: shares of requests, proportional to
 * (k + 1)^(−exponent).
 *
 * @param count whole number ≥ 1
 * @param exponent α; 0 makes all equally popular; for web objects some 0.6–1.2
 * Source: L. Breslau et al., "Web caching and Zipf-like distributions", INFOCOM 1999.
 * Example: `zipf(2, 1)` is 2/3, 1/3.
 */
export function zipf(count: number, exponent: number): Float64Array {
  const shares = new Float64Array(count);
  let sum = 0;
  // The small ones first: they would be lost beside the large ones.
  for (let key = count - 1; key >= 0; key--) {
    shares[key] = exp(-exponent * log(key + 1));
    sum += shares[key]!;
  }
  return shares.map((share) => share / sum);
}

/** The table of a shape, kept for a while. */
export function tableOf(count: number, exponent: number): AliasTable {
  const key = `${count}/${exponent}`;
  const known = tables.get(key);
  if (known !== undefined) return known;
  const table = aliasTable(zipf(count, exponent));
  if (tables.size === MOST_TABLES) tables.clear();
  tables.set(key, table);
  return table;
}

function aliasTable(weights: Float64Array): AliasTable {
  const count = weights.length;
  const stays = weights.map((weight) => weight * count);
  const alias = Int32Array.from({ length: count }, (_, place) => place);
  const [poor, rich]: [number[], number[]] = [[], []];
  stays.forEach((share, place) => {
    (share < 1 ? poor : rich).push(place);
  });
  for (let giver = rich.pop(); giver !== undefined; giver = rich.pop()) {
    const taker = poor.pop();
    if (taker === undefined) break;
    alias[taker] = giver;
    stays[giver] = stays[giver]! + stays[taker]! - 1;
    (stays[giver]! < 1 ? poor : rich).push(giver);
  }
  // What rounding has left over has a share of 1.
  for (const place of [...poor, ...rich]) stays[place] = 1;
  const table = new Int32Array(2 * count);
  for (let place = 0; place < count; place++) {
    table[2 * place] = Math.min(4294967295, Math.floor(stays[place]! / PER_WORD));
    table[2 * place + 1] = stays[place]! < 1 ? alias[place]! : place;
  }
  return table;
}
