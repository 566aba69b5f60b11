import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatClock,
  formatDuration,
  parseDuration,
  parseMoment,
  parsePercent,
  parsePrice,
  parseRate,
  writeDuration,
  writePercent,
  writePrice,
  writeRate,
} from '../../simulator/model/units.ts';

/** Fixed, so that a run in CI says something about the change and not about the day. */
const SEED = { seed: 1730 };
const count = fc.integer({ min: 0, max: 999_999_999 });

test('a duration of whole microseconds survives being written and read', () => {
  fc.assert(
    fc.property(count, (us) => {
      const ms = us / 1000;
      expect(parseDuration(writeDuration(ms))).toBeCloseTo(ms, 9);
    }),
    SEED,
  );
});

test('a duration of whole milliseconds survives to the last bit', () => {
  fc.assert(
    fc.property(count, (ms) => {
      expect(parseDuration(writeDuration(ms))).toBe(ms);
    }),
    SEED,
  );
});

test('a moment of whole milliseconds survives being shown as a clock and read', () => {
  fc.assert(
    fc.property(count, (ms) => {
      expect(parseMoment(formatClock(ms))).toBe(ms);
    }),
    SEED,
  );
});

test('what is a duration is a moment, too', () => {
  fc.assert(
    fc.property(count, (ms) => {
      expect(parseMoment(writeDuration(ms))).toBe(ms);
    }),
    SEED,
  );
});

test.each([
  ['rate', parseRate, writeRate, 1],
  ['percentage', parsePercent, writePercent, 100],
  ['price', parsePrice, writePrice, 1],
] as const)('a %s of six decimals survives being written and read', (_, parse, write, scale) => {
  fc.assert(
    fc.property(count, (millionths) => {
      const value = millionths / 1e6 / scale;
      expect(parse(write(value))).toBeCloseTo(value, 10);
    }),
    SEED,
  );
});

test('what is read is finite and not negative, or it is no quantity', () => {
  const text = fc.oneof(
    fc.string(),
    fc.stringMatching(/^[0-9.]{1,12}(us|ms|s|m|h|d|\/s|\/min|\/h|%)$/),
  );
  fc.assert(
    fc.property(text, (candidate) => {
      for (const parse of [parseDuration, parseRate, parsePercent, parsePrice]) {
        const value = parse(candidate);
        expect(value === undefined || (Number.isFinite(value) && value >= 0)).toBe(true);
      }
    }),
    SEED,
  );
});

test('every duration is shown in one or two units, without an exponent', () => {
  const shown = /^(\d+(\.\d+)? (ms|s)|\d+ (d|h|min|s)( \d+ (h|min|s))?)$/;
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e12, noNaN: true }), (ms) => {
      expect(formatDuration(ms)).toMatch(shown);
    }),
    SEED,
  );
});
