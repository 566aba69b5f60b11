/** Alternating rounds, so that what else the machine does hits both sides alike. */
import type { Model } from '../../simulator/model/model.ts';
import { type Histogram, mergeHistograms } from '../../simulator/results/histogram.ts';
import { simulate } from '../../simulator/simulate.ts';
import { simulateWithObjects } from './object-heap.ts';
import type { BenchSystem } from './systems.ts';

export interface Sizes {
  readonly rounds: number;
  /** Of one run of one side. */
  readonly requests: number;
}

/** `process.cpuUsage` or `process.threadCpuUsage`. */
export type CpuClock = typeof process.cpuUsage;

/** Without the helpers that collect garbage or compile; before Node 23.9 the whole process. */
export const threadCpuUsage: CpuClock = process.threadCpuUsage ?? process.cpuUsage;

/** One side's run. */
export interface Measured {
  readonly requestsPerCpuSecond: number;
  readonly latencyMsMean: number;
  readonly latencyMsP99: number;
}

export interface Round {
  readonly plimsoll: Measured;
  readonly objectHeap: Measured;
}

export interface SystemBench {
  readonly system: string;
  readonly rounds: readonly Round[];
}

/** One round beforehand is not counted: V8 compiles during it. */
export function benchSystem(system: BenchSystem, { rounds, requests }: Sizes): SystemBench {
  const model = system.model(requests);
  const round = (seed: number): Round => {
    const plimsoll = () => withEngine(model, seed, process.cpuUsage);
    const objectHeap = () => withObjects(model, seed);
    if (seed % 2 === 0) return { plimsoll: plimsoll(), objectHeap: objectHeap() };
    const first = objectHeap();
    return { plimsoll: plimsoll(), objectHeap: first };
  };
  round(0);
  const seeds = Array.from({ length: rounds }, (_, index) => index + 1);
  return { system: system.name, rounds: seeds.map(round) };
}

/** Rounds of a system that nothing else simulates; one beforehand is not counted. */
export function benchAlone(model: Model, rounds: number): Measured[] {
  withEngine(model, 0, threadCpuUsage);
  return Array.from({ length: rounds }, (_, index) => withEngine(model, index + 1, threadCpuUsage));
}

/** @param cpuUsage of the process or of this thread */
export function withEngine(model: Model, seed: number, cpuUsage: CpuClock): Measured {
  const options = { seed, replications: 1, arrivals: 'independent', modelDigest: '' } as const;
  const { value, cpuSeconds } = timed(() => simulate(model, options), cpuUsage);
  const [series] = Object.values(value.runs[0]!.journeys);
  const latencyMs = mergeHistograms(series!.latencyMs);
  return measured(series!.counters.arrived, cpuSeconds, latencyMs);
}

function withObjects(model: Model, seed: number): Measured {
  const { value, cpuSeconds } = timed(() => simulateWithObjects(model, seed), process.cpuUsage);
  return measured(value.arrived, cpuSeconds, value.latencyMs);
}

function measured(requests: number, cpuSeconds: number, latencyMs: Histogram): Measured {
  return {
    requestsPerCpuSecond: requests / cpuSeconds,
    latencyMsMean: latencyMs.mean,
    latencyMsP99: latencyMs.quantile(0.99),
  };
}

/** Of the whole process, collecting garbage and compiling count; waiting never does. */
function timed<T>(work: () => T, cpuUsage: CpuClock): { value: T; cpuSeconds: number } {
  const before = cpuUsage();
  const value = work();
  const { user, system } = cpuUsage(before);
  return { value, cpuSeconds: (user + system) / 1e6 };
}

/** Middle of the values, or the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}
