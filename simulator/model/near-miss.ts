/** What someone who wrote `5 sec` or `200 rps` most likely meant. */
import { safeParse } from 'zod';
import type { Plain } from './placed.ts';
import { nearest } from './problem.ts';
import { type Schema, wordsOf } from './schema-walk.ts';

/** Spellings of units that people use, and the one that a model file uses. */
const SPELLINGS: readonly (readonly [RegExp, string])[] = [
  [/(\d)(msecs?|millis|milliseconds?)$/, '$1ms'],
  [/(\d)(µs|μs|usecs?|micros|microseconds?)$/, '$1us'],
  [/(\d)(secs?|seconds?)$/, '$1s'],
  [/(\d)(mins?|minutes?)$/, '$1m'],
  [/(\d)(hrs?|hours?)$/, '$1h'],
  [/(\d)(days?)$/, '$1d'],
  [/(\d)(rps|qps|req\/s|requests\/s|\/sec|\/second|persecond)$/, '$1/s'],
  [/(\d)(rpm|\/m|\/minute|perminute)$/, '$1/min'],
  [/(\d)(\/hour|perhour)$/, '$1/h'],
  [/(\d)(pct|percent)$/, '$1%'],
  [/(\d)k(ib?|b)$/, '$1KiB'],
  [/(\d)m(ib?|b)$/, '$1MiB'],
  [/(\d)g(ib?|b)$/, '$1GiB'],
  [/(\d)t(ib?|b)$/, '$1TiB'],
  [/^(\d[\d.]*)(?:\$|usd)\/h(?:our)?$/, '$$$1/h'],
  [/^(\$\d[\d.]*)(?:\/hour|perhour)?$/, '$1/h'],
];

/**
 * Text that the schema takes and that is a small slip away from `value`; undefined where nothing is
 * near, and for a bare number, whose unit nobody can guess.
 */
export function nearMiss(schema: Schema, value: Plain): string | undefined {
  if (typeof value !== 'string' || value.length > 64) return undefined;
  const isTaken = (candidate: string) => safeParse(schema, candidate).success;
  const squeezed = value.replace(/[\s,]+/g, '').toLowerCase();
  const respelt = SPELLINGS.reduce((text, [from, to]) => text.replace(from, to), squeezed);
  const dashed = value
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, '-');
  const found = [dashed, squeezed, respelt, withoutZeros(respelt)].find(isTaken);
  return found ?? nearest(dashed, wordsOf(schema));
}

/** `.5s` is `0.5s`, `007s` is `7s`. */
function withoutZeros(text: string): string {
  return text.replace(/^\./, '0.').replace(/^0+(?=\d)/, '');
}
