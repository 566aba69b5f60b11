/**
 * Maglev: a table of a prime number of places that hosts fill in turn, each in an order of its own.
 * As even as can be, one look-up a pick; where a host leaves, few other keys move.
 */
import type { RingHost } from './ring-hash.ts';
import { xxHash64 } from './xx-hash.ts';

/** Envoy's default, a prime. */
export const MAGLEV_TABLE_SIZE = 65_537;

/**
 * Index of the host of each place; empty without hosts.
 *
 * @param size a prime; Envoy: 65537, at most 5000011
 * Source: D. E. Eisenbud et al., "Maglev", NSDI 2016, listing 1; with weights as in Envoy
 * `maglev_lb.cc`: the heaviest host fills a place in each round, one of a third of its weight in
 * every third; hosts have their turns in the order of their keys.
 * Example: 3 hosts of equal weight have 21846, 21846 and 21845 places.
 */
export function buildMaglev(
  hosts: readonly RingHost[],
  size: number = MAGLEV_TABLE_SIZE,
): Int32Array {
  if (hosts.length === 0) return new Int32Array(0);
  const most = Math.max(...hosts.map(({ weight }) => weight));
  const table = new Int32Array(size).fill(-1);
  const turns = hosts
    .map(({ key, weight }, host) => ({ host, key, weight, target: 0, ...permutation(key, size) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.host - b.host));
  let filled = 0;
  for (let round = 1; filled < size; round++) {
    for (const turn of turns) {
      if (filled === size) break;
      if (round * turn.weight < turn.target) continue;
      turn.target += most;
      while (table[turn.at] !== -1) turn.at = (turn.at + turn.skip) % size;
      table[turn.at] = turn.host;
      filled++;
    }
  }
  return table;
}

/** Where a host's order of places begins, and how far it is to the next one. */
function permutation(key: string, size: number): { at: number; readonly skip: number } {
  const at = Number(xxHash64(key) % BigInt(size));
  return { at, skip: Number(xxHash64(key, 1n) % BigInt(size - 1)) + 1 };
}

/** Index of the host of a hash; −1 in an empty table. */
export function pickInMaglev(table: Int32Array, hash: bigint): number {
  return table.length === 0 ? -1 : table[Number(hash % BigInt(table.length))]!;
}
