/** What was recorded stays readable, however the recorder ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { manifestPath } from '../../replay/capture/manifest.ts';
import { crashCapture } from '../helpers/crash-capture.ts';
import { rawExchange } from '../helpers/raw-http.ts';
import { listening } from '../helpers/shadows.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-crash-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([300, 1430, 2570])(
  'killed after %i ms: whole records, at most a second lost',
  async (aliveMs) => {
    const outcome = await crashCapture(folder, { aliveMs, perSecond: 300, signal: 'SIGKILL' });
    expect(outcome).toMatchObject({ lostEarly: 0, broken: 0, failed: 0 });
    expect(outcome.answered).toBeGreaterThan(10);
  },
);

test.each(['SIGTERM', 'SIGINT'] as const)('%s loses nothing', async (signal) => {
  const outcome = await crashCapture(folder, { aliveMs: 1200, perSecond: 300, signal });
  expect(outcome).toMatchObject({ lost: 0, broken: 0, failed: 0 });
  expect(outcome.answered).toBeGreaterThan(100);
});

test('a disk that is full: traffic goes on, whole records stay, the rest is counted', async () => {
  const path = join(folder, 'full.gor');
  const upstream = await listening(createServer((_request, answer) => answer.end('fine')));
  // No file beyond 8 KiB: what a full disk does to a write.
  const command = `ulimit -f 8; exec "$0" "$@"`;
  const flags = ['--disable-warning=ExperimentalWarning', 'bin/plimsoll.ts', 'capture'];
  const where = ['--listen', '127.0.0.1:0', '--upstream', `http://127.0.0.1:${upstream.port}`];
  const args = ['-c', command, process.execPath, ...flags, ...where, '-o', path];
  const child = spawn('bash', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const port = await new Promise<number>((resolve) => {
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += String(chunk);
      const found = /\(port (\d+)\)/.exec(said)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
  });
  for (let index = 0; index < 150; index++) {
    const get = 'GET / HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n';
    expect((await rawExchange(port, [get])).text).toMatch(/fine$/);
    if (index % 10 === 0) await sleep(60);
  }
  child.kill('SIGTERM');
  await once(child, 'exit');
  await upstream.close();
  const text = readFileSync(path, 'utf8');
  expect(text.endsWith('\n🐵🙈🙉\n')).toBe(true);
  const { requests } = JSON.parse(readFileSync(manifestPath(path), 'utf8'));
  expect(requests.seen).toBe(150);
  expect(requests.lost['not written to disk']).toBeGreaterThan(0);
  expect(requests.recorded + requests.lost['not written to disk']).toBe(150);
  expect(text.match(/^1 /gm)).toHaveLength(requests.recorded);
});
