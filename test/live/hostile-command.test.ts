/** `plimsoll replay` used wrongly, on bad disks and interrupted: one line says what is wrong. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { gorBytes, shopRequests } from '../helpers/captures.ts';
import { answerFine, type RecordingServer, startRecording } from '../helpers/recording-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-hostile-'));
const PROGRAM = join(import.meta.dirname, '../../bin/plimsoll.ts');
let server: RecordingServer;

const files = {
  'small.gor': gorBytes(shopRequests(300, 300, 3)),
  'large.gor': gorBytes(shopRequests(40_000, 100, 3)),
  'no-export.mjs': 'export const other = 1;\n',
  'throws.mjs': 'throw new Error("first line\\nsecond line \\u001b[31m");\n',
};

beforeAll(async () => {
  server = await startRecording(answerFine);
  for (const [name, bytes] of Object.entries(files)) {
    writeFileSync(join(folder, name), bytes, { mode: 0o600 });
  }
  // That this is said tells when reading begins.
  chmodSync(join(folder, 'large.gor'), 0o644);
});
beforeEach(() => {
  server.requests.length = 0;
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

interface StartOptions {
  readonly command?: string;
  /** Of a shell, before it runs the command. */
  readonly shell?: string;
}

function start(args: readonly string[], { command = 'replay', shell }: StartOptions = {}) {
  const all = ['--disable-warning=ExperimentalWarning', PROGRAM, command, ...args];
  if (command === 'replay') all.push('--target', server.url);
  const [program, given] =
    shell === undefined
      ? [process.execPath, all]
      : ['bash', ['-c', `${shell}; exec "$0" "$@"`, process.execPath, ...all]];
  const child = spawn(program, given, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk) => {
      text[name] += chunk;
    });
  }
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...text }));
  return { child, text, ended };
}

/** The last words, which are one line. */
function lastWords(stderr: string): string {
  const at = stderr.lastIndexOf('plimsoll: ');
  const words = stderr.slice(at);
  expect(words, stderr).toMatch(/^plimsoll: [^\n]+\n$/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the claim
  expect(words).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  return words;
}

const WRONG: readonly [claim: string, args: string[], message: RegExp][] = [
  ['a Host with a line in it', ['--host', 'a\r\nX-Evil: 1'], /--host: expected a name such as /],
  ['a Host with a space', ['--host', 'sh op'], /--host: expected a name such as /],
  ['an interceptor without its export', ['--interceptor', 'no-export.mjs'], /expected an export/],
  ['an interceptor that throws', ['--interceptor', 'throws.mjs'], /cannot load .*: first line/],
  ['no middleware', ['--middleware', ''], /expected a command as middleware/],
  ['a middleware that is not there', ['--middleware', './no-such -v'], /no program \.\/no-such/],
  [
    'one that is not on the PATH',
    ['--middleware', 'no-such-program'],
    /no program no-such-program/,
  ],
  ['one that is no program', ['--middleware', './small.gor'], /\.\/small\.gor cannot be run/],
  ['one that is a folder', ['--middleware', '/tmp'], /\/tmp cannot be run/],
  ['nothing to send', ['--method', 'PUT'], /nothing would be sent: 300 of 300 are held back/],
  ['a log below a file', ['--log', 'small.gor/x.ndjson'], /a part of its path is no folder/],
  ['an output that is a folder', ['-o', '.'], /cannot write \.: it is a folder/],
  ['a log in the place of the capture', ['--log', 'small.gor'], /small\.gor: it is the capture/],
  ['an output in its place', ['-o', './small.gor'], /small\.gor: it is the capture/],
];

test.each(WRONG)(
  '%s: one line, exit code 2, and nothing is sent',
  async (_claim, args, message) => {
    const { code, stderr } = await start(['small.gor', ...args]).ended;
    expect({ code, stderr }).toMatchObject({ code: 2 });
    expect(lastWords(stderr)).toMatch(message);
    expect(server.requests).toEqual([]);
    expect(readFileSync(join(folder, 'small.gor'))).toEqual(files['small.gor']);
  },
);

test('a look before finds out that a middleware is not there', async () => {
  for (const middleware of ['./no-such', 'no-such-program']) {
    const { code, stderr } = await start(['small.gor', '--dry-run', '--middleware', middleware])
      .ended;
    expect({ code, stderr }).toMatchObject({ code: 2 });
    expect(lastWords(stderr)).toMatch(/there is no program/);
  }
  expect((await start(['small.gor', '--dry-run', '--middleware', 'cat']).ended).code).toBe(0);
});

const UNUSUAL = ['--speed', '3', '--max-lateness', '9s'];

test('a log that the disk has no room for: stopped, one line, 3, no half file', async () => {
  writeFileSync(join(folder, 'full.ndjson'), 'what was there before');
  const args = ['small.gor', ...UNUSUAL, '--log', 'full.ndjson'];
  const { code, stderr } = await start(args, { shell: 'ulimit -f 8' }).ended;
  expect({ code, stderr }).toMatchObject({ code: 3 });
  expect(lastWords(stderr)).toMatch(/cannot write full\.ndjson: EFBIG/);
  expect(readFileSync(join(folder, 'full.ndjson'), 'utf8')).toBe('what was there before');
  expect(readdirSync(folder).filter((name) => name.startsWith('full.ndjson.'))).toEqual([]);
});

test('a measurement that it has no room for: one line, and no half file', async () => {
  const args = ['small.gor', ...UNUSUAL, '-o', 'full.json'];
  const { code, stdout, stderr } = await start(args, { shell: 'ulimit -f 4' }).ended;
  expect({ code, stderr }).toMatchObject({ code: 2 });
  expect(stdout, 'what the run came to').toContain('233 sent + 0 failed');
  expect(lastWords(stderr)).toMatch(/cannot write full\.json: it would be larger/);
  expect(readdirSync(folder).filter((name) => name.startsWith('full.json'))).toEqual([]);
});

test('a capture that others can read is told of, by pattern and in a look before', async () => {
  writeFileSync(join(folder, 'open_1.gor'), files['small.gor']);
  chmodSync(join(folder, 'open_1.gor'), 0o644);
  for (const args of [['open_*.gor'], ['open_1.gor']]) {
    const { stderr } = await start([...args, '--dry-run']).ended;
    expect(stderr).toBe(
      'open_1.gor can be read by others; chmod 600 is what a capture should have\n',
    );
  }
});

test('a capture that should be gone by now is told of', async () => {
  const path = join(folder, 'old.gor');
  writeFileSync(path, files['small.gor'], { mode: 0o600 });
  const manifest = { format: 'plimsoll-capture/1', retainUntil: '2024-02-29' };
  writeFileSync(join(folder, 'old.manifest.json'), JSON.stringify(manifest));
  const { stderr } = await start(['old.gor', '--dry-run']).ended;
  expect(stderr).toBe('old.gor was to be kept until 2024-02-29; it should have been deleted\n');
});

test.each([
  ['inspect', []],
  ['convert', ['converted.gor']],
  ['workload', []],
])('%s says the same of captures as replay', async (command, more) => {
  const manifest = { format: 'plimsoll-capture/1', retainUntil: '2024-02-29' };
  writeFileSync(join(folder, 'past.manifest.json'), JSON.stringify(manifest));
  for (const chunk of [0, 1, 2]) {
    writeFileSync(join(folder, `past_${chunk}.gor`), files['small.gor']);
    chmodSync(join(folder, `past_${chunk}.gor`), 0o640);
  }
  const { code, stderr } = await start(['past_*.gor', ...more], { command }).ended;
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stderr).toContain(
    'past_0.gor and 2 more files can be read by others; chmod 600 is what a capture should have\n' +
      'past_0.gor was to be kept until 2024-02-29; it should have been deleted\n',
  );
  const own = await start(['small.gor', ...more], { command }).ended;
  expect(own.stderr).not.toMatch(/others|deleted/);
});

const PHASES: readonly [phase: string, isThere: (text: { stderr: string }) => boolean][] = [
  ['while the capture is read', ({ stderr }) => stderr.includes('can be read by others')],
  ['while it reads ahead', ({ stderr }) => stderr.includes('endpoints')],
  ['while it sends', () => server.requests.length > 10],
];

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

test.each(
  PHASES.flatMap(([phase, isThere]) => SIGNALS.map((signal) => [phase, signal, isThere] as const)),
)('stopped %s, by %s: 130, in words, and no half file', async (_phase, signal, isThere) => {
  const args = ['large.gor', '-o', 'stop.json', '--log', 'stop.ndjson', '--middleware', 'cat'];
  const { child, text, ended } = start([...args, '--max-lateness', '9s']);
  while (child.exitCode === null && !isThere(text)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  child.kill(signal);
  const stoppedAtMs = Date.now();
  const { code, stderr } = await ended;
  expect({ code, stderr }).toMatchObject({ code: 130 });
  expect(Date.now() - stoppedAtMs).toBeLessThan(5000);
  expect(lastWords(stderr)).toMatch(/interrupted/);
  const left = readdirSync(folder).filter((name) => /^stop\.(json|ndjson)\./.test(name));
  expect(left).toEqual([]);
});

test('a second Ctrl-C ends it at once, and its middleware, which would stay', async () => {
  const stays = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);
    console.error('pid', process.pid, 'ends'); process.stdin.pipe(process.stdout, { end: false });`;
  writeFileSync(join(folder, 'stays.mjs'), stays);
  const middleware = `${process.execPath} stays.mjs`;
  const { child, text, ended } = start(['large.gor', '--middleware', middleware]);
  while (child.exitCode === null && (!/pid \d+/.test(text.stderr) || server.requests.length < 5)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const pid = Number(/pid (\d+) ends/.exec(text.stderr)![1]);
  child.kill('SIGINT');
  await new Promise((resolve) => setTimeout(resolve, 600));
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
  await expect.poll(() => isAlive(pid), { timeout: 3000 }).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
