/**
 * `npm run bench [-- --quick] [-- --json]`: how many requests a second of CPU time simulates,
 * beside the same systems in plain objects on a heap, and what a second worker brings.
 */
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { benchSystem, median, type Round, type SystemBench } from './rounds.ts';
import { benchSpeedUp, type SpeedUp } from './speed-up.ts';
import { SYSTEMS } from './systems.ts';

const FULL = { rounds: 5, requests: 1_500_000 };
/** Says that it works, not how fast it is. */
const QUICK = { rounds: 5, requests: 60_000 };

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, quick: { type: 'boolean' } },
});
const sizes = values.quick ? QUICK : FULL;
const systems = SYSTEMS.map((system) => benchSystem(system, sizes));
const speedUp = await benchSpeedUp(SYSTEMS[1]!, sizes, values.quick ? 2 : 10);
const machine = { node: process.version, cpu: cpus()[0]?.model, cores: availableParallelism() };
console.log(values.json ? json() : `${table()}\n\n${speedUpLine(speedUp)}`);

function json(): string {
  return JSON.stringify({ ...machine, ...sizes, systems, speedUp }, undefined, 2);
}

function table(): string {
  const head = ['system', 'Plimsoll', 'object heap', 'ratio', 'range', 'mean', 'p99'];
  const units = [
    '',
    'M requests/CPU-s',
    'M requests/CPU-s',
    'median',
    '',
    'ms (heap)',
    'ms (heap)',
  ];
  const rows = [head, units, ...systems.map(row)];
  const widths = head.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  const { node, cpu, cores } = machine;
  const each = `${sizes.rounds} alternating rounds of ${sizes.requests} requests`;
  return [`Node ${node}, ${cpu}, ${cores} cores; ${each}`, '', ...lines].join('\n');
}

function row({ system, rounds }: SystemBench): string[] {
  const ratios = rounds.map(
    ({ plimsoll, objectHeap }) => plimsoll.requestsPerCpuSecond / objectHeap.requestsPerCpuSecond,
  );
  const both = (of: (round: Round) => [number, number]) => {
    const pairs = rounds.map(of);
    const [ours, theirs] = [0, 1].map((side) => median(pairs.map((pair) => pair[side]!)));
    return `${ours!.toFixed(2)} (${theirs!.toFixed(2)})`;
  };
  return [
    system,
    millions(rounds.map(({ plimsoll }) => plimsoll.requestsPerCpuSecond)),
    millions(rounds.map(({ objectHeap }) => objectHeap.requestsPerCpuSecond)),
    median(ratios).toFixed(2),
    `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`,
    both(({ plimsoll, objectHeap }) => [plimsoll.latencyMsMean, objectHeap.latencyMsMean]),
    both(({ plimsoll, objectHeap }) => [plimsoll.latencyMsP99, objectHeap.latencyMsP99]),
  ];
}

function millions(perSecond: readonly number[]): string {
  return (median(perSecond) / 1e6).toFixed(2);
}

function speedUpLine({
  system,
  replications,
  oneThreadSeconds,
  twoWorkersSeconds,
}: SpeedUp): string {
  const ratios = oneThreadSeconds.map((one, round) => one / twoWorkersSeconds[round]!);
  const times = [oneThreadSeconds, twoWorkersSeconds].map((list) => median(list).toFixed(2));
  return (
    `Two workers, wall clock: ${replications} replications of ${system}: ${times[0]} s on one ` +
    `thread, ${times[1]} s on two workers; ${median(ratios).toFixed(2)} times as fast ` +
    `(${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`
  );
}
