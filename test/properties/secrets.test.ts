/** One list of shapes serves redaction and inspection: what the one replaces the other names. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Finds } from '../../replay/redact/finds.ts';
import { redactionOf, USUAL_RULES } from '../../replay/redact/rules.ts';
import { replacePairs, replaceShapes, shapesIn } from '../../replay/redact/shapes.ts';

const REDACTION = redactionOf(USUAL_RULES, Buffer.from('a key of a test'));
const SECRETS = [
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
  'Basic dXNlcjpwYXNz',
  'Bearer abcdefgh12345678',
  'AKIAIOSFODNN7EXAMPLE',
  'glpat-abcdefghij0123456789',
  'someone@example.org',
  'http://user:hunter2@host/',
  '4111 1111 1111 1111',
  'password=hunter2',
  '"api_key": "abcdef"',
  '?X-Amz-Signature=0123456789abcdef',
  '-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----',
];
const text = fc
  .array(fc.oneof(fc.constantFrom(...SECRETS), fc.string({ maxLength: 12 })), { maxLength: 6 })
  .map((parts) => parts.join(' '));

function redacted(whole: string) {
  const finds = new Finds();
  const out = replacePairs(replaceShapes(whole, REDACTION, finds), REDACTION, finds);
  return { out, count: [...finds.counts.values()].reduce((sum, times) => sum + times, 0) };
}

test.each(SECRETS)('%j is named by an inspection', (secret) => {
  expect(shapesIn(`a ${secret} b`, REDACTION.isSensitive).size).toBeGreaterThan(0);
});

test('what redaction replaces an inspection names, and what it names redaction replaces', () => {
  fc.assert(
    fc.property(text, (whole) => {
      const kinds = shapesIn(whole, REDACTION.isSensitive);
      expect(kinds.size > 0).toBe(redacted(whole).count > 0);
      expect(redacted(whole).out === whole).toBe(kinds.size === 0);
    }),
    { seed: 1730, numRuns: 1000 },
  );
});

test('what has been redacted has nothing left to name', () => {
  fc.assert(
    fc.property(text, (whole) => {
      expect([...shapesIn(redacted(whole).out, REDACTION.isSensitive)]).toEqual([]);
    }),
    { seed: 1730, numRuns: 1000 },
  );
});
