/** The recording proxy against real servers: traffic as without it, and what it wrote of it. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, expect, test } from 'vitest';
import { type Capture, type CaptureOptions, startCapture } from '../../replay/capture/capture.ts';
import { type CaptureManifest, manifestPath } from '../../replay/capture/manifest.ts';
import { USUAL_RULES } from '../../replay/redact/rules.ts';
import { UsageError } from '../../simulator/model/usage-error.ts';
import { answering, rawExchange, rawServer } from '../helpers/raw-http.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-capture-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Changes = Partial<Omit<CaptureOptions, 'recording'>> & {
  readonly recording?: Partial<CaptureOptions['recording']>;
};

interface Recorded {
  readonly text: string;
  readonly manifest: CaptureManifest;
}

/** A capture before a server, and how to end it and see what it wrote. */
async function capturing(upstreamPort: number, changes: Changes = {}) {
  const { recording = {}, ...others } = changes;
  const path = join(folder, `${files++}.gor`);
  const capture: Capture = await startCapture({
    listen: { host: '127.0.0.1', port: 0 },
    upstream: { host: '127.0.0.1', port: upstreamPort },
    answers: 'full',
    mostBodyBytes: 1_000_000,
    mostOpenBytes: 64_000_000,
    queue: { mostItems: 10_000, mostBytes: 64_000_000 },
    ...others,
    recording: {
      file: { path, rotateBytes: undefined, rotateMs: undefined },
      rules: USUAL_RULES,
      mostBytes: 1e9,
      source: 'test',
      version: '0',
      retainDays: 30,
      sampledRatio: 1,
      ...recording,
    },
  });
  let isClosed = false;
  const close = async () => {
    if (!isClosed) await capture.close(200);
    isClosed = true;
  };
  closers.push(close);
  const recorded = async (): Promise<Recorded> => {
    await close();
    const manifest: CaptureManifest = JSON.parse(readFileSync(manifestPath(path), 'utf8'));
    const [first] = manifest.files;
    return { text: readFileSync(join(folder, first!.name), 'latin1'), manifest };
  };
  return { port: capture.port, capture, path, recorded };
}

async function serving(...args: Parameters<typeof rawServer>) {
  const server = await rawServer(...args);
  closers.push(server.close);
  return server;
}

/** Record headers without times: type and id. */
function headLines(text: string): string[] {
  return [...text.matchAll(/^([123] [0-9a-f]{24}) \d{19} \d+$/gm)].map(([, line]) => line!);
}

const FINE = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Type: text/plain\r\n\r\nfine';

test('requests of one connection arrive as sent, and their ids tell the connection', async () => {
  const server = await serving(answering(FINE));
  const { port, recorded } = await capturing(server.port);
  const sent = [
    'GET /a?x=1 HTTP/1.1\r\nHost: shop\r\nX-Odd:   spaced  \r\n\r\n',
    'POST /b HTTP/1.1\r\nhost: shop\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n',
  ];
  // The answering server counts empty lines: the body stands behind the second head.
  const { text } = await rawExchange(port, [sent[0]!, `${sent[1]}hi`], { until: /fine.*fine/s });
  expect(text).toBe(FINE + FINE);
  expect(server.received).toEqual([`${sent[0]}${sent[1]}hi`]);
  const { text: gor, manifest } = await recorded();
  const lines = headLines(gor).sort();
  expect(lines.map((line) => line[0])).toEqual(['1', '1', '2', '2']);
  const [first, second, ...answers] = lines.map((line) => line.slice(2)) as [string, string];
  expect(answers).toEqual([first, second]);
  expect(first.slice(0, 16)).toBe(second.slice(0, 16));
  expect([first.slice(16), second.slice(16)]).toEqual(['00000000', '00000001']);
  expect(gor).toContain('GET /a?x=1 HTTP/1.1\r\nHost: shop\r\n\r\n\n');
  expect(gor).toContain('\r\nContent-Length: 2\r\n\r\nhi\n');
  expect(manifest).toMatchObject({
    state: 'complete',
    requests: { seen: 2, recorded: 2, skipped: {}, lost: {} },
    answers: { recorded: 2 },
    hosts: { shop: 2 },
    methods: { GET: 1, POST: 1 },
  });
});

test('in single bytes it is the same, pipelined as well, and trailers go through', async () => {
  const chunked =
    'POST /c HTTP/1.1\r\nHost: s\r\nContent-Type: text/plain\r\n' +
    'Transfer-Encoding: chunked\r\n\r\n' +
    '3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 9\r\n\r\n';
  const sent = `\r\n${chunked}GET /d HTTP/1.1\r\nHost: s\r\n\r\n`;
  const server = await serving((socket, text) => {
    if (text === sent) socket.end(FINE + FINE);
  });
  const { port, recorded } = await capturing(server.port);
  const { text, closed } = await rawExchange(port, [...sent]);
  expect({ text, closed }).toEqual({ text: FINE + FINE, closed: 'ended' });
  expect(server.received).toEqual([sent]);
  const { text: gor, manifest } = await recorded();
  expect(gor).toContain('\r\nContent-Length: 5\r\n\r\nabcde\n');
  expect(gor).not.toMatch(/chunked|X-Sum/);
  expect(manifest.requests).toMatchObject({ seen: 2, recorded: 2 });
});

test('100-continue is waited for, and no answer of its own in the record', async () => {
  const server = await serving((socket, text, chunk) => {
    if (text.endsWith('\r\n\r\n')) socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    if (chunk.toString() === 'ping') socket.write(FINE);
  });
  const { port, recorded } = await capturing(server.port);
  const head = 'PUT / HTTP/1.1\r\nHost: s\r\nExpect: 100-continue\r\nContent-Type: text/plain\r\n';
  const sent = [`${head}Content-Length: 4\r\n\r\n`, 'ping'];
  const { text } = await rawExchange(port, sent, { until: 'fine', pauseMs: 100 });
  expect(text).toBe(`HTTP/1.1 100 Continue\r\n\r\n${FINE}`);
  const { text: gor } = await recorded();
  expect(gor).not.toMatch(/Expect|100 Continue/);
  expect(gor).toContain('Content-Length: 4\r\n\r\nping\n');
  expect(headLines(gor)).toHaveLength(2);
});

test('an upgrade passes through and is not recorded; one that is refused is', async () => {
  const upgrade =
    'GET /ws HTTP/1.1\r\nHost: s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
  let isGranted = false;
  const server = await serving((socket, text, chunk) => {
    if (chunk.toString('latin1') === '\x81\x02hi') socket.write('\x81\x02yo', 'latin1');
    if (text !== upgrade) return;
    socket.write(
      isGranted ? 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n' : FINE,
    );
  });
  const { port, recorded } = await capturing(server.port);
  await rawExchange(port, [upgrade], { until: 'fine' });
  isGranted = true;
  const frame = Buffer.from('\x81\x02hi', 'latin1');
  const { text } = await rawExchange(port, [upgrade, frame], { until: '\x81\x02yo', pauseMs: 100 });
  expect(text).toMatch(/^HTTP\/1.1 101 /);
  const { text: gor, manifest } = await recorded();
  expect(headLines(gor)).toHaveLength(2);
  expect(manifest.requests).toEqual({ seen: 2, recorded: 1, skipped: { upgraded: 1 }, lost: {} });
});

const MALFORMED: readonly [claim: string, sent: string, skipped: string][] = [
  ['no HTTP at all', 'hello there\r\n\r\n', 'malformed request line'],
  ['bare line feeds', 'GET / HTTP/1.1\nHost: s\n\n\r\n\r\n', 'malformed request line'],
  ['a space before the colon', 'GET / HTTP/1.1\r\nHost : s\r\n\r\n', 'malformed header'],
  ['a folded header', 'GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n', 'malformed header'],
  [
    'two lengths',
    'POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
    'more than one Content-Length',
  ],
  [
    'a length and chunks',
    'POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'both Content-Length and Transfer-Encoding',
  ],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'HTTP/2'],
  [
    'a chunk without a size',
    'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    'cut off: malformed chunk',
  ],
];

test.each(MALFORMED)('%s: the server gets it and decides', async (_claim, sent, skipped) => {
  const refusal = 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n';
  const server = await serving((socket, text) => {
    if (text === sent) socket.end(refusal);
  });
  const { port, recorded } = await capturing(server.port);
  const { text } = await rawExchange(port, [sent]);
  expect(text).toBe(refusal);
  const { text: gor, manifest } = await recorded();
  expect(gor).toBe('');
  expect(manifest.requests).toEqual({ seen: 1, recorded: 0, skipped: { [skipped]: 1 }, lost: {} });
});

test('a node:http server answers through it as without it', async () => {
  const server = createServer((req, res) => {
    const hash: Buffer[] = [];
    req.on('data', (chunk) => hash.push(chunk));
    req.on('end', () => res.end(Buffer.concat(hash)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const upstream = (server.address() as AddressInfo).port;
  closers.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  const { port, capture, recorded } = await capturing(upstream, { mostBodyBytes: 1000 });
  const body = Buffer.alloc(20_000_000, 'abc');
  const bad = ['GET / HTTP/1.1\r\n\r\n'];
  expect((await rawExchange(port, bad)).text).toMatch(/^HTTP\/1.1 400 /);
  const answer = await new Promise<Buffer>((resolve, reject) => {
    const req = request({ port, method: 'POST', agent: false }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk) => chunks.push(chunk));
      res.on('end', () => resolve(Buffer.concat(chunks)));
    });
    req.on('error', reject);
    req.end(body);
  });
  expect(answer.equals(body)).toBe(true);
  expect(capture.counts()).toMatchObject({ connections: 2, brokenTaps: 0 });
  const { text: gor, manifest } = await recorded();
  expect(gor).toContain(
    'X-Plimsoll-Body-Dropped: body too large; bytes=20000000\r\nContent-Length: 0',
  );
  expect(gor.length).toBeLessThan(5000);
  expect(manifest.requests).toMatchObject({ recorded: 2, lost: {} });
});

test('a client that reads slowly holds nobody up but itself', async () => {
  const large = `HTTP/1.1 200 OK\r\nContent-Length: 8000000\r\n\r\n${'x'.repeat(8_000_000)}`;
  const server = await serving((socket, text) => {
    socket.write(text.startsWith('GET /large') ? large : FINE);
  });
  const { port } = await capturing(server.port);
  const slow = rawExchange(port, ['GET /large HTTP/1.1\r\nHost: s\r\n\r\n'], {
    until: 8_000_000,
  });
  const { text } = await rawExchange(port, ['GET / HTTP/1.1\r\nHost: s\r\n\r\n'], {
    until: 'fine',
  });
  expect(text).toBe(FINE);
  expect((await slow).text.length).toBeGreaterThan(7_990_000);
});

test('a server that is not there, and one that resets, look like that', async () => {
  const gone = await rawServer(() => {});
  await gone.close();
  const unreachable = await capturing(gone.port);
  const get = ['GET / HTTP/1.1\r\nHost: s\r\n\r\n'];
  expect(await rawExchange(unreachable.port, get)).toEqual({ text: '', closed: 'reset' });
  expect(unreachable.capture.counts()).toMatchObject({ unreachable: 1 });
  const server = await serving((socket) => socket.resetAndDestroy());
  const { port, recorded } = await capturing(server.port);
  expect(await rawExchange(port, get)).toEqual({ text: '', closed: 'reset' });
  expect((await recorded()).manifest.requests).toMatchObject({ seen: 1, recorded: 1 });
});

test('a half-closed client still gets its answer', async () => {
  const server = await serving(
    () => {},
    (socket) => socket.on('end', () => socket.end(FINE)),
  );
  const { port } = await capturing(server.port);
  const { connect } = await import('node:net');
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.end('GET / HTTP/1.0\r\n\r\n');
  const chunks = await socket.setEncoding('utf8').toArray();
  expect(chunks.join('')).toBe(FINE);
  socket.destroy();
});

test('marked traffic is passed on and not recorded', async () => {
  const server = await serving(answering(FINE));
  const { port, recorded } = await capturing(server.port);
  const sent = 'GET / HTTP/1.1\r\nHost: s\r\nX-Plimsoll-Run: 7\r\n\r\n';
  await rawExchange(port, [sent], { until: 'fine' });
  expect(server.received).toEqual([sent]);
  const { manifest } = await recorded();
  expect(manifest.requests).toEqual({
    seen: 1,
    recorded: 0,
    skipped: { 'marked as replayed': 1 },
    lost: {},
  });
});

test('a sample holds whole sessions', async () => {
  const server = await serving(answering(FINE));
  const { port, recorded } = await capturing(server.port, { recording: { sampledRatio: 0.5 } });
  for (let user = 0; user < 30; user++) {
    const get = `GET /${user} HTTP/1.1\r\nHost: s\r\nCookie: sid=user-number-${user}\r\n\r\n`;
    await rawExchange(port, [get], { until: 'fine' });
    await rawExchange(port, [get], { until: 'fine' });
  }
  const { text: gor, manifest } = await recorded();
  const users = [...gor.matchAll(/GET \/(\d+) /g)].map(([, user]) => user);
  const distinct = new Set(users);
  expect(users).toHaveLength(distinct.size * 2);
  expect(distinct.size).toBeGreaterThan(3);
  expect(distinct.size).toBeLessThan(27);
  expect(manifest.requests).toMatchObject({
    seen: 60,
    recorded: users.length,
    skipped: { 'not sampled': 60 - users.length },
  });
});

test('a body that would end its record for GoReplay is left out', async () => {
  const server = await serving(answering(FINE));
  const { port, recorded } = await capturing(server.port);
  const evil = Buffer.from('a\n🐵🙈🙉\n1 abc 1 1\nDELETE / HTTP/1.1\r\n');
  const head = 'POST / HTTP/1.1\r\nHost: s\r\nContent-Type: text/plain\r\n';
  const sent = [`${head}Content-Length: ${evil.length}\r\n\r\n`, evil];
  await rawExchange(port, sent, { until: 'fine' });
  const { text: gor } = await recorded();
  expect(gor).not.toContain('DELETE');
  expect(gor).toContain('X-Plimsoll-Body-Dropped: holds the separator; bytes=');
});

test('files: mode 0600, rotation, gzip by the name, never written over, a manifest', async () => {
  const server = await serving(answering(FINE));
  const path = join(folder, 'rotated.gor.gz');
  const recording = { file: { path, rotateBytes: 1, rotateMs: undefined } };
  const { port, recorded } = await capturing(server.port, { recording });
  for (const name of ['a', 'b']) {
    await rawExchange(port, [`GET /${name} HTTP/1.1\r\nHost: s\r\n\r\n`], { until: 'fine' });
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  await recorded().catch(() => {});
  const manifest: CaptureManifest = JSON.parse(readFileSync(manifestPath(path), 'utf8'));
  expect(manifest.files.map(({ name, records }) => [name, records]).slice(0, 2)).toEqual([
    ['rotated.gor_0.gz', 2],
    ['rotated.gor_1.gz', 2],
  ]);
  const first = join(folder, 'rotated.gor_0.gz');
  expect(gunzipSync(readFileSync(first)).toString()).toContain('GET /a HTTP/1.1');
  expect(statSync(first).mode & 0o777).toBe(0o600);
  expect(statSync(manifestPath(path)).mode & 0o777).toBe(0o600);
  await expect(capturing(server.port, { recording })).rejects.toThrow(UsageError);
});

test('records that do not fit are lost and counted, and the traffic goes on', async () => {
  const server = await serving(answering(FINE));
  const queue = { mostItems: 0, mostBytes: 1 };
  const { port, recorded } = await capturing(server.port, { queue });
  const { text } = await rawExchange(port, ['GET / HTTP/1.1\r\nHost: s\r\n\r\n'], {
    until: 'fine',
  });
  expect(text).toBe(FINE);
  const { manifest } = await recorded();
  expect(manifest.requests).toEqual({
    seen: 1,
    recorded: 0,
    skipped: {},
    lost: { 'recorder too slow': 1 },
  });
});

test('a capture that is full says so, and the traffic goes on', async () => {
  const server = await serving(answering(FINE));
  const { port, recorded } = await capturing(server.port, { recording: { mostBytes: 300 } });
  for (let index = 0; index < 10; index++) {
    await rawExchange(port, ['GET / HTTP/1.1\r\nHost: s\r\n\r\n'], { until: 'fine' });
  }
  const { manifest } = await recorded();
  const { seen, recorded: written, lost } = manifest.requests;
  expect(seen).toBe(10);
  expect(written).toBeGreaterThan(0);
  expect(lost).toEqual({ 'capture is full': 10 - written });
});
