/**
 * Where replayed traffic must not go and what it must not do, looked at where it would show: at the
 * sockets. "Elsewhere" is 127.0.0.2, or a name whose look-up must not happen.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { ReplayOptions } from '../../replay/run/options.ts';
import { prepare } from '../../replay/run/prepare.ts';
import { replay } from '../../replay/run/replay.ts';
import { parseRoute } from '../../replay/safety/methods.ts';
import { WELL_KNOWN_PATH } from '../../replay/safety/ownership.ts';
import { UsageError } from '../../simulator/model/usage-error.ts';
import { captureOf, recorded } from '../helpers/capture.ts';
import {
  answerFine,
  type RecordingServer,
  startRecording,
  type WireRequest,
} from '../helpers/recording-server.ts';
import { inProcess, replayOptions } from '../helpers/replays.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-safety-'));
let target: RecordingServer;
let elsewhere: RecordingServer;
let answer: Parameters<typeof startRecording>[0];

beforeAll(async () => {
  target = await startRecording((request, socket) => answer!(request, socket));
  elsewhere = await startRecording(answerFine, '127.0.0.2');
});
beforeEach(() => {
  answer = answerFine;
  target.requests.length = 0;
});
afterEach(() => {
  vi.unstubAllEnvs();
  expect(elsewhere.connections, 'connections elsewhere').toBe(0);
});
afterAll(async () => {
  await target.close();
  await elsewhere.close();
  rmSync(folder, { recursive: true });
});

const some = (count: number, changes: Parameters<typeof recorded>[0] = {}) =>
  Array.from({ length: count }, (_, i) => recorded({ atMs: i * 2, ...changes }));

function play(requests: ReturnType<typeof some>, changes: Partial<ReplayOptions> = {}) {
  return replay(captureOf(requests), replayOptions({ target: target.url, ...changes }));
}

/** Names that were looked up; all are at the target. */
function lookUps(address = '127.0.0.1') {
  const names: string[] = [];
  const lookup: LookupFunction = (name, _options, callback) => {
    names.push(name);
    callback(null, [{ address, family: 4 }]);
  };
  return { names, lookup, startShard: inProcess(lookup) };
}

test('1a: a redirect elsewhere is an answer, and nobody goes there', async () => {
  const to = `location: ${elsewhere.url}/\r\n`;
  answer = (_, socket) => socket.write(`HTTP/1.1 302 Found\r\n${to}content-length: 0\r\n\r\n`);
  const { summary } = await play(some(10));
  expect(summary).toMatchObject({ sent: 10, statuses: { 302: 10 } });
  expect(target.requests).toHaveLength(10);
});

test('1b: no record leads elsewhere, whatever its target and its headers say', async () => {
  const { names, lookup, startShard } = lookUps();
  const authority = new URL(elsewhere.url).host;
  const requests = [
    ...[`${elsewhere.url}/`, `https://elsewhere.example/`, authority].map((each) =>
      recorded({ target: each }),
    ),
    ...[`//${authority}/x`, `/\\${authority}`, `/@${authority}`].map((each) =>
      recorded({ target: each }),
    ),
    recorded({ headers: ['Host', authority, 'X-Forwarded-Host', authority] }),
    recorded({
      headers: ['Forwarded', `host=${authority}`, 'X-Original-Host', 'elsewhere.example'],
    }),
  ];
  const { summary } = await play(requests, {
    lookup,
    startShard,
    // Every name of this machine would be the target's.
    allowedSources: ['127.0.0.1'],
  });
  expect(summary).toMatchObject({ sent: 5, heldBack: { 'target is no path': 3 } });
  const own = new URL(target.url).host;
  for (const { headers } of target.requests) {
    expect(headers.filter((_, i) => i % 2 === 0 && /host|forwarded/i.test(headers[i]!))).toEqual([
      'host',
    ]);
    expect(headers[1]).toBe(own);
  }
  expect(names).toEqual([]);
});

test('1c: a target that nobody allowed is refused before a look-up', async () => {
  const { names, lookup, startShard } = lookUps();
  const url = `http://staging.example:${target.port}`;
  await expect(play(some(1), { target: url, lookup, startShard })).rejects.toThrow(UsageError);
  expect(names).toEqual([]);
  expect(target.requests).toEqual([]);
});

test('2: a capture of the target is refused, unless that host is named once more', async () => {
  const requests = some(3, { headers: ['Host', '127.0.0.1:9999'] });
  await expect(play(requests)).rejects.toThrow(
    /taken from the target itself, .* --allow-source 127/,
  );
  expect(target.requests).toEqual([]);
  const { summary, results } = await play(requests, { allowedSources: ['127.0.0.1'] });
  expect(summary).toMatchObject({ sent: 3 });
  expect(summary.overrides).toEqual(['allowed as source and target: 127.0.0.1']);
  expect(results.warnings).toContain('allowed as source and target: 127.0.0.1');
  const byName = some(1, { headers: ['host', 'localhost'] });
  await expect(play(byName)).rejects.toThrow(/--allow-source 127\.0\.0\.1/);
  const asHost = play(some(1), { host: 'SHOP.example:443' });
  await expect(asHost).rejects.toThrow(/--allow-source shop\.example/);
});

const TOKEN = 'a-token-of-some-length';
const CAPS = { mostPerSecond: 1000, mostInFlight: 10, mostRequests: 100, mostDurationMs: 10_000 };

/** Of a target that is not this machine, by its name. */
function staging(changes: Partial<ReplayOptions> = {}) {
  const { names, lookup, startShard } = lookUps();
  const url = `http://staging.example:${target.port}`;
  const allowedHosts = ['staging.example'];
  return {
    names,
    options: {
      target: url,
      allowedHosts,
      lookup,
      startShard,
      caps: CAPS,
      token: TOKEN,
      ...changes,
    },
  };
}

function serveToken(text: string, status = '200 OK') {
  answer = (request: WireRequest, socket) => {
    if (!request.requestLine.includes(WELL_KNOWN_PATH)) return answerFine(request, socket);
    const more = `location: ${elsewhere.url}/\r\ncontent-length: ${text.length}\r\n\r\n`;
    socket.write(`HTTP/1.1 ${status}\r\n${more}${text}`);
  };
}

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const token = (given: string, expires: string) => JSON.stringify({ token: given, expires });

test('3: a target elsewhere serves the token, and only then it is loaded', async () => {
  serveToken(token(TOKEN, inDays(1)));
  const { options, names } = staging();
  const { summary } = await play(some(5), options);
  expect(summary).toMatchObject({ sent: 5 });
  expect(target.requests.map(({ requestLine }) => requestLine)).toEqual([
    `GET ${WELL_KNOWN_PATH} HTTP/1.1`,
    ...Array.from({ length: 5 }, () => 'GET / HTTP/1.1'),
  ]);
  // And at the address that it had then, whatever the name says by now.
  expect(names).toEqual(['staging.example']);
});

test('3: the run is where the token was served, wherever the name is later', async () => {
  serveToken(token(TOKEN, inDays(1)));
  const [here, there] = ['127.0.0.1', '127.0.0.2'];
  const answers = [[here, '127.0.0.3'], [there]];
  const lookup: LookupFunction = (_name, _options, callback) => {
    const found = answers.length > 1 ? answers.shift()! : answers[0]!;
    callback(
      null,
      found.map((address) => ({ address, family: 4 })),
    );
  };
  // Nobody listens at the second address; the name moves on before the run begins.
  const { options } = staging({ lookup, startShard: inProcess(lookup) });
  const { summary } = await play(some(5), options);
  expect(summary).toMatchObject({ sent: 5, statuses: { 200: 5 } });
  expect(summary.overrides).toEqual(['allowed as a target: staging.example']);
  expect(target.requests).toHaveLength(6);
});

test('3: one address of the name that serves another token is enough for a refusal', async () => {
  serveToken(token(TOKEN, inDays(1)));
  const other = createServer((_, response) =>
    response.end(token('somebody-elses-token', inDays(1))),
  );
  other.listen(target.port, '127.0.0.2');
  await once(other, 'listening');
  const lookup: LookupFunction = (_name, _options, callback) =>
    callback(
      null,
      ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 })),
    );
  const refused = expect(play(some(3), staging({ lookup }).options)).rejects;
  await refused.toThrow(/the token is another one than --token/);
  other.close();
  expect(target.requests).toHaveLength(1);
});

test.each([
  ['another token', () => token('another-token-as-long', inDays(1)), '200 OK', /another one/],
  ['a token that has expired', () => token(TOKEN, inDays(-1)), '200 OK', /has expired/],
  ['one for ever', () => token(TOKEN, inDays(500)), '200 OK', /at most 90 days/],
  ['no moment', () => token(TOKEN, 'tomorrow'), '200 OK', /expected a moment/],
  ['no JSON', () => TOKEN, '200 OK', /expected {"token"/],
  ['nothing', () => '', '404 Not Found', /expected status 200, found 404/],
  ['a redirect to the token', () => token(TOKEN, inDays(1)), '302 Found', /found 302/],
  ['an endless text', () => 'x'.repeat(100_000), '200 OK', /at most 4096 bytes/],
])('3: refused where the target serves %s', async (_claim, text, status, message) => {
  serveToken(text(), status);
  await expect(play(some(3), staging().options)).rejects.toThrow(message);
  expect(target.requests.map(({ requestLine }) => requestLine)).toEqual([
    `GET ${WELL_KNOWN_PATH} HTTP/1.1`,
  ]);
});

test('3: without a token nobody even asks', async () => {
  const { options, names } = staging({ token: undefined });
  await expect(play(some(3), options)).rejects.toThrow(/expected --token/);
  expect(names).toEqual([]);
});

test('4: only GET, HEAD and OPTIONS are sent, and what a route opens', async () => {
  const methods = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'PURGE', 'get'];
  const requests = [
    ...methods.map((method) => recorded({ method, target: '/cart/1' })),
    recorded({ method: 'POST', target: '/admin' }),
    recorded({ method: 'POST', target: '/cart/../admin' }),
    recorded({ method: 'POST', target: '/cart/%2e%2e/admin' }),
    recorded({ method: 'POST', target: '/cart/..%2fadmin' }),
    recorded({ target: '/', headers: ['X-HTTP-Method-Override', 'DELETE'] }),
  ];
  const closed = await play(requests);
  expect(closed.summary.sent).toBe(3);
  target.requests.length = 0;
  const open = await play(requests, { routes: [parseRoute('POST /cart/*')] });
  expect(open.summary.sent).toBe(4);
  expect(open.summary.overrides).toEqual(['open route: POST /cart/*']);
  const lines = target.requests.map(({ requestLine }) => requestLine).sort();
  expect(lines).toEqual(
    ['GET', 'HEAD', 'OPTIONS', 'POST'].map((each) => `${each} /cart/1 HTTP/1.1`),
  );
});

test('6: every request is marked, and marked ones are not sent again', async () => {
  await play(some(3), { runId: 'run-77' });
  for (const { headers } of target.requests) expect(headers).toContain('run-77');
  const again = some(3, { headers: ['Host', 'x', 'X-PLIMSOLL-RUN', 'run-77'] });
  const { summary } = await play([...again, recorded({ atMs: 9 })]);
  expect(summary.heldBack).toEqual({ 'it was load when it was recorded': 3 });
});

test('5: what lost its body in redaction is held back; notes of a capture stay', async () => {
  const dropped = ['Host', 'shop.example', 'X-Plimsoll-Body-Dropped', 'no JSON; 12 bytes'];
  const noted = ['Host', 'shop.example', 'x-plimsoll-session', 'redacted-1', 'X-A', '1'];
  const requests = [
    recorded({ method: 'POST', headers: dropped }),
    recorded({ method: 'POST', headers: noted, atMs: 1 }),
  ];
  const routes = [parseRoute('POST /*')];
  const { summary } = await play(requests, { routes });
  expect(summary).toMatchObject({ sent: 1, heldBack: { 'its body was not kept': 1 } });
  expect(target.requests).toHaveLength(1);
  const names = target.requests[0]!.headers.filter((_, i) => i % 2 === 0);
  expect(names.filter((name) => /^x-plimsoll-/i.test(name))).toEqual(['x-plimsoll-run']);
  expect(names).toContain('X-A');
});

test('8a: elsewhere all four caps are needed, and said to be', async () => {
  const { options, names } = staging({ caps: { mostInFlight: 5 } });
  const refused = play(some(1), options);
  await expect(refused).rejects.toThrow('missing --max-rate, --max-requests, --max-duration');
  expect(names).toEqual([]);
});

test('8b: caps of rate, requests and duration hold at the wire', async () => {
  const rate = await play(some(400), { caps: { mostPerSecond: 50 } });
  const seconds = new Map<number, number>();
  for (const { atMs } of target.requests) {
    const second = Math.floor(atMs / 1000);
    seconds.set(second, (seconds.get(second) ?? 0) + 1);
  }
  // What is sent at the end of one second may arrive in the next.
  expect(Math.max(...seconds.values())).toBeLessThanOrEqual(60);
  expect(rate.summary.heldBack['over the rate cap']).toBe(400 - rate.summary.sent);
  const requests = await play(some(40), { caps: { mostRequests: 15 } });
  expect(requests.summary).toMatchObject({ sent: 15, heldBack: { 'over the request cap': 25 } });
  const duration = await play(some(40), { caps: { mostDurationMs: 40 } });
  expect(duration.summary).toMatchObject({ records: 40 });
  expect(duration.summary.sent).toBeLessThanOrEqual(21);
});

test('8c: the run stops by itself where most requests fail', async () => {
  answer = (_, socket) => socket.write('HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n');
  const requests = Array.from({ length: 4000 }, (_, i) => recorded({ atMs: i * 5 }));
  const { summary } = await play(requests, { budget: { mostRatio: 0.5, windowMs: 500 } });
  expect(summary.verdict).toBe('fail');
  expect(summary.reasons[0]).toMatch(/^stopped: 100 % of \d+ requests failed within 0.5 s$/);
  expect(summary.sent).toBeLessThan(1000);
  expect(summary.elapsedMs).toBeLessThan(5000);
});

test('8c: a run that is over before the window is, fails by the same budget', async () => {
  let count = 0;
  answer = (request, socket) =>
    count++ % 10 < 6
      ? socket.write('HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n')
      : answerFine(request, socket);
  const budget = { mostRatio: 0.5, windowMs: 10_000 };
  const over = await play(some(10), { budget });
  expect(over.summary).toMatchObject({ verdict: 'fail', sent: 10 });
  expect(over.summary.reasons).toEqual(['60 % of 10 requests failed']);
  const within = await play(some(10), { budget: { ...budget, mostRatio: 0.6 } });
  expect(within.summary.reasons.join()).not.toContain('failed');
  const off = await play(some(10), { budget: undefined });
  expect(off.summary.reasons.join()).not.toContain('failed');
});

test('8d: a stop ends the sending at once, what is under way has its end', async () => {
  answer = (request, socket) => setTimeout(() => answerFine(request, socket), 300);
  const stopping = new AbortController();
  const requests = Array.from({ length: 5000 }, (_, i) => recorded({ atMs: i * 4 }));
  const running = replay(captureOf(requests), replayOptions({ target: target.url }), {
    signal: stopping.signal,
  });
  await vi.waitFor(() => expect(target.requests.length).toBeGreaterThan(20), { timeout: 5000 });
  const stoppedAtMs = Date.now();
  stopping.abort();
  const { summary } = await running;
  const lastMs = Math.max(...target.requests.map(({ atMs }) => atMs));
  expect(lastMs - stoppedAtMs).toBeLessThan(100);
  expect(summary).toMatchObject({ isInterrupted: true, failed: {} });
  expect(summary.sent).toBe(target.requests.length);
  expect(summary.heldBack['the run was stopped']).toBe(summary.records - summary.sent);
  expect(Date.now() - stoppedAtMs).toBeLessThan(5000);
});

test('9: a look before says what would be sent, and makes no connection', async () => {
  const connections = target.connections;
  const requests = [
    ...some(6, { target: '/users/1?x=y' }),
    ...some(2, { method: 'POST', body: Buffer.from('abc') }),
    recorded({ headers: ['Host', 'other.example'], atMs: 60 }),
  ];
  const options = replayOptions({ target: target.url });
  const { survey } = await prepare(captureOf(requests), options);
  expect(survey).toMatchObject({
    records: 9,
    planned: 7,
    heldBack: { 'POST is not allowed': 2 },
    hosts: [
      { name: 'shop.example', count: 8 },
      { name: 'other.example', count: 1 },
    ],
    methods: [
      { name: 'GET', count: 7 },
      { name: 'POST', count: 2 },
    ],
    mutatingRatio: 2 / 9,
    durationMs: 60,
  });
  expect(survey.bytes).toBeGreaterThan(7 * 20);
  expect(target.connections).toBe(connections);
});

test('10a: a request that failed is not sent again', async () => {
  answer = (_, socket) => socket.destroy();
  const { summary } = await play(some(30));
  expect(summary).toMatchObject({ sent: 0, records: 30 });
  expect(target.requests).toHaveLength(30);
});

test('10b: no proxy of the environment is used', async () => {
  for (const name of ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy', 'HTTPS_PROXY']) {
    vi.stubEnv(name, elsewhere.url);
  }
  vi.stubEnv('NODE_USE_ENV_PROXY', '1');
  const { summary } = await play(some(5), { startShard: undefined });
  expect(summary.sent).toBe(5);
});

test('10c: no target without a good certificate, whatever the environment says', async () => {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const make = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject];
  execFileSync('openssl', [...make, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  let count = 0;
  const pair = { key: readFileSync(key), cert: readFileSync(cert) };
  const server = createTlsServer(pair, (_request, response) => {
    count++;
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  const { port } = server.address() as AddressInfo;
  const { summary } = await play(some(3), { target: `https://127.0.0.1:${port}` });
  server.close();
  expect(count).toBe(0);
  expect(summary).toMatchObject({ sent: 0, failed: { DEPTH_ZERO_SELF_SIGNED_CERT: 3 } });
});
