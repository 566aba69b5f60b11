/** Lines as the vendors' own documentation prints them, and as real servers have written them. */
import { expect, test } from 'vitest';
import { alb } from '../../replay/formats/logs/alb.ts';
import { combined } from '../../replay/formats/logs/combined.ts';
import { envoy } from '../../replay/formats/logs/envoy.ts';
import { parseFieldMap } from '../../replay/formats/logs/field-map.ts';
import { haproxy } from '../../replay/formats/logs/haproxy.ts';
import { jsonLines } from '../../replay/formats/logs/json-lines.ts';
import { logFormat } from '../../replay/formats/logs/log-format.ts';
import type { ReadOptions, TextFormat } from '../../replay/formats/text/text-format.ts';
import { TEXT_FORMATS } from '../../replay/formats/text-formats.ts';
import { readOne, readWhole } from '../helpers/text-captures.ts';

const APACHE =
  '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326 ' +
  '"http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"';
const ALB =
  'https 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 ' +
  '10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://www.example.com:443/ HTTP/1.1" ' +
  '"curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 ' +
  'arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 ' +
  '"Root=1-58337281-1d84f3d73c47ec4e58577259" "www.example.com" "arn:aws:acm:us-east-2:1" 1 ' +
  '2018-07-02T22:22:48.364000Z "authenticate,forward" "-" "-" "10.0.0.1:80" "200" "-" "-"';
const ENVOY =
  '[2016-04-15T20:17:00.310Z] "GET /api/v1/locations HTTP/2" 204 - 154 0 226 100 "10.0.35.28" ' +
  '"nsq2http" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "locations" "tcp://10.0.2.1:80"';
const ISTIO =
  '[2020-11-25T21:26:18.409Z] "GET /status/418 HTTP/1.1" 418 - via_upstream - "-" 0 135 4 4 "-" ' +
  '"curl/7.73.0-DEV" "84961386-6d84-929d-98bd-c5aee93b5c88" "httpbin:8000" "127.0.0.1:80" ' +
  'inbound|8000|| 127.0.0.1:41854 10.44.1.27:80 10.44.1.23:37652 outbound_.8000 default';
const HAPROXY =
  'Feb  6 12:14:14 localhost haproxy[14389]: 10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in ' +
  'static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} ' +
  '"GET /index.html HTTP/1.1"';

/** Seconds since the epoch by `date -u -d`. */
const APACHE_SECOND = 971_211_336n;

test('combined: the line of the documentation of Apache', async () => {
  const request = await readOne(combined, APACHE);
  expect(request.atNs / 1_000_000_000n).toBe(APACHE_SECOND);
  expect(request).toMatchObject({
    connection: '127.0.0.1',
    method: 'GET',
    target: '/apache_pb.gif',
    headers: [
      ...['Referer', 'http://www.example.com/start.html'],
      ...['User-Agent', 'Mozilla/4.08 [en] (Win98; I ;Nav)'],
    ],
    body: undefined,
    answer: { status: 200, latencyNs: undefined },
  });
});

test('combined: the arrival is the end less $request_time, which nginx logs', async () => {
  const { requests, report } = await readWhole(combined, `${APACHE} 1.500\n`);
  const [request] = requests;
  // Ended between :36 and :37, began 1.5 s before.
  expect(request!.atNs).toBeGreaterThanOrEqual(
    (APACHE_SECOND - 2n) * 1_000_000_000n + 500_000_000n,
  );
  expect(request!.atNs).toBeLessThan((APACHE_SECOND - 1n) * 1_000_000_000n + 500_000_000n);
  expect(request!.answer!.latencyNs).toBe(1_500_000_000n);
  expect(report.noted).toMatchObject({ 'arrival worked out: the end less the time it took': 1 });
});

test.each([
  ['%D of Apache, in µs, does not move the arrival', ' 5123', 5_123_000n, 0n],
  [
    'rt= before other times',
    ' "203.0.113.7" rt=0.120 uct="0.001" uht="0.1"',
    120_000_000n,
    undefined,
  ],
  ['a forwarded address and no time', ' "203.0.113.7"', undefined, 0n],
])('combined, with more behind: %s', async (_, rest, latencyNs, secondsBefore) => {
  const request = await readOne(combined, APACHE + rest);
  expect(request.answer!.latencyNs).toBe(latencyNs);
  if (secondsBefore !== undefined) {
    expect(request.atNs / 1_000_000_000n).toBe(APACHE_SECOND - secondsBefore);
  }
});

const AT = '10.0.0.1 - - [10/Oct/2000:13:55:36 -0700]';

test.each([
  ['no agent: the common format', `${AT} "GET / HTTP/1.1" 304 -`, { target: '/', headers: [] }],
  [
    'escaped quotes of Apache',
    `${AT} "GET / HTTP/1.1" 200 1 "-" "a \\"b\\" c"`,
    { headers: ['User-Agent', 'a "b" c'] },
  ],
  [
    'escaped quotes of nginx',
    `${AT} "GET / HTTP/1.1" 200 1 "-" "a \\x22b\\x22"`,
    { headers: ['User-Agent', 'a "b"'] },
  ],
  [
    'a whole URL, as proxies get',
    `${AT} "GET http://shop.example:80/a?b=1#c HTTP/1.1" 200 1`,
    { target: '/a?b=1', headers: ['Host', 'shop.example'] },
  ],
  ['HEAD', `${AT} "HEAD /x HTTP/1.1" 200 0 "-" "-"`, { method: 'HEAD', headers: [] }],
  [
    'a user with a space',
    `10.0.0.1 - a b [10/Oct/2000:13:55:36 -0700] "GET /u HTTP/1.1" 200 1`,
    { target: '/u' },
  ],
  [
    'IPv6 and CRLF',
    `2001:db8::1 - - [10/Oct/2000:13:55:36 -0700] "GET /v6 HTTP/2.0" 200 1 "-" "-"\r\n`,
    { connection: '2001:db8::1', target: '/v6' },
  ],
  [
    'raw UTF-8 in the path',
    `${AT} "GET /caf\u00e9 HTTP/1.1" 200 1`,
    { target: '/caf\u00c3\u00a9' },
  ],
])('combined: %s', async (_, line, expected) => {
  expect(await readOne(combined, line)).toMatchObject(expected);
});

test.each([
  [
    'a method with a body',
    `${AT} "POST /x HTTP/1.1" 200 1`,
    'skipped',
    'POST without a body, which access logs do not have',
  ],
  [
    'a connection without a request',
    `${AT} "-" 408 0 "-" "-"`,
    'skipped',
    'no request: the connection ended before one came',
  ],
  [
    'TLS on a plain port',
    `${AT} "\\x16\\x03\\x01\\x02" 400 150 "-" "-"`,
    'rejected',
    'request is no METHOD TARGET VERSION',
  ],
  [
    'a line end in the target',
    `${AT} "GET /a\\x0d\\x0aX:1 HTTP/1.1" 200 1`,
    'rejected',
    'target is empty or has spaces or control bytes in it',
  ],
  [
    'a space in the target',
    `${AT} "GET /a b HTTP/1.1" 200 1`,
    'rejected',
    'target is empty or has spaces or control bytes in it',
  ],
  [
    '29 February of a common year',
    `10.0.0.1 - - [29/Feb/2023:13:55:36 +0000] "GET / HTTP/1.1" 200 1`,
    'rejected',
    'time is not like 10/Oct/2000:13:55:36 -0700',
  ],
  ['no quote at the end', `${AT} "GET /`, 'rejected', 'request without its closing quote'],
  [
    'a status that is none',
    `${AT} "GET / HTTP/1.1" 0 1`,
    'rejected',
    'status is no number from 100 to 599',
  ],
  ['something else', 'hello', 'rejected', 'no [time] in the line'],
])('combined, %s: %s … is %s', async (_, line, fate, reason) => {
  const { requests, report } = await readWhole(combined, `${line}\n`);
  expect(requests).toEqual([]);
  expect(report).toMatchObject({ read: 1, used: 0, [fate]: { [reason]: 1 } });
});

test('combined: statistics may have every method', async () => {
  const line = `${AT} "POST /x HTTP/1.1" 200 1`;
  expect(await readOne(combined, line, { everyMethod: true })).toMatchObject({ method: 'POST' });
});

test('ALB: the arrival is the creation time, not the time of the answer', async () => {
  expect(await readOne(alb, ALB)).toMatchObject({
    atNs: 1_530_570_168_364_000_000n,
    connection: '192.168.131.39:2817',
    target: '/',
    headers: ['Host', 'www.example.com', 'User-Agent', 'curl/7.46.0'],
    answer: { status: 200, latencyNs: 11_822_641_000n },
  });
});

test('ALB before 2018: the time of the answer less the three processing times', async () => {
  const old = ALB.slice(0, ALB.indexOf(' "www.example.com"'));
  const { atNs, answer } = await readOne(alb, old);
  // 22:23:00.186641 − (0.086 + 0.048 + 0.037) s
  expect(atNs).toBe(1_530_570_180_015_641_000n);
  expect(answer!.latencyNs).toBe(171_000_000n);
});

test.each([
  [
    'a request that could not be read',
    ALB.replace('GET https://www.example.com:443/ HTTP/1.1', '- http://www.example.com:80- -'),
    'no request: the connection ended before one came',
  ],
  ['a WebSocket', ALB.replace('https 2018', 'wss 2018'), 'WebSocket'],
])('ALB, %s: skipped', async (_, line, reason) => {
  expect((await readWhole(alb, line)).report.skipped).toEqual({ [reason]: 1 });
});

test('ALB: fields that come after the known ones are let through', async () => {
  expect(await readOne(alb, `${ALB} TID_1 "-" "-"`)).toMatchObject({ target: '/' });
});

test('Envoy: the line of its documentation', async () => {
  expect(await readOne(envoy, ENVOY)).toMatchObject({
    atNs: 1_460_751_420_310_000_000n,
    connection: '10.0.35.28',
    target: '/api/v1/locations',
    headers: [
      ...['Host', 'locations', 'User-Agent', 'nsq2http'],
      ...['X-Request-Id', 'cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2'],
    ],
    answer: { status: 204, latencyNs: 226_000_000n },
  });
});

test('Istio: three fields more', async () => {
  const request = await readOne(envoy, ISTIO);
  expect(request).toMatchObject({
    target: '/status/418',
    connection: undefined,
    answer: { status: 418, latencyNs: 4_000_000n },
  });
  expect(request.headers.slice(0, 2)).toEqual(['Host', 'httpbin:8000']);
});

test('HAProxy: the line of its manual', async () => {
  expect(await readOne(haproxy, HAPROXY)).toMatchObject({
    atNs: 1_233_922_454_655_000_000n,
    connection: '10.0.1.2:33317',
    target: '/index.html',
    answer: { status: 200, latencyNs: 109_000_000n },
  });
});

test.each([
  [
    'a bad request',
    HAPROXY.replace('GET /index.html HTTP/1.1', '<BADREQ>'),
    'no request: the connection ended before one came',
  ],
  [
    'TCP mode',
    'h[1]: 10.0.1.2:33313 [06/Feb/2009:12:12:51.443] fnt bck/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0',
    'no HTTP request: a message, or a connection in TCP mode',
  ],
  [
    'a failed handshake',
    'haproxy[1]: 127.0.0.1:56059 [03/Dec/2012:17:35:10.380] frt/f1: Connection error during SSL',
    'no HTTP request: a message, or a connection in TCP mode',
  ],
])('HAProxy, %s: skipped', async (_, line, reason) => {
  expect((await readWhole(haproxy, line)).report.skipped).toEqual({ [reason]: 1 });
});

test.each([
  ['cut off by syslog', HAPROXY.slice(0, -12), 'request without its closing quote: cut off'],
])('HAProxy, %s: rejected', async (_, line, reason) => {
  expect((await readWhole(haproxy, line)).report.rejected).toEqual({ [reason]: 1 });
});

const PINO = {
  level: 30,
  time: 1_636_397_990_900,
  req: { method: 'GET', url: '/a?b=1' },
  res: { statusCode: 200 },
  responseTime: 12.5,
};

test.each<[string, object, ReadOptions, object]>([
  [
    'pino: ms since the epoch',
    PINO,
    {},
    {
      atNs: 1_636_397_990_900_000_000n,
      target: '/a?b=1',
      answer: { status: 200, latencyNs: 12_500_000n },
    },
  ],
  [
    'Caddy: seconds with a fraction, durations in s',
    {
      ts: 1636397990.25,
      request: { remote_ip: '10.1.1.1', method: 'GET', host: 'a.example', uri: '/x' },
      status: 204,
      duration: 0.25,
    },
    {},
    {
      atNs: 1_636_397_990_250_000_000n,
      connection: '10.1.1.1',
      headers: ['Host', 'a.example'],
      answer: { status: 204, latencyNs: 250_000_000n },
    },
  ],
  [
    'nginx: msec is the end',
    { msec: '1636397990.900', request: 'GET /y HTTP/1.1', status: '200', request_time: '0.400' },
    {},
    { atNs: 1_636_397_990_500_000_000n, target: '/y' },
  ],
  [
    'keys with dots in them (ECS)',
    {
      '@timestamp': '2021-11-08T18:59:50.900Z',
      'url.original': '/z',
      'http.request.method': 'GET',
    },
    {},
    { atNs: 1_636_397_990_900_000_000n, target: '/z' },
  ],
  [
    'a field map',
    { when: 1_636_397_990_900_123, what: { path: '/m' }, took: 7 },
    { fields: parseFieldMap('time=when:us,target=what.path,latency=took:ms') },
    { atNs: 1_636_397_990_900_123_000n, target: '/m' },
  ],
])('JSON lines, %s', async (_, line, options, expected) => {
  expect(await readOne(jsonLines, JSON.stringify(line), options)).toMatchObject(expected);
});

test('JSON lines: nanoseconds since the epoch are exact, though no number holds them', async () => {
  const line = '{"time": 1636397990900000001, "path": "/n", "method": "GET"}';
  expect((await readOne(jsonLines, line)).atNs).toBe(1_636_397_990_900_000_001n);
});

test.each([
  ['time', 'fields: expected parts such as time=ts'],
  ['when=ts', 'fields: expected parts such as time=ts'],
  ['latency=took:min', 'fields: expected a unit of s, ms, us or ns'],
])('a field map of %s is refused', (text, message) => {
  expect(() => parseFieldMap(text)).toThrow(message);
});

const NGINX_OWN =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent ' +
  '"$http_referer" "$http_user_agent" rt=$request_time urt=$upstream_response_time;';

test.each<[string, string, string, object]>([
  [
    'nginx with msec',
    '$msec $connection "$request" $status $request_time $http_host',
    '1636397990.900 77 "GET /a HTTP/1.1" 200 0.400 a.example',
    { atNs: 1_636_397_990_500_000_000n, connection: '77', headers: ['Host', 'a.example'] },
  ],
  [
    'nginx with parts',
    '$time_iso8601|$request_method|$uri|$args|$status',
    '2021-11-08T18:59:50+00:00|GET|/a|b=1|200',
    { target: '/a?b=1' },
  ],
  [
    'several upstreams',
    '$msec $upstream_response_time "$request" $status',
    '1636397990.900 0.001, 0.120 "GET /u HTTP/1.1" 200',
    { target: '/u' },
  ],
  [
    'nginx combined with more',
    NGINX_OWN,
    `${APACHE} rt=0.010 urt=0.009;`,
    { answer: { latencyNs: 10_000_000n } },
  ],
  [
    'Apache common with %D',
    '%h %l %u %t \\"%r\\" %>s %b %D',
    '127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET /c HTTP/1.0" 200 2326 512',
    { target: '/c', answer: { latencyNs: 512_000n } },
  ],
  [
    'Apache, in parts to the millisecond',
    '%{%d/%b/%Y:%H:%M:%S}t.%{msec_frac}t %{%z}t %m %U%q %>s %{Host}i',
    '10/Oct/2000:13:55:36.250 -0700 GET /p?q=1 200 h.example',
    { atNs: 971_211_336_250_000_000n, target: '/p?q=1', headers: ['Host', 'h.example'] },
  ],
  [
    'Apache, end of the request in µs',
    '%{end:usec}t %D "%r" %s',
    '1636397990900000 400000 "GET /e HTTP/1.1" 200',
    { atNs: 1_636_397_990_500_000_000n },
  ],
])("log formats of one's own, %s", async (_, format, line, expected) => {
  const everything = { logFormat: format };
  expect(await readOne(logFormat, line, everything)).toMatchObject(expected);
});

test.each([
  ['no format', undefined, 'expected a log format string'],
  [
    'nothing about the request',
    '$time_local $status',
    'expected a field with the request or its path',
  ],
  ['nothing about the time', '"$request" $status', 'expected a field with the time'],
  [
    'fields without anything between them',
    '$time_local$request',
    'expected text between $time_local and $request',
  ],
  ['a time that nobody can read back', '%{%c}t "%r"', 'cannot be read back'],
])('a log format with %s is refused', async (_, format, message) => {
  const options = format === undefined ? {} : { logFormat: format };
  await expect(readWhole(logFormat, '', options)).rejects.toThrow(message);
});

test.each<[TextFormat, string]>([
  [combined, APACHE],
  [alb, ALB],
  [envoy, ENVOY],
  [envoy, ISTIO],
  [haproxy, HAPROXY],
  [jsonLines, JSON.stringify(PINO)],
])('$name is known by its first line, and by nobody else', (format, line) => {
  const head = Buffer.from(`${line}\nmore`);
  const known = TEXT_FORMATS.filter(({ looksLike }) => looksLike(head)).map(({ name }) => name);
  expect(known).toEqual([format.name]);
});
