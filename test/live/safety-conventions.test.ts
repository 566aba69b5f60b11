/**
 * The safety conventions of capture and mirror, under the numbers that `replay-safety.test.ts` has
 * for replay. 5 (redaction before the disk) is in `capture-canaries.test.ts`, the other shadows of 7
 * in `mirror.test.ts`, 12 (nothing secret in bundles) in `k6.test.ts`.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
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
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, expect, test } from 'vitest';
import type { RecordedRequest } from '../../replay/formats/capture.ts';
import { startMirror } from '../../replay/mirror/mirror.ts';
import { makePlan } from '../../reports/make-plan.ts';
import { recorded } from '../helpers/capture.ts';
import { gorBytes } from '../helpers/captures.ts';
import { predictedBy } from '../helpers/measured.ts';
import { model, service } from '../helpers/models.ts';
import { rawExchange } from '../helpers/raw-http.ts';
import { startRecording } from '../helpers/recording-server.ts';
import { primaryServer } from '../helpers/shadows.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-conventions-'));
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PROGRAM = ['--disable-warning=ExperimentalWarning', 'bin/plimsoll.ts'];

/** A shadow that takes connections and reads not one byte. */
async function deaf(): Promise<number> {
  const sockets: Socket[] = [];
  const server = createServer({ pauseOnConnect: true }, (socket) => sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

test('7: a shadow that reads nothing, large bodies: the primary gets them at once', async () => {
  const primary = await primaryServer();
  closers.push(primary.close);
  const mirror = await startMirror({
    listen: { host: '127.0.0.1', port: 0 },
    primary: { host: '127.0.0.1', port: primary.port },
    routes: ['POST /*'],
    ratio: 1,
    sessionBy: [],
    mostBodyBytes: 1_000_000,
    queue: { mostItems: 100, mostBytes: 4_000_000 },
    headers: { runId: 'r', withCredentials: false, hostSuffix: '' },
    shadow: {
      target: `http://127.0.0.1:${await deaf()}`,
      allowedHosts: [],
      mostInFlight: 4,
      mostWaiting: 8,
      timeoutMs: 60_000,
      mostAnswerBytes: 1000,
      slowMs: 60_000,
      openMs: 1000,
    },
  });
  closers.push(() => mirror.close(100));
  const body = 'x'.repeat(600_000);
  const head = `Host: s\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
  const before = process.memoryUsage().rss;
  const tookMs: number[] = [];
  for (let index = 0; index < 60; index++) {
    const sentAtMs = performance.now();
    const { text } = await rawExchange(mirror.port, [`POST /${index} HTTP/1.1\r\n${head}${body}`]);
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    tookMs.push(performance.now() - sentAtMs);
  }
  expect(primary.seen).toHaveLength(60);
  // Whoever waited for the shadow would wait for its minute.
  expect(Math.max(...tookMs)).toBeLessThan(3000);
  await sleep(300);
  const { seen, dropped, shadow, skipped } = mirror.counts();
  const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  expect({ seen, skipped }).toEqual({ seen: 60, skipped: {} });
  expect(lost + shadow.inFlight + shadow.waiting).toBe(60);
  expect(lost).toBeGreaterThanOrEqual(60 - 12);
  // 36 MB went by; what is kept of them is bounded.
  expect(process.memoryUsage().rss - before).toBeLessThan(150e6);
});

test('8: copies have a ceiling in any second, and what is over it is counted', async () => {
  const primary = await primaryServer();
  const shadow = await startRecording();
  closers.push(primary.close, shadow.close);
  const mirror = await startMirror({
    listen: { host: '127.0.0.1', port: 0 },
    primary: { host: '127.0.0.1', port: primary.port },
    routes: [],
    ratio: 1,
    sessionBy: [],
    mostBodyBytes: 1000,
    queue: { mostItems: 1000, mostBytes: 1_000_000 },
    headers: { runId: 'r', withCredentials: false, hostSuffix: '' },
    shadow: {
      target: shadow.url,
      allowedHosts: [],
      mostPerSecond: 5,
      mostInFlight: 50,
      mostWaiting: 50,
      timeoutMs: 1000,
      mostAnswerBytes: 1000,
      slowMs: 1000,
      openMs: 1000,
    },
  });
  const get = 'GET / HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n';
  for (let index = 0; index < 60; index++) await rawExchange(mirror.port, [get]);
  await sleep(200);
  await mirror.close(500);
  const { dropped } = mirror.counts();
  const seconds = new Map<number, number>();
  for (const { atMs } of shadow.requests) {
    const second = Math.floor(atMs / 1000);
    seconds.set(second, (seconds.get(second) ?? 0) + 1);
  }
  // What is sent at the end of one second may arrive in the next.
  expect(Math.max(...seconds.values())).toBeLessThanOrEqual(10);
  expect(dropped['over the rate cap']).toBe(60 - shadow.requests.length);
});

test('11: what a capture writes is its owner’s, has a last day, and git ignores it', async () => {
  const primary = await primaryServer();
  closers.push(primary.close);
  const path = join(folder, 'own.gor');
  const where = ['--listen', '127.0.0.1:0', '--upstream', `http://127.0.0.1:${primary.port}`];
  const args = [
    ...PROGRAM,
    'capture',
    ...where,
    '-o',
    path,
    '--retain',
    '7',
    '--rotate-size',
    '1KiB',
  ];
  // Whatever the user's mask is.
  const shell = ['-c', 'umask 0; exec "$0" "$@"', process.execPath, ...args];
  const child = spawn('bash', shell, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close');
  const [said] = await once(child.stderr, 'data');
  const port = Number(/\(port (\d+)\)/.exec(String(said))![1]);
  const get = 'GET / HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n';
  for (let index = 0; index < 12; index++) {
    await rawExchange(port, [get]);
    await sleep(60);
  }
  child.kill('SIGTERM');
  expect((await ended)[0]).toBe(130);
  const written = readdirSync(folder).filter((name) => name.startsWith('own'));
  expect(written.length).toBeGreaterThan(2);
  for (const name of written) expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600);
  const { retainUntil } = JSON.parse(readFileSync(join(folder, 'own.manifest.json'), 'utf8'));
  const week = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10);
  expect(retainUntil <= week && retainUntil > new Date().toISOString().slice(0, 10)).toBe(true);
  const beside = ['own.gor.1a2b3c4d', 'own.gor.gz.1a2b3c4d', 'own.manifest.json.1a2b3c4d'];
  const names = [...written, ...beside, 'own.gor.gz', 'own.gor_3.gz', 'a/b/own.gor'];
  const ignored = execFileSync('git', ['check-ignore', ...names], { encoding: 'utf8' });
  expect(ignored.trim().split('\n')).toEqual(names);
});

test('3: a load goes to another machine only with its owner’s token', () => {
  const what = model(40, 2000, [service('s', { time: { type: 'constant', ms: 5 } })], {});
  const target = 'http://127.0.0.1:9';
  const plan = makePlan(predictedBy(what, 4), { target, pacing: 'exact', toleranceRatio: 0.15 });
  const file = join(folder, 'plan.json');
  writeFileSync(file, JSON.stringify(plan));
  const to = ['--target', 'http://staging.example', '--allow-host', 'staging.example'];
  const args = [
    ...PROGRAM,
    'load',
    file,
    ...to,
    '--engine',
    'built-in',
    '-o',
    join(folder, 'm.json'),
  ];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(status).toBe(2);
  expect(stderr).toMatch(/^plimsoll: the target is not this machine: expected --token [^\n]+\n$/);
  expect(existsSync(join(folder, 'm.json'))).toBe(false);
});

const SECRETS = {
  query: 'query-c4nary',
  header: 'header-c4nary',
  cookie: 'cookie-c4nary',
  body: 'body-c4nary',
  answer: 'answer-c4nary',
  target: 'target-c4nary',
  set: 'set-c4nary',
  password: 'password-c4nary',
  login: 'login-c4nary',
  token: 'ownership-c4nary',
  environment: 'environment-c4nary',
};

function secretRequests(): RecordedRequest[] {
  const headers = [
    'Host',
    'shop.example',
    'Authorization',
    SECRETS.header,
    'Cookie',
    SECRETS.cookie,
  ];
  const body = Buffer.from(`{"note":"${SECRETS.body}"}`);
  const answerBody = Buffer.from(`{"note":"${SECRETS.answer}"}`);
  const answer = {
    status: 200,
    headers: ['X-Note', SECRETS.answer, 'Content-Type', 'application/json'],
    body: answerBody,
    latencyNs: 1_000_000n,
  };
  return Array.from({ length: 30 }, (_, index) => {
    const [method, sent] = index % 2 === 0 ? ['GET', undefined] : ['POST', body];
    const length = sent === undefined ? [] : ['Content-Length', String(sent.length)];
    const target = `/cart?q=${SECRETS.query}`;
    const id = `a1b2c3d47f000001${index.toString(16).padStart(8, '0')}`;
    const own = { id, method: method as string, target, body: sent, answer };
    return recorded({ ...own, atMs: index * 5, headers: [...headers, ...length] });
  });
}

function tellingMiddleware(): string {
  const path = join(folder, 'telling.mjs');
  writeFileSync(
    path,
    'console.error(JSON.stringify([process.env, process.argv]));' +
      'process.stdin.pipe(process.stdout);',
  );
  return `${process.execPath} ${path}`;
}

test('wrong headers to set are not quoted, whether an argument or of a file', () => {
  const headers = join(folder, 'wrong-headers');
  writeFileSync(headers, `no colon ${SECRETS.set}\n`);
  for (const given of [`no colon ${SECRETS.set}`, `@${headers}`]) {
    const args = ['replay', 'x.gor', '--target', 'http://127.0.0.1:9', '--set-header', given];
    const { status, stderr } = spawnSync(process.execPath, [...PROGRAM, ...args], {
      encoding: 'utf8',
    });
    expect(status).toBe(2);
    expect(stderr).toBe('plimsoll: --set-header: expected a name, ":" and a value\n');
  }
});

test('11: measurement, report and terminal of a replay have no body or token', async () => {
  const server = await startRecording(({ requestLine }, socket) => {
    const isLogin = requestLine.startsWith('POST /login');
    const body = isLogin ? `{"token":"${SECRETS.login}"}` : `{"note":"${SECRETS.target}"}`;
    const type = `content-type: application/json\r\nx-note: ${SECRETS.target}\r\n`;
    socket.write(`HTTP/1.1 200 OK\r\n${type}content-length: ${body.length}\r\n\r\n${body}`);
  });
  closers.push(server.close);
  const file = join(folder, 'secrets.gor');
  writeFileSync(file, gorBytes(secretRequests()), { mode: 0o600 });
  const login = join(folder, 'login.yaml');
  writeFileSync(login, `path: /login\nbody: { password: ${SECRETS.password} }\ntoken: token\n`);
  const out = join(folder, 'replayed.json');
  const args = [
    'replay',
    file,
    '--target',
    server.url,
    '--compare',
    '--allow',
    'POST /*',
    '-o',
    out,
  ];
  const [headers, token] = [join(folder, 'headers'), join(folder, 'token')];
  writeFileSync(headers, `X-Own: ${SECRETS.set}\n`);
  writeFileSync(token, SECRETS.token);
  args.push('--set-header', `@${headers}`, '--login', login, '--token', `@${token}`);
  // A middleware that tells all that it was given, but what it filters.
  args.push('--middleware', tellingMiddleware());
  args.push('--max-lateness', '9s');
  const run = (more: readonly string[]) =>
    new Promise<string>((resolve) => {
      const env = { ...process.env, PLIMSOLL_TOKEN: SECRETS.environment };
      const child = spawn(process.execPath, [...PROGRAM, ...more], { stdio: 'pipe', env });
      let text = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk) => {
          text += chunk;
        });
      }
      child.on('close', () => resolve(text));
    });
  const said =
    (await run(args)) + (await run([...args, '--json'])) + (await run([...args, '--dry-run']));
  const page = join(folder, 'page.html');
  const report = spawnSync(process.execPath, [...PROGRAM, 'report', out, '-o', page], {
    encoding: 'utf8',
  });
  expect(report.status, report.stderr).toBe(0);
  expect(said).toContain('telling.mjs');
  for (const sent of [SECRETS.login, SECRETS.set]) {
    expect(server.requests.some(({ headers }) => headers.join().includes(sent))).toBe(true);
  }
  const texts = { said, out: readFileSync(out, 'utf8'), page: readFileSync(page, 'utf8') };
  for (const [where, text] of Object.entries(texts)) {
    expect(text.length).toBeGreaterThan(1000);
    for (const secret of Object.values(SECRETS)) expect(text, where).not.toContain(secret);
  }
});
