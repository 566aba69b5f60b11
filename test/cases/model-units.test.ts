import { expect, test } from 'vitest';
import {
  addMs,
  formatClock,
  formatCount,
  formatDuration,
  formatMoney,
  formatPercent,
  formatRate,
  parseCount,
  parseDatapoints,
  parseDuration,
  parseMoment,
  parsePercent,
  parsePrice,
  parseQuantile,
  parseRate,
  significant,
  writeDuration,
  writePercent,
  writePrice,
  writeRate,
} from '../../simulator/model/units.ts';

test.each([
  ['90s', 90_000],
  ['1.5ms', 1.5],
  ['250us', 0.25],
  ['0.3ms', 0.3],
  ['2m', 120_000],
  ['1h', 3_600_000],
  ['1d', 86_400_000],
  ['0s', 0],
])('%s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  ['200/s', 200],
  ['12/min', 0.2],
  ['3600/h', 1],
  ['0.5/s', 0.5],
])('%s is %d a second', (text, perSecond) => {
  expect(parseRate(text)).toBe(perSecond);
});

test('percentages, prices, counts, datapoints and quantiles are read to the digit', () => {
  expect(parsePercent('0.1%')).toBe(0.001);
  expect(parsePercent('100%')).toBe(1);
  expect(parsePercent('14.7%')).toBe(0.147);
  expect(parsePrice('$0.096/h')).toBe(0.096);
  expect(parseCount('40')).toBe(40);
  expect(parseDatapoints('2 of 3')).toEqual([2, 3]);
  expect(parseQuantile('p99')).toBe(0.99);
  expect(parseQuantile('p99.9')).toBe(0.999);
  expect(parseQuantile('p5')).toBe(0.05);
});

const GUESSES = ['', ' ', '5', '0x18', '1e3', '-5', '+5', '.5', '5.', '05', 'NaN', 'Infinity', '∞'];

test.each(
  GUESSES.flatMap((digits) => [digits, `${digits}ms`, `${digits} s`, `${digits}/s`, `${digits}%`]),
)('%j is no quantity unless it is digits and a unit', (text) => {
  const isFine = /^5(ms|\/s|%)$/.test(text);
  const readings = [parseDuration, parseRate, parsePercent, parsePrice].map((parse) => parse(text));
  expect(readings.filter((value) => value !== undefined)).toEqual(
    isFine ? [expect.anything()] : [],
  );
});

test('no count but plain digits', () => {
  const texts = ['', '-1', '1.0', '1e3', '0x18', '007', ' 7', '1_000', '9'.repeat(10)];
  expect(texts.map(parseCount)).toEqual(texts.map(() => undefined));
});

test('no number is so long that it turns infinite', () => {
  expect(parseDuration(`${'9'.repeat(400)}d`)).toBeUndefined();
  expect(parseDuration('999999999d')).toBe(999_999_999 * 86_400_000);
});

test('no quantile at the ends', () => {
  const names = ['p0', 'p100', 'p', 'p99.', 'p99.90', '99', 'P99', 'p-1'];
  expect(names.map(parseQuantile)).toEqual(names.map(() => undefined));
});

test.each([
  [0, '0s'],
  [0.25, '250us'],
  [1.5, '1.5ms'],
  [800, '800ms'],
  [60_000, '60s'],
  [90_000, '90s'],
  [300_000, '5m'],
  [3_600_000, '1h'],
  [172_800_000, '2d'],
])('%d ms are written %s', (ms, text) => {
  expect(writeDuration(ms)).toBe(text);
});

test('what a model file cannot say is not written', () => {
  expect(() => writeDuration(-1)).toThrow(RangeError);
  expect(() => writeDuration(Number.NaN)).toThrow(RangeError);
  expect(() => writeRate(Number.POSITIVE_INFINITY)).toThrow(RangeError);
  expect([writeRate(1000), writePercent(0.001), writePrice(0.096)]).toEqual([
    '1000/s',
    '0.1%',
    '$0.096/h',
  ]);
});

test.each([
  [0, '0 ms'],
  [0.0421, '0.0421 ms'],
  [12.345, '12.3 ms'],
  [351.7, '352 ms'],
  [999.7, '1 s'],
  [59_960, '1 min'],
  [90_000, '1 min 30 s'],
  [1_200_000, '20 min'],
  [5_400_000, '1 h 30 min'],
  [90_000_000, '1 d 1 h'],
  [-1500, '−1.5 s'],
  [Number.NaN, '–'],
])('%d ms are shown as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test('rates, percentages, money and counts are shown with sensible digits', () => {
  expect([formatRate(150), formatRate(0.2), formatRate(1730.4)]).toEqual([
    '150/s',
    '0.2/s',
    '1730/s',
  ]);
  expect([formatPercent(0.0123), formatPercent(1), formatPercent(0.00001)]).toEqual([
    '1.23 %',
    '100 %',
    '0.001 %',
  ]);
  expect([formatMoney(0.096), formatMoney(1.5), formatMoney(0), formatMoney(-2)]).toEqual([
    '$0.096',
    '$1.50',
    '$0.00',
    '−$2.00',
  ]);
  expect([formatCount(7), formatCount(1234567), formatCount(-1000)]).toEqual([
    '7',
    '1,234,567',
    '-1,000',
  ]);
  expect([formatRate, formatPercent, formatMoney, formatCount].map((f) => f(Number.NaN))).toEqual([
    '–',
    '–',
    '–',
    '–',
  ]);
  expect([0.00012, 4.2, 99.96, 4213].map(significant)).toEqual(['0.00012', '4.2', '100', '4213']);
});

test('durations add up without a stray last digit', () => {
  expect(addMs(0.1, 0.2)).toBe(0.3);
});

test.each([
  ['10:42', 642_000],
  ['0:00', 0],
  ['00:07', 7000],
  ['90:00', 5_400_000],
  ['1:10:42', 4_242_000],
  ['0:12.5', 12_500],
  ['642s', 642_000],
  ['10.7m', 642_000],
  ['10m42s', 642_000],
  ['1h10m42s', 4_242_000],
  ['2m500ms', 120_500],
  ['10 min 42 s', 642_000],
  ['1 d 2 h', 93_600_000],
])('the moment %s is %d ms into a run', (text, ms) => {
  expect(parseMoment(text)).toBe(ms);
});

test.each([
  ['', '42', '10:4', '10:60', '1:60:00', '1:2:3', ':42', '10:', '-1:00', '10:42s', '1:00:00:00'],
  ['42s10m', '1m1m', '1m 1m', '10 m42', '1e3s', '0x1s', '10  min', ' 10s', '10s ', '1.s', '∞'],
])('what could be meant otherwise is no moment', (...texts) => {
  expect(texts.filter((text) => parseMoment(text) !== undefined)).toEqual([]);
});

test.each([
  [0, '0:00'],
  [642_000, '10:42'],
  [59_999, '0:59.999'],
  [3_600_000, '1:00:00'],
  [4_242_500, '1:10:42.5'],
  [93_600_000, '26:00:00'],
  [-1, '–'],
  [Number.NaN, '–'],
  [Number.POSITIVE_INFINITY, '–'],
])('%d ms into a run are shown as %s', (ms, text) => {
  expect(formatClock(ms)).toBe(text);
});
