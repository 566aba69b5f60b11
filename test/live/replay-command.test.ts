/** `plimsoll replay` as a user meets it, in processes of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { CaptureLine } from '../helpers/capture.ts';
import { answerFine, type RecordingServer, startRecording } from '../helpers/recording-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-replay-cli-'));
let server: RecordingServer;
let answer: Parameters<typeof startRecording>[0];

beforeAll(async () => {
  server = await startRecording((request, socket) => answer!(request, socket));
});
beforeEach(() => {
  answer = answerFine;
  server.requests.length = 0;
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

let files = 0;

function capture(lines: readonly CaptureLine[], more = ''): string {
  const path = join(folder, `capture-${files++}.jsonl`);
  writeFileSync(path, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n${more}`);
  chmodSync(path, 0o600);
  return path;
}

const every = (count: number, everyMs: number, changes: Partial<CaptureLine> = {}): CaptureLine[] =>
  Array.from({ length: count }, (_, i) => ({ atMs: i * everyMs, ...changes }));

const PROGRAM = join(import.meta.dirname, '../helpers/replay-command.ts');

function start(args: readonly string[]) {
  const all = ['--disable-warning=ExperimentalWarning', PROGRAM, 'replay', ...args];
  const child = spawn(process.execPath, [...all, '--target', server.url], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
  });
  const text = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    text.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    text.stderr += chunk;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number, ...text }));
  return { child, ended };
}

test('a pass: words, the measurement, a log, and 0', async () => {
  const file = capture(every(40, 10, { target: '/users/7' }));
  const args = [file, '-o', 'out.json', '--log', 'out.ndjson', '--max-lateness', '5s'];
  const { code, stdout, stderr } = await start(args).ended;
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout).toMatch(/^✓ PASS {2}http:\/\/127\.0\.0\.1:\d+ {2}run replay-/);
  expect(stdout).toContain('40 = 40 sent + 0 failed + 0 held back');
  expect(stdout).toMatch(/latency +p50 .* from the intended moment/);
  expect(stderr).toContain('40 × GET /users/{id}');
  expect(stderr).not.toContain('read by others');
  expect(JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8'))).toMatchObject({
    format: 'plimsoll-results/1',
    provenance: { tool: 'replay' },
  });
  expect(readFileSync(join(folder, 'out.ndjson'), 'utf8').trim().split('\n')).toHaveLength(40);
});

test('no log has a secret in it, whatever the targets have', async () => {
  const jwt = 'eyJhbGciOiJub25lIn0.eyJhIjoiYiJ9.c2lnbmF0dXJl';
  const targets = ['/a?token=s3cretvalue&q=1', '/a?token=s3cretvalue&q=2', `/t/${jwt}`];
  const file = capture(targets.map((target, i) => ({ atMs: i, target, connection: `c${i}` })));
  const logs = ['--log', 'secret.ndjson', '--csv', 'secret.csv', '-o', 'secret.json'];
  const { code, ...said } = await start([file, ...logs, '--threads', '2', '--max-lateness', '5s'])
    .ended;
  expect(code).toBe(0);
  const sent = server.requests.map(({ requestLine }) => requestLine).sort();
  expect(sent).toEqual(targets.map((target) => `GET ${target} HTTP/1.1`));
  const [ndjson, csv, json] = ['secret.ndjson', 'secret.csv', 'secret.json'].map((name) =>
    readFileSync(join(folder, name), 'utf8'),
  );
  expect(`${ndjson}${csv}${json}${said.stdout}${said.stderr}`).not.toMatch(/s3cret|eyJ/);
  const [, pseudonym] = /"\/a\?token=(redacted-\w+)&q=1"/.exec(ndjson!)!;
  expect(ndjson).toContain(`/a?token=${pseudonym}&q=2`);
  expect(csv).toContain(`/a?token=${pseudonym}&q=1,`);
});

test('--dry-run says what would be sent, and sends nothing', async () => {
  const connections = server.connections;
  const secret = { target: '/?access_token=s3cretvalue' };
  const some = [
    ...every(3, 500),
    ...every(2, 10, { method: 'DELETE' }).map((one) => ({ ...one, ...secret })),
  ];
  const file = capture(some);
  const text = await start([file, '--dry-run', '--speed', '2', '-o', 'no.json']).ended;
  expect(text).toMatchObject({ code: 0 });
  expect(text.stdout).toMatch(/secrets +2 × named secret in target\n/);
  expect(text.stdout).not.toContain('s3cret');
  expect(text.stdout).toMatch(/held back +2 of 5: 2 × DELETE is not allowed\n/);
  expect(text.stdout).toMatch(/to send +3 requests to http:\/\/127\.0\.0\.1:\d+ in 500 ms, 4\/s,/);
  expect(text.stdout).toContain('40 % may change something');
  const json = await start([file, '--dry-run', '--json']).ended;
  expect(JSON.parse(json.stdout)).toMatchObject({ records: 5, planned: 3, durationMs: 1000 });
  expect(server.connections).toBe(connections);
  expect(existsSync(join(folder, 'no.json'))).toBe(false);
});

test('what cannot be trusted or has failed ends with 1', async () => {
  const file = capture(every(30, 1));
  const late = await start([file, '--max-lateness', '1us']).ended;
  expect(late).toMatchObject({ code: 1, stdout: expect.stringMatching(/^\? INCONCLUSIVE/) });
  answer = (_, socket) => socket.destroy();
  const failed = await start([file, '--json']).ended;
  expect(failed.code).toBe(1);
  expect(JSON.parse(failed.stdout)).toMatchObject({ format: 'plimsoll-replay/1', verdict: 'fail' });
});

const BAD = '{"no json\n';

test.each([
  ['a capture without a request', BAD, [], /expected a capture with requests, found none in 1/],
  [
    'too many bad records',
    `${'{"atMs":1}\n'.repeat(9)}${BAD}`,
    [],
    /1 of 10 records are bad \(10 %\), more than 5 %/,
  ],
  ['nothing to send', '{"atMs":1,"method":"POST"}\n', [], /nothing would be sent/],
  [
    'nothing to send, before it is sent',
    '{"atMs":1,"method":"POST"}\n',
    ['--dry-run'],
    /nothing wou/,
  ],
  [
    'one file for two logs',
    '{"atMs":1}\n',
    ['--log', 'a', '--csv', './a'],
    /a would be written twice/,
  ],
  ['more than all', '{"atMs":1}\n', ['--sample', '101%'], /--sample: expected "10%"/],
  ['two tempos', '{"atMs":1}\n', ['--speed', '2', '--rate', '5/s'], /expected one of --speed/],
  ['a pace that is none', '{"atMs":1}\n', ['--pace', '5m'], /expected phases such as/],
  [
    'a day that is none',
    '{"atMs":1}\n',
    ['--from', '2026-02-30T00:00:00Z'],
    /--from: expected a moment/,
  ],
  ['a route that is none', '{"atMs":1}\n', ['--allow', '*'], /expected a route such as/],
  ['a pattern that is none', '{"atMs":1}\n', ['--path', '('], /pattern \(/],
  ['a pattern that looks back', '{"atMs":1}\n', ['--path', '(a)\\1'], /pattern /],
  ['a module that is not there', '{"atMs":1}\n', ['--interceptor', 'no.ts'], /no such file/],
])('%s: one clear message, 2, and nothing is sent', async (_claim, text, args, message) => {
  const path = join(folder, `bad-${files++}.jsonl`);
  writeFileSync(path, text);
  const { code, stderr } = await start([path, ...args]).ended;
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
  expect(server.requests).toEqual([]);
});

test('a share of bad records that was allowed is told, and the rest is sent', async () => {
  const { code, stderr } = await start([
    capture(every(9, 1), BAD),
    ...['--max-bad', '20%', '--max-lateness', '5s'],
  ]).ended;
  expect({ code, stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('1 × no JSON'),
  });
  expect(server.requests).toHaveLength(9);
});

test('the first Ctrl-C ends the sending and what is under way ends: 130', async () => {
  answer = (request, socket) => setTimeout(() => answerFine(request, socket), 400);
  const { child, ended } = start([capture(every(20_000, 2)), '-o', 'stopped.json']);
  await vi.waitFor(() => expect(server.requests.length).toBeGreaterThan(20), { timeout: 20_000 });
  const stoppedAtMs = Date.now();
  child.kill('SIGINT');
  const { code, stdout, stderr } = await ended;
  expect(code).toBe(130);
  expect(Math.max(...server.requests.map(({ atMs }) => atMs)) - stoppedAtMs).toBeLessThan(200);
  expect(Date.now() - stoppedAtMs).toBeLessThan(5000);
  expect(stdout).toContain(`${server.requests.length} sent + 0 failed`);
  expect(stderr).toContain('interrupted');
  expect(existsSync(join(folder, 'stopped.json'))).toBe(true);
});

test('the second Ctrl-C waits for nothing', async () => {
  answer = () => {};
  const { child, ended } = start([capture(every(20_000, 2))]);
  await vi.waitFor(() => expect(server.requests.length).toBeGreaterThan(5), { timeout: 20_000 });
  child.kill('SIGINT');
  await new Promise((resolve) => setTimeout(resolve, 700));
  const secondAtMs = Date.now();
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
  expect(Date.now() - secondAtMs).toBeLessThan(1000);
});

test('a middleware of GoReplay changes, drops and sees answers, before the checks', async () => {
  const script = `import { createInterface } from 'node:readline';
    for await (const line of createInterface({ input: process.stdin })) {
      const text = Buffer.from(line, 'hex').toString('latin1');
      if (text.startsWith('2')) console.error('answer ' + /HTTP\\/1.1 \\d+/.exec(text)[0]);
      if (text.includes('/drop')) continue;
      const changed = text.replace('GET /turn', 'DELETE /turn').replace('/old', '/new');
      console.log(Buffer.from(changed, 'latin1').toString('hex'));
    }`;
  writeFileSync(join(folder, 'own-middleware.mjs'), script);
  const file = capture([
    { atMs: 0, target: '/old', id: 'a', answer: { status: 204, headers: [] } },
    { atMs: 1, target: '/drop', id: 'b' },
    { atMs: 2, target: '/turn', id: 'c' },
    { atMs: 3, target: '/kept', id: 'd' },
  ]);
  const middleware = `${process.execPath} own-middleware.mjs`;
  const args = [file, '--middleware', middleware, '--max-lateness', '5s'];
  const { code, stdout, stderr } = await start(args).ended;
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const lines = server.requests.map(({ requestLine }) => requestLine);
  expect(lines).toEqual(['GET /new HTTP/1.1', 'GET /kept HTTP/1.1']);
  expect(stdout).toContain('1 × DELETE is not allowed');
  expect(stderr).toContain('answer HTTP/1.1 204');
  expect(stderr).toContain('3 of 4 records came back, 1 × dropped by the middleware');
});

test('requests are shaped: sampled, rewritten, logged in, and intercepted', async () => {
  answer = (request, socket) => {
    if (!request.requestLine.startsWith('POST /login')) return answerFine(request, socket);
    const body = '{"data":{"token":"t0ken"}}';
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  };
  writeFileSync(join(folder, 'login.yaml'), 'path: /login\nbody: { user: a }\ntoken: data.token\n');
  const module = `export const interceptor = (dispatch) => (options, handler) =>
    dispatch({ ...options, headers: [...options.headers, 'x-own', 'yes'] }, handler);`;
  writeFileSync(join(folder, 'own.mjs'), module);
  const file = capture([
    { atMs: 0, target: '/v1/a?u=1&k=2', headers: ['Host', 'shop', 'Cookie', 'x'] },
    { atMs: 1, target: '/skip' },
    { atMs: 2, method: 'POST', target: '/v1/b', headers: [], body: '{"user":{"id":1},"n":1e400}' },
  ]);
  const { code, stderr } = await start([
    file,
    ...['--not-path', '^/skip', '--rewrite-path', '^/v1/(.*) => /v2/$1', '--set-query', 'u=9'],
    ...['--drop-header', 'cookie', '--set-header', 'X-Env: staging', '--set-json', 'user.id=42'],
    ...['--login', 'login.yaml', '--interceptor', 'own.mjs', '--allow', 'POST /v2/*'],
    ...['--max-lateness', '5s', '--host', 'staging.example'],
  ]).ended;
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const lines = server.requests.map(({ requestLine }) => requestLine);
  expect(lines).toEqual([
    'POST /login HTTP/1.1',
    'GET /v2/a?u=9&k=2 HTTP/1.1',
    'POST /v2/b?u=9 HTTP/1.1',
  ]);
  const [login, first, second] = server.requests;
  expect(login!.body.toString()).toBe('{"user":"a"}');
  const wanted = ['X-Env', 'staging', 'Authorization', 'Bearer t0ken', 'x-own', 'yes'];
  expect(first!.headers).toEqual(expect.arrayContaining(wanted));
  expect(first!.headers.slice(0, 2)).toEqual(['host', 'staging.example']);
  expect(first!.headers).not.toContain('Cookie');
  expect(second!.body.toString()).toBe('{"user":{"id":42},"n":1e400}');
});
