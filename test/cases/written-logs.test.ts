/** Lines of logs as their servers would have written them. */
import { expect, test } from 'vitest';
import type { RecordedRequest } from '../../replay/formats/capture.ts';
import { alb } from '../../replay/formats/logs/alb.ts';
import { envoy } from '../../replay/formats/logs/envoy.ts';
import { haproxy } from '../../replay/formats/logs/haproxy.ts';
import { logFormat } from '../../replay/formats/logs/log-format.ts';
import { lossesOf } from '../../replay/formats/losses.ts';
import type { TextFormat, WriteOptions } from '../../replay/formats/text/text-format.ts';
import { readOne, writtenBy } from '../helpers/text-captures.ts';

const PLAIN: RecordedRequest = {
  atNs: 1_530_570_168_364_123_456n,
  id: '1',
  connection: '10.0.0.1:2817',
  method: 'GET',
  target: '/a?x=1',
  headers: ['Host', 'a.example', 'User-Agent', 'curl/7.46.0', 'X-Request-Id', 'u-1'],
  body: undefined,
  answer: {
    status: 200,
    headers: ['Content-Length', '57'],
    body: undefined,
    latencyNs: 171_987_654n,
  },
};
/** A quote, a byte that is no UTF-8, a backslash and what HAProxy escapes with. */
const ODD: RecordedRequest = {
  ...PLAIN,
  target: '/a"b?x=\xe4',
  headers: ['Host', 'a.example', 'User-Agent', 'the "7" \\ #\xe4'],
};
const BARE: RecordedRequest = { ...PLAIN, connection: undefined, headers: [], answer: undefined };
const NGINX =
  '$remote_addr [$time_local] "$request" $status $body_bytes_sent "$http_user_agent" ' +
  '$request_time $connection $scheme';
const APACHE = String.raw`%a:%{remote}p %t \"%r\" %>s \"%{User-Agent}i\" %{ms}T %U %q %X`;

test.each<[string, TextFormat, WriteOptions, RecordedRequest, string]>([
  [
    'ALB',
    alb,
    {},
    PLAIN,
    'http 2018-07-02T22:22:48.536111Z - 10.0.0.1:2817 - 0.000 0.171 0.000 200 - 0 57 ' +
      '"GET http://a.example:80/a?x=1 HTTP/1.1" "curl/7.46.0" - - - "-" "a.example" "-" - ' +
      '2018-07-02T22:22:48.364123Z "-" "-" "-" "-" "-" "-" "-"',
  ],
  [
    'ALB, odd bytes',
    alb,
    {},
    ODD,
    'http 2018-07-02T22:22:48.536111Z - 10.0.0.1:2817 - 0.000 0.171 0.000 200 - 0 57 ' +
      String.raw`"GET http://a.example:80/a\x22b?x=\xE4 HTTP/1.1" "the \x227\x22 \x5C #\xE4" ` +
      '- - - "-" "a.example" "-" - 2018-07-02T22:22:48.364123Z "-" "-" "-" "-" "-" "-" "-"',
  ],
  [
    'ALB, nothing known',
    alb,
    {},
    BARE,
    'http 2018-07-02T22:22:48.364123Z - -:0 - 0.000 -1 0.000 - - 0 0 "GET /a?x=1 HTTP/1.1" "-" ' +
      '- - - "-" "-" "-" - 2018-07-02T22:22:48.364123Z "-" "-" "-" "-" "-" "-" "-"',
  ],
  [
    'Envoy',
    envoy,
    {},
    PLAIN,
    '[2018-07-02T22:22:48.364Z] "GET /a?x=1 HTTP/1.1" 200 - 0 57 171 - "10.0.0.1:2817" ' +
      '"curl/7.46.0" "u-1" "a.example" "-"',
  ],
  [
    'Envoy, which escapes nothing: no place for quotes',
    envoy,
    {},
    { ...ODD, target: '/\xe4' },
    '[2018-07-02T22:22:48.364Z] "GET /\xe4 HTTP/1.1" 200 - 0 57 171 - "10.0.0.1:2817" ' +
      '"-" "-" "a.example" "-"',
  ],
  [
    'HAProxy',
    haproxy,
    {},
    ODD,
    '10.0.0.1:2817 [02/Jul/2018:22:22:48.364] http http/<NOSRV> 0/0/0/171/171 200 57 - - ---- ' +
      '0/0/0/0/0 0/0 "GET /a#22b?x=#E4 HTTP/1.1"',
  ],
  [
    'HAProxy, nothing known',
    haproxy,
    {},
    BARE,
    '-:0 [02/Jul/2018:22:22:48.364] http http/<NOSRV> 0/0/0/-1/-1 -1 0 - - ---- 0/0/0/0/0 0/0 ' +
      '"GET /a?x=1 HTTP/1.1"',
  ],
  [
    'nginx: the stamp is of the end, as its milliseconds have it',
    logFormat,
    { logFormat: NGINX },
    ODD,
    String.raw`10.0.0.1:2817 [02/Jul/2018:22:22:48 +0000] "GET /a\x22b?x=\xE4 HTTP/1.1" 200 57 ` +
      String.raw`"the \x227\x22 \x5C #\xE4" 0.171 10.0.0.1:2817 -`,
  ],
  [
    'Apache: the stamp is of the arrival, pieces of the target as it cuts them',
    logFormat,
    { logFormat: APACHE },
    ODD,
    String.raw`10.0.0.1:2817 [02/Jul/2018:22:22:48 +0000] "GET /a\"b?x=\xe4 HTTP/1.1" 200 ` +
      String.raw`"the \"7\" \\ #\xe4" 171 /a\"b ?x=\xe4 -`,
  ],
])('%s', (_, format, options, request, line) => {
  expect(writtenBy(format, [request], options).toString('latin1')).toBe(`${line}\n`);
});

test('lines of nginx are in the order of the ends', () => {
  const after = { ...PLAIN, atNs: PLAIN.atNs + 1_000_000n, target: '/soon', answer: undefined };
  const options = { logFormat: '$msec $request_time "$request"' };
  const lines = writtenBy(logFormat, [PLAIN, after], options).toString().split('\n');
  expect(lines).toEqual([
    '1530570168.365 - "GET /soon HTTP/1.1"',
    '1530570168.535 0.171 "GET /a?x=1 HTTP/1.1"',
    '',
  ]);
});

test.each([
  ['a method without a field', '$msec $request_uri', { method: 'PUT' }, 'method, for which'],
  ['a target that ends its field', '$msec $request_uri?', {}, 'target with what ends its field'],
  ['a format that its reader misreads', '$time_local $request_uri', {}, 'time is no moment'],
])('%s is held back', (_, own, more, reason) => {
  const encoded = logFormat.encoder({ logFormat: own }).add({ ...PLAIN, ...more });
  expect(encoded).toMatch(new RegExp(`^${reason}`));
});

test('a header that ends its field is not written, and counted', () => {
  const { add } = logFormat.encoder({ logFormat: '$msec|$http_user_agent|$request' });
  const odd = { ...PLAIN, headers: ['User-Agent', 'a|b'], connection: undefined };
  const encoded = add({ ...odd, answer: undefined });
  if (typeof encoded === 'string') throw new Error(encoded);
  expect(encoded.records[0]?.bytes.toString()).toBe('1530570168.364|-|GET /a?x=1 HTTP/1.1\n');
  expect(lossesOf(odd, encoded.kept)).toContain('headers');
});

test('a query that has no field is lost, and called that', () => {
  const encoded = logFormat.encoder({ logFormat: '%{usec}t %m %U' }).add(PLAIN);
  if (typeof encoded === 'string') throw new Error(encoded);
  expect(lossesOf(PLAIN, encoded.kept)).toContain('query');
});

test('a query that is logged twice is read once', async () => {
  const line = '1.5 /a?x=1 x=1';
  const read = await readOne(logFormat, line, { logFormat: '$msec $request_uri $args' });
  expect(read.target).toBe('/a?x=1');
});

test('HAProxy writes #22 for a quote; what follows is no fragment', async () => {
  const line =
    '10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ' +
    String.raw`---- 1/1/1/1/0 0/0 {a#22b} "GET /a#22b\?c=#23 HTTP/1.1"`;
  expect((await readOne(haproxy, line)).target).toBe(String.raw`/a"b\?c=`);
});

test('a log format of several lines is refused', () => {
  const encoder = () => logFormat.encoder({ logFormat: '$msec\n$request' });
  expect(encoder).toThrow('expected one line, found several');
});
