/** Filters, rewrites, endpoints and routes: one record in, one out, or a reason. */
import { expect, test } from 'vitest';
import type { RecordedRequest } from '../../replay/formats/capture.ts';
import { fnv1a } from '../../replay/hashes.ts';
import { endpointOf } from '../../replay/run/endpoint.ts';
import type { Step } from '../../replay/run/step.ts';
import { takeFromSecond } from '../../replay/safety/caps.ts';
import { BudgetWatch } from '../../replay/safety/error-budget.ts';
import { isSafe, matches } from '../../replay/safety/methods.ts';
import { recordedHost } from '../../replay/safety/source-hosts.ts';
import {
  mostBody,
  notPaths,
  onlyHeader,
  onlyMethods,
  onlyPaths,
  sampleByHeader,
} from '../../replay/shape/filters.ts';
import { spliceJson } from '../../replay/shape/json-splice.ts';
import {
  dropHeader,
  rewritePath,
  setHeader,
  setJson,
  setQuery,
} from '../../replay/shape/rewrites.ts';
import { UsageError } from '../../simulator/model/usage-error.ts';
import { recorded } from '../helpers/capture.ts';

const FILTERS: readonly [string, Step, Partial<RecordedRequest>, boolean][] = [
  ['a wanted method, in any case of the flag', onlyMethods(['post']), { method: 'POST' }, true],
  ['another method', onlyMethods(['POST']), { method: 'GET' }, false],
  [
    'a pattern is found anywhere in path and query',
    onlyPaths(['b=\\d+$']),
    { target: '/a?b=12' },
    true,
  ],
  ['none of the patterns', onlyPaths(['^/x', '^/y']), { target: '/z' }, false],
  ['a path that is not wanted', notPaths(['^/admin']), { target: '/admin/1' }, false],
  ['a header by any case of its name', onlyHeader('X-A', '^1$'), { headers: ['x-a', '1'] }, true],
  ['a request without the header', onlyHeader('x-a', '.*'), { headers: [] }, false],
  ['a body up to the size', mostBody(3), { body: Buffer.from('abc') }, true],
  ['a body beyond it', mostBody(2), { body: Buffer.from('abc') }, false],
  ['no header to sample by passes', sampleByHeader('x-user', 0), { headers: [] }, true],
  // FNV-1a of "a" is 0xe40c292c = 3826002220: 20 modulo 100.
  ['a user of the sample', sampleByHeader('x-user', 21), { headers: ['X-User', 'a'] }, true],
  ['a user outside it', sampleByHeader('x-user', 20), { headers: ['X-User', 'a'] }, false],
];

test.each(FILTERS)('%s: passes or not', (_claim, step, changes, passes) => {
  const request = recorded(changes);
  const result = step(request);
  if (passes) expect(result).toBe(request);
  else expect(result).toBeTypeOf('string');
});

test.each([
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['foobar', 0xbf9cf968],
])('FNV-1a of %o, as its authors have it', (text, hash) => {
  expect(fnv1a(text)).toBe(hash);
});

const BODY = Buffer.from('{ "user": {"id": 12345678901234567890, "n":"ü"}, "a":[1,{"b":true}] }');

const REWRITES: readonly [string, Step, Partial<RecordedRequest>, Partial<RecordedRequest>][] = [
  [
    'a path, with its groups',
    rewritePath('^/v1/(.*) => /v2/$1'),
    { target: '/v1/a?b' },
    { target: '/v2/a?b' },
  ],
  ['a path that does not match', rewritePath('^/v1 => /v2'), { target: '/x' }, { target: '/x' }],
  [
    'a parameter in its place',
    setQuery('b', 'x y'),
    { target: '/?a=1&b=2&c' },
    { target: '/?a=1&b=x%20y&c' },
  ],
  ['and only once', setQuery('b', '9'), { target: '/?b=1&a&b=2' }, { target: '/?b=9&a' }],
  ['a parameter more', setQuery('b', '9'), { target: '/p?a=1' }, { target: '/p?a=1&b=9' }],
  ['the first parameter', setQuery('b', '9'), { target: '/p' }, { target: '/p?b=9' }],
  [
    'a header instead of the recorded ones',
    setHeader('X-A', '2'),
    { headers: ['x-a', '1', 'b', 'c', 'X-A', '0'] },
    { headers: ['b', 'c', 'X-A', '2'] },
  ],
  [
    'a header dropped',
    dropHeader('COOKIE'),
    { headers: ['Cookie', '1', 'b', 'c'] },
    { headers: ['b', 'c'] },
  ],
  [
    'a field of a body',
    setJson('user.n', 'é'),
    { body: BODY, headers: [] },
    { body: Buffer.from(BODY.toString().replace('"ü"', '"é"')) },
  ],
  [
    'a field inside a list, as JSON',
    setJson('a.1.b', '[0]'),
    { body: BODY, headers: [] },
    { body: Buffer.from(BODY.toString().replace('true', '[0]')) },
  ],
  ['a field that is not there', setJson('user.x', '1'), { body: BODY }, { body: BODY }],
  [
    'a body that is coded',
    setJson('user.id', '1'),
    { body: BODY, headers: ['Content-Encoding', 'gzip'] },
    { body: BODY },
  ],
];

test.each(REWRITES)('rewritten: %s', (_claim, step, from, to) => {
  const result = step(recorded(from));
  expect(result).toMatchObject(to);
  const { body } = result as RecordedRequest;
  if (to.body !== undefined)
    expect(Buffer.from(body!).toString()).toBe(Buffer.from(to.body).toString());
});

test('headers that no header can be are refused', () => {
  expect(() => setHeader('a b', 'c')).toThrow(UsageError);
  expect(() => setHeader('a', 'b\r\nc: d')).toThrow(UsageError);
  for (const name of ['Host', 'content-length', 'Transfer-Encoding', 'X-Forwarded-Host']) {
    expect(() => setHeader(name, '1')).toThrow(/made anew; --host sets Host$/);
  }
  expect(() => rewritePath('no arrow')).toThrow(UsageError);
});

test('no depth is too deep for a splice, and nothing broken is touched', () => {
  const deep = `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)},"b":1}`;
  expect(spliceJson(deep, ['b'], '2')).toBe(deep.replace('"b":1', '"b":2'));
  for (const broken of ['', '{', '{"a"', '{"a":', '{"a":"', '[1', '{"a":}', 'null']) {
    expect(spliceJson(broken, ['a'], '1')).toBeUndefined();
  }
});

test.each([
  ['/users/42/posts?page=2', 'GET /users/{id}/posts'],
  ['/a/123e4567-e89b-12d3-a456-426614174000', 'GET /a/{id}'],
  ['/files/0123456789abcdef0123', 'GET /files/{id}'],
  ['/v2/search', 'GET /v2/search'],
  ['/<script>\x1b[31m', 'GET /?script??[31m'.replace('[', '?')],
  ['/', 'GET /'],
])('the endpoint of %o', (target, name) => {
  expect(endpointOf('GET', target)).toBe(name);
});

test.each([
  ['/cart/*', '/cart/7/items', true],
  ['/cart/*', '/cart', false],
  ['/a*b*c', '/aXbYbc', true],
  ['/a*b*c', '/aXbY', false],
  ['/x', '/x', true],
  ['/x', '/xy', false],
])('route %s and path %s', (pattern, path, is) => {
  expect(matches(pattern, path)).toBe(is);
});

test('a route of many stars takes no longer than a route', () => {
  const startMs = performance.now();
  expect(matches(`/${'a*'.repeat(50)}b`, `/${'a'.repeat(5000)}`)).toBe(false);
  expect(performance.now() - startMs).toBeLessThan(500);
});

test('an override of the method is the method', () => {
  expect(isSafe('GET', [])).toBe(true);
  expect(isSafe('get', [])).toBe(false);
  expect(isSafe('GET', ['X-HTTP-Method-Override', ' delete '])).toBe(false);
  expect(isSafe('POST', ['X-HTTP-Method-Override', 'GET'])).toBe(false);
});

test.each([
  ['Shop.Example:443', 'shop.example'],
  ['shop.example.', 'shop.example'],
  ['[::1]:80', '::1'],
  ['::1', '::1'],
  ['127.0.0.1', '127.0.0.1'],
])('the host of %s', (header, host) => {
  expect(recordedHost(header)).toBe(host);
});

test('the cap of a second is shared, and begins anew with the next', () => {
  const cells = new Int32Array(new SharedArrayBuffer(4));
  const take = (nowMs: number) => takeFromSecond(cells, 0, nowMs, 2);
  expect([take(1000), take(1500), take(1999), take(2000), take(2001), take(2002)]).toEqual([
    ...[true, true, false],
    ...[true, true, false],
  ]);
});

test('the error budget waits for a whole window, and says how much failed', () => {
  const watch = new BudgetWatch({ mostRatio: 0.5, windowMs: 1000 });
  expect(watch.look(500, 100, 100)).toBeUndefined();
  expect(watch.look(1000, 200, 200)).toBe('100 % of 200 requests failed within 1 s');
  const fine = new BudgetWatch({ mostRatio: 0.5, windowMs: 1000 });
  expect(fine.look(1000, 100, 50)).toBeUndefined();
  expect(fine.look(2000, 200, 101)).toBe('51 % of 100 requests failed within 1 s');
  const few = new BudgetWatch({ mostRatio: 0.5, windowMs: 1000 });
  expect(few.look(1000, 19, 19)).toBeUndefined();
});
