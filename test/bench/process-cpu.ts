/** CPU time of another process over time, from Linux's `/proc`. */
import { readFileSync } from 'node:fs';
import { monotonicMs } from './timing-server.ts';

const LOOK_MS = 20;
/** `/proc/<pid>/stat` counts in hundredths of a second. */
const TICK_MS = 10;

export interface CpuSample {
  /** On the system's monotonic clock. */
  readonly atMs: number;
  /** User and system time of all threads since the process began. */
  readonly cpuMs: number;
}

/** Looks until `stop`, which gives what was seen. */
export function watchCpu(pid: number): { readonly stop: () => readonly CpuSample[] } {
  const samples: CpuSample[] = [];
  const looking = setInterval(() => {
    const cpuMs = cpuOf(pid);
    if (cpuMs !== undefined) samples.push({ atMs: monotonicMs(), cpuMs });
  }, LOOK_MS);
  return {
    stop: () => {
      clearInterval(looking);
      return samples;
    },
  };
}

/** Share of a core between two moments; NaN where nothing was seen there. */
export function cpuRatio(samples: readonly CpuSample[], fromMs: number, toMs: number): number {
  const inside = samples.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs + LOOK_MS);
  const [first, last] = [inside[0], inside.at(-1)];
  if (first === undefined || last === undefined) return Number.NaN;
  return (last.cpuMs - first.cpuMs) / (last.atMs - first.atMs);
}

/** Undefined where there is no such process. */
function cpuOf(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return TICK_MS * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return undefined;
  }
}
