/** What the bench says: a table for each side that the engine is held against. */
import type { CppBench } from './against-cpp.ts';
import { aligned, both, millions, ratios } from './print.ts';
import { type Measured, median, type SystemBench } from './rounds.ts';
import type { SpeedUp } from './speed-up.ts';

export function systemTable(systems: readonly SystemBench[]): string {
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

export function cppTable(references: readonly CppBench[]): string {
  const unit = 'M requests/CPU-s';
  const table = aligned([
    ['system', 'Plimsoll', 'C++ heap', 'ratio', 'range', 'mean', 'p99', 'std::priority_queue'],
    ['', unit, unit, 'median', '', 'ms (C++)', 'ms (C++)', unit],
    ...references.map(({ system, rounds }) => [
      system,
      ...beside(
        rounds.map(({ plimsoll }) => plimsoll),
        rounds.map(({ cpp }) => cpp),
      ),
      millionsOrNone(rounds.flatMap(({ standardQueue }) => standardQueue ?? [])),
    ]),
  ]);
  return [table, ...references.flatMap(cacheLine)].join('\n');
}

/** What shows that a system with a cache and time-outs is the one that was meant. */
function cacheLine({ system, rounds }: CppBench): string[] {
  const hitRatios = rounds.flatMap(({ cpp }) => cpp.said.hitRatio ?? []);
  const timeoutRatios = rounds.flatMap(({ cpp }) => cpp.said.timeoutRatio ?? []);
  if (hitRatios.length === 0) return [];
  const timeouts = (100 * median(timeoutRatios)).toFixed(2);
  const hits = (100 * median(hitRatios)).toFixed(1);
  return [`${system}: ${hits} % of look-ups hit, ${timeouts} % of attempts time out (C++)`];
}

/** Speeds, their ratio, means and 99th percentiles. */
function beside(ours: readonly Measured[], theirs: readonly Measured[]): string[] {
  const of = (side: readonly Measured[], field: keyof Measured) => side.map((run) => run[field]);
  const [speeds, theirSpeeds] = [ours, theirs].map((side) => of(side, 'requestsPerCpuSecond'));
  const fields = ['latencyMsMean', 'latencyMsP99'] as const;
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

/** A system that nothing else simulates. */
export function aloneLine(system: string, runs: readonly Measured[]): string {
  const speed = millions(runs.map((run) => run.requestsPerCpuSecond));
  return `${system}: ${speed} M requests/CPU-s`;
}

export function speedUpLine({
  system,
  replications,
  oneWorkerSeconds,
  twoWorkersSeconds,
}: SpeedUp): string {
  const [ratio, range] = ratios(oneWorkerSeconds, twoWorkersSeconds);
  const times = [oneWorkerSeconds, twoWorkersSeconds].map((list) => median(list).toFixed(2));
  return (
    `Two workers, wall clock: ${replications} replications of ${system}: ${times[0]} s on one, ` +
    `${times[1]} s on two; ${ratio} times as fast (${range})`
  );
}
