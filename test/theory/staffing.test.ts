/** How many servers: the square-root rule, what does not scale down, and loads that swing. */
import { expect, test } from 'vitest';
import { normalCdf, normalDensity } from '../../simulator/distributions/normal.ts';
import { erlangC } from '../../simulator/theory/erlang.ts';
import {
  halfinWhittWaitingRatio,
  squareRootStaffing,
} from '../../simulator/theory/halfin-whitt.ts';
import { mmcWaitMsMean } from '../../simulator/theory/mmc.ts';
import { following, insideMeanAt } from '../../simulator/theory/mt-m-inf.ts';
import { arcTangent, sine } from '../../simulator/theory/sine.ts';
import { expectDigits } from './digits.ts';

test.each([
  [0.1, '0.8802870833'],
  [0.25, '0.7209321134'],
  [0.5, '0.504538641'],
  [0.75, '0.3417484543'],
  [1, '0.2233612748'],
  [1.16, '0.1667438319'],
  [1.5, '0.0846903945'],
  [1.761, '0.0476306738'],
  [2, '0.0268813624'],
  [2.375, '0.0099968778'],
  [3, '0.0014770946'],
])('Halfin–Whitt: with β %f spare %s wait', (spare, waiting) => {
  expectDigits(halfinWhittWaitingRatio(spare), waiting);
});

test('Halfin–Whitt: nothing spare makes all wait, very much makes nobody wait', () => {
  expect([-1, 0, 50].map(halfinWhittWaitingRatio)).toEqual([1, 1, 0]);
});

test.each([
  [100, '0.51570743', '0.2370075', '0.033195895'],
  [1000, '0.50370364', '0.22306335', '0.027245771'],
  [10_000, '0.50568909', '0.22476291', '0.027506942'],
])('Erlang C at ⌈a + β√a⌉ servers for %i Erlang', (erlang, ...waiting) => {
  [0.5, 1, 2].forEach((spare, index) => {
    expectDigits(erlangC(squareRootStaffing(erlang, spare), erlang), waiting[index]!);
  });
});

test.each([
  [10, '0.8256'],
  [100, '0.5065'],
  [1000, '0.0683'],
  [10_000, '1.93e-7'],
])('a small copy is another system: at ρ 0.95 of %i servers %s wait', (servers, waiting) => {
  expectDigits(erlangC(servers, 0.95 * servers), waiting);
});

test.each([
  [2, 0.4],
  [3, 0.53333],
  [4, 0.6],
  [6, 0.66667],
  [10, 0.72],
])('%i cells at ρ %f lose one and are at 0.8', (cells, rho) => {
  expect((rho * cells) / (cells - 1)).toBeCloseTo(0.8, 4);
});

test('four cells of ten servers at ρ 0.6 lose one: the wait is eight times as long', () => {
  const cell = (rho: number) => ({ servers: 10, arrivalsPerSecond: 10 * rho, serviceMsMean: 1000 });
  expectDigits(mmcWaitMsMean(cell(0.6)) / 1000, '0.025325');
  expectDigits(mmcWaitMsMean(cell((0.6 * 4) / 3)) / 1000, '0.204590');
});

test.each([
  [0.1, '0.99503719', '0.99668652'],
  [0.5, '0.89442719', '0.92729522'],
  [1, '0.70710678', '0.78539816'],
  [2, '0.44721360', '0.55357436'],
  [2 * Math.PI, '0.15717673', '0.22488039'],
])('M_t/M/∞ at γ %f: the number inside swings %s as far, %s later', (gamma, amplitude, lag) => {
  const periodMs = (2000 * Math.PI) / gamma;
  const swing = { meanPerSecond: 50, swingRatio: 0.4, periodMs, serviceMsMean: 1000 };
  const { amplitudeRatio, lagMs } = following(swing);
  expectDigits(amplitudeRatio, amplitude);
  expectDigits(lagMs / 1000, lag);
  // The peak is where and what they say, and the slope is arrivals less departures.
  expect(insideMeanAt(swing, periodMs / 4 + lagMs)).toBeCloseTo(50 * (1 + 0.4 * amplitudeRatio), 9);
  const slope = insideMeanAt(swing, 301) - insideMeanAt(swing, 299);
  const rate = 50 * (1 + 0.4 * Math.sin((2 * Math.PI * 300) / periodMs));
  expect(500 * slope).toBeCloseTo(rate - insideMeanAt(swing, 300), 3);
});

test('sine, arc tangent and the normal distribution are those of the textbooks', () => {
  for (let x = -20; x <= 20; x += 0.37) {
    expect(Math.abs(sine(x) - Math.sin(x))).toBeLessThan(1e-15);
    expect(Math.abs(arcTangent(Math.abs(x)) - Math.atan(Math.abs(x)))).toBeLessThan(5e-16);
  }
  expect(sine(2000 * Math.PI + 1)).toBeCloseTo(Math.sin(1), 12);
  expectDigits(normalDensity(0), '0.3989422804014327');
  expectDigits(normalCdf(1.96), '0.97500210485178');
  expectDigits(normalCdf(-10), '7.619853024160526e-24');
  for (const x of [0, 0.5, 2.9, 3.1, 8]) {
    expect(normalCdf(x) + normalCdf(-x)).toBeCloseTo(1, 15);
  }
  expect(Math.abs(normalCdf(-3 - 1e-9) / normalCdf(-3 + 1e-9) - 1)).toBeLessThan(1e-8);
});
