/**
 * Queues with an end, through the model file: M/M/c/K and M/G/c/c. Figures: ground truth tables of
 * Erlang B and of M/M/c/K, in closed form; K counts the requests in service, too.
 */
import { expect, test } from 'vitest';
import { ERROR_RATE, MEAN } from '../../simulator/analysis/statistics.ts';
import { erlangB } from '../../simulator/theory/erlang.ts';
import { halfWidth999, mean, measured, run, stationText } from './stations.ts';

const EXPONENTIAL = '[{ cpu: { exponential: 10ms } }]';

function shedRatio(
  servers: number,
  places: number,
  erlang: number,
  steps: string,
  requests: number,
) {
  const serves = `{ threads: ${servers}, queue: { limit: ${places - servers} } }`;
  return run(stationText({ serves, steps, arrivalsPerSecond: erlang * 100, requests }));
}

test.each([
  [5, 3],
  [10, 8],
  [20, 15],
  [100, 100],
])('Erlang B: %i servers offered %i Erlang', (servers, erlang) => {
  const truth = erlangB(servers, erlang);
  const shares = measured(shedRatio(servers, servers, erlang, EXPONENTIAL, 80_000), ERROR_RATE);
  expect(Math.abs(mean(shares) / truth - 1)).toBeLessThan(0.03);
  expect(Math.abs(mean(shares) - truth)).toBeLessThan(halfWidth999(shares));
});

test.each([
  ['constant', '[{ cpu: 10ms }]'],
  // σ = 1: mean = median · e^½ = 10 ms, p99 = median · e^2.326.
  ['lognormal', '[{ cpu: { median: 6.065307ms, p99: 62.111612ms } }]'],
  ['hyperexponential', '[{ cpu: { mean: 10ms, scv: 4 } }]'],
  // min·shape/(shape − 1) = 10 ms.
  ['Pareto', '[{ cpu: { pareto: { min: 6ms, shape: 2.5 } } }]'],
  ['measured', '[{ cpu: { empirical: [1ms, 1ms, 1ms, 1ms, 46ms] } }]'],
])('Erlang B does not ask for the distribution of service: %s', (_, steps) => {
  const truth = erlangB(10, 8);
  const shares = measured(shedRatio(10, 10, 8, steps, 80_000), ERROR_RATE);
  expect(Math.abs(mean(shares) / truth - 1)).toBeLessThan(0.03);
  expect(Math.abs(mean(shares) - truth)).toBeLessThan(halfWidth999(shares));
});

// Servers, places, offered Erlang, share that is shed, mean time inside ÷ service time; requests
// enough for 1 %: near saturation queues remember for long.
test.each([
  [1, 5, 0.8, 0.0888194987, 2.56306520704, 100_000],
  [1, 10, 0.9, 0.0508137313, 4.64660067212, 200_000],
  [1, 10, 1.2, 0.1925864951, 6.92613784414, 200_000],
  [2, 4, 1.5, 0.124042879, 1.31468531469, 100_000],
  [10, 20, 9, 0.0295100616, 1.26392758822, 200_000],
  [10, 50, 9.5, 0.0058995187, 2.13500608746, 900_000],
  [10, 50, 12, 0.1667174822, 4.50162094245, 200_000],
])('M/M/%i/%i offered %f Erlang', (servers, places, erlang, shed, inside, requests) => {
  const results = shedRatio(servers, places, erlang, EXPONENTIAL, requests);
  const shares = measured(results, ERROR_RATE);
  expect(Math.abs(mean(shares) - shed)).toBeLessThan(Math.max(halfWidth999(shares), 0.03 * shed));
  const times = measured(results, MEAN);
  expect(Math.abs(mean(times) / 10 / inside - 1)).toBeLessThan(0.01);
  expect(Math.abs(mean(times) - 10 * inside)).toBeLessThan(halfWidth999(times));
});
