/**
 * The small captures of `fixtures/captures` are what their rules make, byte by byte. `feed.gor` is
 * the beginning of what `plimsoll loop --replay` recorded of the staged `unacademy-feed`; the other
 * files called `feed` have the same requests.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { openCapture } from '../../replay/formats/formats.ts';
import { inspect } from '../../replay/inspect/inspect.ts';
import { damagedGor, gorBytes, readAll, shopRequests } from '../helpers/captures.ts';
import { capturesOf, PRECISION_MS } from '../helpers/feed-captures.ts';

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

const FEED = join('fixtures', 'captures', 'feed.gor');

test.each(Object.keys(PRECISION_MS))('%s is made of feed.gor', async (name) => {
  const { requests } = await readAll([FEED]);
  const path = join('fixtures', 'captures', name);
  const expected = capturesOf(requests)[name]!;
  const made = join(tmpdir(), 'plimsoll-captures', name);
  writeFileSync(made, expected);
  const found = name.endsWith('.gz') ? gunzipSync(readFileSync(path)) : readFileSync(path);
  const wanted = name.endsWith('.gz') ? gunzipSync(expected) : expected;
  expect(found.equals(wanted), `if this is what is wanted: cp ${made} ${path}`).toBe(true);
});

test.each(Object.entries(PRECISION_MS))('%s has the same requests', async (name, mostMs) => {
  const { requests } = await readAll([FEED]);
  const path = join('fixtures', 'captures', name);
  const source = await openCapture([path]);
  const found: typeof requests = [];
  for await (const batch of source.batches) found.push(...batch);
  const asked = (all: typeof requests) => all.map(({ method, target }) => `${method} ${target}`);
  expect(asked(found)).toEqual(asked(requests));
  for (const [index, { atNs }] of found.entries()) {
    const offMs = Math.abs(Number(atNs - requests[index]!.atNs)) / 1e6;
    expect(offMs).toBeLessThanOrEqual(mostMs);
  }
  const { endpoints } = await inspect(await openCapture([path]));
  expect(endpoints).toMatchObject([{ name: 'GET /feed', count: requests.length }]);
});
