/** The replay engine against a server that keeps every byte. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { RecordedRequest } from '../../replay/formats/capture.ts';
import { replay } from '../../replay/run/replay.ts';
import type { ReplaySummary } from '../../replay/run/summary.ts';
import { parseRoute } from '../../replay/safety/methods.ts';
import { parseResults } from '../../reports/read-results.ts';
import { captureOf, recorded } from '../helpers/capture.ts';
import { answerFine, type WireRequest } from '../helpers/recording-server.ts';
import { replayOptions } from '../helpers/replays.ts';
import { closeServers, closesServers, serve } from '../helpers/served.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-replay-'));
afterAll(() => rmSync(folder, { recursive: true }));
closesServers();

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function expectBooksBalance({ records, sent, failed, heldBack }: ReplaySummary): void {
  expect(sent + sumOf(failed) + sumOf(heldBack)).toBe(records);
}

/** A value of a header, by its name as it was sent. */
function header({ headers }: WireRequest, name: string): string | undefined {
  const at = headers.findIndex((each, i) => i % 2 === 0 && each === name);
  return at < 0 ? undefined : headers[at + 1];
}

const ODD_TARGETS = ['/a/../b', '//double', '/%2e%2e/x', '/caf\xe9?q=\xff', '/a?b=c#d', '/\\back'];
const BODY = Buffer.from('0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n\0\xff', 'latin1');

/** Requests of all kinds, each with its number in a header. */
function mixed(count: number, everyMs: number): RecordedRequest[] {
  return Array.from({ length: count }, (_, i) => {
    const safe = ['GET', 'HEAD', 'OPTIONS', 'GET'][i % 4]!;
    const unsafe = ['POST', 'PUT', 'PATCH', 'DELETE', 'PURGE'][i % 5]!;
    const isSafe = i % 3 > 0;
    const body = isSafe ? undefined : BODY.subarray(0, i % (BODY.length + 1));
    return recorded({
      atMs: i * everyMs,
      connection: `10.0.0.${i % 50}:4000`,
      method: isSafe ? safe : unsafe,
      target: isSafe ? ODD_TARGETS[i % ODD_TARGETS.length]! : `/items/${i}?a=${i % 7}`,
      headers: [
        ...['Host', 'shop.example', 'X-Number', String(i), 'Accept', '*/*', 'x-twice', 'a'],
        ...['x-twice', 'b', 'Connection', 'keep-alive, X-Hop', 'X-Hop', 'gone', 'Expect', '100-x'],
        ...[
          'Transfer-Encoding',
          'chunked',
          'X-Forwarded-Host',
          'shop.example',
          'Forwarded',
          'by=x',
        ],
      ].filter((text, at, all) => body !== undefined || !isFraming(text, at, all)),
      body,
    });
  });
}

/** Requests without a body say nothing of its framing. */
function isFraming(text: string, at: number, all: readonly string[]): boolean {
  const name = at % 2 === 0 ? text : all[at - 1]!;
  return name === 'Transfer-Encoding';
}

test('ten thousand mixed requests: line and body byte-equal, each once', async () => {
  const server = await serve();
  const requests = mixed(10_000, 1);
  const routes = ['POST', 'PUT', 'PATCH', 'DELETE', 'PURGE'].map((each) =>
    parseRoute(`${each} /*`),
  );
  const options = replayOptions({ target: server.url, routes });
  const { summary } = await replay(captureOf(requests), {
    ...options,
    startShard: undefined,
    shards: 2,
  });
  expect(summary).toMatchObject({ records: 10_000, sent: 10_000, failed: {}, heldBack: {} });
  expectBooksBalance(summary);
  expect(server.requests).toHaveLength(10_000);
  const byNumber = new Map(server.requests.map((seen) => [header(seen, 'X-Number'), seen]));
  expect(byNumber.size).toBe(10_000);
  for (const [i, { method, target, body }] of requests.entries()) {
    const seen = byNumber.get(String(i))!;
    expect(seen.requestLine).toBe(`${method} ${target} HTTP/1.1`);
    expect(seen.body.equals(body ?? Buffer.alloc(0))).toBe(true);
  }
  const [first] = server.requests;
  const names = first!.headers.filter((_, i) => i % 2 === 0);
  expect(header(first!, 'host')).toBe(new URL(server.url).host);
  expect(header(first!, 'x-plimsoll-run')).toBe('run-1');
  expect(names.map((name) => name.toLowerCase())).not.toContain('expect');
  for (const gone of ['X-Hop', 'Transfer-Encoding', 'X-Forwarded-Host', 'Forwarded', 'Host']) {
    expect(names).not.toContain(gone);
  }
  expect(first!.headers.join('\n')).toContain('x-twice\na\nx-twice\nb');
  // Every connection carries one request after the other, whatever their methods.
  const mostAtOnce = summary.connections;
  expect(server.connections).toBe(mostAtOnce);
  expect(mostAtOnce).toBeLessThan(2000);
});

test('connections are no more than the pool and the failures', async () => {
  let count = 0;
  const server = await serve((request, socket) => {
    if (count++ % 20 === 7) socket.destroy();
    else answerFine(request, socket);
  });
  const caps = { mostInFlight: 10 };
  const options = replayOptions({ target: server.url, caps });
  const requests = Array.from({ length: 600 }, (_, i) => recorded({ atMs: i * 4 }));
  const { summary } = await replay(captureOf(requests), options);
  expectBooksBalance(summary);
  const failures = sumOf(summary.failed);
  expect(failures).toBeGreaterThan(10);
  expect(server.requests).toHaveLength(summary.sent + failures);
  expect(server.connections).toBeLessThanOrEqual(10 + failures);
});

test('what cannot be sent as it was is held back, by reason', async () => {
  const server = await serve();
  const odd: readonly [Partial<RecordedRequest>, string][] = [
    [{ target: 'http://127.0.0.2/x' }, 'target is no path'],
    [{ target: '*', method: 'OPTIONS' }, 'target is no path'],
    [{ target: 'shop.example:443', method: 'CONNECT' }, 'CONNECT is not allowed'],
    [{ method: 'TRACE' }, 'method is never sent'],
    [{ method: 'PRI', target: '/*' }, 'method is never sent'],
    [{ method: 'G\r\nT' }, 'its method is not allowed'],
    [{ target: '/a\r\nx: y' }, 'target is no path'],
    [{ target: '/a b' }, 'target is no path'],
    [{ headers: ['a', 'b\r\nc: d'] }, 'a header is malformed'],
    [{ headers: ['a b', 'c'] }, 'a header is malformed'],
    [{ headers: ['Upgrade', 'websocket', 'Connection', 'Upgrade'] }, 'it changes the protocol'],
    [{ headers: ['Content-Length', '5'] }, 'its body was not recorded'],
    [{ headers: ['Content-Length', '5'], body: Buffer.from('abc') }, 'its body is not whole'],
    [{ headers: ['Content-Length', '0x3'], body: Buffer.from('abc') }, 'its framing is malformed'],
    [{ headers: ['X-Plimsoll-Run', 'earlier'] }, 'it was load when it was recorded'],
  ];
  // The methods are seen to before the wire is: these are open.
  const routes = ['CONNECT', 'TRACE', 'PRI'].map((each) => parseRoute(`${each} /*`));
  for (const [changes, reason] of odd) {
    const options = replayOptions({ target: server.url, routes });
    const requests = [recorded(), recorded({ atMs: 1, ...changes })];
    const { summary } = await replay(captureOf(requests), options);
    expect(summary).toMatchObject({ records: 2, sent: 1, heldBack: { [reason]: 1 } });
  }
  expect(server.requests).toHaveLength(odd.length);
});

test('requests keep their moments: twice the speed, gaps cut, and none dropped', async () => {
  const server = await serve();
  const times = [0, 100, 5000, 5100, 5200];
  const requests = times.map((atMs, i) => recorded({ atMs, target: `/${i}` }));
  const tempo = { type: 'speed', factor: 2 } as const;
  const options = replayOptions({ target: server.url, tempo, mostGapMs: 400 });
  const { summary } = await replay(captureOf(requests), options);
  expect(summary.sent).toBe(5);
  const [first, ...rest] = server.requests.map(({ atMs }) => atMs);
  const offsets = rest.map((atMs) => atMs - first!);
  for (const [i, wanted] of [50, 250, 300, 350].entries()) {
    expect(Math.abs(offsets[i]! - wanted)).toBeLessThan(100);
  }
});

test('in-flight requests have a cap: what comes beyond is shed and counted', async () => {
  const server = await serve(() => {});
  const requests = Array.from({ length: 50 }, (_, i) => recorded({ atMs: i }));
  const options = replayOptions({ target: server.url, caps: { mostInFlight: 7 }, timeoutMs: 400 });
  const { summary, results } = await replay(captureOf(requests), options);
  expectBooksBalance(summary);
  expect(summary).toMatchObject({
    sent: 0,
    failed: { 'no answer in time': 7 },
    heldBack: { 'too many in flight': 43 },
    verdict: 'fail',
  });
  expect(results.generator).toMatchObject({ plannedArrivals: 50, droppedIterations: 43 });
  expect(server.requests).toHaveLength(7);
});

test('--sessions: one request of a recorded connection after the other, others go on', async () => {
  const open = new Set<string>();
  let overlaps = 0;
  const order: string[] = [];
  const server = await serve((request, socket) => {
    const [, session = ''] = /^GET \/(\w+)\//.exec(request.requestLine) ?? [];
    if (open.has(session)) overlaps++;
    open.add(session);
    order.push(request.requestLine);
    setTimeout(() => {
      open.delete(session);
      answerFine(request, socket);
    }, 20);
  });
  const requests = Array.from({ length: 60 }, (_, i) => {
    const session = 'abc'[i % 3]!;
    return recorded({ atMs: i, connection: session, target: `/${session}/${i}` });
  });
  const options = replayOptions({ target: server.url, keepsOrder: true });
  const { summary } = await replay(captureOf(requests), options);
  expect(summary).toMatchObject({ sent: 60, heldBack: {} });
  expect(overlaps).toBe(0);
  const ofA = order.filter((line) => line.startsWith('GET /a/'));
  expect(ofA).toEqual(
    requests
      .filter(({ target }) => target.startsWith('/a/'))
      .map(({ target }) => `GET ${target} HTTP/1.1`),
  );
  // Twenty of a session take 20 ms each, where they were recorded 3 ms apart.
  expect(summary.latencyMs.max).toBeGreaterThan(300);
  expect(summary.serviceMs.max).toBeLessThan(summary.latencyMs.max);
});

test('--sessions goes by the session that a capture noted, over connections', async () => {
  const open = new Set<string>();
  let overlaps = 0;
  const order: string[] = [];
  const server = await serve((request, socket) => {
    const user = request.requestLine.slice(5, 6);
    if (open.has(user)) overlaps++;
    open.add(user);
    order.push(request.requestLine);
    expect(request.headers.join()).not.toContain('redacted-');
    setTimeout(() => {
      open.delete(user);
      answerFine(request, socket);
    }, 20);
  });
  // Each request on a connection of its own: only the note tells who belongs together.
  const requests = Array.from({ length: 40 }, (_, i) => {
    const user = 'ab'[i % 2]!;
    const headers = ['Host', 'shop.example', 'X-Plimsoll-Session', `redacted-${user}`];
    return recorded({ atMs: i, connection: `c${i}`, target: `/${user}/${i}`, headers });
  });
  // Several threads: a session is one thread's.
  const threads = { keepsOrder: true, shards: 3, startShard: undefined };
  const { summary } = await replay(
    captureOf(requests),
    replayOptions({ target: server.url, ...threads }),
  );
  expect(summary).toMatchObject({ sent: 40, heldBack: {} });
  expect(overlaps).toBe(0);
  for (const user of 'ab') {
    const numbers = order
      .filter((line) => line.startsWith(`GET /${user}/`))
      .map((line) => Number(/\/(\d+) /.exec(line)![1]));
    expect(numbers).toEqual(numbers.toSorted((x, y) => x - y));
  }
  // Without the order they overlap, or this has shown nothing.
  await replay(captureOf(requests), replayOptions({ target: server.url }));
  expect(overlaps).toBeGreaterThan(0);
});

test('the log has a line a record, vegeta reads the other one, and both are private', async () => {
  const server = await serve();
  const [ndjson, csv] = [join(folder, 'log.ndjson'), join(folder, 'log.csv')];
  const requests = [
    ...Array.from({ length: 9 }, (_, i) =>
      recorded({ atMs: i, target: `/a,"${i}`, id: `id-${i}` }),
    ),
    recorded({ atMs: 10, method: 'POST', target: '/secret-body', body: Buffer.from('s3cret') }),
  ];
  const routes = [parseRoute('POST /*')];
  const options = replayOptions({ target: server.url, routes, ndjson, csv });
  const { summary, results } = await replay(captureOf(requests), options);
  const lines = readFileSync(ndjson, 'utf8').trim().split('\n');
  const logged = lines.map((line): { seq: number; target: string } => JSON.parse(line));
  expect(logged.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual([...requests.keys()]);
  const rows = readFileSync(csv, 'utf8').trim().split('\n');
  expect(rows).toHaveLength(10);
  const plain = rows.find((row) => row.includes('secret-body'))!.split(',');
  expect(plain).toHaveLength(12);
  expect(plain[0]).toMatch(/^\d{19}$/);
  expect(plain.slice(3, 10)).toEqual(['6', '2', '', '', 'run-1', '9', 'POST']);
  expect(rows.find((row) => row.includes(',"http'))).toContain('/a,""');
  for (const path of [ndjson, csv]) {
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'latin1')).not.toContain('s3cret');
  }
  expect(JSON.stringify({ summary, results })).not.toContain('s3cret');
});

test('the measurement is a Results that readers take, with three kinds of latency', async () => {
  const server = await serve();
  const requests = Array.from({ length: 40 }, (_, i) =>
    recorded({ atMs: i * 5, target: `/users/${i}` }),
  );
  const { results, summary } = await replay(
    captureOf(requests),
    replayOptions({ target: server.url }),
  );
  const read = parseResults('replayed.json', JSON.stringify(results));
  expect(read.provenance.tool).toBe('replay');
  expect(Object.keys(read.runs[0]!.journeys)).toEqual(['GET /users/{id}']);
  const journey = read.runs[0]!.journeys['GET /users/{id}']!;
  expect(journey.counters).toMatchObject({ arrived: 40, completed: 40 });
  expect(journey.serviceMs?.count).toBe(40);
  expect(read.generator?.latenessMs.count).toBe(40);
  expect(read.replay).toMatchObject({ verdict: summary.verdict, records: 40, sent: 40 });
  expect(read.replay!.departed.reduce((sum, count) => sum + count, 0)).toBe(40);
  expect(summary.latencyMs.max).toBeGreaterThanOrEqual(summary.serviceMs.min);
});

test('a run that was late is inconclusive, and one without an answer has failed', async () => {
  const server = await serve();
  const requests = Array.from({ length: 30 }, (_, i) => recorded({ atMs: i }));
  const late = replayOptions({ target: server.url, mostLatenessMs: 0.000001 });
  expect((await replay(captureOf(requests), late)).summary).toMatchObject({
    verdict: 'inconclusive',
    reasons: [expect.stringContaining('sent late')],
  });
  await closeServers();
  const { summary } = await replay(captureOf(requests), replayOptions({ target: server.url }));
  expect(summary).toMatchObject({ verdict: 'fail', failed: { ECONNREFUSED: 30 } });
});

test('a capture is played again and again, without a pause in between', async () => {
  const server = await serve();
  const requests = [0, 10, 20].map((atMs) => recorded({ atMs }));
  const twice = replayOptions({ target: server.url, loop: { type: 'passes', passes: 4 } });
  const { summary } = await replay(captureOf(requests), twice);
  expect(summary).toMatchObject({ records: 12, sent: 12 });
  const for200Ms = replayOptions({
    target: server.url,
    loop: { type: 'duration', durationMs: 200 },
  });
  expect((await replay(captureOf(requests), for200Ms)).summary.sent).toBe(20);
});
