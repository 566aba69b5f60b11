/** One recorded answer held against one of now: what counts as a difference, and what does not. */
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import {
  type Answer,
  bodyOf,
  GrowingBody,
  MOST_KEPT_BYTES,
  recordedAnswer,
} from '../../replay/compare/answer.ts';
import { ignoredBy } from '../../replay/compare/answer-book.ts';
import { withAnswers } from '../../replay/compare/gate.ts';
import { isTakenForReal, judgeField, shareBeyond } from '../../replay/compare/noise.ts';
import { comparePair } from '../../replay/compare/pair.ts';
import { AnswerTally } from '../../replay/compare/tally.ts';
import type { AnswerComparison, ShareEstimate } from '../../simulator/results/answers.ts';

const JSON_TYPE = ['Content-Type', 'application/json'];

function answer(body: unknown, headers: readonly string[] = JSON_TYPE, status = 200): Answer {
  const bytes = body instanceof Uint8Array ? body : Buffer.from(textOf(body));
  return { status, headers, body: bodyOf(bytes) };
}

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

function fieldsOf(recorded: Answer, replayed: Answer | undefined): string[] {
  const { fields } = comparePair(recorded, replayed);
  return [...fields].map(([field, { change }]) => `${field}: ${change}`);
}

test.each<[string, unknown, unknown, string[]]>([
  ['the order of keys and white space', '{"a":1, "b":2}', '{"b":2,"a":1}', []],
  ['the same number written otherwise', '{"a":1.0}', '{"a":1}', []],
  ['another value', { a: { b: 1 } }, { a: { b: 2 } }, ['body.a.b: value']],
  [
    'a field that is gone, and one that is new',
    { a: 1 },
    { b: 1 },
    ['body.b: added', 'body.a: missing'],
  ],
  ['null is not nothing', { a: null }, {}, ['body.a: missing']],
  ['another kind', { a: 1 }, { a: '1' }, ['body.a: kind']],
  [
    'many items of a list: one field',
    { l: [{ n: 1 }, { n: 2 }] },
    { l: [{ n: 3 }, { n: 4 }] },
    ['body.l[].n: value'],
  ],
  ['a longer list: its length alone', [1, 2], [3, 1, 2], ['body: length']],
  ['lists in lists', [[1], [2]], [[1], [3]], ['body[][]: value']],
  [
    'keys that are ids: one field',
    { '17': 1, '18': 2 },
    { '17': 2, '18': 3 },
    ['body.:key: value'],
  ],
  ['an address as a key is not told', { 'a@b.example': 1 }, {}, ['body.:key: missing']],
  ['a redacted value is equal to any', { token: 'redacted-0123456789abcdef' }, { token: 'x' }, []],
  ['a redacted number as well', { pin: 123456789012 }, { pin: 77 }, []],
  ['but not where nothing is secret', { n: 123456789012 }, { n: 77 }, ['body.n: value']],
  [
    '`__proto__` is a key like any other',
    '{"__proto__":{"a":1}}',
    '{"__proto__":{"a":2}}',
    ['body.__proto__.a: value'],
  ],
  ['what a prototype has is not in a body', '{"toString":1}', '{}', ['body.toString: missing']],
  ['JSON no more', { a: 1 }, '<html>', ['body: kind']],
  ['an empty body now', { a: 1 }, '', ['body: missing']],
  ['neither is JSON, whatever it says', 'a', 'b', ['body: value']],
])('%s', (_claim, recorded, replayed, expected) => {
  expect(fieldsOf(answer(recorded), answer(replayed))).toEqual(expected);
});

test.each<[string, string[], string[], string[]]>([
  ['names are blind to case', ['ETag', 'a'], ['etag', 'a'], []],
  ['another value', ['ETag', 'a'], ['ETag', 'b'], ['header etag: value']],
  [
    'a header that is gone',
    ['Vary', 'x'],
    ['Via', 'y'],
    ['header vary: missing', 'header via: added'],
  ],
  ['clocks and framing', ['Date', 'a', 'Content-Length', '3'], ['Date', 'b', 'Age', '1'], []],
  ['what captures leave out cannot be new', ['ETag', 'a'], ['ETag', 'a', 'X-Own', 'b'], []],
  [
    'but it can differ where it was recorded',
    ['X-Own', 'a'],
    ['X-Own', 'b'],
    ['header x-own: value'],
  ],
  [
    'cookies are nobody’s business',
    ['Set-Cookie', 'a', 'Via', 'x'],
    ['Set-Cookie', 'b', 'Via', 'x'],
    [],
  ],
  ['several of one name are one list', ['Vary', 'a', 'Vary', 'b'], ['Vary', 'a, b'], []],
  [
    'a redacted value is equal to any',
    ['Location', '/?t=redacted-0123456789abcdef'],
    ['Location', '/?t=1'],
    [],
  ],
  ['a log has no headers', [], ['ETag', 'b'], []],
])('headers: %s', (_claim, recorded, replayed, expected) => {
  expect(fieldsOf(answer('', recorded), answer('', replayed))).toEqual(expected);
});

test('status, and no answer at all', () => {
  expect(fieldsOf(answer({ a: 1 }), answer({ a: 1 }, JSON_TYPE, 500))).toEqual(['status: value']);
  expect(fieldsOf(answer({ a: 1 }), undefined)).toEqual(['answer: missing']);
});

const coded = (coding: string, bytes: Uint8Array) =>
  answer(bytes, [...JSON_TYPE, 'Content-Encoding', coding]);
const LARGE = Buffer.alloc(70_000, 'a');

test.each<[string, Answer, Answer, unknown]>([
  [
    'decoded, the same',
    coded('gzip', gzipSync('{"a":1}')),
    coded('gzip', gzipSync('{"a": 1}')),
    [],
  ],
  [
    'br and gzip',
    coded('gzip', gzipSync('{"a":1}')),
    coded('br', brotliCompressSync('{"a":2}')),
    ['header content-encoding: value', 'body.a: value'],
  ],
  [
    'a bomb is not opened',
    coded('gzip', gzipSync(Buffer.alloc(2 << 20))),
    coded('gzip', gzipSync('1')),
    'too large when decoded',
  ],
  [
    'an unknown coding',
    coded('zstd', Buffer.from('a')),
    coded('zstd', Buffer.from('b')),
    'unknown content coding',
  ],
  [
    'not what it says',
    coded('gzip', Buffer.from('a')),
    coded('gzip', Buffer.from('b')),
    'not in its content coding',
  ],
  ['large, the same by its digest', answer(LARGE), answer(LARGE), []],
  ['large, another one', answer(LARGE), answer(Buffer.alloc(70_000, 'b')), ['body: value']],
  [
    'large and encoded',
    coded('gzip', LARGE),
    coded('gzip', Buffer.alloc(70_000)),
    'large, and encoded',
  ],
])('bodies: %s', (_claim, recorded, replayed, expected) => {
  const { fields, body } = comparePair(recorded, replayed);
  const told = [...fields].map(([field, { change }]) => `${field}: ${change}`);
  expect(typeof body === 'object' ? body.notCompared : told).toEqual(expected);
});

test.each<[string, string, number, string[], string | undefined, unknown]>([
  [
    'to HEAD',
    'HEAD',
    200,
    ['Content-Length', '9'],
    undefined,
    { type: 'bytes', bytes: new Uint8Array() },
  ],
  ['of no content', 'GET', 204, [], undefined, { type: 'bytes', bytes: new Uint8Array() }],
  [
    'of length 0',
    'GET',
    200,
    ['Content-Length', '0'],
    undefined,
    { type: 'bytes', bytes: new Uint8Array() },
  ],
  ['of which nobody knows', 'GET', 200, [], undefined, { type: 'unknown', reason: 'not recorded' }],
  [
    'that was cut',
    'GET',
    200,
    ['Content-Length', '9'],
    'abc',
    { type: 'unknown', reason: 'recorded in part' },
  ],
  [
    'that redaction dropped',
    'GET',
    200,
    ['X-Plimsoll-Body-Dropped', 'no text; 9'],
    undefined,
    { type: 'unknown', reason: 'not recorded' },
  ],
])('a recorded body %s', (_claim, method, status, headers, text, expected) => {
  const body = text === undefined ? undefined : Buffer.from(text);
  const recorded = { status, headers, body, latencyNs: undefined };
  expect(recordedAnswer(recorded, method).body).toEqual(expected);
});

test('a body in pieces is the same as in one, with and without room', () => {
  const pieces = [LARGE.subarray(0, 10), LARGE.subarray(10, 60_000)];
  const [roomy, narrow, large] = [() => true, (bytes: number) => bytes < 100, () => true].map(
    (reserve) => new GrowingBody(reserve, MOST_KEPT_BYTES),
  );
  for (const piece of pieces) for (const each of [roomy, narrow, large]) each!.add(piece);
  large!.add(LARGE.subarray(60_000));
  expect(roomy!.end()).toEqual(bodyOf(LARGE.subarray(0, 60_000)));
  expect(large!.end()).toEqual(bodyOf(LARGE));
  const short = { status: 200, headers: [], body: narrow!.end() };
  expect(short.body.type).toBe('digest');
  expect(comparePair(answer(LARGE.subarray(0, 60_000), []), short).fields.size).toBe(0);
});

test('fields are ignored with everything below them', () => {
  const isIgnored = ignoredBy({
    ignoreHeaders: ['ETag'],
    ignoreFields: ['meta', 'items[].id', '[].x'],
  });
  const [a, b] = [1, 2].map((n) =>
    answer({ meta: { deep: n }, items: [{ id: n, n }] }, [...JSON_TYPE, 'etag', String(n)]),
  );
  expect([...comparePair(a!, b!, isIgnored).fields.keys()]).toEqual(['body.items[].n']);
  expect(comparePair(answer([{ x: 1 }]), answer([{ x: 2 }]), isIgnored).fields.size).toBe(0);
});

test.each<[string, [number, number], [number, number] | undefined, string, boolean]>([
  ['every answer, and no noise', [100, 100], [0, 100], 'differs', true],
  ['as often as the noise', [100, 100], [100, 100], 'within noise', false],
  ['a little more often than the noise', [60, 100], [50, 100], 'within noise', false],
  ['much more often', [90, 100], [50, 100], 'differs', true],
  ['fewer than twenty answers', [19, 19], [0, 19], 'no data', true],
  ['fewer than twenty, all of them noise', [19, 19], [19, 19], 'no data', false],
  ['too rare to be told, and no noise seen: stays', [1, 1000], [0, 1000], 'no data', true],
  ['rare, and noise was seen', [2, 1000], [1, 1000], 'within noise', false],
  ['the second gave nothing', [100, 100], [0, 0], 'no data', true],
  ['without a second', [3, 100], undefined, 'noise unknown', false],
])('noise: %s', (_claim, raw, noise, verdict, isReal) => {
  const share = ([count, of]: [number, number]) => ({ count, of });
  const judged = judgeField(share(raw), noise && share(noise), 1);
  expect(judged.verdict).toBe(verdict);
  expect(isTakenForReal(judged.verdict, share(raw), share(noise ?? [0, 0]))).toBe(isReal);
});

test('the interval of a field is Newcombe’s, and wider the more fields are judged', () => {
  const [raw, noise] = [
    { count: 56, of: 70 },
    { count: 48, of: 80 },
  ];
  // Newcombe 1998, table II (a), method 10.
  expect(judgeField(raw, noise, 1).beyond!.low).toBeCloseTo(0.0524, 4);
  expect(shareBeyond(raw, noise).high).toBeCloseTo(0.3339, 4);
  expect(judgeField(raw, noise, 50).beyond!.low).toBeLessThan(0);
});

test('a random id in every answer does not hide one field that really differs', () => {
  const tally = new AnswerTally();
  for (let sequence = 0; sequence < 200; sequence++) {
    const of = (id: number, price: number) => answer({ id, price });
    const raw = comparePair(of(1, 1), of(2, sequence % 4 === 0 ? 9 : 1));
    tally.add({ sequence, endpoint: 0, raw, noise: comparePair(of(1, 1), of(3, 1)) });
  }
  const context = {
    endpointNames: ['GET /'],
    hasSecond: true,
    ignored: { headers: [], fields: [] },
  };
  const { differing, noise, fields } = tally.result(context);
  expect(differing.value).toBe(1);
  expect(noise!.differing.value).toBeCloseTo(0.25, 10);
  expect(fields.map(({ field, verdict }) => `${field} ${verdict}`)).toEqual([
    'body.price differs',
    'body.id within noise',
  ]);
});

test('however many fields a server invents, they are few in the books', () => {
  const tally = new AnswerTally();
  for (let sequence = 0; sequence < 2000; sequence++) {
    const name = `f${String.fromCharCode(97 + (sequence % 26), 97 + (sequence % 25), 97 + (sequence % 23))}`;
    const raw = comparePair(answer({}), answer({ [name]: 1 }));
    tally.add({ sequence, endpoint: 0, raw });
  }
  const context = {
    endpointNames: ['GET /'],
    hasSecond: false,
    ignored: { headers: [], fields: [] },
  };
  const { fields, fieldsLeftOut, differing } = tally.result(context);
  expect(fields.length + fieldsLeftOut).toBe(201);
  expect(fields[0]).toMatchObject({ field: 'other fields', verdict: 'noise unknown' });
  expect(differing.count).toBe(2000);
});

const estimate = (count: number, of: number): ShareEstimate => ({
  count,
  of,
  value: of === 0 ? null : count / of,
  low: null,
  high: null,
});
const whole = (changes: Partial<AnswerComparison>): AnswerComparison => ({
  recorded: 100,
  notCompared: {},
  differing: estimate(2, 100),
  bodies: { expected: 100, compared: 100, notCompared: {} },
  ignored: { headers: [], fields: [] },
  endpoints: [],
  fields: [],
  fieldsLeftOut: 0,
  ...changes,
});
const noisy = (compared: number, value: number) => ({
  compared,
  failed: 0,
  differing: { ...estimate(2, 100), value },
});

test.each<[string, Partial<AnswerComparison>, number, string, RegExp | undefined]>([
  ['at the limit', {}, 0.02, 'pass', undefined],
  ['beyond it', {}, 0.019, 'fail', /^answers differ: 2 % of 100, at most 1.9 % may$/],
  [
    'without an answer',
    { recorded: 0, differing: estimate(0, 0) },
    1,
    'no data',
    /0 were compared, at least 20/,
  ],
  ['too few', { recorded: 19, differing: estimate(0, 19) }, 1, 'no data', /19 were compared/],
  ['less than half', { recorded: 300 }, 1, 'no data', /100 of 300 were compared, less than half/],
  [
    'bodies that could not be',
    { bodies: { expected: 9, compared: 4, notCompared: {} } },
    1,
    'no data',
    /4 of 9 bodies/,
  ],
  [
    'noise taken off',
    { differing: estimate(100, 100), noise: noisy(100, 0) },
    0,
    'pass',
    undefined,
  ],
  ['beyond the noise', { noise: noisy(100, 0.5) }, 0.1, 'fail', /beyond the noise: 50 %/],
  ['a second that is not there', { noise: noisy(3, 0) }, 1, 'no data', /gave 3, too few to tell/],
])('a gate %s', (_claim, changes, most, verdict, reason) => {
  const judged = withAnswers({ verdict: 'pass', reasons: [] }, whole(changes), most);
  expect(judged.verdict).toBe(verdict);
  if (reason === undefined) expect(judged.reasons).toEqual([]);
  else expect(judged.reasons[0]).toMatch(reason);
});

test('a gate makes no run better than it was', () => {
  const failed = { verdict: 'fail', reasons: ['stopped'] } as const;
  expect(withAnswers(failed, whole({ recorded: 1, differing: estimate(0, 1) }), 1).verdict).toBe(
    'fail',
  );
  const late = { verdict: 'inconclusive', reasons: ['late'] } as const;
  expect(withAnswers(late, whole({}), 1)).toEqual(late);
});

test('without a limit differing answers are not judged, and it says so', () => {
  const passed = { verdict: 'pass', reasons: [] } as const;
  const said = withAnswers(passed, whole({ differing: estimate(100, 100) }), undefined);
  expect(said).toEqual({
    verdict: 'pass',
    reasons: ['answers were compared, not judged: --max-differences says how many may differ'],
  });
  expect(withAnswers(passed, whole({ differing: estimate(0, 100) }), undefined)).toBe(passed);
});
