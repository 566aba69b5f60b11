import { expect, test } from 'vitest';
import { simulateToPrecision } from '../../bin/precision.ts';
import { confidenceInterval } from '../../simulator/analysis/estimate.ts';
import { MEAN, quantileOf, valuesOf } from '../../simulator/analysis/statistics.ts';
import { windowsOf } from '../../simulator/analysis/windows.ts';
import { simulate } from '../../simulator/simulate.ts';
import { model, service } from '../helpers/models.ts';

const OPTIONS = { seed: 4, replications: 10, arrivals: 'independent', modelDigest: '' } as const;
const queue = model(150, 10_000, [service('s', { time: { type: 'exponential', meanMs: 5 } })]);

test('replications go on until mean and p99 are precise enough, and are the same', async () => {
  const said: string[] = [];
  const results = await simulateToPrecision(queue, OPTIONS, 0.05, 2, (text) => said.push(text));
  const { length } = results.runs;
  expect(length).toBeGreaterThan(10);
  expect(said.at(-1)).toBe(`${length} replications, about ${length} needed`);
  const [whole] = windowsOf(results);
  for (const statistic of [MEAN, quantileOf(0.99)]) {
    const { value, high } = confidenceInterval(valuesOf(results, 'visit', whole!, statistic));
    expect((high - value) / value).toBeLessThanOrEqual(0.05);
  }
  expect(results).toEqual(simulate(queue, { ...OPTIONS, replications: length }));
});

test('what cannot be had within the cap is said, with how close it came', async () => {
  const short = { ...queue, durationMs: 300 };
  const traffic = [{ ...queue.traffic[0]!, rate: [{ ...queue.traffic[0]!.rate[0]!, endMs: 300 }] }];
  const results = await simulateToPrecision({ ...short, traffic }, OPTIONS, 0.0001, 2, () => {});
  expect(results.runs).toHaveLength(1000);
  const doubt = results.warnings.at(-1);
  expect(doubt).toMatch(/^after 1000 replications visit (mean|p99) is known to ± [\d.]+ %,/);
  expect(doubt).toMatch(/, not to the ± 0\.01 % asked for$/);
});
