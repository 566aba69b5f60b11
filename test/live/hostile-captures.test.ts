/**
 * Captures that somebody wrote to do harm, held against the wire: every byte that the target gets
 * is looked at, and a server elsewhere (127.0.0.2) must see nobody.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openCapture as openFiles } from '../../replay/formats/formats.ts';
import type { ReplayOptions } from '../../replay/run/options.ts';
import { replay } from '../../replay/run/replay.ts';
import { parseRoute } from '../../replay/safety/methods.ts';
import { sourceHosts } from '../../replay/safety/source-hosts.ts';
import { captureOf, recorded } from '../helpers/capture.ts';
import { gorBytes, shopRequests } from '../helpers/captures.ts';
import { answerFine, type RecordingServer, startRecording } from '../helpers/recording-server.ts';
import { replayOptions } from '../helpers/replays.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-hostile-'));
let target: RecordingServer;
let elsewhere: RecordingServer;

beforeAll(async () => {
  target = await startRecording(answerFine);
  elsewhere = await startRecording(answerFine, '127.0.0.2');
});
beforeEach(() => {
  target.requests.length = 0;
});
afterEach(() => {
  expect(elsewhere.connections, 'connections elsewhere').toBe(0);
});
afterAll(async () => {
  await target.close();
  await elsewhere.close();
  rmSync(folder, { recursive: true });
});

function play(requests: ReturnType<typeof recorded>[], changes: Partial<ReplayOptions> = {}) {
  return replay(captureOf(requests), replayOptions({ target: target.url, ...changes }));
}

const HOST = ['Host', 'shop.example'];
const with_ = (...headers: string[]) => ({ headers: [...HOST, ...headers] });
const BAD_HEADER = 'a header is malformed';

const HELD_BACK: readonly [claim: string, changes: Parameters<typeof recorded>[0], why: string][] =
  [
    ['a line end in the path', { target: '/a\r\nX-Evil: 1' }, 'target is no path'],
    ['a space in the path', { target: '/a HTTP/1.1' }, 'target is no path'],
    ['a NUL in the path', { target: '/a\0b' }, 'target is no path'],
    ['an authority as target', { target: 'elsewhere.example:443' }, 'target is no path'],
    ['an absolute target', { target: 'http://127.0.0.2/' }, 'target is no path'],
    ['a star as target', { method: 'OPTIONS', target: '*' }, 'target is no path'],
    ['no target', { target: '' }, 'target is no path'],
    ['a line end in a value', with_('X-A', 'b\r\nX-Evil: 1'), BAD_HEADER],
    ['a lone LF in a value', with_('X-A', 'b\nX-Evil: 1'), BAD_HEADER],
    ['a NUL in a value', with_('X-A', 'b\0c'), BAD_HEADER],
    ['a line end in a name', with_('X-A\r\nX-Evil', '1'), BAD_HEADER],
    ['a space before the colon', with_('Transfer-Encoding ', 'chunked'), BAD_HEADER],
    ['a name that is empty', with_('', 'x'), BAD_HEADER],
    ['a line end in the method', { method: 'GET / HTTP/1.1\r\nX: 1' }, 'its method is not allowed'],
    ['CONNECT', { method: 'CONNECT', target: '/' }, 'method is never sent'],
    ['TRACE', { method: 'TRACE' }, 'method is never sent'],
    ['the preface of HTTP/2', { method: 'PRI', target: '/' }, 'method is never sent'],
    ['a web socket', with_('Upgrade', 'websocket'), 'it changes the protocol'],
    [
      'a second upgrade behind h2c',
      with_('Upgrade', 'h2c', 'Upgrade', 'websocket'),
      'it changes the protocol',
    ],
    ['a length of another body', with_('Content-Length', '7'), 'its body was not recorded'],
    ['a length with a sign', with_('Content-Length', '+0'), 'its framing is malformed'],
    [
      'two lengths, the second a smuggled one',
      with_('Content-Length', '0', 'Content-Length', '44'),
      'its framing is malformed',
    ],
  ];

test.each(HELD_BACK)(
  '%s is held back, and nothing of it is on the wire',
  async (_claim, changes, why) => {
    const routes = ['CONNECT /*', 'TRACE /*', 'PRI /*'].map(parseRoute);
    const requests = [recorded(changes), recorded({ atMs: 1, target: '/good' })];
    const { summary } = await play(requests, { routes });
    expect(summary.heldBack).toEqual({ [why]: 1 });
    expect(target.requests.map(({ requestLine }) => requestLine)).toEqual(['GET /good HTTP/1.1']);
  },
);

test('framing is made anew: a length and chunks at once are one request of its body', async () => {
  const body = Buffer.from('0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n');
  const both = ['Content-Length', '5', 'Transfer-Encoding', 'chunked', 'TE', 'trailers'];
  const other = ['Transfer-Encoding', 'xchunked', 'Transfer-Encoding', 'chunked'];
  const requests = [
    recorded({ target: '/one', body, ...with_(...both) }),
    recorded({ target: '/two', body, atMs: 1, ...with_(...other) }),
  ];
  await play(requests);
  expect(target.requests).toHaveLength(2);
  for (const { headers, body: got } of target.requests) {
    expect(got).toEqual(body);
    const names = headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    expect(names).not.toContain('transfer-encoding');
    expect(names).not.toContain('te');
    expect(names.filter((name) => name === 'content-length')).toHaveLength(1);
  }
});

test('what any of several Connection headers names goes no further', async () => {
  const hops = ['Connection', 'keep-alive', 'X-Real', '1', 'Connection', 'X-Real, close'];
  await play([recorded(with_(...hops, 'X-Kept', '2'))]);
  const { headers } = target.requests[0]!;
  expect(headers).toContain('X-Kept');
  expect(headers).not.toContain('X-Real');
});

test('headers as large as they were recorded are sent as they were', async () => {
  const large = 'x'.repeat(300_000);
  const { summary } = await play([recorded(with_('X-Large', large))]);
  expect(summary.sent).toBe(1);
  expect(target.requests[0]!.headers).toContain(large);
});

const AT_TARGET: readonly [claim: string, targetUrl: string, headers: string[]][] = [
  ['the root dot of the target', 'http://shop.example.', ['Host', 'shop.example']],
  ['the root dot of the recording', 'http://shop.example', ['Host', 'shop.example.:80']],
  ['another case', 'http://shop.example', ['HOST', 'Shop.Example']],
  ['IPv6 at length', 'http://[2001:db8::1]', ['Host', '[2001:0db8:0:0:0:0:0:1]:80']],
  ['an address as a number', 'http://192.0.2.7', ['Host', '3221225991']],
  ['a second Host', 'http://shop.example', ['Host', 'front', 'Host', 'shop.example']],
  [
    'the name that a proxy noted',
    'http://shop.example',
    ['Host', '10.0.0.7:8080', 'X-Forwarded-Host', 'cdn.example, shop.example'],
  ],
  [
    'the name in Forwarded',
    'http://shop.example',
    ['Host', '10.0.0.7', 'Forwarded', 'for=192.0.2.1;host="shop.example:443";proto=https'],
  ],
  ['X-Original-Host', 'http://shop.example', ['Host', 'x', 'X-Original-Host', 'shop.example']],
];

test.each(AT_TARGET)('target = source, by %s', (_claim, url, headers) => {
  const { step, refuse } = sourceHosts([url], undefined, []);
  expect(step(recorded({ headers }))).toBe('it was recorded at the target');
  expect(refuse).toThrow(/name that host once more: --allow-source \S+$/);
  const named = sourceHosts([url], undefined, [url.replace('http://', '')]);
  expect(named.step(recorded({ headers }))).not.toBe('it was recorded at the target');
});

test('a capture that ends before its end is refused, and nothing is sent', async () => {
  const whole = gzipSync(gorBytes(shopRequests(400, 400, 3)));
  const path = join(folder, 'cut.gor.gz');
  writeFileSync(path, whole.subarray(0, whole.length / 2), { mode: 0o600 });
  const cut = replay(() => openFiles([path]), replayOptions({ target: target.url }));
  await expect(cut).rejects.toThrow(/cut\.gor\.gz, byte \d+: gzip data ends before its end/);
  expect(target.requests).toEqual([]);
});
