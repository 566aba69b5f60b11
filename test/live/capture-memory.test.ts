/** P11: what a capture is made of does not decide how much memory it takes to look at it. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-memory-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const RECORDS = 8000;
const LONG = 'x'.repeat(30_000);
const MOST_MEBIBYTES = 300;
const TELL_MEMORY =
  'data:text/javascript,process.on("exit", () => ' +
  'process.stderr.write("memory " + process.resourceUsage().maxRSS / 1024))';

/** 240 MB of requests, no two of which have the same name of that kind. */
function captureOf(kind: string, head: (index: number) => string): string {
  const path = join(folder, `${kind}.gor`);
  const file = openSync(path, 'w', 0o600);
  for (let index = 0; index < RECORDS; index++) {
    const id = index.toString(16).padStart(24, '0');
    writeSync(
      file,
      `1 ${id} ${1_700_000_000_000_000_000n + BigInt(index)} 0\n${head(index)}\r\n\r\n`,
    );
    writeSync(file, '\n🐵🙈🙉\n');
  }
  closeSync(file);
  return path;
}

test.each([
  ['host', (i: number) => `GET / HTTP/1.1\r\nHost: h${i}${LONG}`],
  ['header-name', (i: number) => `GET / HTTP/1.1\r\nHost: h\r\nX-Token-${i}${LONG}: v`],
  ['header-value', (i: number) => `GET / HTTP/1.1\r\nHost: h\r\nCookie: s${i}=${LONG}`],
  ['path', (i: number) => `GET /p${i}x${'/abcd'.repeat(6000)} HTTP/1.1\r\nHost: h`],
])('inspect: every %s another one, of 30 kB: under 300 MiB', (kind, head) => {
  const path = captureOf(kind, head);
  const args = ['--import', TELL_MEMORY, '--disable-warning=ExperimentalWarning'];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...args, 'bin/plimsoll.ts', 'inspect', path, '--json'],
    { encoding: 'utf8', maxBuffer: 2 ** 25 },
  );
  rmSync(path);
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(JSON.parse(stdout)).toMatchObject({ requests: RECORDS });
  expect(stdout.length).toBeLessThan(30_000_000);
  expect(Number(/^memory ([\d.]+)$/.exec(stderr)![1])).toBeLessThan(MOST_MEBIBYTES);
});
