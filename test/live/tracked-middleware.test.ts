/**
 * `--track-answers`: a middleware gets request, recorded answer and the target's answer, under one
 * id, and what it learns from one answer is in the requests after it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import type { RecordedRequest } from '../../replay/formats/capture.ts';
import { TrackedMiddleware } from '../../replay/middleware/tracked.ts';
import type { ReplayOptions } from '../../replay/run/options.ts';
import { prepare } from '../../replay/run/prepare.ts';
import { replay } from '../../replay/run/replay.ts';
import { captureOf, recorded } from '../helpers/capture.ts';
import { gorBytes } from '../helpers/captures.ts';
import { buildGoReplayExample } from '../helpers/peers.ts';
import {
  type RecordingServer,
  startRecording,
  type WireRequest,
} from '../helpers/recording-server.ts';
import { replayOptions } from '../helpers/replays.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-tracked-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const servers: RecordingServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** Answers with what a function makes of the request. */
async function serve(bodyOf: (request: WireRequest) => string | Buffer): Promise<RecordingServer> {
  const server = await startRecording((request, socket) => {
    const body = Buffer.from(bodyOf(request) as string);
    const head = `HTTP/1.1 200 OK\r\nX-From: target\r\nContent-Length: ${body.length}\r\n\r\n`;
    const isHead = request.requestLine.startsWith('HEAD ');
    socket.write(isHead ? head : Buffer.concat([Buffer.from(head), body]));
  });
  servers.push(server);
  return server;
}

const lines = ({ requests }: RecordingServer) => requests.map(({ requestLine }) => requestLine);

function answered(atMs: number, target: string, body: string, method = 'GET'): RecordedRequest {
  const bytes = Buffer.from(body);
  const headers = ['Content-Length', String(bytes.length)];
  const answer = { status: 200, headers, body: bytes, latencyNs: 1_000_000n };
  const id = `a1b2c3d47f000001${atMs.toString(16).padStart(8, '0')}`;
  return recorded({ atMs, id, method, target, answer });
}

/** A program in JavaScript; `messages` are its messages, `say` is its log, `pass` gives back. */
function program(name: string, text: string): string {
  const path = join(folder, `${name}.mjs`);
  const before = `import { createInterface } from 'node:readline';
    const say = (value) => process.stderr.write(JSON.stringify(value) + '\\n');
    const hex = (text) => Buffer.from(text, 'latin1').toString('hex');
    const pass = (text) => process.stdout.write(hex(text) + '\\n');
    async function* read() {
      for await (const line of createInterface({ input: process.stdin })) {
        const text = Buffer.from(line, 'hex').toString('latin1');
        const [type, id, atNs, latencyNs] = text.slice(0, text.indexOf('\\n')).split(' ');
        const body = text.slice(text.indexOf('\\r\\n\\r\\n') + 4);
        yield { type, id, atNs, latencyNs, text, body };
      }
    }
    for await (const message of read()) {`;
  writeFileSync(path, `${before}${text}}`);
  return `${process.execPath} ${path}`;
}

async function tracked(
  command: string,
  requests: readonly RecordedRequest[],
  changes: Partial<ReplayOptions> & { readonly target: string },
) {
  let log = '';
  const onLog = (text: string) => (log += text);
  const middleware = await TrackedMiddleware.start({ command, onLog, quietMs: 1000 });
  const [open, options] = [captureOf(requests), replayOptions(changes)];
  try {
    const prepared = await prepare(open, options);
    const { summary } = await replay(open, options, { tracker: middleware }, prepared);
    return { summary, answers: middleware.answers, log: () => log.trim().split('\n') };
  } finally {
    await middleware.end();
  }
}

const ECHO = 'say(message); if (message.type === "1") pass(message.text);';

test('three kinds with one id, the third with time, latency, head and body', async () => {
  const server = await serve(({ requestLine }) => `new ${requestLine.split(' ')[1]}`);
  const requests = [0, 40, 80].map((atMs) => answered(atMs, `/${atMs}`, `old /${atMs}`));
  const startedMs = Date.now();
  const run = await tracked(program('echo', ECHO), requests, { target: server.url });
  expect(run.summary.sent).toBe(3);
  expect(run.answers).toEqual({ given: 3, withoutBody: 0, lost: 0 });
  const messages = run.log().map((line) => JSON.parse(line));
  for (const { id, target } of requests) {
    const [request, original, replayed] = messages
      .filter((message) => message.id === id)
      .sort((a, b) => a.type - b.type);
    expect([request.type, original.type, replayed.type]).toEqual(['1', '2', '3']);
    expect(original.body).toBe(`old ${target}`);
    expect(replayed.body).toBe(`new ${target}`);
    expect(replayed.text).toContain('\nHTTP/1.1 200 OK\r\nX-From: target\r\nContent-Length: ');
    expect(Number(replayed.atNs) / 1e6).toBeGreaterThan(startedMs - 1);
    expect(Number(replayed.atNs) / 1e6).toBeLessThan(Date.now() + 1);
    expect(Number(replayed.latencyNs)).toBeGreaterThan(0);
    expect(Number(replayed.latencyNs)).toBeLessThan(2e9);
  }
});

const GATE = `
  if (message.type === '3' && message.body.includes('closed')) globalThis.isClosed = true;
  if (message.type !== '1') continue;
  if (globalThis.isClosed && message.text.includes('/orders')) continue;
  pass(message.text);`;

test('gating by content: what an answer said decides about the requests after it', async () => {
  let orders = 0;
  const server = await serve(({ requestLine }) =>
    requestLine.includes('/orders') && ++orders === 3 ? 'shop closed' : 'open',
  );
  const requests = Array.from({ length: 60 }, (_, index) =>
    answered(index * 50, index % 2 === 0 ? `/orders/${index}` : `/items/${index}`, 'open'),
  );
  const { summary } = await tracked(program('gate', GATE), requests, { target: server.url });
  const sent = lines(server);
  expect(sent.filter((line) => line.includes('/items'))).toHaveLength(30);
  // What is due within the next half second has been let through already.
  const after = sent.filter((line) => line.includes('/orders')).length - 3;
  expect(after).toBeLessThanOrEqual(10);
  expect(summary.records).toBe(sent.length);
  expect(summary.verdict).toBe('pass');
});

test('bodies: none where there is none, whole up to 5 MiB, and told of beyond', async () => {
  const large = Buffer.alloc(4_000_000, 'x');
  const server = await serve(({ requestLine }) =>
    requestLine.includes('/huge') ? Buffer.alloc(6_000_000) : large,
  );
  const say = `if (message.type === '1') pass(message.text);
    if (message.type === '3') say([message.text.slice(0, 200), message.body.length]);`;
  const requests = [
    answered(0, '/huge', ''),
    answered(400, '/large', ''),
    answered(800, '/head', '', 'HEAD'),
  ];
  const changes = { target: server.url, compare: { ignoreHeaders: [], ignoreFields: [] } };
  const { answers, log, summary } = await tracked(program('bodies', say), requests, changes);
  expect(answers).toEqual({ given: 3, withoutBody: 1, lost: 0 });
  const [huge, whole, head] = log().map((line): [string, number] => JSON.parse(line));
  expect(huge).toEqual([expect.stringContaining('X-Plimsoll-Body-Dropped: too large'), 0]);
  expect(whole).toEqual([expect.stringContaining('Content-Length: 4000000'), 4_000_000]);
  expect(head).toEqual([expect.not.stringContaining('Content-Length'), 0]);
  expect(summary.answers!.recorded).toBe(3);
});

test('one process for all passes, each of which it gets whole', async () => {
  const server = await serve(() => 'fine');
  const say = `if (message.type === '1') { say(process.pid); pass(message.text); }`;
  const requests = [0, 300].map((atMs) => answered(atMs, `/${atMs}`, 'x'));
  const loop = { type: 'passes', passes: 3 } as const;
  const { log } = await tracked(program('pid', say), requests, { target: server.url, loop });
  expect(lines(server)).toHaveLength(6);
  expect(log()).toHaveLength(6);
  expect(new Set(log()).size).toBe(1);
});

test('one that dies is told of, and one that drops everything holds nothing up', async () => {
  const server = await serve(() => 'fine');
  const requests = Array.from({ length: 400 }, (_, index) => answered(index * 5, '/', 'x'));
  const dying = program('dies', 'process.exit(3);');
  await expect(tracked(dying, requests, { target: server.url })).rejects.toThrow(
    /the middleware has ended \(exit code 3\)/,
  );
  const startedMs = Date.now();
  const { summary } = await tracked(program('drops', ''), requests, { target: server.url });
  expect(summary).toMatchObject({ records: 0, sent: 0 });
  expect(Date.now() - startedMs).toBeLessThan(6000);
});

const example = buildGoReplayExample('token_modifier');
if ('missing' in example) console.log(`GoReplay's middleware is not tested: ${example.missing}`);

/** The target makes tokens of its own, so that no recorded one is worth anything there. */
function tokens(requestLine: string): string {
  if (requestLine.startsWith('GET /token')) return 'token-of-the-target';
  return requestLine.includes('token=token-of-the-target') ? 'welcome' : 'who are you?';
}

test.skipIf('missing' in example)(
  'GoReplay’s own token_modifier rewrites recorded tokens into those of the target',
  async () => {
    const server = await serve(({ requestLine }) => tokens(requestLine));
    const file = join(folder, 'tokens.gor');
    const requests = [
      answered(0, '/token', 'recorded-token'),
      answered(2000, '/secure?token=recorded-token&a=1', 'welcome'),
      answered(2100, '/secure?token=another', 'who are you?'),
    ];
    writeFileSync(file, gorBytes(requests), { mode: 0o600 });
    const command = 'path' in example ? example.path : '';
    const args = ['replay', file, '--target', server.url, '--middleware', command, '--json'];
    const child = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        'bin/plimsoll.ts',
        ...args,
        '--track-answers',
      ].concat(['-o', join(folder, 'out.json'), '--max-lateness', '9s']),
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, GOR_TEST: '1' } },
    );
    const [out, said] = [child.stdout, child.stderr].map((each) =>
      each.setEncoding('utf8').toArray(),
    );
    expect((await once(child, 'close'))[0]).toBe(0);
    expect(lines(server)).toEqual([
      'GET /token HTTP/1.1',
      'GET /secure?token=token-of-the-target&a=1 HTTP/1.1',
      'GET /secure?token=another HTTP/1.1',
    ]);
    expect((await said!).join('')).toContain('got 3 answers, 0 without their bodies; 0 were lost');
    expect(JSON.parse((await out!).join('')).middleware).toEqual({
      read: 6,
      used: 6,
      skipped: {},
      rejected: {},
      answers: { given: 3, withoutBody: 0, lost: 0 },
    });
  },
);
