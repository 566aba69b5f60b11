/**
 * The refusal: an overloaded queue and one under a ramp are refused in at least 95 of 100 runs, a
 * steady one that is long enough in at most 5. Waits of M/M/1 from empty, 200 runs a row.
 */
import { expect, test } from 'vitest';
import { judgeStationarity } from '../../simulator/analysis/stationarity.ts';
import { stream } from '../../simulator/engine/random.ts';
import { MM1, waitsOf } from '../soak/queues.ts';

const RUNS = 200;

/** @param rho load at a share of the run, 0..1 */
function refusedShare(name: string, count: number, rho: (share: number) => number): number {
  let refused = 0;
  for (let run = 0; run < RUNS; run++) {
    const waits = waitsOf(MM1, count, stream(29, run, name, 'waits'), (i) => rho(i / count));
    if (!judgeStationarity(waits).stationary) refused++;
  }
  return refused / RUNS;
}

test.each([
  ['ρ 1, which wanders', 20_000, () => 1],
  ['ρ 1.02', 20_000, () => 1.02],
  ['ρ 1.2', 10_000, () => 1.2],
  ['a ramp of ρ 0.5 to 1.2', 10_000, (share: number) => 0.5 + 0.7 * share],
  ['a ramp of ρ 0.5 to 0.95', 20_000, (share: number) => 0.5 + 0.45 * share],
  ['a ramp of ρ 0.95 down to 0.5', 40_000, (share: number) => 0.95 - 0.45 * share],
  ['a day of ρ 0.3, 0.9, 0.3', 20_000, (share: number) => 0.3 + 1.2 * Math.min(share, 1 - share)],
  ['ρ 0.7, and 1.3 in the last tenth', 20_000, (share: number) => (share < 0.9 ? 0.7 : 1.3)],
])('%s is refused in 95 of 100 runs of %i waits', (name, count, rho) => {
  expect(refusedShare(name, count, rho)).toBeGreaterThanOrEqual(0.95);
});

test.each([
  [0.5, 10_000],
  [0.8, 20_000],
  [0.9, 100_000],
])('ρ %f is not refused in 95 of 100 runs of %i waits', (rho, count) => {
  expect(refusedShare(`steady ${rho}`, count, () => rho)).toBeLessThanOrEqual(0.05);
});

test('a run of ρ 0.9 that is ten times too short is refused more often than not accepted', () => {
  const share = refusedShare('short', 2000, () => 0.9);
  expect(share).toBeGreaterThan(0.3);
});
