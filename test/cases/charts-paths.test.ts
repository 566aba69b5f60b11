/** Lines, steps and bands: gaps stay gaps, peaks stay peaks, and paths stay small. */
import { expect, test } from 'vitest';
import { bandPath } from '../../reports/charts/band.ts';
import { decimated } from '../../reports/charts/decimate.ts';
import { linePath } from '../../reports/charts/line.ts';
import { type Point, polyline, type Spot } from '../../reports/charts/path.ts';
import { linearScale, logScale } from '../../reports/charts/scale.ts';
import { stepPath } from '../../reports/charts/step.ts';
import { timeScale } from '../../reports/charts/time-scale.ts';

const X = timeScale(4000);
const Y = linearScale(100);

function points(...ys: readonly number[]): Point[] {
  return ys.map((y, index) => ({ x: index * 1000, y }));
}

test.each([
  ['through points', points(0, 50, 100), 'M0 1000l500-500 500-500'],
  ['with a gap', points(0, 50, Number.NaN, 50, 100), 'M0 1000l500-500M1500 500l500-500'],
  ['to a single point, as a dot', points(Number.NaN, 50), 'M500 500h0'],
  ['through nothing', points(Number.NaN, Number.NaN), ''],
  ['without points', [], ''],
])('a line %s', (_, given, path) => {
  expect(linePath(given, X, Y)).toBe(path);
});

test('a value of zero is a gap on a log scale', () => {
  expect(linePath(points(10, 0, 100), X, logScale(10, 100))).toBe('M0 1000h0M1000 0h0');
});

test('a step holds each value until the next, and says nothing twice', () => {
  expect(stepPath(points(50, 50, 100), 4000, X, Y)).toBe('M0 500H1000V0H2000');
});

test('a band goes along its upper edge and back along the lower one', () => {
  const edges = { low: points(0, 0), high: points(50, 100) };
  expect(bandPath(edges, X, Y)).toBe('M0 500l500-500 0 1000 -500 0z');
});

test('a band has a gap where either edge has one', () => {
  const edges = { low: points(0, Number.NaN, 0, 0), high: points(50, 50, Number.NaN, 50) };
  expect(bandPath(edges, X, Y)).toBe('M0 500l0 500zM1500 500l0 500z');
});

test('a long line keeps its highest and lowest point', () => {
  const long = Array.from({ length: 100_000 }, (_, i): Spot => [Math.floor(i / 50), 500 + (i % 7)]);
  const withPeaks = long.with(31_415, [628, 3]).with(27_182, [543, 998]);
  const short = decimated(withPeaks);
  expect(short.length).toBeLessThanOrEqual(1000);
  expect(short).toContainEqual([628, 3]);
  expect(short).toContainEqual([543, 998]);
});

test('a short line is left as it is', () => {
  const short: Spot[] = [
    [0, 1],
    [1, 5],
    [1, 3],
  ];
  expect(decimated(short)).toBe(short);
});

test('three lines of 100 000 points make less than 30 kB', () => {
  const x = timeScale(100_000);
  const noisy = (shift: number) =>
    Array.from({ length: 100_000 }, (_, i) => ({
      x: i,
      y: 50 + 40 * Math.sin(i * 12.9898 + shift),
    }));
  const paths = [1, 2, 3].map((shift) => linePath(noisy(shift), x, Y));
  expect(paths.join('').length).toBeLessThan(30_000);
});

test('a band around 100 000 points holds all of them', () => {
  const x = timeScale(100_000);
  const of = (f: (i: number) => number) =>
    Array.from({ length: 100_000 }, (_, i) => ({ x: i, y: f(i) }));
  const path = bandPath(
    { low: of((i) => (i === 777 ? 0 : 40)), high: of((i) => (i === 99 ? 100 : 60)) },
    x,
    Y,
  );
  const ys = spots(path).map(([, y]) => y);
  expect([Math.min(...ys), Math.max(...ys)]).toEqual([0, 1000]);
});

/** Absolute spots of a closed path. */
function spots(path: string): Spot[] {
  const numbers = [...path.matchAll(/-?\d+/g)].map(([digits]) => Number(digits));
  const found: Spot[] = [];
  for (let i = 0; i < numbers.length; i += 2) {
    const [x, y] = found.at(-1) ?? [0, 0];
    found.push([x + numbers[i]!, y + numbers[i + 1]!]);
  }
  return found;
}

test('numbers are parted by a minus sign or a space', () => {
  expect(
    polyline([
      [0, 10],
      [5, 5],
      [10, 10],
    ]),
  ).toBe('M0 10l5-5 5 5');
});
