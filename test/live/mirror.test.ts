/** Mirroring with real servers: the primary feels nothing, whatever the shadow does. */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { type MirrorCounts, type MirrorOptions, startMirror } from '../../replay/mirror/mirror.ts';
import { rawExchange } from '../helpers/raw-http.ts';
import {
  listeningShadow,
  primaryServer,
  SHADOWS,
  shadowInThread,
  shadowOf,
  type TestServer,
} from '../helpers/shadows.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function kept<S extends TestServer>(server: S): S {
  closers.push(server.close);
  return server;
}

type Changes = Partial<Omit<MirrorOptions, 'shadow' | 'headers'>> & {
  readonly shadow?: Partial<MirrorOptions['shadow']>;
  readonly headers?: Partial<MirrorOptions['headers']>;
};

async function mirroring(primaryPort: number, shadowPort: number, changes: Changes = {}) {
  const mirror = await startMirror({
    listen: { host: '127.0.0.1', port: 0 },
    primary: { host: '127.0.0.1', port: primaryPort },
    routes: [],
    ratio: 1,
    sessionBy: [],
    mostBodyBytes: 100_000,
    queue: { mostItems: 1000, mostBytes: 10_000_000 },
    ...changes,
    headers: { runId: 'r1', withCredentials: false, hostSuffix: '-shadow', ...changes.headers },
    shadow: {
      target: `http://127.0.0.1:${shadowPort}`,
      allowedHosts: [],
      mostInFlight: 8,
      mostWaiting: 50,
      timeoutMs: 1000,
      mostAnswerBytes: 1_000_000,
      slowMs: 400,
      openMs: 500,
      ...changes.shadow,
    },
  });
  let isClosed = false;
  const close = async () => {
    if (!isClosed) await mirror.close(200);
    isClosed = true;
  };
  closers.push(close);
  const closed = async () => {
    await close();
    return mirror.counts();
  };
  return { ...mirror, close: closed };
}

function get(port: number, path: string, agent: Agent): Promise<{ text: string; tookMs: number }> {
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const options = { port, path, agent, host: '127.0.0.1' };
    const sent = request(options, (answer) => {
      answer.setEncoding('utf8');
      let text = '';
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => resolve({ text, tookMs: performance.now() - startedMs }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

function total({ skipped, dropped, shadow }: MirrorCounts): number {
  const sum = (counts: Readonly<Record<string, number>>) =>
    Object.values(counts).reduce((all, count) => all + count, 0);
  const { answered, failed, inFlight, waiting } = shadow;
  return sum(skipped) + sum(dropped) + answered + sum(failed) + inFlight + waiting;
}

/** Whoever waited for a shadow would wait 800 ms or more; the bench has the figures. */
const MOST_P99_MS = 300;
const MOST_P50_MS = 50;
const REQUESTS = 400;

test.each(SHADOWS)('a %s shadow: no request of the primary fails or waits for it', async (kind) => {
  const primary = kept(await primaryServer());
  const shadow = kept(await shadowInThread(kind));
  const mirror = await mirroring(primary.port, shadow.port);
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const tookMs: number[] = [];
  for (let round = 0; round < REQUESTS / 4; round++) {
    const four = [0, 1, 2, 3].map((index) => get(mirror.port, `/${round}/${index}`, agent));
    for (const { text, tookMs: ms } of await Promise.all(four)) {
      expect(text).toBe('primary');
      tookMs.push(ms);
    }
    await sleep(5);
  }
  agent.destroy();
  const counts = await mirror.close();
  expect(primary.seen).toHaveLength(REQUESTS);
  tookMs.sort((a, b) => a - b);
  expect(tookMs[Math.floor(REQUESTS * 0.99)]).toBeLessThan(MOST_P99_MS);
  expect(tookMs[Math.floor(REQUESTS * 0.5)]).toBeLessThan(MOST_P50_MS);
  expect(counts.seen).toBe(REQUESTS);
  expect(total(counts)).toBe(REQUESTS);
  expect(mirror.failure()).toBeUndefined();
  if (kind === 'healthy') expect(counts.shadow.answered).toBe(REQUESTS);
  else expect(counts.dropped['breaker open'] ?? counts.dropped['queue full']).toBeGreaterThan(0);
});

test('the shadow gets a copy without credentials, marked, under its own host', async () => {
  const primary = kept(await primaryServer());
  const shadow = kept(await listeningShadow());
  const mirror = await mirroring(primary.port, shadow.port, { routes: ['POST /search*'] });
  const head =
    'Host: shop.example:80\r\nCookie: sid=1\r\nAuthorization: Bearer x\r\n' +
    'X-Forwarded-Host: live\r\nX-Original-Host: live\r\nX-Host: live\r\nForwarded: host=live\r\n' +
    'X-Forwarded-Server: live\r\nX-A: b\r\nConnection: close, x-hop\r\nX-Hop: 1\r\n' +
    'X-Auth-Token: x\r\nX-Amz-Security-Token: x\r\nX-CSRF-Token: x\r\nX-Session-Id: x\r\n';
  const body = 'Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n';
  await rawExchange(mirror.port, [`POST /search?q=1 HTTP/1.1\r\n${head}${body}`]);
  await vi.waitFor(() => expect(shadow.got).toHaveLength(1), 3000);
  expect(primary.seen).toEqual(['POST /search?q=1']);
  expect(shadow.got[0]).toMatchObject({ line: 'POST /search?q=1', body: 'hi' });
  const { connection: _, ...headers } = shadow.got[0]!.headers;
  expect(headers).toEqual({
    host: 'shop.example-shadow:80',
    'x-a': 'b',
    'x-plimsoll-run': 'r1',
    'content-length': '2',
  });
});

const NOT_MIRRORED: readonly [claim: string, head: string, reason: string][] = [
  ['a POST', 'POST /a HTTP/1.1\r\nHost: s\r\nContent-Length: 0', 'method not opened'],
  ['a DELETE', 'DELETE /a HTTP/1.1\r\nHost: s', 'method not opened'],
  ['a route in disguise', 'PUT /open/../b HTTP/1.1\r\nHost: s', 'method not opened'],
  [
    'a GET that says DELETE',
    'GET /a HTTP/1.1\r\nHost: s\r\nX-HTTP-Method-Override: delete',
    'method not opened',
  ],
  [
    'an open PUT that says DELETE',
    'PUT /open/a HTTP/1.1\r\nHost: s\r\nContent-Length: 0\r\nX-Method-Override: DELETE',
    'method not opened',
  ],
  [
    'a route with a parameter',
    'PUT /open/a;b/../c HTTP/1.1\r\nHost: s\r\nContent-Length: 0',
    'method not opened',
  ],
  ['an absolute target', 'GET http://elsewhere/ HTTP/1.1\r\nHost: s', 'no path as target'],
  ['what is marked', 'GET / HTTP/1.1\r\nHost: s\r\nx-plimsoll-run: 1', 'marked as replayed'],
];

test.each(NOT_MIRRORED)('%s reaches the primary alone', async (_claim, head, reason) => {
  const primary = kept(await primaryServer());
  const shadow = kept(await listeningShadow());
  const mirror = await mirroring(primary.port, shadow.port, { routes: ['PUT /open/*'] });
  const { text } = await rawExchange(mirror.port, [`${head}\r\nConnection: close\r\n\r\n`]);
  expect(text).toMatch(/^HTTP\/1.1 200 /);
  const counts = await mirror.close();
  expect(counts.skipped).toEqual({ [reason]: 1 });
  expect(shadow.got).toEqual([]);
});

test('copies go nowhere but to an allowed host', async () => {
  const primary = kept(await primaryServer());
  const target = { target: 'http://elsewhere.example', allowedHosts: [] };
  const mirror = await mirroring(primary.port, 1, { shadow: target });
  const agent = new Agent();
  expect((await get(mirror.port, '/', agent)).text).toBe('primary');
  await vi.waitFor(() => expect(mirror.counts().shadow.failed).toEqual({ HOST_REFUSED: 1 }), 3000);
});

test('the shadow is tried again when the breaker has waited', async () => {
  const primary = kept(await primaryServer());
  const shadow = kept(await shadowOf('garbage'));
  const mirror = await mirroring(primary.port, shadow.port);
  const agent = new Agent({ keepAlive: true });
  const send = async (count: number) => {
    for (let index = 0; index < count; index++) await get(mirror.port, '/', agent);
  };
  await send(40);
  await vi.waitFor(() => expect(mirror.counts().shadow.breaker).toBe('open'), 3000);
  const connections = mirror.counts().shadow.connections;
  await send(10);
  await sleep(400);
  expect(mirror.counts().shadow.connections).toBe(connections);
  await sleep(400);
  await send(1);
  await vi.waitFor(
    () => expect(mirror.counts().shadow.connections).toBeGreaterThan(connections),
    3000,
  );
  agent.destroy();
});
