/** `plimsoll workload` as a user runs it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { parseArrivals } from '../../replay/workload/arrivals-file.ts';

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
  expect(stdout).toMatch(/# GET \/items\/\{id\}: 2,000, [\d.]+-[\d.]+ %\n {8}- \{ share: 66\.67%/);
  const model = saved('captured.yaml', stdout);
  expect(plimsoll('validate', model).stdout).toMatch(/^ok: .*: 1 service, 1 journey/);
  const { select, endpoints } = parseArrivals(arrivals, readFileSync(arrivals, 'utf8'));
  expect(select(undefined).timesMs).toHaveLength(3000);
  expect(endpoints).toEqual(['GET /home', 'GET /items/{id}']);
});

test('a model is driven by the moments of a capture, of all or of one endpoint', () => {
  const arrivals = join(folder, 'own.jsonl');
  plimsoll('workload', saved('own.log', LINES), '--arrivals', arrivals);
  const model = (how: string) => `name: shop
duration: 30s
traffic: { guests: { does: buy, arrivals: ${how} } }
journeys: { buy: [{ call: web.buy }] }
services: { web: { serves: event-loop, instances: 2, endpoints: { buy: [{ cpu: 1ms }] } } }
`;
  const path = saved('shop.yaml', model('{ replayed: own.jsonl, speed: 2, only: GET /home }'));
  const done = plimsoll('simulate', path, '--json', '--replications', '3');
  expect(done.status, done.stderr).toBe(0);
  const { runs, warnings, model: used } = JSON.parse(done.stdout);
  // A second of the log has 16.7 of them; at twice the speed the last ones are over in 30 s.
  const { arrived } = runs[0].journeys.buy.counters;
  expect(arrived).toBe(1000);
  expect(runs.map((run: never) => run['journeys']['buy']['arrived'])).toEqual([
    ...Array(3).fill(runs[0].journeys.buy.arrived),
  ]);
  expect(warnings[0]).toContain('every replication has the same 1000 arrivals, those of own.jsonl');
  expect(used.traffic[0].arrivals).toMatchObject({ type: 'replayed', speed: 2, count: 1000 });
  const wrong = saved('wrong.yaml', model('{ replayed: own.jsonl, only: GET /hom }'));
  expect(plimsoll('validate', wrong).stderr).toMatch(
    /wrong\.yaml:3:\d+[\s\S]*unknown endpoint "GET \/hom" \(known here: GET \/home, /,
  );
  const gone = saved('gone.yaml', model('{ replayed: gone.jsonl }'));
  expect(plimsoll('validate', gone).stderr).toMatch(/gone\.yaml:3:\d+[\s\S]*gone\.jsonl/);
  const both = saved('both.yaml', model('{ replayed: own.jsonl }, rate: 5/s'));
  expect(plimsoll('validate', both).stderr).toContain('expected no rate beside replayed arrivals');
});

test('several logs are one capture, by time', () => {
  const [first, second] = [LINES.slice(0, LINES.length / 2), LINES.slice(LINES.length / 2)];
  const cut = first.lastIndexOf('\n') + 1;
  saved('part-1.log', first.slice(0, cut));
  saved('part-0.log', first.slice(cut) + second);
  const { stdout } = plimsoll('workload', join(folder, 'part-*.log'), '--json');
  expect(JSON.parse(stdout)).toMatchObject({ requests: 3000, reading: { read: 3000, used: 3000 } });
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
  [
    'more than 5 % unsound',
    'bad.log',
    LINES + 'hello\n'.repeat(200),
    [],
    '6.3 % of 3200 records are bad',
  ],
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
