/**
 * The samplers against their own distributions: half a million draws of a fixed seed. Means lie
 * within four standard errors, and so do the shares beyond points all over the tail; variations
 * within 3 %.
 */
import { expect, test } from 'vitest';
import { fill } from '../../simulator/distributions/sampler.ts';
import { stream } from '../../simulator/engine/random.ts';
import type { Distribution } from '../../simulator/model/model.ts';

const DRAWS = 500_000;

function draws(distribution: Distribution, name: string): Float64Array {
  const out = new Float64Array(DRAWS);
  fill(distribution, stream(1, 0, name, 'draws'), out);
  return out;
}

function meanOf(values: Float64Array, power = 1): number {
  return values.reduce((sum, value) => sum + value ** power, 0) / values.length;
}

function expectShare(share: number, truth: number, what: string): void {
  const fourErrors = 4 * Math.sqrt((truth * (1 - truth)) / DRAWS) + 1 / DRAWS;
  expect(Math.abs(share - truth), `${what}: ${share}, not ${truth}`).toBeLessThan(fourErrors);
}

function expectTail(values: Float64Array, tail: (t: number) => number): void {
  for (const t of [0.05, 0.3, 1, 2, 4, 8]) {
    const beyond = values.reduce((count, value) => (value > t ? count + 1 : count), 0);
    expectShare(beyond / DRAWS, tail(t), `beyond ${t}`);
  }
}

/** P(T > t) of so many phases, one after the other. */
function erlangTail(phases: number, phaseMs: number, t: number): number {
  let term = Math.exp(-t / phaseMs);
  let sum = 0;
  for (let j = 0; j < phases; j++) {
    sum += term;
    term *= t / phaseMs / (j + 1);
  }
  return sum;
}

/** `shares` of requests with so many `phases` of so many milliseconds. */
function mixtureTail(...parts: readonly (readonly [number, number, number])[]) {
  return (t: number) =>
    parts.reduce((sum, [share, phases, ms]) => sum + share * erlangTail(phases, ms, t), 0);
}

test.each([
  // p = (1 + √((c² − 1)/(c² + 1)))/2; the two means are 1/2p and 1/2(1 − p).
  [10, mixtureTail([0.9522670169, 1, 0.5250628], [0.0477329831, 1, 10.4749372])],
  [4, mixtureTail([0.8872983346, 1, 0.5635083], [0.1127016654, 1, 4.4364917])],
  [1, mixtureTail([1, 1, 1])],
  // k = 2: p = (kc² − √(k(1 + c²) − k²c²))/(1 + c²), phases of 1/(k − p).
  [0.7, mixtureTail([0.3678843122, 1, 0.6127017], [0.6321156878, 2, 0.6127017])],
  [0.5, mixtureTail([1, 2, 0.5])],
  [0.25, mixtureTail([1, 4, 0.25])],
  [0.3333333333, mixtureTail([1, 3, 1 / 3])],
  [0.01, mixtureTail([1, 100, 0.01])],
] as const)('phases of scv %f have that mean, that variation and that tail', (scv, tail) => {
  const values = draws({ type: 'phase-type', meanMs: 1, squaredVariation: scv }, `scv ${scv}`);
  const mean = meanOf(values);
  expect(Math.abs(mean - 1)).toBeLessThan(4 * Math.sqrt(scv / DRAWS));
  const variation = meanOf(values, 2) / mean ** 2 - 1;
  expect(Math.abs(variation / scv - 1)).toBeLessThan(0.03);
  expectTail(values, tail);
});

test.each([
  [2.5, 0.02],
  [1.5, 0.1],
])('Pareto of shape %f: P(T > t) is (min/t)^shape, far out, too', (shape, meanError) => {
  const values = draws({ type: 'pareto', minMs: 0.2, shape }, `shape ${shape}`);
  expect(values.reduce((least, value) => Math.min(least, value), 1)).toBeGreaterThanOrEqual(0.2);
  expectTail(values, (t) => Math.min(1, (0.2 / t) ** shape));
  const far = 0.2 * 1e-4 ** (-1 / shape);
  const beyond = values.reduce((count, value) => (value > far ? count + 1 : count), 0);
  expectShare(beyond / DRAWS, 1e-4, `beyond ${far}`);
  const mean = (0.2 * shape) / (shape - 1);
  expect(Math.abs(meanOf(values) / mean - 1)).toBeLessThan(meanError);
});

test('a longer mean is the same draws, stretched: two what-ifs see the same luck', () => {
  for (const squaredVariation of [4, 1, 0.4]) {
    const short = draws({ type: 'phase-type', meanMs: 1, squaredVariation }, 'luck');
    const long = draws({ type: 'phase-type', meanMs: 3, squaredVariation }, 'luck');
    const off = long.map((value, i) => Math.abs(value / short[i]! - 3));
    expect(off.reduce((most, value) => Math.max(most, value), 0)).toBeLessThan(1e-12);
  }
});
