/**
 * Rings and Maglev tables against facts of Envoy's own tests (`ring_hash_lb_test.cc`,
 * `maglev_lb_test.cc`), hashes against vectors of the reference implementation (libxxhash).
 */
import { describe, expect, test } from 'vitest';
import { buildMaglev, pickInMaglev } from '../../simulator/policies/balancing/maglev.ts';
import {
  buildRing,
  pickOnRing,
  type RingHost,
} from '../../simulator/policies/balancing/ring-hash.ts';
import { xxHash64 } from '../../simulator/policies/balancing/xx-hash.ts';

describe('xxHash64', () => {
  test.each([
    ['', 0n, 0xef46db3751d8e999n],
    ['a', 0n, 0xd24ec4f1a98c6e5bn],
    ['abc', 0n, 0x44bc2cf5ad770999n],
    ['1234', 0n, 0xd8316e61d84f6ba4n],
    ['12345678', 0n, 0xd2d02f08cf7cfd4an],
    ['123456789012345', 0n, 0xc377d78ade001a3cn],
    ['1234567890123456', 0n, 0xb61c33dc6c59f270n],
    ['1234567890123456789012345678901', 0n, 0x8f367cb873a5376en],
    ['12345678901234567890123456789012', 0n, 0x40fd1aa52d98274cn],
    ['The quick brown fox jumps over the lazy dog', 0n, 0x0b242d361fda71bcn],
    ['', 5381n, 0xaf382146d5c3cacfn],
    ['abc', 5381n, 0x19d1c1b5c673451fn],
    ['12345678901234567890123456789012', 5381n, 0x38ea26e7c55f8095n],
  ])('of %j with seed %s is the reference’s', (text, seed, hash) => {
    expect(xxHash64(text, seed)).toBe(hash);
  });

  test('is of the UTF-8 bytes: as many differ as there are ways to write them', () => {
    const texts = ['é', 'e', '€', '😀', 'é€😀'];
    expect(new Set(texts.map((text) => xxHash64(text))).size).toBe(texts.length);
    // Latin-1 é would be the byte E9, as U+00E9 is in UTF-16.
    expect(xxHash64('\u00c3\u00a9')).not.toBe(xxHash64('é'));
  });
});

function hosts(...weights: readonly number[]): RingHost[] {
  return weights.map((weight, index) => ({ key: `127.0.0.1:${90 + index}`, weight }));
}

const SIX = hosts(1, 1, 1, 1, 1, 1);
const SMALL = { minimumRingSize: 12, maximumRingSize: 1024 };

describe('a ring', () => {
  test('has the points of Envoy’s', () => {
    const { hashes, hosts: owners } = buildRing(SIX, SMALL);
    expect([...hashes].map((hash, at) => [90 + owners[at]!, hash])).toEqual([
      [94, 833437586790550860n],
      [92, 928266305478181108n],
      [90, 1033482794131418490n],
      [95, 3551244743356806947n],
      [93, 3851675632748031481n],
      [91, 5583722120771150861n],
      [91, 6311230543546372928n],
      [93, 7700377290971790572n],
      [95, 13144177310400110813n],
      [92, 13444792449719432967n],
      [94, 15516499411664133160n],
      [90, 16117243373044804889n],
    ]);
  });

  test.each([
    ['the smallest hash goes to the first point', 0n, 4],
    ['behind the last point the circle closes', 2n ** 64n - 1n, 4],
    ['a point’s own hash is its host’s', 3551244743356806947n, 5],
    ['the next one is of the next point', 3551244743356806948n, 3],
    ['a hash just before a point', 16117243373044804880n, 0],
  ])('%s', (_, hash, host) => {
    expect(pickOnRing(buildRing(SIX, SMALL), hash)).toBe(host);
  });

  test.each([
    ['equal hosts have equally many', [1, 1, 1], 1024, [342, 342, 342]],
    ['the lightest has a whole number, here 342', [1, 2], 1024, [342, 684]],
    ['at least one', [1, 1, 1], 1, [1, 1, 1]],
    ['at most the maximum: halves are rounded in turn', [1, 1, 1, 1], 1024, [2, 1, 2, 1], 6],
  ])('points: %s', (_, weights, minimumRingSize, counts, maximumRingSize = 8_388_608) => {
    const ring = buildRing(hosts(...weights), { minimumRingSize, maximumRingSize });
    expect(weights.map((_, host) => ring.hosts.filter((one) => one === host).length)).toEqual(
      counts,
    );
  });

  test('without hosts has nobody to pick', () => {
    expect(pickOnRing(buildRing([]), 1n)).toBe(-1);
  });
});

describe('a Maglev table', () => {
  test('is Envoy’s', () => {
    const table = buildMaglev(SIX, 7);
    expect([...table]).toEqual([2, 4, 0, 1, 5, 0, 3]);
    expect(Array.from({ length: 14 }, (_, hash) => pickInMaglev(table, BigInt(hash)))).toEqual([
      2, 4, 0, 1, 5, 0, 3, 2, 4, 0, 1, 5, 0, 3,
    ]);
  });

  test('does not depend on the order of the list', () => {
    const backwards = buildMaglev(SIX.toReversed(), 7);
    expect([...backwards].map((host) => 5 - host)).toEqual([2, 4, 0, 1, 5, 0, 3]);
  });

  test.each([
    ['a weight of 1 against 2 has 6 of 17 places', [1, 2], 17, [6, 11]],
    [
      'the default size is shared out as evenly as can be',
      [1, 1, 1],
      65_537,
      [21_846, 21_846, 21_845],
    ],
  ])('%s', (_, weights, size, counts) => {
    const table = buildMaglev(hosts(...weights), size);
    const found = weights.map((_, host) => table.filter((one) => one === host).length);
    expect(found.toSorted()).toEqual(counts.toSorted());
  });

  test('without hosts has nobody to pick', () => {
    expect(pickInMaglev(buildMaglev([]), 1n)).toBe(-1);
  });
});
