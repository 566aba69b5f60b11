/**
 * M_t/M/∞ through the model file: a rate that swings like a sine, laid as straight pieces, and a
 * thread for everybody, so that the busy threads are the number inside. It must follow the rate as
 * far and as late as the closed form says, and be Poisson's noise around it.
 */
import { expect, test } from 'vitest';
import { insideMeanAt } from '../../simulator/theory/mt-m-inf.ts';
import { mean, run } from './stations.ts';

const THREADS = 100_000;
const PERIOD_S = 60;
const PIECES = 60;
/** One at the mean rate and one of the swing, both to forget the empty start, then the measured. */
const PERIODS = 3;
const REPLICATIONS = 16;
/** One radian of the swing in a service time: γ = 1. */
const SWING = {
  meanPerSecond: 300,
  swingRatio: 0.6,
  periodMs: 1000 * PERIOD_S,
  serviceMsMean: (1000 * PERIOD_S) / (2 * Math.PI),
};

/** Within 0.0014 of the sine: its chords are that far below it at most. */
function rateAt(piece: number): string {
  const swing = SWING.swingRatio * Math.sin((2 * Math.PI * piece) / PIECES);
  return `${(SWING.meanPerSecond * (1 + swing)).toFixed(6)}/s`;
}

function text(): string {
  const first = `{ at: ${rateAt(0)}, for: ${PERIOD_S}s }`;
  const pieces = Array.from({ length: (PERIODS - 1) * PIECES }, (_, piece) => {
    return `{ to: ${rateAt(piece + 1)}, for: ${PERIOD_S / PIECES}s }`;
  });
  return `name: swing
duration: ${PERIODS * PERIOD_S}s
traffic:
  guests: { does: visit, rate: [${[first, ...pieces].join(', ')}] }
journeys:
  visit: [{ call: pool.work }]
services:
  pool:
    serves: { threads: ${THREADS} }
    instances: 1
    endpoints:
      work: [{ wait: { exponential: ${SWING.serviceMsMean.toFixed(6)}ms } }]
`;
}

/** Mean of m(t) over a stretch, by Simpson's rule. */
function truthOver(startMs: number, lengthMs: number): number {
  const [first, middle, last] = [0, 0.5, 1].map((x) => insideMeanAt(SWING, startMs + x * lengthMs));
  return (first! + 4 * middle! + last!) / 6;
}

test('the number inside swings as far and as late as the theory says, at every moment', () => {
  const { runs, bucketMs } = run(text(), REPLICATIONS);
  const count = (SWING.periodMs * PERIODS) / bucketMs;
  let off = 0;
  for (let bucket = (count * 2) / 3; bucket < count; bucket++) {
    const inside = runs.map((one) => THREADS * one.services['pool']!.utilizationRatio[bucket]!);
    const truth = truthOver(bucket * bucketMs, bucketMs);
    const error = Math.sqrt(truth / REPLICATIONS);
    expect(Math.abs(mean(inside) - truth), `at ${bucket}: ${mean(inside)}`).toBeLessThan(4 * error);
    expect(Math.abs(mean(inside) / truth - 1)).toBeLessThan(0.02);
    off += ((mean(inside) - truth) / error) ** 2 / (count / 3);
  }
  // Noise of the size of Poisson's: neighbours are alike, so that the mean square is a rough one.
  expect(off).toBeGreaterThan(0.1);
  expect(off).toBeLessThan(3);
});
