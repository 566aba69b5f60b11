/** What a group's metrics say in the simulator, against the laws of queues. */
import { expect, test } from 'vitest';
import { MEAN } from '../../simulator/analysis/statistics.ts';
import type { MetricName } from '../../simulator/model/scaling-settings.ts';
import { measured, run } from './stations.ts';

const SERVERS = 4;
const INSTANCES = 2;
const PER_SECOND = 300;
const SERVICE_MS = 20;

/** One look, at the end of ten minutes, at a group that has no reason to change. */
function seen(metric: MetricName, above: string): { value: number; latencyMs: number } {
  const text = `name: watched
duration: 10m
traffic: { guests: { does: visit, rate: ${PER_SECOND}/s } }
journeys: { visit: [{ call: s.work }] }
services:
  s:
    serves: { threads: ${SERVERS} }
    scaling:
      min: ${INSTANCES}
      max: ${INSTANCES}
      policies:
        - step-scaling:
            alarm: { metric: ${metric}, above: ${above}, period: 10m }
            steps: [{ add: 1 }]
    endpoints: { work: [{ cpu: { exponential: ${SERVICE_MS}ms } }] }
`;
  const results = run(text, 1);
  const [evaluation] = results.runs[0]!.evaluations!;
  return {
    value: evaluation!.observation.datapoints[0]!.value!,
    latencyMs: measured(results, MEAN)[0]!,
  };
}

test('requests per instance are the rate, split evenly', () => {
  const { value } = seen('requests-per-instance', '1000/s');
  expect(Math.abs(value - PER_SECOND / INSTANCES)).toBeLessThan(2);
});

test('utilisation is λE[S]/c', () => {
  const rho = (PER_SECOND * SERVICE_MS) / 1000 / (SERVERS * INSTANCES);
  expect(seen('utilization', '100%').value).toBeCloseTo(rho, 2);
});

test('the latency of a group, by Little, is what its clients measure', () => {
  const { value, latencyMs } = seen('latency', '1h');
  expect(Math.abs(value / latencyMs - 1)).toBeLessThan(0.002);
});

test('in flight is λW an instance', () => {
  const { value, latencyMs } = seen('in-flight', '1000');
  const expected = (PER_SECOND / INSTANCES / 1000) * latencyMs;
  expect(Math.abs(value / expected - 1)).toBeLessThan(0.02);
});
