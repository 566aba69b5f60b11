/** M/M/1 beside the simulation libraries that Python has, installed once into `.cache/bench/venv`. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from '../../bin/files.ts';
import { aligned, millions, ratios } from './print.ts';
import { type Measured, median, threadCpuUsage, withEngine } from './rounds.ts';
import { queue } from './systems.ts';

const PACKAGES = ['simpy==4.1.2', 'ciw==3.2.7'];
const VENV = join(CACHE, 'bench', 'venv');
const SCRIPT = join(import.meta.dirname, 'queues.py');
/** Python gets fewer: it takes seconds for them. */
const [ROUNDS, REQUESTS, PYTHON_REQUESTS] = [5, 1_500_000, 60_000];

interface PythonRun {
  readonly requests: number;
  readonly cpuSeconds: number;
  readonly meanMs: number;
}
type PythonRuns = Readonly<Record<string, PythonRun>>;

/** A table, or one line that says why there is none. */
export function benchAgainstPython(): string {
  try {
    install();
  } catch (error) {
    const [reason] = String(error).trim().split('\n').slice(-1);
    return `Python: cannot install ${PACKAGES.join(' and ')} (${reason})`;
  }
  const model = queue(1, 80, REQUESTS);
  const round = (seed: number) => {
    const ours = withEngine(model, seed, threadCpuUsage);
    return { ours, theirs: python(PYTHON_REQUESTS, seed) };
  };
  round(0);
  return table(Array.from({ length: ROUNDS }, (_, index) => round(index + 1)));
}

/** Made under another name first: what is cut short is made anew. */
function install(): void {
  if (existsSync(VENV)) return;
  const run = (command: string, args: string[]) =>
    execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const unfinished = `${VENV}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(join(CACHE, 'bench'), { recursive: true });
  run('python3', ['-m', 'venv', unfinished]);
  run(join(unfinished, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', ...PACKAGES]);
  renameSync(unfinished, VENV);
}

function python(requests: number, seed: number): PythonRuns {
  const program = join(VENV, 'bin', 'python');
  const text = execFileSync(program, [SCRIPT, String(requests), String(seed)], {
    encoding: 'utf8',
  });
  return JSON.parse(text) as PythonRuns; // Our own script: its first lines say what it prints.
}

function table(rounds: readonly { ours: Measured; theirs: PythonRuns }[]): string {
  const ours = rounds.map((round) => round.ours.requestsPerCpuSecond);
  const means = rounds.map((round) => round.ours.latencyMsMean);
  const rows = Object.keys(rounds[0]!.theirs).map((library) => {
    const runs = rounds.map(({ theirs }) => theirs[library]!);
    const theirs = runs.map(({ requests, cpuSeconds }) => requests / cpuSeconds);
    const meanMs = median(runs.map((run) => run.meanMs)).toFixed(2);
    return [library, millions(theirs), ...ratios(ours, theirs), meanMs];
  });
  const counts = `${REQUESTS} requests of ours, ${PYTHON_REQUESTS} of theirs, ${ROUNDS} rounds`;
  return `M/M/1, ρ 0.8; ${counts}\n\n${aligned([
    ['', 'M requests/CPU-s', 'Plimsoll ÷ it', 'range', 'mean, ms'],
    ...rows,
    ['Plimsoll', millions(ours), '', '', median(means).toFixed(2)],
  ])}`;
}
