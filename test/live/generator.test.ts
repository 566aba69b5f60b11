/** The built-in load generator against real servers on loopback. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type Ended, Exchange } from '../../replay/exchange.ts';
import { type GenerateOptions, generate } from '../../replay/generate.ts';
import { guardedConnector } from '../../replay/guard.ts';
import type { GeneratorSummary } from '../../replay/tally.ts';
import { UsageError } from '../../simulator/model/usage-error.ts';
import { mergeHistograms } from '../../simulator/results/histogram.ts';
import type {
  JourneySecond,
  LoadEndLine,
  LoadLogLine,
  LoadSecondLine,
} from '../../simulator/results/load-log.ts';
import { encodeArrivals, type JourneyLoad } from '../../simulator/traffic/load-plan.ts';

/** Room for the generator's process to start and warm up. */
const LEAD_MS = 900;

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-'));
const log = join(folder, 'load.ndjson');

/** What the server does with a path; nothing else is known to it. */
const ANSWERS: Readonly<Record<string, (answer: ServerResponse) => void>> = {
  '/base/ok': (answer) => answer.end('fine'),
  '/base/broken': (answer) => answer.writeHead(500).end('no'),
  '/base/moved': (answer) => answer.writeHead(302, { location: elsewhereUrl }).end(),
  '/base/silent': () => {},
  '/base/endless': (answer) => {
    const more = setInterval(() => answer.write('more'), 20);
    answer.on('close', () => clearInterval(more));
  },
  '/base/cut': (answer) => answer.destroy(),
};

interface Seen {
  readonly atMs: number;
  readonly path: string;
  readonly method: string;
  readonly run: unknown;
}

let seen: Seen[] = [];
const server = createServer((request, answer) => {
  seen.push(seenOf(request));
  ANSWERS[request.url!]?.(answer);
});
let elsewhereCount = 0;
/** Where redirects lead, and what the environment names as a proxy. */
const elsewhere = createServer((_request, answer) => {
  elsewhereCount++;
  answer.end();
});
elsewhere.on('connection', () => {
  elsewhereCount++;
});
let elsewhereUrl = '';

function seenOf({ url, method, headers }: IncomingMessage): Seen {
  const atMs = performance.timeOrigin + performance.now();
  return { atMs, path: url!, method: method!, run: headers['x-plimsoll-run'] };
}

async function listen(to: Server): Promise<string> {
  to.listen(0, '127.0.0.1');
  await once(to, 'listening');
  return `http://127.0.0.1:${(to.address() as AddressInfo).port}`;
}

let target = '';
beforeAll(async () => {
  target = `${await listen(server)}/base`;
  elsewhereUrl = await listen(elsewhere);
});
beforeEach(() => {
  seen = [];
});
afterAll(() => {
  for (const each of [server, elsewhere]) {
    each.close();
    each.closeAllConnections();
  }
  rmSync(folder, { recursive: true });
});

function load(endpoint: string, timesMs: readonly number[], timeoutMs?: number): JourneyLoad {
  return {
    journey: `visit-${endpoint}`,
    service: 'api',
    endpoint,
    timeoutMs,
    pacing: 'exact',
    arrivalCount: timesMs.length,
    arrivals: encodeArrivals(timesMs),
    stages: [],
    virtualUsers: 1,
  };
}

/** `count` moments, evenly from the first to the last. */
function moments(count: number, firstMs: number, lastMs: number): number[] {
  return Array.from({ length: count }, (_, i) => firstMs + (i * (lastMs - firstMs)) / (count - 1));
}

function run(loads: readonly JourneyLoad[], options: Partial<GenerateOptions> = {}) {
  const startAtMs = Date.now() + LEAD_MS;
  const wanted = { target, allowedHosts: [], startAtMs, runId: 'run-1', log, ...options };
  return generate({ loads }, wanted);
}

function readLog(): LoadLogLine[] {
  const lines = readFileSync(log, 'utf8').split('\n').slice(0, -1);
  return lines.map((line): LoadLogLine => JSON.parse(line));
}

function secondsOf(lines: readonly LoadLogLine[]): LoadSecondLine[] {
  return lines.filter((line) => line.type === 'second');
}

/** A journey's numbers over the whole log. */
function journeyOf(lines: readonly LoadLogLine[], endpoint: string) {
  const parts = secondsOf(lines).flatMap(({ journeys }) => journeys?.[`visit-${endpoint}`] ?? []);
  const merged = (outcome: 'ok' | 'error' | 'timeout') =>
    mergeHistograms(parts.flatMap((part: JourneySecond) => part[outcome] ?? []));
  const started = parts.reduce((sum, part) => sum + (part.started ?? 0), 0);
  const [ok, error, timeout] = [merged('ok'), merged('error'), merged('timeout')];
  return { counts: [started, ok.count, error.count, timeout.count], timeout };
}

/** The books of the summary, the log and the server say the same. */
function expectBooksBalance(summary: GeneratorSummary, received: number): LoadLogLine[] {
  const { planned, started, dropped, unsent, ok, error, timeout } = summary;
  expect(planned).toBe(started + dropped + unsent);
  expect(started).toBe(ok + error + timeout);
  expect(summary.lateness.count).toBe(started);
  expect(received).toBe(started);
  const lines = readLog();
  const journeys = secondsOf(lines).flatMap((line) => Object.values(line.journeys ?? {}));
  const total = (count: (of: JourneySecond) => number | undefined) =>
    journeys.reduce((sum, journey) => sum + (count(journey) ?? 0), 0);
  expect(total((journey) => journey.started)).toBe(started);
  expect(total((journey) => journey.ok?.count)).toBe(ok);
  expect(total((journey) => journey.error?.count)).toBe(error);
  expect(total((journey) => journey.timeout?.count)).toBe(timeout);
  const drops = secondsOf(lines).reduce((sum, line) => sum + (line.droppedIterations ?? 0), 0);
  expect(drops).toBe(dropped);
  expect(endOf(lines)).toMatchObject({ requests: started, lines: lines.length });
  return lines;
}

function endOf(lines: readonly LoadLogLine[]): LoadEndLine | undefined {
  return lines.findLast((line) => line.type === 'end');
}

test('every planned arrival arrives exactly once and in its second', async () => {
  // Far enough from the seconds' edges for a machine that has other things to do.
  const timesMs = [0, 1, 2].flatMap((second) =>
    moments(300 + second, second * 1000 + 200, second * 1000 + 700),
  );
  const startAtMs = Date.now() + LEAD_MS;
  const readWhileGrowing: LoadLogLine[][] = [];
  const summary = await run([load('ok', timesMs)], {
    startAtMs,
    onProgress: () => readWhileGrowing.push(readLog()),
  });
  const lines = expectBooksBalance(summary, seen.length);
  expect(summary).toMatchObject({ planned: 903, ok: 903, isInterrupted: false, reasons: {} });
  const mark = { path: '/base/ok', method: 'GET', run: 'run-1' };
  for (const request of seen) expect(request).toMatchObject(mark);
  const inSecond = (second: number) =>
    seen.filter(({ atMs }) => Math.floor((atMs - startAtMs) / 1000) === second).length;
  expect([0, 1, 2].map(inSecond)).toEqual([300, 301, 302]);
  const logged = (second: number) =>
    journeyOf(
      secondsOf(lines).filter((line) => line.second === second),
      'ok',
    ).counts[0];
  expect([0, 1, 2].map(logged)).toEqual([300, 301, 302]);
  expect(lines[1]).toEqual({ type: 'start', startAtMs, declared: true });
  expect(readWhileGrowing.length).toBeGreaterThan(1);
  expect(readWhileGrowing.every((read) => endOf(read) === undefined)).toBe(true);
});

test('every failure is counted as what it is; no redirect followed, no proxy asked', async () => {
  for (const name of ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY']) vi.stubEnv(name, elsewhereUrl);
  vi.stubEnv('NODE_USE_ENV_PROXY', '1');
  const loads = [
    load('ok', moments(40, 0, 900)),
    load('broken', moments(30, 10, 900)),
    load('moved', moments(20, 20, 900)),
    load('silent', moments(15, 30, 900), 500),
    load('endless', moments(10, 40, 900), 500),
    load('cut', moments(5, 50, 900)),
  ];
  const summary = await run(loads, { target: target.replace('127.0.0.1', 'localhost') });
  vi.unstubAllEnvs();
  const lines = expectBooksBalance(summary, seen.length);
  const counts = (endpoint: string) => journeyOf(lines, endpoint).counts;
  expect(counts('ok')).toEqual([40, 40, 0, 0]);
  expect(counts('broken')).toEqual([30, 0, 30, 0]);
  expect(counts('moved')).toEqual([20, 20, 0, 0]);
  expect(counts('silent')).toEqual([15, 0, 0, 15]);
  expect(counts('endless')).toEqual([10, 0, 0, 10]);
  expect(counts('cut')).toEqual([5, 0, 5, 0]);
  expect(journeyOf(lines, 'silent').timeout.min).toBeGreaterThanOrEqual(500);
  expect(summary.reasons).toMatchObject({ 'status 500': 30, 'no answer in time': 25 });
  expect(elsewhereCount).toBe(0);
});

test('a refused connection is an error, and its reason is told', async () => {
  const closed = createServer();
  const nobody = await listen(closed);
  closed.close();
  const summary = await run([load('ok', moments(20, 0, 200))], { target: nobody });
  expectBooksBalance(summary, 20);
  expect(summary).toMatchObject({ error: 20, reasons: { ECONNREFUSED: 20 } });
});

test('a named host is looked up, and connected to where it is', async () => {
  const lookedUp: string[] = [];
  const connect = guardedConnector(['staging.example'], {
    lookup: (name, _options, callback) => {
      lookedUp.push(name);
      callback(null, [{ address: '127.0.0.1', family: 4 }]);
    },
  });
  const url = { protocol: 'http:', hostname: 'staging.example', port: new URL(target).port };
  const connected = await new Promise<string | undefined>((resolve, reject) => {
    connect(url, (error, socket) => {
      if (error !== null) return reject(error);
      resolve(socket.remoteAddress);
      socket.destroy();
    });
  });
  expect(connected).toBe('127.0.0.1');
  expect(lookedUp).toEqual(['staging.example']);
});

test('a request given up before there is a connection is never sent', async () => {
  const connect = guardedConnector([]);
  const pool = new Pool(new URL(target).origin, {
    connect: (url, connected) => setTimeout(connect, 200, url, connected),
  });
  const ended = await new Promise<Ended>((resolve) => {
    pool.dispatch({ method: 'GET', path: '/base/ok' }, new Exchange(50, resolve));
  });
  expect(ended.outcome).toBe('timeout');
  const next = await pool.request({ method: 'GET', path: '/base/moved' });
  await next.body.dump();
  await pool.destroy();
  expect(seen.map(({ path }) => path)).toEqual(['/base/moved']);
});

test('an arrival that finds too many in flight is dropped and counted', async () => {
  const loads = [load('silent', moments(100, 0, 200), 1200)];
  const summary = await run(loads, { mostInFlight: 7 });
  expectBooksBalance(summary, seen.length);
  expect(summary).toMatchObject({ started: 7, dropped: 93, timeout: 7 });
});

test('an interrupted run ends soon, and what was sent is what is counted', async () => {
  const interruption = new AbortController();
  const loads = [load('ok', moments(4000, 0, 20_000)), load('silent', moments(40, 0, 20_000))];
  const running = run(loads, { signal: interruption.signal });
  await vi.waitFor(() => expect(seen.length).toBeGreaterThan(20), { timeout: 5000 });
  interruption.abort();
  const summary = await running;
  const lines = expectBooksBalance(summary, seen.length);
  expect(summary.isInterrupted).toBe(true);
  expect(summary.unsent).toBeGreaterThan(3000);
  // The silent ones had their five seconds.
  expect(summary.reasons['given up']).toBe(summary.timeout);
  expect(endOf(lines)?.error).toBe('interrupted');
});

test('nothing is sent where the run may not or cannot begin', async () => {
  const loads = [load('ok', [0])];
  const gone = run(loads, { log: join(folder, 'missing', 'load.ndjson') });
  await expect(gone).rejects.toMatchObject({ code: 'LOG_NOT_WRITTEN' });
  await expect(run(loads, { target: 'http://elsewhere.example' })).rejects.toThrow(UsageError);
  await expect(run(loads, { startAtMs: Date.now() - 5000 })).rejects.toThrow(UsageError);
  await expect(run([load('ok\r\nx: y', [0])])).rejects.toThrow(UsageError);
  await expect(run(loads, { runId: 'a\r\nb' })).rejects.toThrow(UsageError);
  await expect(run(loads, { signal: AbortSignal.abort() })).rejects.toThrow(/aborted/);
  expect(seen).toEqual([]);
});
