/** Scales place values as a reader expects them, on ticks that a person would choose. */
import { expect, test } from 'vitest';
import {
  countScale,
  linearScale,
  logScale,
  magnitudeScale,
  ninesScale,
} from '../../reports/charts/scale.ts';
import { timeScale } from '../../reports/charts/time-scale.ts';

test.each([
  ['a round top above the highest value', linearScale(87), [0, 20, 40, 60, 80, 100]],
  [
    'no more than the highest value where that is round',
    linearScale(100),
    [0, 20, 40, 60, 80, 100],
  ],
  ['small numbers without a stray digit', linearScale(0.3, 3), [0, 0.1, 0.2, 0.3]],
  ['a chart of nothing', linearScale(0), [0, 0.2, 0.4, 0.6, 0.8, 1]],
  ['a chart of no number', linearScale(Number.NaN), [0, 0.2, 0.4, 0.6, 0.8, 1]],
  ['whole instances', countScale(3), [0, 1, 2, 3]],
  ['one instance', countScale(1), [0, 1]],
  ['many instances', countScale(40), [0, 10, 20, 30, 40]],
  ['1, 2 and 5 times powers of ten', logScale(13, 400), [10, 20, 50, 100, 200, 500]],
  ['powers of ten over many decades', logScale(0.02, 900), [0.1, 1, 10, 100, 1000]],
  ['a single value on a log scale', logScale(20, 20), [20, 50]],
  ['latencies close together', magnitudeScale([20, 300]), [0, 100, 200, 300]],
  ['latencies far apart', magnitudeScale([20, 300, 0, 401]), [20, 50, 100, 200, 500]],
  ['the nines', ninesScale(0.999), [0, 0.5, 0.9, 0.95, 0.99, 0.999]],
])('ticks of %s', (_, { ticks }, expected) => {
  expect(ticks).toEqual(expected);
});

test.each([
  ['linear', linearScale(87), 25, 0.25],
  ['logarithmic', logScale(10, 1000), 100, 0.5],
  ['by nines', ninesScale(0.999), 0.9, 1 / 3],
  ['by nines, beyond the last', ninesScale(0.99), 0.9999, 1],
  ['over time', timeScale(70_000), 35_000, 0.5],
])('a value on a scale that is %s', (_, { at }, value, place) => {
  expect(at(value)).toBeCloseTo(place, 12);
});

test('a zero has no place on a log scale', () => {
  expect(Number.isFinite(logScale(1, 10).at(0))).toBe(false);
});

test.each([
  [800, '0 ms', '800 ms'],
  [70_000, '0 s', '70 s'],
  [1_200_000, '0 min', '20 min'],
  [86_400_000, '0 h', '24 h'],
  [30 * 86_400_000, '0 d', '28 d'],
])('a run of %d ms is told in one unit, from %s to %s', (durationMs, first, last) => {
  const { ticks, format } = timeScale(durationMs);
  expect([format(ticks[0]!), format(ticks.at(-1)!)]).toEqual([first, last]);
  expect(ticks.length).toBeLessThanOrEqual(9);
});
