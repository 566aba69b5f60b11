/** Laws that hold whatever the distributions are: utilisation is λE[S]/c, and L = λW. */
import { expect, test } from 'vitest';
import { mergeHistograms } from '../../simulator/results/histogram.ts';
import { utilizationRatio } from '../../simulator/theory/station.ts';
import { expectTruth, run, stationText, utilization } from './stations.ts';
import { gate, inside, serving, systemText } from './systems.ts';

const WAIT = '{ wait: { median: 40ms, p99: 90ms } }';
const WAIT_MS_MEAN = 40 * Math.exp((Math.log(90 / 40) / 2.3263478740408408) ** 2 / 2);

// Latency is ten times what occupies the event loop or the cores, and all of it occupies a thread:
// a simulator that takes one for the other is off by that factor in one of the rows. Under a quota
// c is the quota, not the cores.
test.each([
  ['event-loop', 'cpu', 150, 1, 4],
  ['{ threads: 10 }', 'cpu and wait', 150, 10, 4 + WAIT_MS_MEAN],
  ['{ threads: 1 }', 'cpu and wait', 12, 1, 4 + WAIT_MS_MEAN],
  ['{ pool: 10 }', 'cpu and wait', 150, 10, 4 + WAIT_MS_MEAN],
  ['{ cpu-shared: 2 }', 'cpu', 350, 2, 4],
  ['{ cpu-shared: 2, threads: 40 }', 'cpu', 350, 2, 4],
  ['{ cpu-shared: 4, quota: 2.5 }', 'cpu', 450, 2.5, 4],
  ['{ cpu-shared: 4, quota: 2.5, threads: 60 }', 'cpu', 450, 2.5, 4],
])('%s: utilisation is λE[S]/c within 1 %, where S is %s', (...row) => {
  const [serves, _, arrivalsPerSecond, servers, serviceMsMean] = row;
  const steps = `[{ cpu: { exponential: 4ms } }, ${WAIT}]`;
  const text = stationText({ serves, steps, arrivalsPerSecond, requests: 100_000 });
  const ratios = utilization(run(text), 'station');
  const truth = utilizationRatio({ servers, arrivalsPerSecond, serviceMsMean });
  expectTruth(ratios, truth, 0.01);
});

// There is nothing to be busy in a delay. Whoever is inside holds a thread of the gate around it.
test.each([
  ['constant', '20ms'],
  ['exponential', '{ exponential: 20ms }'],
  ['lognormal', '{ median: 12.130613ms, p99: 124.223224ms }'],
  ['Pareto', '{ pareto: { min: 12ms, shape: 2.5 } }'],
])('delay, %s: λE[S] are inside within 1 %, whatever the distribution', (_, time) => {
  const away = serving('delay', `[{ wait: ${time} }]`);
  const services = { around: gate('[{ call: away.work }]'), away };
  const text = { visit: '[{ call: around.work }]', services, arrivalsPerSecond: 500 };
  const results = run(systemText({ ...text, requests: 40_000 }));
  expectTruth(inside(results, 'around'), 500 * 0.02, 0.01);
});

/**
 * A gate with a thread for everybody who is inside: its busy threads are L. The traffic stops a
 * minute before the end, so that the run begins and ends empty and the law is exact.
 */
function gated(serves: string, steps: string): string {
  return `name: little
duration: 660s
traffic:
  guests:
    does: visit
    rate: [{ at: 80/s, for: 300s }, { to: 40/s, for: 300s }, { at: 0/s, for: 60s }]
journeys:
  visit: [{ call: gate.enter }]
services:
  gate: { serves: { threads: 100000 }, instances: 1, endpoints: { enter: [{ call: inner.work }] } }
  inner: { serves: ${serves}, instances: 1, endpoints: { work: ${steps} } }
`;
}

test.each([
  ['{ threads: 1 }', '[{ cpu: { exponential: 11ms } }]'],
  ['event-loop', '[{ cpu: { median: 8ms, p99: 40ms } }, { wait: 100ms }, { cpu: 1ms }]'],
])('Little’s law is exact from empty to empty: %s', (serves, steps) => {
  const { runs, bucketMs } = run(gated(serves, steps), 3);
  for (const { journeys, services } of runs) {
    const { latencyMs, counters } = journeys['visit']!;
    expect(counters.completed).toBe(counters.arrived);
    const busy = services['gate']!.utilizationRatio.map((ratio) => ratio! * 100_000 * bucketMs);
    const inside = busy.reduce((sum, threadMs) => sum + threadMs, 0);
    expect(inside / mergeHistograms(latencyMs).sum).toBeCloseTo(1, 9);
  }
});
