/** Whoever wrote a capture chose how many names are in it, and how long: tables are bounded. */
import { expect, test } from 'vitest';
import { inspect } from '../../replay/inspect/inspect.ts';
import { prepare } from '../../replay/run/prepare.ts';
import { captureOf, recorded } from '../helpers/capture.ts';
import { replayOptions } from '../helpers/replays.ts';

const COUNT = 30_000;
const LONG = 'x'.repeat(5000);

/** All different: hosts, paths, sessions; methods of a few thousand kinds. */
function different(index: number) {
  return recorded({
    atMs: index,
    id: `id-${index}`,
    connection: `c${index}`,
    method: index % 10 === 0 ? `M${index}` : 'GET',
    target: `/w${index}x/y${index}z`,
    headers: ['Host', `h${index}${index % 7 === 0 ? LONG : ''}.example`],
  });
}

const requests = Array.from({ length: COUNT }, (_, index) => different(index));
const sum = (counted: readonly { readonly count: number }[]) =>
  counted.reduce((total, { count }) => total + count, 0);

test('inspect: bounded tables that say how many they left out, and nothing is lost', async () => {
  const found = await inspect(await captureOf(requests)());
  for (const table of [found.hosts, found.methods, found.endpoints]) {
    expect(sum(table)).toBe(COUNT);
    expect(table.length).toBeLessThanOrEqual(10_001);
    const others = table.find(({ name }) => name === '(others)');
    if (table.length > 1000) expect(others!.count).toBeGreaterThan(0);
    for (const { name } of table) expect(name.length).toBeLessThan(2100);
  }
  expect(found.hosts).toHaveLength(1001);
  for (const { name } of found.hosts) expect(name.length).toBeLessThanOrEqual(280);
  expect(found.hosts.find(({ name }) => name.startsWith('h0x'))).toEqual({
    name: `h0${'x'.repeat(257)}… (5010 characters)`,
    count: 1,
  });
  expect(found.connections).toEqual({ distinct: COUNT, isAtLeast: false, requests: COUNT });
  expect(JSON.stringify(found).length).toBeLessThan(2_000_000);
});

test('the look before a replay: the same, and in seconds', async () => {
  const options = replayOptions({ target: 'http://127.0.0.1:9' });
  const startedMs = performance.now();
  const { survey } = await prepare(captureOf(requests), options);
  expect(performance.now() - startedMs).toBeLessThan(10_000);
  expect(survey.hosts[0]).toEqual({ name: '(others)', count: COUNT - 1000 });
  expect(survey.methods.slice(0, 2)).toEqual([
    { name: 'GET', count: 27_000 },
    { name: '(others)', count: 2001 },
  ]);
  expect(survey.endpoints[0]).toEqual({ name: 'other', count: 26_900 });
  for (const { name } of survey.hosts) expect(name.length).toBeLessThanOrEqual(280);
});

test('secrets: header names that say so are many and long, and counted all the same', async () => {
  const named = Array.from({ length: COUNT }, (_, index) =>
    recorded({ headers: ['Host', 'h', `X-Token-${index}-${LONG}`, 'v'] }),
  );
  const { secrets } = await inspect(await captureOf(named)());
  const counts = Object.entries(secrets);
  expect(counts.reduce((total, [, count]) => total + count, 0)).toBe(COUNT);
  expect(counts.length).toBe(1001);
  for (const [name] of counts) expect(name.length).toBeLessThanOrEqual(300);
});
