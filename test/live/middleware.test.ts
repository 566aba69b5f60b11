/** GoReplay's middleware protocol, both ways, with real processes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { manifestPath } from '../../replay/capture/manifest.ts';
import type { CaptureSource, ReadReport, RecordedRequest } from '../../replay/formats/capture.ts';
import { throughMiddleware } from '../../replay/middleware/filter.ts';
import { formatLine, parseLine } from '../../replay/middleware/protocol.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-middleware-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FLAGS = [
  '--disable-warning=ExperimentalWarning',
  'bin/plimsoll.ts',
  'capture',
  '--middleware',
];
const hex = (text: string | Buffer) => Buffer.from(text as string, 'latin1').toString('hex');
const AT = '1795666571942698635';
const ID = '932079936fa4306fc308d67588178d17d823647c'.slice(0, 24);

const LINES: readonly [claim: string, line: string, expected: object | string][] = [
  [
    'a request',
    hex(`1 ${ID} ${AT} 7\nGET /`),
    { type: 1, id: ID, atNs: BigInt(AT), latencyNs: 7n },
  ],
  ['three tokens', hex(`2 a ${AT}\nx`), { type: 2, id: 'a', latencyNs: 0n }],
  ['upper case and a CR', `${hex(`1 a ${AT}\nx`).toUpperCase()}\r\n`, { id: 'a' }],
  ['half a byte', '313', 'no hex'],
  ['no header line', hex('GET / HTTP/1.1'), 'no header line'],
  ['an unknown type', hex(`9 a ${AT}\nx`), 'no header line'],
  ['no time', hex('1 a b\nx'), 'no header line'],
  ['the time 0', hex('1 a 0\nx'), 'timestamp out of range'],
];

test.each(LINES)('a line: %s', (_claim, line, expected) => {
  const parsed = parseLine(line);
  if (typeof expected === 'string') expect(parsed).toBe(expected);
  else expect(parsed).toMatchObject(expected);
});

test('a line that is written is read, whatever its bytes', () => {
  const http = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const message = { type: 3, id: 'a', atNs: 2n ** 62n, latencyNs: -1n, http } as const;
  const line = formatLine(message);
  expect(line).toMatch(/^[0-9a-f]+\n$/);
  expect(parseLine(line)).toEqual(message);
});

test('what GoReplay sends is echoed as it came, recorded, and without its secrets', async () => {
  const path = join(folder, 'from-gor.gor');
  const large = 'x'.repeat(900_000);
  const head = 'POST /b?token=s3cret-value HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\n';
  const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n${(900_000).toString(16)}\r\n${large}\r\n0\r\n\r\n`;
  const lines = [
    // GoReplay tells of an answer before its request as well.
    hex(`2 ${ID} ${AT} 9\nHTTP/1.1 204 No Content\r\n\r\n`),
    hex(`1 ${ID} ${AT} 0\nGET /a HTTP/1.1\r\nHost: h\r\nCookie: sid=s3cret-value\r\n\r\n`),
    hex(`1 ${ID.slice(0, 16)}ffffffff ${AT} 5\n${chunked}`).toUpperCase(),
    hex(`2 ${ID.slice(0, 16)}ffffffff ${AT} 9\nHTTP/1.1 204 No Content\r\n\r\n`),
    'zz',
    hex(`1 ${ID} ${AT} 0\nGET /cut HTTP/1.1\r\nHost`),
  ];
  const child = spawn(process.execPath, [...FLAGS, '-o', path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(lines.map((line) => `${line}\n`).join(''));
  const echo = await child.stdout.setEncoding('latin1').toArray();
  expect(echo.join('')).toBe(lines.map((line) => `${line}\n`).join(''));
  if (child.exitCode === null) await once(child, 'exit');
  expect(child.exitCode).toBe(0);
  const text = readFileSync(path, 'latin1');
  expect(text).not.toContain('s3cret-value');
  expect(text).not.toContain(ID);
  const heads = [...text.matchAll(/^([12]) ([0-9a-f]{24}) (\d{19}) (\d+)$/gm)].map((found) =>
    found.slice(1),
  );
  expect(heads).toEqual([
    ['1', expect.stringMatching(`${ID.slice(16)}$`), AT, '0'],
    ['2', heads[0]![1], AT, '9'],
    ['1', expect.stringMatching(/f{8}$/), AT, '5'],
    ['2', heads[2]![1], AT, '9'],
  ]);
  expect(heads[0]![1]!.slice(0, 16)).toBe(heads[2]![1]!.slice(0, 16));
  expect(text).toContain(`Content-Length: 900000\r\n\r\n${large}\n`);
  expect(JSON.parse(readFileSync(manifestPath(path), 'utf8')).requests).toEqual({
    seen: 4,
    recorded: 2,
    skipped: { 'no hex': 1, 'incomplete message': 1 },
    lost: {},
  });
});

function sourceOf(requests: readonly RecordedRequest[]): CaptureSource {
  const report: ReadReport = {
    read: requests.length,
    used: requests.length,
    skipped: {},
    rejected: {},
    examples: [],
  };
  return {
    format: 'test',
    batches: (async function* () {
      for (let at = 0; at < requests.length; at += 100) yield requests.slice(at, at + 100);
    })(),
    report: () => report,
  };
}

function requestsOf(count: number): RecordedRequest[] {
  return Array.from({ length: count }, (_, index) => ({
    atNs: BigInt(AT) + BigInt(index),
    id: `id-${index}`,
    connection: `c${index % 3}`,
    method: index % 2 === 0 ? 'GET' : 'POST',
    target: `/${index}`,
    headers: ['Host', 'h', 'X-Byte', '\u00ff'],
    body: index % 2 === 0 ? undefined : Buffer.from([0, 10, 255, index % 256]),
    answer: undefined,
  }));
}

async function filtered(requests: readonly RecordedRequest[], command: string) {
  let log = '';
  const options = { command, onLog: (text: string) => (log += text), quietMs: 700 };
  const source = await throughMiddleware(sourceOf(requests), options);
  const out: RecordedRequest[] = [];
  for await (const batch of source.batches) out.push(...batch);
  return { out, report: source.report(), log };
}

test('a middleware that passes everything changes nothing', async () => {
  const requests = requestsOf(3000);
  const { out, report } = await filtered(requests, 'cat');
  const withLength = requests.map((request) => ({
    ...request,
    headers: [
      ...request.headers,
      ...(request.body === undefined ? [] : ['Content-Length', String(request.body.length)]),
    ],
  }));
  expect(out).toEqual(withLength);
  expect(report).toMatchObject({ read: 3000, used: 3000, skipped: {}, rejected: {} });
});

test('one that drops, rewrites and says something does so', async () => {
  const program = join(folder, 'rewrite.mjs');
  writeFileSync(
    program,
    `import { createInterface } from 'node:readline';
    for await (const line of createInterface({ input: process.stdin })) {
      const text = Buffer.from(line, 'hex').toString('latin1');
      if (text.includes('POST ')) continue;
      console.error('seen');
      console.log(Buffer.from(text.replace('GET /', 'GET /v2/'), 'latin1').toString('hex'));
      if (text.includes('GET /0 ')) console.log('no hex at all');
    }`,
  );
  const { out, report, log } = await filtered(requestsOf(10), `${process.execPath} ${program}`);
  expect(out.map(({ target }) => target)).toEqual(['/v2/0', '/v2/2', '/v2/4', '/v2/6', '/v2/8']);
  expect(out.map(({ connection }) => connection)).toEqual(['c0', 'c2', 'c1', 'c0', 'c2']);
  expect(log).toContain('seen');
  expect(report).toMatchObject({
    used: 5,
    rejected: { 'from the middleware: no hex': 1 },
  });
});

test('one that does not end by itself is ended when it has nothing more to say', async () => {
  const program = join(folder, 'stays.mjs');
  writeFileSync(
    program,
    `process.stdin.pipe(process.stdout, { end: false });
    setInterval(() => {}, 1000);`,
  );
  const { out, report } = await filtered(requestsOf(500), `${process.execPath} ${program}`);
  expect(out).toHaveLength(500);
  expect(report).toMatchObject({ used: 500, skipped: {}, rejected: {} });
});

test('one that prints what is no message, without end, is ended', async () => {
  await expect(filtered(requestsOf(3), 'yes')).rejects.toThrow(
    /^the middleware has ended \(signal SIGKILL, after \d+ lines that were no messages\)/,
  );
});

test('one that dies, one that hangs and one that is not there are told of', async () => {
  await expect(filtered(requestsOf(50_000), 'head -c 10')).rejects.toThrow(/has ended/);
  await expect(filtered(requestsOf(3), 'sleep 60')).rejects.toThrow(
    /has ended \(signal SIGTERM\) after 3 messages/,
  );
  await expect(filtered(requestsOf(3), '/no/such/program')).rejects.toThrow(
    'cannot run the middleware /no/such/program: ENOENT',
  );
});
