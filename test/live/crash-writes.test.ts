/** A process that is killed in the middle of writing leaves whole records, and no half file. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { gorBytes, readAll, shopRequests } from '../helpers/captures.ts';
import { rawExchange } from '../helpers/raw-http.ts';
import { answerFine, startRecording } from '../helpers/recording-server.ts';
import { listening } from '../helpers/shadows.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-killed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PROGRAM = ['--disable-warning=ExperimentalWarning', 'bin/plimsoll.ts'];
const large = join(folder, 'large.gor');
writeFileSync(large, gorBytes(shopRequests(60_000, 2000, 3)), { mode: 0o600 });

const named = (start: string) => readdirSync(folder).filter((name) => name.startsWith(start));
const sizes = (names: readonly string[]) =>
  names.reduce((sum, name) => {
    const found = statSync(join(folder, name), { throwIfNoEntry: false });
    return sum + (found?.size ?? 0);
  }, 0);

/** Runs a command until something is being written, and kills it there. */
async function killed(args: readonly string[], isWriting: () => boolean): Promise<void> {
  const child = spawn(process.execPath, [...PROGRAM, ...args], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  while (child.exitCode === null && !isWriting()) await sleep(5);
  child.kill('SIGKILL');
  const [, signal] = await ended;
  expect(signal, 'it was still at work').toBe('SIGKILL');
}

test.each(['whole.gor', 'whole.gor.gz'])('convert to %s: the old file stands', async (name) => {
  const path = join(folder, name);
  writeFileSync(path, 'what was there before');
  const isWriting = () => sizes(named(`${name}.`)) > 0;
  await killed(['convert', large, path], isWriting);
  expect(readFileSync(path, 'utf8')).toBe('what was there before');
});

test('convert in chunks: each that is there is whole', async () => {
  const chunks = () => named('chunk_').filter((name) => /^chunk_\d+\.gor$/.test(name));
  const args = ['convert', large, join(folder, 'chunk.gor'), '--chunk-records', '300'];
  await killed(args, () => chunks().length > 5);
  const done = chunks();
  expect(done.length).toBeGreaterThan(5);
  for (const name of done) {
    const { report } = await readAll([join(folder, name)]);
    expect(report.rejected, name).toEqual({});
    expect(report.incomplete, name).toEqual([]);
    expect(report.read, name).toBeGreaterThanOrEqual(300);
  }
});

test('replay: measurement and logs are the old ones, and the next run goes well', async () => {
  const target = await startRecording(answerFine);
  const small = join(folder, 'small.gor');
  writeFileSync(small, gorBytes(shopRequests(3000, 2000, 3)), { mode: 0o600 });
  const files = ['out.json', 'out.ndjson', 'out.csv'].map((name) => join(folder, name));
  for (const path of files) writeFileSync(path, 'what was there before');
  const [json, ndjson, csv] = files as [string, string, string];
  const output = ['-o', json, '--log', ndjson, '--csv', csv, '--max-lateness', '9s'];
  const to = ['--target', target.url, '--allow-source', '127.0.0.1'];
  const isWriting = () => target.requests.length > 50 && sizes(named('out.ndjson.')) > 1000;
  await killed(['replay', small, ...to, ...output, '--rate', '200/s'], isWriting);
  for (const path of files) expect(readFileSync(path, 'utf8')).toBe('what was there before');
  const again = spawn(process.execPath, [...PROGRAM, 'replay', small, ...to, ...output], {
    stdio: 'ignore',
  });
  expect((await once(again, 'exit'))[0]).toBe(0);
  const lines = readFileSync(ndjson, 'utf8').trim().split('\n');
  for (const line of lines) JSON.parse(line);
  expect(statSync(ndjson).mode & 0o777).toBe(0o600);
  await target.close();
});

test('a compressed capture can be read up to the last second', async () => {
  const upstream = await listening(createServer((_request, answer) => answer.end('fine')));
  const path = join(folder, 'packed.gor.gz');
  const where = ['--listen', '127.0.0.1:0', '--upstream', `http://127.0.0.1:${upstream.port}`];
  const child = spawn(process.execPath, [...PROGRAM, 'capture', ...where, '-o', path], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  const [said] = await once(child.stderr, 'data');
  const port = Number(/\(port (\d+)\)/.exec(String(said))![1]);
  const get = (index: number) => `GET /${index} HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n`;
  for (let index = 0; index < 100; index++) await rawExchange(port, [get(index)]);
  await sleep(1000);
  for (let index = 100; index < 150; index++) await rawExchange(port, [get(index)]);
  child.kill('SIGKILL');
  await ended;
  await upstream.close();
  const { requests, report } = await readAll([path]);
  const targets = new Set(requests.map(({ target }) => target));
  for (let index = 0; index < 100; index++) expect(targets).toContain(`/${index}`);
  expect(report.rejected).toEqual({});
  expect(existsSync(join(folder, 'packed.manifest.json'))).toBe(true);
});
