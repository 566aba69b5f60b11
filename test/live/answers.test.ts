/** Answers of a replay against recorded ones, with servers of flesh and blood. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { RecordedRequest } from '../../replay/formats/capture.ts';
import type { ReplayOptions } from '../../replay/run/options.ts';
import { replay } from '../../replay/run/replay.ts';
import { startThread } from '../../replay/run/shards.ts';
import { renderHtml } from '../../reports/html.ts';
import { parseResults } from '../../reports/read-results.ts';
import { UsageError } from '../../simulator/model/usage-error.ts';
import { captureOf } from '../helpers/capture.ts';
import { answeredItems, answerItems } from '../helpers/recorded-answers.ts';
import type { RecordingServer } from '../helpers/recording-server.ts';
import { replayOptions } from '../helpers/replays.ts';
import { closesServers, serve } from '../helpers/served.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-answers-'));
afterAll(() => rmSync(folder, { recursive: true }));
closesServers();

const same = answerItems((n) => n);
const other = answerItems((n) => (n % 4 === 0 ? n + 1 : n));
const COMPARED = { ignoreHeaders: [], ignoreFields: [] };

function play(
  requests: readonly RecordedRequest[],
  changes: Partial<ReplayOptions> & { target: string },
) {
  return replay(captureOf(requests), replayOptions({ compare: COMPARED, ...changes }));
}

test('a random id is noise, a price is not: two threads, and one system changed', async () => {
  const [target, second] = [await serve(other), await serve(same)];
  const compare = { ...COMPARED, second: second.url, mostDifferingRatio: 0.1 };
  const startShard = startThread;
  const options = { target: target.url, compare, shards: 2, startShard };
  const { summary, results } = await play(answeredItems(200), options);
  const { differing, noise, fields, endpoints } = summary.answers!;
  expect(differing).toMatchObject({ count: 200, of: 200, value: 1 });
  expect(noise).toMatchObject({ compared: 200, failed: 0, differing: { value: 0.25 } });
  expect(fields).toMatchObject([
    { field: 'body.price', verdict: 'differs', raw: { count: 50, of: 200 }, noise: { count: 0 } },
    { field: 'body.requestId', verdict: 'within noise', noise: { count: 200, of: 200 } },
  ]);
  expect(endpoints[0]!.endpoint).toBe('GET /items/{id}');
  expect(endpoints[0]!.recordedMs).toMatchObject({ count: 200, min: 2, max: 2 });
  expect(endpoints[0]!.replayedMs.count).toBe(200);
  expect(summary).toMatchObject({ verdict: 'fail', second: second.url });
  expect(summary.reasons.join()).toContain('answers differ beyond the noise: 25 % of 200');
  // What the second got is what the target got, marked, and once.
  const lines = (server: RecordingServer) => server.requests.map(({ requestLine }) => requestLine);
  expect(lines(second).sort()).toEqual(lines(target).sort());
  expect(second.requests.every(({ headers }) => headers.includes('x-plimsoll-run'))).toBe(true);
  // The file that is written can be read and drawn, and has no value of an answer in it.
  const text = JSON.stringify(results);
  expect(text).not.toMatch(/r\d{2,}"/);
  const page = renderHtml({ predicted: parseResults('r.json', text) });
  expect(page).toContain('Answers, recorded and replayed');
  expect(page).toContain('body.requestId');
});

test('the same system: nothing differs but the noise, and the gate passes', async () => {
  const [target, second] = [await serve(same), await serve(same)];
  const compare = { ...COMPARED, second: second.url, mostDifferingRatio: 0 };
  const { summary } = await play(answeredItems(60), { target: target.url, compare });
  expect(summary).toMatchObject({ verdict: 'pass', reasons: [] });
  const ignored = { ...COMPARED, ignoreFields: ['requestId'], mostDifferingRatio: 0 };
  const alone = await play(answeredItems(60), { target: target.url, compare: ignored });
  expect(alone.summary).toMatchObject({ verdict: 'pass', answers: { differing: { count: 0 } } });
});

test('no answer where there was one is a difference; no recorded answer is no data', async () => {
  const target = await serve((_, socket) => socket.destroy());
  const compare = { ...COMPARED, mostDifferingRatio: 0.5 };
  const failed = await play(answeredItems(40), { target: target.url, compare });
  expect(failed.summary.answers).toMatchObject({
    differing: { count: 40, of: 40 },
    fields: [{ field: 'answer', changes: { missing: 40 } }],
  });
  const fine = await serve(same);
  const none = answeredItems(40).map((request) => ({ ...request, answer: undefined }));
  const { summary } = await play(none, { target: fine.url, compare });
  expect(summary).toMatchObject({ verdict: 'no data', answers: { recorded: 0 } });
});

test('without --compare nothing is held, and nobody else is asked', async () => {
  const target = await serve(other);
  const { summary, results } = await play(answeredItems(20), {
    target: target.url,
    compare: undefined,
  });
  expect('answers' in summary || 'answers' in results).toBe(false);
});

test.each<[string, Partial<ReplayOptions>, string, RegExp]>([
  ['elsewhere, not allowed', {}, 'http://elsewhere.example', /^--second: .* is not this machine/],
  [
    'elsewhere, without ceilings',
    { allowedHosts: ['elsewhere.example'] },
    'http://elsewhere.example',
    /missing --max-rate/,
  ],
  [
    'a login',
    { login: { method: 'POST', path: '/', body: {}, token: 't' } },
    'http://127.0.0.1:1',
    /one of --second and --login/,
  ],
  [
    'one at a time',
    { caps: { mostInFlight: 1 } },
    'http://127.0.0.1:1',
    /--max-in-flight: expected at least 2/,
  ],
])('a second system %s: refused, and nothing is sent', async (_claim, changes, second, message) => {
  const target = await serve(same);
  const compare = { ...COMPARED, second };
  const playing = play(answeredItems(5), { target: target.url, compare, ...changes });
  await expect(playing).rejects.toThrow(UsageError);
  await expect(play(answeredItems(5), { target: target.url, compare, ...changes })).rejects.toThrow(
    message,
  );
  expect(target.connections).toBe(0);
});

test('a capture that was taken from the second system is not replayed into it', async () => {
  const [target, second] = [await serve(same), await serve(same, '127.0.0.2')];
  const requests = answeredItems(5).map((each) => ({ ...each, headers: ['Host', '127.0.0.2'] }));
  const options = { target: target.url, allowedHosts: ['127.0.0.2'] };
  const compare = { ...COMPARED, second: second.url };
  await expect(play(requests, { ...options, compare })).rejects.toThrow(/taken from the target/);
  expect(second.connections + target.connections).toBe(0);
});

test('a second system elsewhere has to serve the token, before anything is sent', async () => {
  const [target, second] = [await serve(same), await serve(same)];
  const lookup: LookupFunction = (_name, _options, callback) =>
    callback(null, [{ address: '127.0.0.1', family: 4 }]);
  const caps = { mostPerSecond: 99, mostInFlight: 9, mostRequests: 9, mostDurationMs: 9000 };
  const playing = play(answeredItems(5), {
    target: target.url,
    compare: { ...COMPARED, second: `http://second.example:${second.port}` },
    allowedHosts: ['second.example'],
    token: 'a-token-of-ours-0123',
    caps,
    lookup,
  });
  await expect(playing).rejects.toThrow(/second\.example.*well-known.*expected \{"token"/);
  expect(second.requests.map(({ requestLine }) => requestLine)).toEqual([
    'GET /.well-known/plimsoll-replay HTTP/1.1',
  ]);
  expect(target.connections).toBe(0);
});

test('ceilings count what goes to both', async () => {
  const [target, second] = [await serve(same), await serve(same)];
  const compare = { ...COMPARED, second: second.url };
  const caps = { mostRequests: 31, mostPerSecond: 1000 };
  const { summary } = await play(answeredItems(60), { target: target.url, compare, caps });
  expect([target.requests.length, second.requests.length]).toEqual([15, 15]);
  expect(summary.heldBack).toEqual({ 'over the request cap': 45 });
  target.requests.length = 0;
  second.requests.length = 0;
  const slow = { mostPerSecond: 20 };
  await play(answeredItems(40, 1), { target: target.url, compare, caps: slow });
  // They may fall into two seconds.
  expect(target.requests.length + second.requests.length).toBeLessThanOrEqual(40);
  expect(second.requests.length).toBe(target.requests.length);
});

test('a second system that fails stops the run as a target would', async () => {
  const [target, second] = [await serve(same), await serve((_, socket) => socket.destroy())];
  const compare = { ...COMPARED, second: second.url };
  const budget = { mostRatio: 0.5, windowMs: 300 };
  const options = { target: target.url, compare, budget };
  const { summary } = await play(answeredItems(1500), options);
  expect(summary.verdict).toBe('fail');
  expect(summary.reasons.join()).toMatch(
    /stopped: the second system: 100 % of \d+ requests failed/,
  );
  expect(target.requests.length).toBeLessThan(1500);
});

/** As GoReplay writes them. */
function gorOf(requests: readonly RecordedRequest[]): string {
  const separator = '\n🐵🙈🙉\n';
  return requests
    .map(({ atNs, target, answer }, n) => {
      const id = `93d580510a000001${(n + 4096).toString(16).padStart(8, '0')}`;
      const body = Buffer.from(answer!.body!).toString();
      const head = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
      return (
        `1 ${id} ${atNs} 0\nGET ${target} HTTP/1.1\r\nHost: shop.example\r\n\r\n${separator}` +
        `2 ${id} ${atNs + 2_000_000n} 0\nHTTP/1.1 200 OK\r\n${head}\r\n${body}${separator}`
      );
    })
    .join('');
}

async function plimsoll(...args: readonly string[]) {
  const program = join(import.meta.dirname, '../../bin/plimsoll.ts');
  const child = spawn(process.execPath, [program, ...args], { cwd: folder });
  const text = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    text.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    text.stderr += chunk;
  });
  const [code] = await once(child, 'close');
  return { code: code as number, ...text };
}

test('on the command line: words, exit codes, JSON and a report', async () => {
  writeFileSync(join(folder, 'a.gor'), gorOf(answeredItems(80)), { mode: 0o600 });
  const [target, second] = [await serve(other), await serve(same)];
  const base = ['replay', 'a.gor', '--target', target.url, '--max-lateness', '5s'];
  const both = [...base, '--compare', '--second', second.url, '-o', 'out.json'];
  const failed = await plimsoll(...both, '--max-differences', '5%');
  expect(failed).toMatchObject({ code: 1, stdout: expect.stringMatching(/^✗ FAIL/) });
  expect(failed.stdout).toMatch(/differing +80 of 80: 100 %/);
  expect(failed.stdout).toMatch(/beyond noise 25 % /);
  expect(failed.stdout).toMatch(
    /body\.price {2}GET \/items\/\{id\} {2}differs\n +20 of 80 \(25 %\)/,
  );
  expect(failed.stdout).toMatch(/GET \/items\/\{id\} +80 of 80 +2 ms → /);
  const passed = await plimsoll(...both, '--max-differences', '30%', '--json');
  expect(passed.code).toBe(0);
  expect(JSON.parse(passed.stdout)).toMatchObject({
    verdict: 'pass',
    answers: { endpoints: [{ recordedMs: { count: 80, p50: 2 } }] },
  });
  const report = await plimsoll('report', 'out.json', '-o', 'out.html');
  expect(report).toMatchObject({ code: 0 });
  expect(readFileSync(join(folder, 'out.html'), 'utf8')).toContain('body.price');
  const alone = await plimsoll(...base, '--second', second.url);
  expect(alone).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--second: expected --compare'),
  });
  const wrong = await plimsoll(...base, '--compare', '--ignore-field', 'a b');
  expect(wrong.stderr).toContain('--ignore-field: expected a path such as items[].id, found a b');
});
