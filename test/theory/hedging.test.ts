/**
 * Hedged calls through the model file: P(min(X, d + Y) > t) where nobody waits for a server, and
 * two tied copies, each of which stops the other, at two servers: a single server of twice the rate
 * (Gardner et al., "Reducing latency via redundant requests: exact analysis", SIGMETRICS 2015).
 */
import { expect, test } from 'vitest';
import { MEAN, quantileOf } from '../../simulator/analysis/statistics.ts';
import { hedgedCopies, hedgedMean, hedgedTail } from '../../simulator/theory/hedging.ts';
import { expectTruth, mean, measured, run } from './stations.ts';
import { serving, systemText } from './systems.ts';

const MEAN_MS = 10;
const WORK = `[{ wait: { exponential: ${MEAN_MS}ms } }]`;

function hedgedText(hedge: string, serves: string, perSecond: number, requests: number): string {
  return systemText({
    visit: `[{ call: pool.work, hedge: ${hedge} }]`,
    services: { pool: serving(serves, WORK, 2) },
    arrivalsPerSecond: perSecond,
    requests,
    warmUp: 0.1,
  });
}

test.each([0, 5, 20])('a copy after %i ms: mean, median and p99 of min(X, d + Y)', (delay) => {
  const results = run(hedgedText(`{ after: ${delay}ms }`, 'delay', 500, 100_000));
  expectTruth(measured(results, MEAN), hedgedMean(MEAN_MS, delay), 0.01);
  for (const quantile of [0.5, 0.99]) {
    const truth = quantileMs(delay, 1 - quantile);
    expect(hedgedTail(truth, MEAN_MS, delay)).toBeCloseTo(1 - quantile, 9);
    // A histogram's bucket is 0.4 % wide.
    expectTruth(measured(results, quantileOf(quantile)), truth, 0.02);
  }
});

/** The t with P(T > t) = tail. */
function quantileMs(delay: number, tail: number): number {
  const alone = -MEAN_MS * Math.log(tail);
  return alone <= delay ? alone : (alone + delay) / 2;
}

test.each([0, 5, 20])(
  'without calling off, every copy after %i ms but one is zombie work',
  (delay) => {
    const text = hedgedText(`{ after: ${delay}ms, cancels: false }`, 'delay', 500, 20_000);
    const ratios = run(text).runs.map(
      ({ journeys, services }) => services['pool']!.zombies / journeys['visit']!.counters.arrived,
    );
    const zombies = hedgedCopies(MEAN_MS, delay) - 1;
    // Those of the last requests come after the end.
    expect(mean(ratios)).toBeGreaterThan(0.98 * zombies);
    expect(mean(ratios)).toBeLessThan(1.02 * zombies);
  },
);

test('losers that are called off leave nothing behind', () => {
  const { runs } = run(hedgedText('{ after: 5ms }', 'delay', 500, 5000), 1);
  expect(runs[0]!.services['pool']!.zombies).toBe(0);
});

test('five copies at once are five times as quick', () => {
  const results = run(hedgedText('{ after: 0ms, copies: 5 }', 'delay', 500, 50_000));
  expectTruth(measured(results, MEAN), MEAN_MS / 5, 0.01);
});

test('two tied copies at two servers are M/M/1 of twice the rate', () => {
  const text = hedgedText('{ after: 0ms }', '{ threads: 1 }', 100, 100_000);
  const results = run(text);
  // 200/s are served: 1/(200 − 100) s, and that times ln 100.
  expectTruth(measured(results, MEAN), 10, 0.03);
  expectTruth(measured(results, quantileOf(0.99)), 10 * Math.log(100), 0.05);
});
