/**
 * `npm run bench`: how many requests a second of CPU time simulates, beside the same systems in
 * plain objects on a heap and in C++, and what a second worker brings. Other flags measure
 * something else instead: `--long` and `--bytes` memory, `--python` libraries of Python.
 */
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { benchAgainstCpp, type CppBench } from './against-cpp.ts';
import { benchAgainstPython } from './against-python.ts';
import { buildCpp } from './cpp-programs.ts';
import { bytesPerRequest, longRun } from './memory.ts';
import { aligned, both, millions, ratios } from './print.ts';
import { benchSystem, type Measured, median, type SystemBench } from './rounds.ts';
import { benchSpeedUp, type SpeedUp } from './speed-up.ts';
import { SYSTEMS } from './systems.ts';

const FULL = { rounds: 5, requests: 1_500_000 };
/** Says that it works, not how fast it is. */
const QUICK = { rounds: 5, requests: 60_000 };

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    quick: { type: 'boolean' },
    cpp: { type: 'boolean' },
    python: { type: 'boolean' },
    long: { type: 'boolean' },
    bytes: { type: 'boolean' },
  },
});
const sizes = values.quick ? QUICK : FULL;
const machine = { node: process.version, cpu: cpus()[0]?.model, cores: availableParallelism() };
if (values.long) await longRun(values.quick ? 1e6 : 1e8);
else if (values.bytes) console.log(bytesPerRequest());
else if (values.python) console.log(benchAgainstPython());
else await bench(values.cpp === true);

/** @param isCppAlone without the object heap and the second worker */
async function bench(isCppAlone: boolean): Promise<void> {
  const cpp = buildCpp();
  const systems = isCppAlone ? [] : SYSTEMS.map((system) => benchSystem(system, sizes));
  const references = cpp === undefined ? [] : benchAgainstCpp(cpp, sizes);
  const replications = values.quick ? 2 : 10;
  const speedUp = isCppAlone ? undefined : await benchSpeedUp(SYSTEMS[1]!, sizes, replications);
  if (values.json) {
    const { compiler } = cpp ?? {};
    const all = { ...machine, compiler, ...sizes, systems, references, speedUp };
    console.log(JSON.stringify(all, undefined, 2));
    return;
  }
  const { node, cpu, cores } = machine;
  const each = `${sizes.rounds} alternating rounds of ${sizes.requests} requests`;
  const beside = cpp === undefined ? 'C++: no g++ here, nothing to compare with' : cpp.compiler;
  const parts = [
    `Node ${node}, ${cpu}, ${cores} cores; ${each}`,
    ...(systems.length > 0 ? [systemTable(systems)] : []),
    cpp === undefined ? beside : `${beside}\n\n${cppTable(references)}`,
    ...(speedUp === undefined ? [] : [speedUpLine(speedUp)]),
  ];
  console.log(parts.join('\n\n'));
}

function systemTable(systems: readonly SystemBench[]): string {
  const unit = 'M requests/CPU-s';
  return aligned([
    ['system', 'Plimsoll', 'object heap', 'ratio', 'range', 'mean', 'p99'],
    ['', unit, unit, 'median', '', 'ms (heap)', 'ms (heap)'],
    ...systems.map(({ system, rounds }) => [
      system,
      ...beside(
        rounds.map(({ plimsoll }) => plimsoll),
        rounds.map(({ objectHeap }) => objectHeap),
      ),
    ]),
  ]);
}

function cppTable(references: readonly CppBench[]): string {
  const unit = 'M requests/CPU-s';
  return aligned([
    ['system', 'Plimsoll', 'C++ heap', 'ratio', 'range', 'mean', 'p99', 'std::priority_queue'],
    ['', unit, unit, 'median', '', 'ms (C++)', 'ms (C++)', unit],
    ...references.map(({ system, rounds }) => [
      system,
      ...beside(
        rounds.flatMap(({ plimsoll }) => plimsoll ?? []),
        rounds.map(({ cpp }) => cpp),
      ),
      millionsOrNone(rounds.flatMap(({ standardQueue }) => standardQueue ?? [])),
    ]),
  ]);
}

/** Speeds, their ratio, means and 99th percentiles; where a model cannot say it yet, theirs. */
function beside(ours: readonly Measured[], theirs: readonly Measured[]): string[] {
  const of = (side: readonly Measured[], field: keyof Measured) => side.map((run) => run[field]);
  const [speeds, theirSpeeds] = [ours, theirs].map((side) => of(side, 'requestsPerCpuSecond'));
  const fields = ['latencyMsMean', 'latencyMsP99'] as const;
  if (ours.length === 0) {
    const alone = fields.map((field) => `(${median(of(theirs, field)).toFixed(2)})`);
    return ['no model yet', millions(theirSpeeds!), '', '', ...alone];
  }
  return [
    millions(speeds!),
    millions(theirSpeeds!),
    ...ratios(speeds!, theirSpeeds!),
    ...fields.map((field) => both(of(ours, field), of(theirs, field))),
  ];
}

function millionsOrNone(runs: readonly Measured[]): string {
  return runs.length === 0 ? '' : millions(runs.map((run) => run.requestsPerCpuSecond));
}

function speedUpLine({
  system,
  replications,
  oneThreadSeconds,
  twoWorkersSeconds,
}: SpeedUp): string {
  const [ratio, range] = ratios(oneThreadSeconds, twoWorkersSeconds);
  const times = [oneThreadSeconds, twoWorkersSeconds].map((list) => median(list).toFixed(2));
  return (
    `Two workers, wall clock: ${replications} replications of ${system}: ${times[0]} s on one ` +
    `thread, ${times[1]} s on two workers; ${ratio} times as fast (${range})`
  );
}
