/** Which shadows a mirror takes, and that the checks are made before anything is sent. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { LookupFunction } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { checkedShadow } from '../../replay/mirror/check-shadow.ts';
import { WELL_KNOWN_PATH } from '../../replay/safety/ownership.ts';
import { answerFine, type RecordingServer, startRecording } from '../helpers/recording-server.ts';

let shadow: RecordingServer;
let served = '';
beforeAll(async () => {
  shadow = await startRecording((request, socket) => {
    if (!request.requestLine.includes(WELL_KNOWN_PATH)) return answerFine(request, socket);
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${served.length}\r\n\r\n${served}`);
  });
});
beforeEach(() => {
  shadow.requests.length = 0;
});
afterAll(() => shadow.close());

const TOKEN = 'a-token-of-some-length';
const names: string[] = [];
const lookup: LookupFunction = (name, _options, callback) => {
  names.push(name);
  callback(null, [{ address: '127.0.0.1', family: 4 }]);
};

const question = (changes: Partial<Parameters<typeof checkedShadow>[0]> = {}) =>
  checkedShadow({
    shadow: `http://staging.example:${shadow.port}`,
    allowedHosts: ['staging.example'],
    primary: { host: '127.0.0.1', port: 9000 },
    listen: { host: '127.0.0.1', port: 8080 },
    mostPerSecond: 100,
    durationMs: 60_000,
    token: TOKEN,
    nowMs: Date.now(),
    lookup,
    ...changes,
  });

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

test('a shadow elsewhere serves the token, and is asked for nothing else', async () => {
  served = JSON.stringify({ token: TOKEN, expires: inAnHour() });
  expect(await question()).toEqual({
    target: `http://staging.example:${shadow.port}`,
    allowedHosts: [{ host: 'staging.example', addresses: ['127.0.0.1'] }],
  });
  served = JSON.stringify({ token: 'another-token-as-long', expires: inAnHour() });
  await expect(question()).rejects.toThrow(/the token is another one than --token/);
  expect(shadow.requests.map(({ requestLine }) => requestLine)).toEqual(
    Array.from({ length: 2 }, () => `GET ${WELL_KNOWN_PATH} HTTP/1.1`),
  );
});

test.each([
  ['without a rate', { mostPerSecond: undefined }, /missing --max-rate$/],
  ['without an end', { durationMs: undefined }, /missing --for$/],
  ['without a token', { token: undefined }, /expected --token with at least 16 characters/],
  ['that nobody allowed', { allowedHosts: [] }, /is not this machine; to send load there/],
])('elsewhere %s: refused before a look-up', async (_claim, changes, message) => {
  names.length = 0;
  await expect(question(changes)).rejects.toThrow(message);
  expect(names).toEqual([]);
});

test.each([
  ['the primary', 'http://127.0.0.1:9000', '127.0.0.1'],
  ['the primary by name', 'http://localhost:9000', '127.0.0.1'],
  ['the primary in IPv6', 'http://[::1]:9000', '127.0.0.1'],
  ['the primary by another loopback address', 'http://127.0.0.2:9000', '127.0.0.1'],
  ['the mirror', 'http://127.0.0.1:8080', '127.0.0.1'],
  ['the mirror by name', 'http://LOCALHOST:8080', '127.0.0.1'],
  ['a mirror that listens to all addresses', 'http://127.0.0.1:8080', '0.0.0.0'],
  ['the same in IPv6', 'http://localhost:8080', '::'],
])('%s is no shadow', async (_claim, url, host) => {
  const own = question({ shadow: url, listen: { host, port: 8080 } });
  await expect(own).rejects.toThrow(/is the primary, or this mirror itself$/);
});

test('the command says so in one line, and listens to nobody', async () => {
  const args = ['mirror', '--listen', '127.0.0.1:0', '--primary', 'http://127.0.0.1:9000'];
  for (const url of ['http://localhost:9000', 'http://elsewhere.example', 'http://2130706433']) {
    const all = ['--disable-warning=ExperimentalWarning', 'bin/plimsoll.ts', ...args];
    const child = spawn(process.execPath, [...all, '--shadow', url], { stdio: 'pipe' });
    const said = child.stderr.setEncoding('utf8').toArray();
    expect((await once(child, 'close'))[0]).toBe(2);
    expect((await said).join('')).toMatch(/^plimsoll: [^\n]+\n$/);
  }
});
