/**
 * The real GoReplay 1.3.2 reads what is written here, and what it writes is read here. Where it
 * cannot be built (no Go, no headers of libpcap) the tests are skipped and say so.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { gorBytes, readAll, shopRequests } from '../helpers/captures.ts';
import { buildPeer } from '../helpers/peers.ts';

const gor = buildPeer('gor');
if ('missing' in gor) console.log(`GoReplay is not tested against: ${gor.missing}`);

describe.skipIf('missing' in gor)('GoReplay', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-goreplay-'));
  const requests = shopRequests(60, 100, 3);
  const ours = join(folder, 'ours.gor');
  const running: ChildProcess[] = [];
  let server: Server;
  let port: number;
  let seen: { method: string; url: string; body: string }[] = [];

  beforeAll(async () => {
    writeFileSync(ours, gorBytes(requests));
    server = createServer(async (incoming, response) => {
      const chunks = await incoming.toArray();
      const { method, url } = incoming;
      seen.push({ method: method!, url: url!, body: String(Buffer.concat(chunks)) });
      // Written twice: in chunks.
      response.write('first, ');
      response.end('then last');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterEach(async () => {
    for (const child of running.splice(0)) await stop(child);
    seen = [];
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function start(...args: string[]): ChildProcess {
    const child = spawn('path' in gor ? gor.path : '', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    running.push(child);
    return child;
  }

  async function stop(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGINT');
    await Promise.race([once(child, 'exit'), sleep(5000)]);
    child.kill('SIGKILL');
  }

  /** All that it has said so far. */
  function listen(child: ChildProcess): () => string {
    let text = '';
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (chunk) => {
        text += chunk;
      });
    }
    return () => text;
  }

  /** GoReplay does not end at the end of its file. */
  async function until(isDone: () => boolean): Promise<void> {
    const endMs = Date.now() + 20_000;
    while (!isDone() && Date.now() < endMs) await sleep(50);
    await sleep(200);
  }

  function written(stem: string): string[] {
    return readdirSync(folder)
      .filter((name) => name.startsWith(stem))
      .map((name) => join(folder, name));
  }

  test('replays what is written here: every request once, bodies as they were', async () => {
    start('--input-file', ours, '--output-http', `http://127.0.0.1:${port}`);
    await until(() => seen.length >= requests.length);
    const key = (one: { method: string; url: string; body: string }) =>
      `${one.method} ${one.url} ${one.body}`;
    const sent = requests.map(({ method, target, body }) =>
      key({ method, url: target, body: String(body ?? '') }),
    );
    expect(seen.map(key).sort()).toEqual(sent.sort());
  });

  test.each(['copied.gor', 'copied.gor.gz'])(
    'writes it to %s, and it is read',
    async (name) => {
      const stem = name.endsWith('.gz') ? 'copied.gor_' : 'copied_';
      const child = start('--input-file', ours, '--output-file', join(folder, name));
      const log = listen(child);
      await until(() => log().includes('end of file'));
      // It flushes when it ends, and not before.
      await stop(child);
      const { requests: found, report } = await readAll(written(stem));
      expect(found).toEqual(requests);
      expect(report).toMatchObject({ read: 120, used: 120 });
    },
    60_000,
  );

  test('records a live server, and answers are joined to their requests', async (context) => {
    const raw = ['--input-raw', `127.0.0.1:${port}`, '--input-raw-track-response'];
    const child = start(...raw, '--output-file', join(folder, 'raw.gor'));
    const log = listen(child);
    await until(() => log().includes('Version') || child.exitCode !== null);
    await sleep(1000);
    for (let index = 0; index < 20; index++) await post(index);
    // It holds an answer back for two seconds, in case that there is more of it.
    await sleep(3000);
    if (child.exitCode !== null) context.skip(`GoReplay may not listen here: ${log()}`);
    await stop(child);
    const { requests: found, report } = await readAll(written('raw'));
    expect(report).toMatchObject({ read: 40, used: 40, rejected: {} });
    for (const [index, one] of found.entries()) {
      expect(one).toMatchObject({ method: 'POST', target: `/raw/${index}` });
      expect(String(one.body)).toBe(`body ${index} \n🐵🙈🙉\n`);
      expect(String(one.answer!.body)).toBe('first, then last');
      expect(one.answer!.latencyNs).toBeGreaterThan(0n);
      expect(one.connection).toMatch(/^[0-9a-f]{8}7f000001$/);
    }
  }, 60_000);

  async function post(index: number): Promise<void> {
    const sent = request({ port, host: '127.0.0.1', method: 'POST', path: `/raw/${index}` });
    sent.end(`body ${index} \n🐵🙈🙉\n`);
    const [response] = await once(sent, 'response');
    response.resume();
    await once(response, 'end');
  }
});
