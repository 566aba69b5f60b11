/** Answers are held against each other, whatever is in them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bodyOf } from '../../replay/compare/answer.ts';
import { differingFields } from '../../replay/compare/json-fields.ts';
import { comparePair } from '../../replay/compare/pair.ts';
import { parseExact } from '../../replay/compare/parse-exact.ts';
import { AnswerTally } from '../../replay/compare/tally.ts';

const SETTINGS = { seed: 11, numRuns: 300 };
const KEYS = ['__proto__', 'constructor', 'toString', 'id', 'a', 'b', 'password', '12345678901'];
const json = fc.letrec<{ value: unknown; object: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ maxLength: 6 }),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  // Through text, as it comes over the wire: `__proto__` is then a key like any other.
  object: fc
    .array(fc.tuple(fc.constantFrom(...KEYS), tie('value')), { maxLength: 5 })
    .map((pairs) => {
      const members = pairs.map(
        ([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`,
      );
      return JSON.parse(`{${members.join()}}`);
    }),
})).value;

test('a value does not differ from itself, nor from its copy', () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(differingFields('body', value, value).size).toBe(0);
      expect(differingFields('body', value, JSON.parse(JSON.stringify(value))).size).toBe(0);
    }),
    SETTINGS,
  );
});

const MIRRORED = {
  missing: 'added',
  added: 'missing',
  value: 'value',
  kind: 'kind',
  length: 'length',
};

test('the other way round the same fields differ, and what was missing is added', () => {
  fc.assert(
    fc.property(json, json, (a, b) => {
      const there = differingFields('body', a, b);
      const back = differingFields('body', b, a);
      expect([...back.keys()].sort()).toEqual([...there.keys()].sort());
      for (const [field, { change, recorded, replayed }] of there) {
        // Of a list's many differences only the first is told.
        if (field.includes('[]') || field.includes(':key')) continue;
        expect(back.get(field)).toEqual({
          change: MIRRORED[change],
          recorded: replayed,
          replayed: recorded,
        });
      }
    }),
    SETTINGS,
  );
});

test('values that differ as text differ in some field', () => {
  const flat = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof(fc.integer(), fc.string()));
  fc.assert(
    fc.property(flat, flat, (a, b) => {
      const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
      const isSame = keys.every(
        (key) => Object.hasOwn(a, key) && Object.hasOwn(b, key) && a[key] === b[key],
      );
      expect(differingFields('body', a, b).size === 0).toBe(isSame);
    }),
    SETTINGS,
  );
});

test('no value of an answer is in what is told of it', () => {
  const secret = fc.string({ unit: fc.constantFrom('q', 'Q', 'z'), minLength: 10, maxLength: 20 });
  const key = fc.oneof(
    fc.constantFrom(...KEYS),
    secret.map((text) => `${text}@example.org`),
  );
  fc.assert(
    fc.property(secret, secret, key, (a, b, name) => {
      const [before, after] = [a, b].map((text) => ({ [name]: [text, { x: `${text}!` }] }));
      const told = JSON.stringify([...differingFields('body', before, after)]);
      expect(told).not.toMatch(/[qQz]{10}/);
    }),
    SETTINGS,
  );
});

test('whatever the bytes, headers and codings: no throw, and equal to themselves', () => {
  const headers = fc
    .array(
      fc.tuple(
        fc.constantFrom('content-encoding', 'Content-Type', 'etag', '__proto__'),
        fc.constantFrom('gzip', 'br', 'application/json', 'x', ''),
      ),
    )
    .map((pairs) => pairs.flat());
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    json.map((value) => Buffer.from(JSON.stringify(value))),
  );
  const answer = fc.record({
    status: fc.integer({ min: 100, max: 599 }),
    headers,
    body: bytes.map(bodyOf),
  });
  fc.assert(
    fc.property(answer, answer, (a, b) => {
      expect(comparePair(a, a).fields.size).toBe(0);
      comparePair(a, b);
    }),
    SETTINGS,
  );
});

test('the books balance: every answer is compared or not, for a reason', () => {
  const pair = fc.record({
    endpoint: fc.nat(3),
    status: fc.constantFrom(200, 500),
    skip: fc.boolean(),
    hasSecond: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 60 }), (pairs) => {
      const tally = new AnswerTally();
      const answer = (status: number) => ({ status, headers: [], body: bodyOf(Buffer.from('{}')) });
      for (const [sequence, { endpoint, status, skip, hasSecond }] of pairs.entries()) {
        if (skip) tally.skip('some reason');
        else {
          const raw = comparePair(answer(200), answer(status));
          tally.add({ sequence, endpoint, raw, noise: hasSecond ? raw : undefined });
        }
      }
      const result = tally.result({
        endpointNames: ['a', 'b', 'c', 'd'],
        hasSecond: true,
        ignored: { headers: [], fields: [] },
      });
      const skipped = result.notCompared['some reason'] ?? 0;
      expect(result.differing.of + skipped).toBe(result.recorded);
      expect(result.recorded).toBe(pairs.length);
      const sum = result.endpoints.reduce((all, { differing }) => all + differing.count, 0);
      expect(sum).toBe(result.differing.count);
      expect(result.differing.count).toBe(
        pairs.filter(({ status, skip }) => !skip && status === 500).length,
      );
    }),
    SETTINGS,
  );
});

test('nesting of any depth, and numbers that no float holds', () => {
  const deep = (end: string) => Buffer.from(`${'['.repeat(100_000)}${end}${']'.repeat(100_000)}`);
  const [one, two] = [parseExact(deep('1')), parseExact(deep('2'))];
  expect(differingFields('body', one, one).size).toBe(0);
  expect([...differingFields('body', one, two).values()]).toEqual([
    { change: 'value', recorded: 'number of 1', replayed: 'number of 1' },
  ]);
  const [long, longer] = ['{"id":9007199254740993}', '{"id":9007199254740992}'].map((text) =>
    parseExact(Buffer.from(text)),
  );
  expect([...differingFields('body', long, longer)]).toEqual([
    ['body.id', { change: 'value', recorded: 'number of 16', replayed: 'number of 16' }],
  ]);
});
