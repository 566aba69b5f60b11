/** `plimsoll capture` and `mirror` used wrongly and interrupted: one line, an end, nothing left. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { rawServer } from '../helpers/raw-http.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-proxies-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const PROGRAM = join(import.meta.dirname, '../../bin/plimsoll.ts');

function start(args: readonly string[], shell?: string) {
  const all = ['--disable-warning=ExperimentalWarning', PROGRAM, ...args];
  const [program, given] =
    shell === undefined
      ? [process.execPath, all]
      : ['bash', ['-c', `${shell}; exec "$0" "$@"`, process.execPath, ...all]];
  const child = spawn(program, given, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const text = { stderr: '' };
  child.stderr.on('data', (chunk) => {
    text.stderr += chunk;
  });
  // What should end and does not is a failure, and is not left behind.
  const patience = setTimeout(() => child.kill('SIGKILL'), 20_000);
  const ended = once(child, 'close').then(([code, signal]) => {
    clearTimeout(patience);
    return { code, signal, stderr: text.stderr };
  });
  return { child, text, ended };
}

const HERE = ['--listen', '127.0.0.1:8097'];
const CAPTURE = ['capture', '--upstream', 'http://127.0.0.1:9', ...HERE, '-o', 'wrong.gor'];
const MIRROR = ['mirror', '--primary', 'http://127.0.0.1:9', ...HERE];
const SHADOW = ['--shadow', 'http://127.0.0.1:10'];
const ITSELF = /is this proxy itself/;

const WRONG: readonly [claim: string, args: string[], message: RegExp][] = [
  ['a session of no kind', [...CAPTURE, '--session-by', 'x'], /wrong\.gor: expected cookie:<name>/],
  ['a capture of itself', [...CAPTURE, '--upstream', 'http://127.0.0.1:8097'], ITSELF],
  ['itself by name', [...CAPTURE, '--upstream', 'http://localhost:8097'], ITSELF],
  [
    'itself on all addresses',
    [...CAPTURE, '--listen', '0.0.0.0:8097', '--upstream', 'http://127.0.0.1:8097'],
    ITSELF,
  ],
  ['an address elsewhere', [...CAPTURE, '--listen', '203.0.113.7:80'], /cannot listen: .*203\./],
  ['a mirror of itself', [...MIRROR, ...SHADOW, '--primary', 'http://[::1]:8097'], ITSELF],
  ['a route that is none', [...MIRROR, ...SHADOW, '--open', 'no'], /expected a route such as/],
  ['a session that is none', [...MIRROR, ...SHADOW, '--session-by', 'x'], /expected cookie:<name>/],
];

test.each(WRONG)(
  '%s: one line, exit code 2, and nothing is left',
  async (_claim, args, message) => {
    const { code, stderr } = await start(args).ended;
    expect({ code, stderr }).toMatchObject({ code: 2 });
    expect(stderr).toMatch(/^plimsoll: [^\n]+\n$/);
    expect(stderr).toMatch(message);
    expect(readdirSync(folder)).toEqual([]);
  },
);

test('a capture that has no room to begin leaves no empty file behind', async () => {
  const { code, stderr } = await start(CAPTURE, 'ulimit -f 0').ended;
  expect({ code, stderr }).toMatchObject({ code: 2 });
  expect(stderr).toMatch(/^plimsoll: cannot begin the capture wrong\.gor: [^\n]+\n$/);
  expect(readdirSync(folder)).toEqual([]);
});

test.each(
  (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).flatMap((signal) =>
    (['capture', 'mirror'] as const).map((command) => [command, signal] as const),
  ),
)(
  '%s under way, %s: it ends within its time, in words, and its port is free',
  async (command, signal) => {
    // An upstream that answers nothing: a connection is under way when it is stopped.
    const upstream = await rawServer(() => {});
    const to = `http://127.0.0.1:${upstream.port}`;
    const path = `${command}-${signal}.gor`;
    const args = { capture: ['--upstream', to, '-o', path], mirror: ['--primary', to, ...SHADOW] };
    const listen = ['--listen', '127.0.0.1:0'];
    const { child, text, ended } = start([command, ...listen, ...args[command]]);
    while (child.exitCode === null && !text.stderr.includes('(port ')) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const port = Number(/\(port (\d+)\)/.exec(text.stderr)![1]);
    const client = connect(port, '127.0.0.1', () =>
      client.write('GET / HTTP/1.1\r\nHost: s\r\n\r\n'),
    );
    client.on('error', () => {});
    await once(client, 'connect');
    const stoppedAtMs = Date.now();
    child.kill(signal);
    const { code, stderr } = await ended;
    expect({ code, stderr }).toMatchObject({ code: 130 });
    expect(Date.now() - stoppedAtMs).toBeLessThan(6000);
    expect(stderr).toMatch(/\nplimsoll: interrupted[^\n]*\n$/);
    const again = connect(port, '127.0.0.1');
    const [error] = await once(again, 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    if (command === 'capture') expect(existsSync(join(folder, path))).toBe(true);
    await upstream.close();
  },
);
