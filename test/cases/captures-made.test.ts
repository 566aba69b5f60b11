/** The small captures of `fixtures/captures` are what their rules make, byte by byte. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { damagedGor, gorBytes, shopRequests } from '../helpers/captures.ts';

test.each([
  ['shop.gor', gorBytes(shopRequests(240, 20, 1730))],
  ['damaged.gor', damagedGor()],
])('%s', (name, expected) => {
  const path = join('fixtures', 'captures', name);
  const made = join(tmpdir(), 'plimsoll-captures', name);
  mkdirSync(join(tmpdir(), 'plimsoll-captures'), { recursive: true });
  writeFileSync(made, expected);
  const isSame = readFileSync(path).equals(expected);
  expect(isSame, `if this is what is wanted: cp ${made} ${path}`).toBe(true);
});
