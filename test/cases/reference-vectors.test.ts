/**
 * The core's own arithmetic against others: random words against sfc32 as it is published, written
 * down in Python; logarithms and exponentials against 60 decimal digits.
 */
import { describe, expect, test } from 'vitest';
import { exp, log, pow } from '../../simulator/engine/maths.ts';
import { RandomStream, stream } from '../../simulator/engine/random.ts';
import { drawExponential, fillExponentials } from '../../simulator/engine/ziggurat.ts';

function words(random: RandomStream, count: number): number[] {
  return Array.from({ length: count }, () => random.int32());
}

describe('random words', () => {
  test('are those of sfc32', () => {
    const random = new RandomStream(Int32Array.from([1, 2, 3, 4]));
    const published = [7, 34, 56623200, 188882296, -863724427, 399395954, 785775158, -451256571];
    expect(words(random, 8)).toEqual(published);
  });

  test.each([
    [1, 0, 'service/api', 'boot', [-1033936019, 465505324, 1629419003, -1074018608]],
    [
      Number.MAX_SAFE_INTEGER,
      41,
      'journey/visit/0',
      'service-time',
      [-1248912651, 1517569416, 50256846, 339407781],
    ],
  ])(
    'of stream %i/%i/%s/%s are keyed by its name',
    (seed, replication, component, purpose, all) => {
      expect(words(stream(seed, replication, component, purpose), 4)).toEqual(all);
    },
  );

  test('are the same one by one and a buffer at a time', () => {
    const [one, many] = [stream(3, 0, 'a', 'b'), stream(3, 0, 'a', 'b')];
    const filled = new Int32Array(1000);
    many.fill(filled, 0, 300);
    many.fill(filled, 300, 1000);
    expect([...filled]).toEqual(words(one, 1000));
    expect(many.int32()).toBe(one.int32());
  });

  test('make the same exponential times one by one and a buffer at a time', () => {
    const [one, many] = [stream(4, 0, 'a', 'b'), stream(4, 0, 'a', 'b')];
    // Enough for some hundred that fall outside their rectangle, and some in the tail.
    const filled = new Float64Array(50_000);
    fillExponentials(many, 10, filled, 0, filled.length);
    expect(filled).toEqual(filled.map(() => 10 * drawExponential(one)));
    expect(many.int32()).toBe(one.int32());
  });
});

/** Of 2^−52, the distance from 1 to the next number: two of them are two to four last places. */
const MOST = 2 * Number.EPSILON;

function relativeError(found: number, expected: number): number {
  return Math.abs(found / expected - 1);
}

test.each([
  [1e-300, -690.77552789821368],
  [1e-10, -23.025850929940457],
  [0.9999999, -1.0000000494736474e-7],
  [1.0000001, 9.9999995058387044e-8],
  [1.5, 0.40546510810816438],
  [12345.678, 9.4210613212918322],
  [1e15, 34.538776394910684],
  [1e300, 690.77552789821368],
])('ln %f is %f to the last digits', (x, expected) => {
  expect(relativeError(log(x), expected)).toBeLessThanOrEqual(MOST);
});

test.each([
  [-700, 9.8596765437597708e-305],
  [-50.25, 1.5021118919431522e-22],
  [-1, 0.36787944117144233],
  [-1e-9, 0.99999999900000003],
  [1e-9, 1.0000000010000001],
  [10.5, 36315.502674246636],
  [100, 2.6881171418161356e43],
  [709.5, 1.3549863193146328e308],
])('e to the power of %f is %f to the last digits', (x, expected) => {
  expect(relativeError(exp(x), expected)).toBeLessThanOrEqual(MOST);
});

test('beyond what a number can say they say so', () => {
  expect([log(0), log(Number.POSITIVE_INFINITY), exp(-800), exp(800)]).toEqual([
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    0,
    Number.POSITIVE_INFINITY,
  ]);
  expect(log(-1)).toBeNaN();
});

// Go's math.Pow, whose values formulas of KEDA have.
test.each([
  [2, 10, 1024],
  [-8, 3, -512],
  [9, 0.5, 3],
  [4, -0.5, 0.5],
  [0, -1, Number.POSITIVE_INFINITY],
  [0, 0, 1],
  [-2, 0.5, Number.NaN],
  [1, Number.NaN, 1],
  [0.5, Number.POSITIVE_INFINITY, 0],
  [-1, Number.NEGATIVE_INFINITY, 1],
  [1.5, 40, 11057332.320940012],
])('%d to the power of %d is %d', (x, y, power) => {
  expect(pow(x, y)).toBe(power);
});

test('a power is that of the engine at hand, within some last bits', () => {
  const sizes = [0.3, 1.7, 12, 4567.25];
  for (const x of sizes) {
    for (const y of [-3.75, 0.1, 2.5, 7, 19.9]) {
      expect(Math.abs(pow(x, y) / x ** y - 1)).toBeLessThan(1e-14);
    }
  }
});
