import { expect, test } from 'vitest';
import { LatencyLog } from '../../simulator/results/latency-log.ts';
import { simulateLatencies, simulateRun } from '../../simulator/simulate.ts';
import { model, service } from '../helpers/models.ts';

const queue = model(150, 20_000, [service('s', { time: { type: 'exponential', meanMs: 5 } })]);

test('a log keeps every latency in order, however many more than expected come', () => {
  const log = new LatencyLog(1e9, 1);
  for (let i = 0; i < 1000; i++) log.record(i, i / 2);
  expect([...log.latenciesMs()]).toEqual(Array.from({ length: 1000 }, (_, i) => i / 2));
});

test('what is completed at the end or later is not kept', () => {
  const log = new LatencyLog(100, 10);
  for (const nowMs of [99, 100, 101]) log.record(nowMs, nowMs);
  expect([...log.latenciesMs()]).toEqual([99]);
});

test('keeping latencies changes no byte of a run', () => {
  const plain = simulateRun(queue, { seed: 3, arrivals: 'independent' }, 0);
  expect(simulateLatencies(queue, 3).run).toEqual(plain);
});

test('the latencies are those of the histograms, less what ends after the last arrival', () => {
  const { run, latenciesMs } = simulateLatencies(queue, 3);
  const { counters, latencyMs } = run.journeys['visit']!;
  const [own] = latenciesMs;
  expect(counters.completed - own!.length).toBeGreaterThanOrEqual(0);
  expect(counters.completed - own!.length).toBeLessThan(50);
  const sum = latencyMs.reduce((all, histogram) => all + histogram.sum, 0);
  expect(own!.reduce((all, each) => all + each, 0) / sum).toBeCloseTo(1, 1);
  expect(Math.max(...own!)).toBeLessThanOrEqual(Math.max(...latencyMs.map(({ max }) => max)));
});

test('a longer run begins as the shorter one does', () => {
  const longer = model(150, 40_000, queue.services);
  const [short] = simulateLatencies(queue, 3).latenciesMs;
  const [long] = simulateLatencies(longer, 3).latenciesMs;
  expect(long!.subarray(0, short!.length)).toEqual(short);
});
