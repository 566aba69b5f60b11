/** The engine beside careful C++ of the same system, in alternating rounds. */
import type { Cpp, CppProgram, CppRun } from './cpp-programs.ts';
import { type Measured, type Sizes, threadCpuUsage, withEngine } from './rounds.ts';
import { type BenchSystem, queue, threeTiers } from './systems.ts';

interface Reference {
  readonly name: string;
  readonly model: BenchSystem['model'];
  readonly program: CppProgram;
  readonly args: (requests: number, seed: number) => readonly number[];
}

const REFERENCES: readonly Reference[] = [
  mmc('M/M/20, ρ 0.9', 20, 0.9),
  mmc('M/M/1000, ρ 0.95', 1000, 0.95),
  {
    name: 'three tiers, retries, cache',
    model: threeTiers,
    program: 'rich',
    args: (requests, seed) => [requests, seed],
  },
];

function mmc(name: string, servers: number, rho: number): Reference {
  return {
    name,
    // Service takes 10 ms.
    model: (requests) => queue(servers, Math.round(servers * rho * 100), requests),
    program: 'mmc',
    args: (requests, seed) => [servers, rho, requests, seed],
  };
}

/** What a program in C++ did, and what it says of it. */
export interface CppMeasured extends Measured {
  readonly said: CppRun;
}

export interface CppRound {
  readonly plimsoll: Measured;
  /** A heap of our own: 4-ary, without branches in the choice of a child. */
  readonly cpp: CppMeasured;
  /** `std::priority_queue`, for M/M/c. */
  readonly standardQueue: CppMeasured | undefined;
}

export interface CppBench {
  readonly system: string;
  readonly rounds: readonly CppRound[];
}

export function benchAgainstCpp(cpp: Cpp, sizes: Sizes): CppBench[] {
  return REFERENCES.map((reference) => benchReference(cpp, reference, sizes));
}

function benchReference(cpp: Cpp, reference: Reference, { rounds, requests }: Sizes): CppBench {
  const model = reference.model(requests);
  const round = (seed: number): CppRound => {
    const args = reference.args(requests, seed);
    const ours = () => withEngine(model, seed, threadCpuUsage);
    const heap = () => measured(cpp.run(reference.program, args));
    const isOursFirst = seed % 2 === 0;
    const plimsollFirst = isOursFirst ? ours() : undefined;
    const cppHeap = heap();
    const plimsoll = plimsollFirst ?? ours();
    const hasStandardQueue = reference.program === 'mmc';
    const standardQueue = hasStandardQueue
      ? measured(cpp.run('mmc', [...args, 'queue']))
      : undefined;
    return { plimsoll, cpp: cppHeap, standardQueue };
  };
  round(0);
  const seeds = Array.from({ length: rounds }, (_, index) => index + 1);
  return { system: reference.name, rounds: seeds.map(round) };
}

function measured(run: CppRun): CppMeasured {
  return {
    said: run,
    requestsPerCpuSecond: run.requests / run.cpuSeconds,
    latencyMsMean: run.meanMs,
    latencyMsP99: run.p99Ms,
  };
}
