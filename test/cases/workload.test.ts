import { expect, test } from 'vitest';
import { foldTarget } from '../../replay/endpoint.ts';
import { combined } from '../../replay/formats/logs/combined.ts';
import { vegetaJson } from '../../replay/formats/targets/vegeta-json.ts';
import type { TextFormat } from '../../replay/formats/text/text-format.ts';
import { ArrivalsWriter, parseArrivals } from '../../replay/workload/arrivals-file.ts';
import { KeyCounter } from '../../replay/workload/keys.ts';
import { modelText } from '../../replay/workload/model-text.ts';
import { TimeLine } from '../../replay/workload/time-line.ts';
import { type Workload, workloadOf } from '../../replay/workload/workload.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import { inputOf } from '../helpers/text-captures.ts';

test.each([
  ['/users/81723/posts?page=2', '/users/{id}/posts', '81723'],
  ['/a/550e8400-e29b-41d4-a716-446655440000', '/a/{id}', '550e8400-e29b-41d4-a716-446655440000'],
  [
    '/commit/9fceb02d0ae598e95dc970b74767f19372d61af8',
    '/commit/{id}',
    '9fceb02d0ae598e95dc970b74767f19372d61af8',
  ],
  ['/orders/order-81723', '/orders/{id}', 'order-81723'],
  ['/2024-05-01/report', '/{id}/report', '2024-05-01'],
  ['/share/dQw4w9WgXcQ', '/share/{id}', 'dQw4w9WgXcQ'],
  ['/search?q=red+shoes', '/search', 'q=red+shoes'],
  ['/', '/', ''],
  ['/v2/things/new', '/v2/things/new', ''],
  ['/static/app.css', '/static/app.css', ''],
  ['/decade/facade', '/decade/facade', ''],
])('%s is the endpoint %s, its key is %j', (target, path, key) => {
  expect(foldTarget(target)).toEqual({ path, key });
});

function workload(format: TextFormat, text: string): Promise<Workload | undefined> {
  return workloadOf(format.read(inputOf(text), { everyMethod: true }));
}

function target(path: string, second: number, method = 'GET'): string {
  const timestamp = new Date(second * 1000).toISOString();
  return `${JSON.stringify({ method, url: `http://a.example${path}`, timestamp, header: {} })}\n`;
}

test('names that are many are ids, and what they are asked by becomes keys', async () => {
  const names = Array.from({ length: 40 }, (_, i) => `user${'abcdefgh'[i % 8]}${'klmno'[i % 5]}`);
  const text = names.flatMap((name, i) => [target(`/u/${name}/feed`, i), target('/home', i)]);
  const { endpoints } = (await workload(vegetaJson, text.join('')))!;
  expect(endpoints.map(({ path, count, keys }) => [path, count, keys?.distinct])).toEqual([
    ['/home', 40, undefined],
    ['/u/{id}/feed', 40, 40],
  ]);
});

test('shares have intervals, errors are those of answers that there were', async () => {
  const line = (path: string, status: number) =>
    `10.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET ${path} HTTP/1.1" ${status} 5\n`;
  const text = line('/a', 200) + line('/a', 502) + line('/b', 404) + line('/a', 200);
  const { endpoints } = (await workload(combined, text))!;
  expect(endpoints[0]).toMatchObject({ path: '/a', count: 3, errors: 1 / 3 });
  expect(endpoints[0]!.share).toMatchObject({ value: 0.75 });
  expect(endpoints[0]!.share.low).toBeCloseTo(0.301, 3);
  expect(endpoints[0]!.share.high).toBeCloseTo(0.954, 3);
  expect(endpoints[1]).toMatchObject({ path: '/b', errors: 0 });
});

test('sessions end after half an hour, and pauses begin when the answer ends', async () => {
  const at = (second: number, client: string) =>
    `${client} - - [${clf(second)}] "GET / HTTP/1.1" 200 5 "-" "-" 2.000\n`;
  const lines = [at(0, 'a'), at(10, 'b'), at(60, 'a'), at(120, 'a'), at(60 + 3600, 'a')];
  const { sessions } = (await workload(combined, lines.join('')))!;
  expect(sessions).toMatchObject({ count: 3, unknown: 0, requestsMedian: 1 });
  expect(sessions.requestsMean).toBeCloseTo(5 / 3, 10);
});

function clf(second: number): string {
  const [, day, month, year, time] = new Date(second * 1000 + 1e12).toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}

test('nothing at all is no workload', async () => {
  expect(await workload(combined, '')).toBeUndefined();
  expect(await workload(combined, 'hello\n')).toBeUndefined();
});

/** Ten minutes at 5/s, of three endpoints, with one jump to 20/s. */
function jumpyCapture(): string {
  let text = '';
  for (let second = 0; second < 600; second++) {
    const requests = second < 300 ? 5 : 20;
    for (let i = 0; i < requests; i++) {
      const path = i % 5 === 0 ? '/home' : `/items/${1000 + ((second * 7 + i * i) % 50)}`;
      text += target(path, 1e9 + second + i / requests, i % 7 === 6 ? 'POST' : 'GET');
    }
  }
  return text;
}

test('what is written is a model, and its traffic is the capture', async () => {
  const found = (await workload(vegetaJson, jumpyCapture()))!;
  const text = modelText(found, { capture: 'shop.jsonl', isWhole: true });
  const { model, problems } = parseModel([{ file: 'shop.yaml', text }]);
  expect(problems).toBeUndefined();
  const [traffic] = model!.traffic;
  expect(traffic!.rate.at(-1)!.toPerSecond).toBeCloseTo(20, 0);
  expect(traffic!.rate[0]!.fromPerSecond).toBeCloseTo(5, 0);
  expect(text).toContain('# GET /items/{id}');
  expect(model!.services.map(({ name }) => name)).toEqual(['web']);
});

test('an overlay changes traffic and journeys of a model, and nothing else', async () => {
  const found = (await workload(vegetaJson, jumpyCapture()))!;
  const over = modelText(found, { capture: 'shop.jsonl', service: 'api' });
  const base = `name: shop
duration: 10m
traffic: { captured: { does: visit, rate: 1/s } }
journeys: { visit: [{ call: api.other }] }
services:
  api:
    serves: event-loop
    instances: 2
    endpoints:
      other: [{ cpu: 1ms }]
      get-items-id: [{ cpu: 2ms }]
      get-home: [{ cpu: 2ms }]
      post-items-id: [{ cpu: 2ms }]
`;
  const sources = [
    { file: 'model.yaml', text: base },
    { file: 'captured.yaml', text: over },
  ];
  const { model, problems } = parseModel(sources);
  expect(problems).toBeUndefined();
  expect(model!.traffic).toHaveLength(1);
  expect(model!.traffic[0]!.rate.length).toBeGreaterThan(1);
});

test('hostile paths stay in their comment', async () => {
  const evil = target('/x\u001b[2Jy', 1).replace('\\u001b', '%1b') + target('/a#b: [', 2);
  const found = (await workload(vegetaJson, evil + target('/{a: b}', 3)))!;
  const text = modelText(found, { capture: 'x\nname: evil', isWhole: true });
  expect(text).not.toContain('\u001b');
  expect(text).not.toContain('\nname: evil');
  expect(parseModel([{ file: 'x.yaml', text }]).problems).toBeUndefined();
});

test('keys beyond the budget are let go from the rarest on, and still counted', () => {
  const keys = new KeyCounter({ left: 2000 });
  for (let i = 0; i < 60_000; i++) {
    keys.add(`rare-${i}`);
    keys.add(`popular-${i % 10}`);
  }
  expect(keys.isExact).toBe(false);
  expect(keys.total).toBe(120_000);
  // 2.3 % is the standard error.
  expect(Math.abs(keys.distinct / 60_010 - 1)).toBeLessThan(0.1);
  expect([...keys.ranked().subarray(0, 10)]).toEqual(new Array(10).fill(6000));
});

test('one stamp of another century does not stretch the time line', () => {
  const line = new TimeLine();
  const ns = (second: number) => BigInt(second) * 1_000_000_000n;
  for (let second = 0; second < 100; second++) line.add(ns(1_600_000_000 + second));
  expect(line.add(ns(4_000_000_000))).toBeUndefined();
  for (let second = 100; second < 200; second++) line.add(ns(1_600_000_000 + second));
  expect(line).toMatchObject({ count: 200, far: 1, windowMs: 100, lastMs: 199_000 });
});

test('and when it is the first, the others begin anew', () => {
  const line = new TimeLine();
  line.add(0n);
  for (let i = 0; i < 200; i++) line.add(1_600_000_000_000_000_000n + BigInt(i) * 1_000_000n);
  expect(line.windowMs).toBe(100);
  expect(line.count + line.far).toBe(201);
  expect(line.lastMs).toBeLessThan(1000);
});

test('a year is in as many windows as a minute', () => {
  const line = new TimeLine();
  for (let hour = 0; hour < 24 * 365; hour++) line.add(BigInt(hour) * 3_600_000_000_000n);
  expect(line.windows().length).toBeLessThanOrEqual(65_536);
  expect(line.windows().reduce((sum, count) => sum + count, 0)).toBe(24 * 365);
});

function arrivalsText(): string {
  const lines: string[] = [];
  const writer = new ArrivalsWriter((text) => lines.push(text));
  for (let i = 0; i < 2500; i++) writer.add((i * i) / 1000, i % 3, 7n);
  writer.end(7000, ['GET /home', 'GET /items/{id}', 'GET /items/{id}']);
  return lines.join('');
}

test('an arrivals file gives back its arrivals, to the microsecond, and whose each is', () => {
  const text = arrivalsText();
  expect(text.split('\n')[0]).toBe('{"format":"plimsoll-arrivals/1","startNs":"7"}');
  const { endpoints, select } = parseArrivals('a.jsonl', text);
  expect(endpoints).toEqual(['GET /home', 'GET /items/{id}']);
  const { timesMs } = select(undefined);
  expect(timesMs).toHaveLength(2500);
  for (let i = 0; i < 2500; i++) expect(timesMs[i]).toBeCloseTo((i * i) / 1000, 9);
  expect(select('GET /home').timesMs).toHaveLength(834);
  expect(select('GET /items/{id}').timesMs).toHaveLength(1666);
});

test.each<[string, (lines: string[]) => string[], string]>([
  ['a block is gone', (l) => l.toSpliced(2, 1), 'a.jsonl, line 4, arrivals: expected the 1500'],
  ['no header', (l) => l.slice(1), 'a.jsonl, line 1: '],
  ['cut off', (l) => l.slice(0, -1), 'a.jsonl, line 4: '],
  ['no times', (l) => l.with(2, '["0,x","1,2"]'), 'a.jsonl, line 3, 0: expected whole numbers'],
  [
    'one endpoint too few',
    (l) => l.with(2, '["9000000,1","1"]'),
    'a.jsonl, line 3, [1]: expected an',
  ],
  ['an unknown endpoint', (l) => l.with(2, '["9000000","9"]'), 'expected one of 3 endpoints'],
  ['back in time', (l) => l.with(2, '["0","1"]'), 'line 3, [0]: expected times in order'],
])('%s: file, line and field', (_, change, message) => {
  const lines = arrivalsText().trimEnd().split('\n');
  expect(() => parseArrivals('a.jsonl', change(lines).join('\n'))).toThrow(message);
});
