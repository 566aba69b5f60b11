/** `inspect` and `convert` as a new user meets them, in processes of their own. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { gorBytes, shopRequests } from '../helpers/captures.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-captures-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FLAGS = ['--disable-warning=ExperimentalWarning', 'bin/plimsoll.ts'];
const SHOP = own('shop.gor');
const DAMAGED = own('damaged.gor');

/** What a checkout has, as a capture should be: nobody else's to read. */
function own(name: string): string {
  const path = join(folder, name);
  writeFileSync(path, readFileSync(join('fixtures/captures', name)), { mode: 0o600 });
  return path;
}

function plimsoll(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...FLAGS, ...args], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  return { status, stdout, stderr };
}

test('inspect says what is in a capture, in words and as JSON', () => {
  const text = plimsoll('inspect', SHOP);
  expect(text).toMatchObject({ status: 0, stderr: '' });
  expect(text.stdout).toMatch(/^gor {2}240 requests in 11\.7 s, 240 answered\n/);
  expect(text.stdout).toMatch(/\n {2}GET \/products\/\{id\} +112 +46\.7 % /);
  expect(text.stdout).toContain('read 480 = used 480 + skipped 0 + rejected 0');
  const json = JSON.parse(plimsoll('inspect', SHOP, '--json').stdout);
  expect(json).toMatchObject({ format: 'plimsoll-inspection/1', requests: 240, answered: 240 });
});

test('a dry run counts requests as inspect does, and says whose hosts it cannot know', () => {
  const target = ['--target', 'http://127.0.0.1:9', '--dry-run'];
  const gor = plimsoll('replay', SHOP, ...target).stdout;
  expect(gor).toMatch(/^ {2}capture +240 requests in 480 records \(gor\) over 11\.7 s\n/);
  expect(gor).not.toContain('source');
  const log = plimsoll('replay', 'fixtures/captures/feed-combined.log', ...target).stdout;
  expect(log).toMatch(/\n {2}source +[\d,]+ requests name no host: whether they were recorded at /);
});

test('a capture that is mostly bad is exit code 2, with every reason and place', () => {
  const { status, stdout, stderr } = plimsoll('inspect', DAMAGED);
  expect(status).toBe(2);
  expect(stdout).toContain('rejected: chunked body is damaged, 1 time');
  expect(stdout).toMatch(/damaged\.gor, byte 872: file ends inside the record/);
  expect(stderr).toMatch(/^plimsoll: 71\.4 % of 14 records are bad: /);
  expect(plimsoll('inspect', DAMAGED, '--most-bad', '80%').status).toBe(0);
});

test.each([
  ['an empty file', 'empty.gor', Buffer.alloc(0), /no usable record/],
  [
    'nothing but answers',
    'answers.gor',
    Buffer.from('2 a 5 0\nHTTP/1.1 200 OK\r\n\r\n'),
    /no usable record/,
  ],
  [
    'gzip that ends early',
    'cut.gor.gz',
    gzipSync(readFileSync(SHOP)).subarray(0, 2000),
    /ends before its end/,
  ],
  [
    'something else',
    'x.txt',
    Buffer.from('hello'),
    /expected a capture \(.*\), found something else/,
  ],
])('%s is exit code 2 and says why', (_, name, content, message) => {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  const { status, stderr } = plimsoll('inspect', path);
  expect(status).toBe(2);
  expect(stderr).toMatch(message);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

test('convert compresses, and chunks are the capture again', () => {
  const gz = join(folder, 'shop.gor.gz');
  expect(plimsoll('convert', SHOP, gz)).toMatchObject({ status: 0, stderr: '' });
  expect(gunzipSync(readFileSync(gz)).equals(readFileSync(SHOP))).toBe(true);
  expect(statSync(gz).mode & 0o777).toBe(0o600);
  const chunked = plimsoll('convert', gz, join(folder, 'c', 'shop.gor'), '--chunk-records', '100');
  expect(chunked.stdout).toContain('shop_4.gor: 80 records');
  const back = join(folder, 'back.gor');
  const patterns = join(folder, 'c', 'shop_*.gor');
  expect(JSON.parse(plimsoll('convert', patterns, back, '--json').stdout)).toMatchObject({
    format: 'plimsoll-conversion/1',
    report: { read: 480, used: 480 },
  });
  expect(readFileSync(back).equals(readFileSync(SHOP))).toBe(true);
});

test('a HAR gives the capture back to the byte; a log says what it has no room for', () => {
  const [archive, back] = [join(folder, 'shop.har'), join(folder, 'from-har.gor')];
  expect(plimsoll('convert', SHOP, archive)).toMatchObject({ status: 0, stderr: '' });
  expect(plimsoll('convert', archive, back)).toMatchObject({ status: 0, stderr: '' });
  expect(readFileSync(back).equals(readFileSync(SHOP))).toBe(true);
  plimsoll('convert', SHOP, join(folder, 'parts', 'shop.har'), '--chunk-records', '100');
  const parts = join(folder, 'parts', 'shop_*.har');
  expect(plimsoll('convert', parts, back)).toMatchObject({ status: 0, stderr: '' });
  expect(readFileSync(back).equals(readFileSync(SHOP))).toBe(true);
  const log = plimsoll('convert', SHOP, join(folder, 'a.log'), '--to', 'combined', '--json');
  expect(log.stderr).toContain('not kept: moment: what is finer than 1 s, of 240 requests\n');
  expect(log.stderr).toContain('not kept: body, of 40 requests\n');
  expect(JSON.parse(log.stdout)).toMatchObject({
    lost: { body: 40, headers: 240, 'body of the answer': 216 },
    files: [{ records: 240 }],
  });
  const posts = plimsoll('convert', join(folder, 'a.log'), join(folder, 'a.jsonl'));
  expect(posts.stdout).toContain('skipped: POST without a body');
});

test('a log of one’s own format is written and read by that format', () => {
  const own = '%{usec}t %D \\"%r\\" %>s %{Host}i';
  const [log, back] = [join(folder, 'own.log'), join(folder, 'own.jsonl')];
  const written = plimsoll('convert', SHOP, log, '--to-log-format', own);
  expect(written.stderr).toContain('not kept: connection, of 240 requests\n');
  const read = plimsoll('convert', log, back, '--log-format', own, '--to', 'json-lines', '--json');
  expect(JSON.parse(read.stdout)).toMatchObject({
    from: 'log-format',
    report: {
      read: 240,
      used: 176,
      skipped: { 'POST without a body, which access logs do not have': 40 },
    },
  });
});

test('where no request can be written it is exit code 2', () => {
  const line = { method: 'PUT', url: 'http://a.example/', body: 'eA==' };
  writeFileSync(join(folder, 'put.json'), `${JSON.stringify(line)}\n`, { mode: 0o600 });
  const { status, stderr } = plimsoll('convert', join(folder, 'put.json'), join(folder, 'x.http'));
  expect(status).toBe(2);
  expect(stderr).toMatch(/^plimsoll: no request can be written as vegeta-http: body, /);
});

test.each([
  [['convert', SHOP], 'expected a capture and a file to write'],
  [['convert', SHOP, 'x.unknown'], 'expected a name that tells a format'],
  [['convert', SHOP, 'x.gor', '--to', 'pcap'], 'expected a format (gor'],
  [['convert', SHOP, 'x.log'], 'expected --to, as logs are in many formats'],
  [
    ['convert', SHOP, 'x.log', '--to', 'log-format'],
    '--to log-format: expected --to-log-format as well',
  ],
  [['convert', SHOP, 'x.log', '--to', 'alb', '--to-log-format', '%r'], 'expected no other --to'],
  [['convert', SHOP, join('package.json', 'x.gor')], 'a part of its path is no folder'],
  [['inspect', SHOP, '--from', 'pcap'], 'expected a format (gor'],
  [['inspect', '/dev/null'], 'expected a file, found something else'],
])('%j: one clear line, exit code 2', (args, message) => {
  const { status, stderr } = plimsoll(...args);
  expect(status).toBe(2);
  expect(stderr).toContain(message);
});

test('an interrupted conversion leaves nothing behind, and is exit code 130', async () => {
  const large = join(folder, 'large.gor');
  const block = gorBytes(shopRequests(20_000, 1000, 3));
  writeFileSync(large, Buffer.concat(Array.from({ length: 12 }, () => block)));
  const out = join(folder, 'interrupted');
  const args = ['convert', large, join(out, 'x.gor.gz'), '--window', '1000000'];
  const child = spawn(process.execPath, [...FLAGS, ...args], { stdio: 'ignore' });
  const endMs = Date.now() + 20_000;
  while (entries(out).length === 0 && Date.now() < endMs) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  expect(code).toBe(130);
  expect(entries(out)).toEqual([]);
});

function entries(path: string): string[] {
  return statSync(path, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(path);
}
