/** The watch over the machine, against work whose size is known. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { watchMachine } from '../../bin/machine.ts';

function work(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

test('the CPU of a process is its time by the kernel ÷ the time that passed', async () => {
  const watch = watchMachine(process.pid);
  const before = { cpu: process.cpuUsage(), atMs: performance.now() };
  work(600);
  await sleep(500);
  const { user, system } = process.cpuUsage(before.cpu);
  const expected = (user + system) / 1000 / (performance.now() - before.atMs);
  const { cpuRatio, machineCpuRatio, loopDelayMsP99 } = watch.stop();
  // The kernel counts in ticks of 10 ms, and the watch looks once a second.
  expect(cpuRatio).toBeGreaterThan(expected - 0.15);
  expect(cpuRatio).toBeLessThan(expected + 0.15);
  expect(machineCpuRatio!.mean).toBeGreaterThan(0);
  expect(machineCpuRatio!.mean).toBeLessThanOrEqual(machineCpuRatio!.max);
  expect(machineCpuRatio!.max).toBeLessThanOrEqual(1);
  expect(loopDelayMsP99).toBeGreaterThanOrEqual(0);
});

test('without a process to watch, or too short to look at it, its CPU is unknown, not 0', () => {
  expect(watchMachine().stop().cpuRatio).toBeNull();
  expect(watchMachine(process.pid).stop().cpuRatio).toBeNull();
});

test('a process that has gone leaves its CPU unknown', async () => {
  const watch = watchMachine(2 ** 22 + 1);
  await sleep(1100);
  expect(watch.stop().cpuRatio).toBeNull();
});
