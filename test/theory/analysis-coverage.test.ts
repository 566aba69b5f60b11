/**
 * Do nominal 95 % intervals hold the truth in 95 % of cases, and are they no wider than they must
 * be? The small form of `test/soak/coverage.ts`, with the band of the binomial distribution in
 * which 999 of 1,000 experiments of this size would fall if the coverage were exactly 95 %.
 */
import { expect, test } from 'vitest';
import { batchMeansInterval } from '../../simulator/analysis/batch-means.ts';
import type { Estimate } from '../../simulator/analysis/estimate.ts';
import { nSkart } from '../../simulator/analysis/n-skart.ts';
import { pairedDifference } from '../../simulator/analysis/paired.ts';
import { meanOfSeries } from '../../simulator/analysis/series.ts';
import { stream } from '../../simulator/engine/random.ts';
import { drawNormal } from '../../simulator/engine/ziggurat.ts';
import { measureCoverage } from '../soak/measure.ts';
import { N_SKART, REPLICATED } from '../soak/methods.ts';
import { MH5, MM1, MM10, waitsOf } from '../soak/queues.ts';

function expectNominal(coverage: number, macros: number): void {
  const half = 3.29 * Math.sqrt((0.95 * 0.05) / macros);
  expect(coverage).toBeGreaterThan(0.95 - half);
  expect(coverage).toBeLessThanOrEqual(Math.min(1, 0.95 + half));
}

/** Autoregressive, mean 5; the mean of n values has the variance 1/(n(1 − φ)²), for large n. */
function autoregressive(n: number, phi: number, start: number, macro: number): Float64Array {
  const random = stream(17, macro, `autoregressive/${phi}`, 'noise');
  const series = new Float64Array(n);
  let off = start;
  for (let i = 0; i < n; i++) {
    off = phi * off + drawNormal(random);
    series[i] = 5 + off;
  }
  return series;
}

const MACROS = 300;
const LENGTH = 20_000;

test.each([
  ['N-Skart', 0.5, 0, nSkart],
  ['N-Skart', 0.9, 0, nSkart],
  ['N-Skart', -0.7, 0, nSkart],
  ['N-Skart with a warm-up from afar', 0.9, 50, nSkart],
  ['batch means', 0.5, 0, batchMeansInterval],
  ['batch means', 0.9, 0, batchMeansInterval],
] as const)('AR(1): %s, φ %f, start %f: 95 %, no wider than need be', (_, phi, start, method) => {
  let hits = 0;
  let width = 0;
  for (let macro = 0; macro < MACROS; macro++) {
    const { low, high }: Estimate = method(autoregressive(LENGTH, phi, start, macro));
    if (low <= 5 && 5 <= high) hits++;
    width += (high - low) / MACROS;
  }
  const shortest = (2 * 1.96) / (1 - phi) / Math.sqrt(LENGTH);
  expectNominal(hits / MACROS, MACROS);
  expect(width / shortest).toBeGreaterThan(0.9);
  expect(width / shortest).toBeLessThan(1.2);
});

const QUEUE_MACROS = 150;

test.each([MM1, MM10, MH5])('$name: N-Skart and ten replications hold the mean wait', (queue) => {
  const rows = measureCoverage([N_SKART, REPLICATED], queue, 100_000, QUEUE_MACROS);
  for (const { coverage } of rows) expectNominal(coverage, QUEUE_MACROS);
});

test('M/M/1: N-Skart’s half-width is that of the asymptotic variance', () => {
  const rho = MM1.rho;
  const numerator = rho * (2 + 5 * rho - 4 * rho ** 2 + rho ** 3);
  const half = 1.96 * Math.sqrt(numerator / (1 - rho) ** 4 / 100_000);
  const [row] = measureCoverage([N_SKART], MM1, 100_000, 50);
  expect((row!.relativeHalfWidth * MM1.waitMean) / half).toBeGreaterThan(0.9);
  expect((row!.relativeHalfWidth * MM1.waitMean) / half).toBeLessThan(1.2);
});

test('common random numbers: the same difference from a fraction of the replications', () => {
  const mean = (rho: number, macro: number, world: string) =>
    meanOfSeries(waitsOf(MM1, 20_000, stream(3, macro, world, 'waits'), () => rho));
  const runs = Array.from({ length: 30 }, (_, macro) => macro);
  const base = runs.map((macro) => mean(0.7, macro, 'shared'));
  const common = pairedDifference(
    base,
    runs.map((macro) => mean(0.71, macro, 'shared')),
  );
  const apart = pairedDifference(
    base,
    runs.map((macro) => mean(0.71, macro, 'another')),
  );
  // 0.71/0.29 − 0.7/0.3
  expect(common.low).toBeLessThan(0.1149);
  expect(common.high).toBeGreaterThan(0.1149);
  expect(common.varianceReduction).toBeGreaterThan(20);
  expect(apart.varianceReduction).toBeLessThan(3);
});
