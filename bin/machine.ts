/** Watches the machine while a load generator works: a struggling machine measures itself. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { MachineHealth } from '../reports/measured.ts';

const SAMPLE_MS = 1000;
const TIMER_MS = 10;
/** Clock ticks a second in /proc: a constant of Linux' interface to programs. */
const TICK_MS = 10;

export interface MachineWatch {
  /** What was seen since the start; ends the watch. */
  readonly stop: () => MachineHealth;
}

/**
 * Starts watching: CPU of the whole machine each second, the delay of a timer of this process, and
 * the CPU of another one.
 *
 * @param pid the generator's process, where it does not report its own CPU
 * @param cores that the generator can use; default all
 */
export function watchMachine(pid?: number, cores: number = availableParallelism()): MachineWatch {
  const delay = monitorEventLoopDelay({ resolution: TIMER_MS });
  delay.enable();
  const startedMs = performance.now();
  const first = machineTimes();
  const firstCpuMs = pid === undefined ? undefined : processCpuMs(pid);
  let before = first;
  let lastCpu: { atMs: number; cpuMs: number } | undefined;
  let busiest = 0;
  const timer = setInterval(() => {
    const now = machineTimes();
    busiest = Math.max(busiest, busyRatio(before, now));
    before = now;
    // The process is gone when the watch ends: its latest sign of life counts.
    const cpuMs = pid === undefined ? undefined : processCpuMs(pid);
    if (cpuMs !== undefined) lastCpu = { atMs: performance.now(), cpuMs };
  }, SAMPLE_MS);
  return {
    stop: () => {
      clearInterval(timer);
      delay.disable();
      const mean = busyRatio(first, machineTimes());
      return {
        cores,
        machineCpuRatio: { mean, max: Math.max(busiest, mean) },
        loopDelayMsP99: Math.max(0, delay.percentile(99) / 1e6 - TIMER_MS),
        cpuRatio:
          lastCpu === undefined || firstCpuMs === undefined
            ? null
            : (lastCpu.cpuMs - firstCpuMs) / (lastCpu.atMs - startedMs),
      };
    },
  };
}

interface Times {
  readonly busy: number;
  readonly all: number;
}

function machineTimes(): Times {
  let [busy, all] = [0, 0];
  for (const { times } of cpus()) {
    const total = times.user + times.nice + times.sys + times.idle + times.irq;
    all += total;
    busy += total - times.idle;
  }
  return { busy, all };
}

function busyRatio(from: Times, to: Times): number {
  return to.all > from.all ? (to.busy - from.busy) / (to.all - from.all) : 0;
}

/** User and system time of a process; undefined where the system does not tell. */
function processCpuMs(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces; user and system time are the 12th and 13th after it.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return undefined;
  }
}
