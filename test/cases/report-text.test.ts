/** What the terminal shows: aligned, without control bytes, without a number that is none. */
import { expect, test } from 'vitest';
import type { Comparison } from '../../reports/comparison.ts';
import { renderText } from '../../reports/text.ts';
import { cleaned } from '../../reports/text-clean.ts';
import { shortened, wrapped } from '../../reports/text-layout.ts';
import {
  formatAllowed,
  formatEstimate,
  formatRange,
  formatValue,
} from '../../reports/text-numbers.ts';
import { renderPrediction } from '../../reports/text-prediction.ts';
import { sparkline } from '../../reports/text-sparkline.ts';
import type { Results } from '../../simulator/results/results.ts';
import { comparison, HOSTILE, hostile, PASSING, PLAIN, prediction } from '../goldens/made-up.ts';

const PLAIN_TEXT = { color: false, width: 80 };

test.each(HOSTILE)('no control byte reaches the terminal: %j', (text) => {
  const names = hostile(text);
  const shown = [
    renderText(comparison(names), PLAIN_TEXT),
    renderPrediction(prediction(3, names), { ...PLAIN_TEXT, question: text, command: text }),
  ].join('\n');
  expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cs}\p{Bidi_Control}]/u);
});

test('colour is all that colour adds', () => {
  const colored = renderText(comparison(), { ...PLAIN_TEXT, color: true });
  expect(colored).toContain('\u001b[1;31m✗ FAIL\u001b[0m');
  expect(colored.replaceAll(/\p{Cc}\[[\d;]*m/gu, '')).toBe(renderText(comparison(), PLAIN_TEXT));
});

const LONG = hostile('a-name-that-is-much-longer-than-any-column-of-a-terminal');

test.each([
  ['a comparison', renderText(comparison(), PLAIN_TEXT)],
  ['a comparison that passes', renderText(PASSING, PLAIN_TEXT)],
  ['a prediction', renderPrediction(prediction(10), PLAIN_TEXT)],
  ['long names', renderPrediction(prediction(10, LONG), PLAIN_TEXT)],
])('%s fits 80 columns and has no trailing space', (_, text) => {
  const lines = text.split('\n');
  expect(lines.filter((line) => [...line].length > 80)).toEqual([]);
  expect(lines.filter((line) => / $/.test(line))).toEqual([]);
});

const EMPTY: Results = { ...prediction(0), model: undefined, warnings: [] };

test.each<[string, Results]>([
  ['one replication', prediction(1)],
  ['no replication', prediction(0)],
  ['no model', { ...prediction(3), model: undefined }],
  ['nothing at all', EMPTY],
])('a prediction of %s shows no number that is none', (_, results) => {
  expect(renderPrediction(results, PLAIN_TEXT)).not.toMatch(/NaN|undefined|null|Infinity/);
});

test('the verdict is the first line', () => {
  expect(renderText(comparison(), PLAIN_TEXT)).toMatch(/^✗ FAIL {2}shop: 1 fail, 1 no data/);
  expect(renderText(PASSING, PLAIN_TEXT)).toMatch(/^✓ PASS {2}shop: 4 pass\n/);
  expect(renderPrediction(prediction(5), PLAIN_TEXT)).toMatch(/^✗ FAIL {2}shop, 2 objectives: /);
  expect(renderPrediction(EMPTY, PLAIN_TEXT)).toMatch(/^shop: no objectives to hold\n/);
});

test('a comparison without a single check says so', () => {
  const nothing: Comparison = { ...comparison(), checks: [], verdict: 'no data', reasons: [] };
  expect(renderText(nothing, PLAIN_TEXT)).toMatch(/^– NO DATA {2}shop: no checks\n/);
});

test('gates are one line when all pass, and a table when not', () => {
  expect(renderText(PASSING, PLAIN_TEXT)).toContain('\nGates  ✓ all 1 pass: lateness p99\n');
  expect(renderText(comparison(), PLAIN_TEXT)).toContain('timer delay p99  ≤ 25 ms   no data  –');
});

test('reasons of checks that the verdict does not name are told, too, each once', () => {
  const text = renderText({ ...comparison(), reasons: [] }, PLAIN_TEXT);
  expect(text.match(/142 ms is above the 121 ms/g)).toHaveLength(1);
  expect(text).toContain('- load generator, whole run, timer delay p99: it was not measured');
});

test('of many scaling decisions the first eight are told, the others counted', () => {
  const one = prediction(3);
  const decision = one.runs[0]!.decisions[0]!;
  const decisions = Array.from({ length: 20 }, (_, i) => ({ ...decision, atMs: i * 1000 }));
  const runs = one.runs.map((run) => ({ ...run, decisions }));
  const text = renderPrediction({ ...one, runs }, PLAIN_TEXT);
  expect(text.match(/step-scaling/g)).toHaveLength(8);
  expect(text).toContain('\n  … 12 more\n');
});

test('caches are told where the model has some, and by no number where nobody looked', () => {
  const one = prediction(3);
  expect(renderPrediction(one, PLAIN_TEXT)).toContain(
    '\n  prices  64.6 % (63.8–65.5 %)  11.7/s (11.6–11.7/s)\n',
  );
  const idle = { prices: { lookUps: 0, hits: 0 } };
  const runs = one.runs.map((run) => ({ ...run, caches: idle }));
  expect(renderPrediction({ ...one, runs }, PLAIN_TEXT)).toMatch(/\n {2}prices {2}no data +0\/s\n/);
  const without = one.runs.map(({ caches: _, ...run }) => run);
  expect(renderPrediction({ ...one, runs: without }, PLAIN_TEXT)).not.toContain('Caches');
});

test('what-if and command are told', () => {
  const options = {
    ...PLAIN_TEXT,
    question: 'What if?',
    command: 'plimsoll simulate shop --seed 1',
  };
  const text = renderPrediction(prediction(3, PLAIN), options);
  expect(text.split('\n')[1]).toBe('What if?');
  expect(text.split('\n').at(-1)).toBe('again: plimsoll simulate shop --seed 1');
});

test.each([
  ['one unit', formatRange(20.9, 21.8, 'ms'), '20.9–21.8 ms'],
  ['two units', formatRange(900, 1100, 'ms'), '900 ms–1.1 s'],
  ['from zero', formatRange(0, 61_000, 'ms'), '0–1 min 1 s'],
  ['never below zero', formatRange(-3, 5, 'ratio'), '0–500 %'],
  ['no width', formatRange(2, 2, 'instances'), '2'],
  ['a missing edge', formatRange(null, 5, 'ms'), ''],
  ['a rate', formatRange(150, 160, 'per-second'), '150–160/s'],
  [
    'an estimate',
    formatEstimate({ value: 21.3, low: 20.9, high: 21.8 }, 'ms'),
    '21.3 ms (20.9–21.8 ms)',
  ],
  [
    'an estimate without interval',
    formatEstimate({ value: 21.3, low: Number.NaN, high: Number.NaN }, 'ms'),
    '21.3 ms',
  ],
  ['no estimate', formatEstimate(null, 'ms'), 'no data'],
  ['no number', formatValue(Number.NaN, 'ms'), 'no data'],
  ['one core', formatValue(1, 'cores'), '1 core'],
  ['an upper limit', formatAllowed({ low: null, high: 400 }, 'ms'), '≤ 400 ms'],
  ['a lower limit', formatAllowed({ low: 0.99, high: null }, 'ratio'), '≥ 99 %'],
  ['no limit', formatAllowed({ low: null, high: null }, 'ratio'), '–'],
])('numbers in words: %s', (_, text, expected) => {
  expect(text).toBe(expected);
});

test('text is one line of what can be seen', () => {
  expect(cleaned(' a\u0000\u001b[31m\r\nb\u202E\u2028c\uD800 ')).toBe('a[31m b c');
});

test('lines break between words, never between a number and its unit', () => {
  expect(wrapped('latency of 142 ms was seen', 14, '- ', '  ')).toEqual([
    '- latency of',
    '  142 ms was',
    '  seen',
  ]);
});

test('long names are cut by an ellipsis', () => {
  expect([shortened('abcdef', 4), shortened('abc', 4), shortened('🚢🚢🚢', 2)]).toEqual([
    'abc…',
    'abc',
    '🚢…',
  ]);
});

test.each([
  [[0, 1, 2, 4], 4, 4, '▁▃▅█'],
  [[2, 2, 2, 2], 2, 4, '▅▅'],
  [[Number.NaN, 4], 4, 4, ' █'],
  [[], 4, 4, ''],
  [[0, 0], 2, 0, '▁▁'],
])('the sparkline of %j in %i columns up to %d is %s', (values, columns, highest, line) => {
  expect(sparkline(values, columns, highest)).toBe(line);
});
