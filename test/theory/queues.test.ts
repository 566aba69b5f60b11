/**
 * Closed forms against the engine: E[S] = 1 s, so that times are in service times. Figures: Erlang
 * C and Pollaczek–Khinchine, to 9 digits.
 */
import { expect, test } from 'vitest';
import type { Distribution } from '../../simulator/model/model.ts';
import { mergeHistograms } from '../../simulator/results/histogram.ts';
import type { Results } from '../../simulator/results/results.ts';
import { simulate } from '../../simulator/simulate.ts';
import { model, service } from '../helpers/models.ts';

const EXPONENTIAL: Distribution = { type: 'exponential', meanMs: 1000 };
const CONSTANT: Distribution = { type: 'constant', ms: 1000 };

/** One station with `servers` threads at load `rho`, from empty, without the first fifth. */
function station(servers: number, rho: number, time: Distribution, requests: number): Results {
  const ratePerSecond = rho * servers;
  const durationMs = (requests / ratePerSecond) * 1000;
  const queue = service('queue', { time, serves: { type: 'threads', count: servers } });
  return simulate(model(ratePerSecond, durationMs, [queue]), {
    seed: 7,
    replications: 4,
    arrivals: 'independent',
    modelDigest: '',
  });
}

/** Latencies in service times, of requests that arrived after the first fifth of the run. */
function steadyState(results: Results) {
  const series = results.runs.map(({ journeys }) => journeys['visit']!);
  return mergeHistograms(
    series.flatMap(({ latencyMs }) => latencyMs.slice(Math.ceil(latencyMs.length / 5))),
  );
}

const CASES: readonly [string, number, number, Distribution, number, number, number][] = [
  // name, servers, rho, service time, requests, mean sojourn, p99 sojourn
  ['M/M/1 at ρ 0.5', 1, 0.5, EXPONENTIAL, 1_000_000, 2, 9.21034037],
  ['M/M/1 at ρ 0.8', 1, 0.8, EXPONENTIAL, 3_000_000, 5, 23.0258509],
  ['M/M/10 at ρ 0.8', 10, 0.8, EXPONENTIAL, 1_000_000, 1.204590075, 4.94611133],
  ['M/M/20 at ρ 0.9', 20, 0.9, EXPONENTIAL, 2_000_000, 1.2754, 5.05],
];

for (const [name, servers, rho, time, requests, mean, p99] of CASES) {
  test(`${name}: mean within 1 % and p99 within 3 % of the closed form`, () => {
    const latency = steadyState(station(servers, rho, time, requests));
    expect(Math.abs(latency.mean / 1000 / mean - 1)).toBeLessThan(0.01);
    expect(Math.abs(latency.quantile(0.99) / 1000 / p99 - 1)).toBeLessThan(0.03);
  });
}

test.each([
  [0.5, 1.5],
  [0.8, 3],
])('M/D/1 at ρ %f: mean sojourn %f within 1 %', (rho, mean) => {
  const latency = steadyState(station(1, rho, CONSTANT, 2_000_000));
  expect(Math.abs(latency.mean / 1000 / mean - 1)).toBeLessThan(0.01);
});

test('utilisation is λE[S]/c, apart from latency', () => {
  const results = station(5, 0.7, EXPONENTIAL, 400_000);
  const ratios = results.runs.flatMap(({ services }) => services['queue']!.utilizationRatio);
  const mean = ratios.reduce((sum: number, ratio) => sum + ratio!, 0) / ratios.length;
  expect(Math.abs(mean / 0.7 - 1)).toBeLessThan(0.01);
});
