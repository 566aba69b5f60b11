/** `plimsoll workload` as a user runs it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { readArrivals } from '../../replay/workload/arrivals-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-workload-'));
afterAll(() => rmSync(folder, { recursive: true }));

function plimsoll(...args: readonly string[]) {
  const flags = ['--disable-warning=ExperimentalWarning', 'bin/plimsoll.ts'];
  return spawnSync(process.execPath, [...flags, ...args], { encoding: 'utf8' });
}

function saved(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const LINES = Array.from({ length: 3000 }, (_, i) => {
  const second = String(Math.floor(i / 50)).padStart(2, '0');
  const path = i % 3 === 0 ? '/home' : `/items/${1000 + (i % 7)}`;
  const stamp = `[10/Oct/2025:13:55:${second} +0000]`;
  return `10.0.0.${i % 50} - - ${stamp} "GET ${path} HTTP/1.1" 200 5 "-" "curl/8" 0.0${10 + (i % 80)}\n`;
}).join('');

test('an access log becomes a model, which is one; its arrivals become a file', () => {
  const log = saved('access.log.gz', gzipSync(LINES));
  const arrivals = join(folder, 'arrivals.jsonl');
  const { status, stdout, stderr } = plimsoll('workload', log, '--whole', '--arrivals', arrivals);
  expect(status).toBe(0);
  expect(stderr).toContain('3,000 of 3,000 records used');
  expect(stdout).toContain('# GET /items/{id}\n        - { share: 66.67%');
  const model = saved('captured.yaml', stdout);
  expect(plimsoll('validate', model).stdout).toMatch(/^ok: .*: 1 service, 1 journey/);
  expect(readArrivals(readFileSync(arrivals, 'utf8'))).toHaveLength(3000);
});

test('JSON has the same, with the books of the reading', () => {
  const { stdout, status } = plimsoll('workload', saved('access.log', LINES), '--json');
  expect(status).toBe(0);
  const found = JSON.parse(stdout);
  expect(found).toMatchObject({ format: 'plimsoll-workload/1', requests: 3000, isCoarse: true });
  expect(found.reading).toMatchObject({ read: 3000, used: 3000, rejected: {} });
  expect(found.sessions).toMatchObject({ count: 50, requestsMean: 60 });
});

test.each([
  ['more than 5 % unsound', 'bad.log', LINES + 'hello\n'.repeat(200), [], '6.3 % of 3200 records are bad'],
  ['nothing usable', 'none.log', 'hello\n', ['--from', 'combined'], '1 × no [time] in the line'],
  ['no capture', 'poem.txt', 'hello\n', [], 'expected a capture (gor, har, '],
  ['a file that is cut off', 'cut.log.gz', gzipSync(LINES).subarray(0, -40), [], 'not read to its'],
  ['a field map that is none', 'a.jsonl', '{}\n', ['--fields', 'x'], 'fields: expected parts'],
])('%s: exit code 2, and why', (_, name, content, flags, message) => {
  const { status, stderr } = plimsoll('workload', saved(name, content), ...flags);
  expect(status).toBe(2);
  expect(stderr).toContain(message);
});

test('its help ends in examples', () => {
  const { stdout } = plimsoll('workload', '--help');
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^ {2}plimsoll workload /);
});
