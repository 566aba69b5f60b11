import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { RecordedRequest } from '../../replay/formats/capture.ts';
import { har } from '../../replay/formats/har/har.ts';
import { combined } from '../../replay/formats/logs/combined.ts';
import { ripley } from '../../replay/formats/targets/ripley.ts';
import { vegetaHttp } from '../../replay/formats/targets/vegeta-http.ts';
import { vegetaJson } from '../../replay/formats/targets/vegeta-json.ts';
import type { TextFormat } from '../../replay/formats/text/text-format.ts';
import { TEXT_FORMATS } from '../../replay/formats/text-formats.ts';
import { inputOf, readOne, readWhole, writtenBy } from '../helpers/text-captures.ts';

interface Entry {
  readonly request?: object;
  readonly response?: object;
  readonly [key: string]: unknown;
}

function archive(...entries: readonly Entry[]): string {
  const pages = [{ id: 'page_1', entries: [1] }];
  return JSON.stringify({ log: { version: '1.2', creator: { name: 'x' }, pages, entries } });
}

function entry(url: string, more: Entry = {}): Entry {
  const { request, response, ...rest } = more;
  return {
    startedDateTime: '2021-11-08T18:59:50.900Z',
    time: 12.5,
    request: { method: 'GET', url, httpVersion: 'HTTP/1.1', headers: [], ...request },
    response: { status: 200, headers: [], content: { size: 0 }, ...response },
    ...rest,
  };
}

test('HAR: a request with its body, and the answer as it was read', async () => {
  const posted = entry('https://shop.example/buy?x=1#top', {
    connection: '443',
    request: {
      method: 'POST',
      headers: [
        { name: ':method', value: 'POST' },
        { name: ':authority', value: 'shop.example' },
        { name: 'content-type', value: 'application/json' },
      ],
      postData: { mimeType: 'application/json', text: '{"é":1}' },
    },
    response: {
      headers: [
        { name: 'content-encoding', value: 'gzip' },
        { name: 'x-a', value: 'b' },
      ],
      content: { text: 'AAEC', encoding: 'base64' },
    },
  });
  expect(await readOne(har, archive(posted))).toEqual({
    atNs: 1_636_397_990_900_000_000n,
    id: '1',
    connection: '443',
    method: 'POST',
    target: '/buy?x=1',
    headers: ['Host', 'shop.example', 'content-type', 'application/json'],
    body: Buffer.from('{"é":1}', 'utf8'),
    answer: {
      status: 200,
      headers: ['x-a', 'b'],
      body: Buffer.of(0, 1, 2),
      latencyNs: 12_500_000n,
    },
  });
});

test.each([
  [
    'a posted form that is told as fields',
    { request: { method: 'POST', postData: { params: [{ name: 'a b', value: 'c&d' }] } } },
    { body: Buffer.from('a+b=c%26d') },
  ],
  ['a request that was given up', { response: { status: 0 } }, { answer: undefined }],
  ['a host of the URL where no header has it', {}, { headers: ['Host', 'a.example:8080'] }],
])('HAR, %s', async (_, more, expected) => {
  const text = archive(entry('http://a.example:8080/x', more));
  expect(await readOne(har, text)).toMatchObject(expected);
});

test.each([
  ['a WebSocket', entry('wss://a.example/'), 'skipped', 'WebSocket'],
  ['an inline picture', entry('data:image/png;base64,AA=='), 'skipped', 'no http(s) URL'],
  [
    'an answer of the cache',
    entry('http://a.example/', { _fromCache: 'disk' }),
    'skipped',
    "answered by the browser's cache, not by a server",
  ],
  [
    'a line end in a header',
    entry('http://a.example/', { request: { headers: [{ name: 'x', value: 'a\r\nb: c' }] } }),
    'rejected',
    'header that cannot be sent',
  ],
  [
    'no such day',
    entry('http://a.example/', { startedDateTime: '2023-02-29T00:00:00Z' }),
    'rejected',
    'startedDateTime is no moment',
  ],
  ['no URL', { request: {} }, 'rejected', 'entry without method and url'],
])('HAR, %s: %s', async (_, made, fate, reason) => {
  const { report } = await readWhole(har, archive(made, entry('http://a.example/ok')));
  expect(report).toMatchObject({ read: 2, used: 1, [fate]: { [reason]: 1 } });
});

test('HAR: entries are put in the order of their beginning', async () => {
  const at = (second: number) =>
    entry(`http://a.example/${second}`, { startedDateTime: `2021-11-08T18:59:0${second}.5Z` });
  const { requests } = await readWhole(har, archive(at(3), at(1), at(2)));
  expect(requests.map(({ target }) => target)).toEqual(['/1', '/2', '/3']);
});

const SOUND = archive(entry('http://a.example/1'), entry('http://a.example/2'));

test.each([
  [
    'cut off in the second entry',
    SOUND.slice(0, SOUND.indexOf('/2')),
    1,
    'document ends in the middle',
  ],
  [
    'a bracket that does not fit',
    SOUND.replace('"pages":[', '"pages":[}'),
    0,
    'document has a bracket that does not fit',
  ],
  ['two documents', SOUND + SOUND, 2, 'document is not one JSON object'],
  ['nested without end', `{"log":{"a":${'['.repeat(1000)}`, 0, 'document nested deeper than 128'],
  ['no JSON at all', 'GET / HTTP/1.1', 0, 'document is no JSON object'],
  [
    'an entry that is none',
    SOUND.replace('"entries":[{', '"entries":[5,{'),
    0,
    'document has an element that is no object',
  ],
])(
  'HAR, %s: what comes before stands, and the file is not whole',
  async (_, text, used, reason) => {
    const { report } = await readWhole(har, text);
    expect(report.used).toBe(used);
    expect(report.incomplete).toMatchObject([{ reason }]);
  },
);

test('HAR: a document without log.entries has no requests, and says so', async () => {
  const { report } = await readWhole(har, '{"log":{"version":"1.2"}}');
  expect(report).toMatchObject({ used: 0, rejected: { 'document has no log.entries': 1 } });
});

const REQUEST: RecordedRequest = {
  atNs: 1_636_397_990_900_000_001n,
  id: '1',
  connection: undefined,
  method: 'PUT',
  target: '/a?b=1',
  headers: ['Host', 'a.example', 'X-A', '1', 'X-A', '2'],
  body: Buffer.from('{"x":1}'),
  answer: undefined,
};

/** Every field that HAR 1.2 asks for, and what else there may be. */
const FIELDS: Readonly<Record<string, string>> = {
  log: 'version creator pages entries',
  entry: 'startedDateTime time request response cache timings connection _id',
  request: 'method url httpVersion cookies headers queryString headersSize bodySize postData',
  response:
    'status statusText httpVersion cookies headers content redirectURL headersSize bodySize',
  content: 'size mimeType text',
};

test('HAR: what is written has every field of HAR 1.2, and bodies that browsers can show', () => {
  const gzip = gzipSync('{"é":1}');
  const answered: RecordedRequest = {
    ...REQUEST,
    connection: '7',
    headers: ['Host', 'a.example', 'Cookie', 'a=1; b=2'],
    body: Buffer.of(0xff),
    answer: {
      status: 302,
      headers: ['Location', '/x', 'Set-Cookie', 'c=3; Path=/', 'Content-Encoding', 'gzip'],
      body: gzip,
      latencyNs: 12_500_000n,
      firstByteNs: 10_000_000n,
    },
  };
  const { log } = JSON.parse(writtenBy(har, [answered, REQUEST]).toString());
  const [entry, unanswered] = log.entries;
  const { request, response } = entry;
  const parts = { log, entry, request, response, content: response.content };
  for (const [name, part] of Object.entries(parts)) {
    expect([name, ...Object.keys(part)].join(' ')).toBe(`${name} ${FIELDS[name]}`);
  }
  expect(entry).toMatchObject({
    startedDateTime: '2021-11-08T18:59:50.900000001Z',
    time: 12.5,
    timings: { send: 0, wait: 10, receive: 2.5 },
    request: {
      cookies: [
        { name: 'a', value: '1' },
        { name: 'b', value: '2' },
      ],
      queryString: [{ name: 'b', value: '1' }],
      postData: { text: '/w==', _encoding: 'base64' },
    },
    response: {
      cookies: [{ name: 'c', value: '3' }],
      redirectURL: '/x',
      bodySize: gzip.length,
      content: { size: 8, text: '{"é":1}' },
    },
  });
  expect(unanswered.response).toMatchObject({ status: 0, content: { size: 0 } });
});

test('combined: lines are in the order of the ends, as nginx writes them', () => {
  const slow = { ...REQUEST, answer: { status: 200, headers: [], body: undefined } };
  const at = (ms: number, latencyNs: bigint | undefined) => ({
    ...slow,
    target: `/${ms}"`,
    atNs: 1_636_397_990_000_000_000n + BigInt(ms) * 1_000_000n,
    answer: latencyNs === undefined ? undefined : { ...slow.answer, latencyNs },
  });
  const text = writtenBy(combined, [at(1, 2_000_500_000n), at(2, 3_999_999n), at(3, undefined)]);
  expect(text.toString().split('\n')).toEqual([
    '- - - [08/Nov/2021:18:59:50 +0000] "PUT /3\\x22 HTTP/1.1" 000 0 "-" "-"',
    '- - - [08/Nov/2021:18:59:50 +0000] "PUT /2\\x22 HTTP/1.1" 200 0 "-" "-" 0.003',
    '- - - [08/Nov/2021:18:59:52 +0000] "PUT /1\\x22 HTTP/1.1" 200 0 "-" "-" 2.000',
    '',
  ]);
});

test('vegeta JSON: as vegeta reads it, with a time that it reads over', async () => {
  const text = writtenBy(vegetaJson, [REQUEST]).toString();
  expect(JSON.parse(text)).toEqual({
    method: 'PUT',
    url: 'http://a.example/a?b=1',
    timestamp: '2021-11-08T18:59:50.900000001Z',
    header: { Host: ['a.example'], 'X-A': ['1', '2'] },
    body: 'eyJ4IjoxfQ==',
  });
  expect(await readOne(vegetaJson, text)).toEqual(REQUEST);
});

test('vegeta JSON: targets of vegeta itself have no time, and are evenly spaced', async () => {
  const line = '{"method":"GET","url":"http://goku:9090/path/to/dragon?item=ball"}\n';
  const { requests, report } = await readWhole(vegetaJson, line.repeat(3), { ratePerSecond: 4 });
  expect(requests.map(({ atNs }) => atNs)).toEqual([0n, 250_000_000n, 500_000_000n]);
  expect(report.noted).toEqual({ 'target without a time: evenly spaced': 3 });
});

test('vegeta http: a comment has the time', async () => {
  const { body, ...rest } = REQUEST;
  const request = { ...rest, body: undefined };
  const text = writtenBy(vegetaHttp, [request]).toString();
  expect(text).toBe(
    '# at 2021-11-08T18:59:50.900000001Z\nPUT http://a.example/a?b=1\n' +
      'Host: a.example\nX-A: 1\nX-A: 2\n\n',
  );
  expect(await readOne(vegetaHttp, text)).toEqual(request);
});

test('vegeta http: the example of its documentation; no file of this machine is read', async () => {
  const text = `# ways to the dragon
GET http://goku:9090/path/to/dragon?item=ball
X-Account-ID: 8675309

POST http://user:pass@goku:9090/things
@/etc/passwd

DELETE http://goku:9090/thing/71988591
Confirmation-Token: 90215
`;
  const { requests, report } = await readWhole(vegetaHttp, text);
  expect(requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
    'GET /path/to/dragon?item=ball',
    'DELETE /thing/71988591',
  ]);
  expect(requests[0]!.headers).toEqual(['Host', 'goku:9090', 'X-Account-ID', '8675309']);
  expect(report).toMatchObject({ read: 3, skipped: { 'body in a file of its own': 1 } });
});

test('ripley: as its examples are, with verb and with method', async () => {
  const old =
    '{"url": "http://localhost:8080/", "verb": "POST", "body": "{\\"foo\\": \\"bar\\"}", ' +
    '"headers": {"Accept": "text/plain"}, "timestamp": "2021-11-08T18:59:58.9Z"}';
  const request = await readOne(ripley, old);
  expect(request).toMatchObject({
    atNs: 1_636_397_998_900_000_000n,
    method: 'POST',
    headers: ['Host', 'localhost:8080', 'Accept', 'text/plain'],
    body: Buffer.from('{"foo": "bar"}'),
  });
  expect(JSON.parse(writtenBy(ripley, [request]).toString())).toEqual({
    url: 'http://localhost:8080/',
    method: 'POST',
    timestamp: '2021-11-08T18:59:58.9Z',
    headers: { Host: 'localhost:8080', Accept: 'text/plain' },
    body: '{"foo": "bar"}',
  });
});

test.each<[TextFormat, RecordedRequest, string]>([
  [ripley, { ...REQUEST, body: Buffer.of(0xff) }, 'body is no UTF-8, which ripley cannot hold'],
  [ripley, { ...REQUEST, method: 'PURGE' }, 'method that ripley does not send'],
  [vegetaHttp, REQUEST, 'body, which vegeta wants in a file of its own: use vegeta-json'],
])('$name does not write what it cannot hold, and says why', (format, request, reason) => {
  expect(format.encoder().add(request)).toBe(reason);
});

test.each<[TextFormat, string]>([
  [vegetaJson, '{"method":"GET","url":"http://a.example/"}\n'],
  [
    vegetaJson,
    '{"method":"GET","url":"http://a.example/","timestamp":"2021-11-08T18:59:58Z","header":{"A":["b"]}}\n',
  ],
  [vegetaHttp, '# a comment\nGET http://a.example/\n'],
  [ripley, '{"url":"http://a.example/","method":"GET","timestamp":"2021-11-08T18:59:58.9Z"}\n'],
  [har, SOUND],
])('$name is known by its beginning, before all others', (format, text) => {
  const head = Buffer.from(text);
  expect(TEXT_FORMATS.find(({ looksLike }) => looksLike(head))?.name).toBe(format.name);
});

test('a target that is longer than is held is counted, and its neighbours are read', async () => {
  const line = (path: string) => `{"method":"GET","url":"http://a.example/${path}"}\n`;
  const text = line('1') + line('x'.repeat(25 * 1024 * 1024)) + line('2');
  const source = vegetaJson.read(inputOf(text, 1024 * 1024), {});
  const targets: string[] = [];
  for await (const batch of source.batches) targets.push(...batch.map(({ target }) => target));
  expect(targets).toEqual(['/1', '/2']);
  expect(source.report().rejected).toEqual({ 'line too long': 1 });
});
