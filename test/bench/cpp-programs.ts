/**
 * The references in C++: built once per machine, compiler and source into `.cache/bench`, then run
 * as programs of their own that measure themselves.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { CACHE } from '../../bin/files.ts';

const SOURCES = join(import.meta.dirname, 'cpp');
const COMPILER = 'g++';
const FLAGS = ['-std=c++17', '-O3', '-march=native'];

export type CppProgram = 'mmc' | 'rich';

/** What a program says of its run. */
export interface CppRun {
  readonly requests: number;
  /** Of its thread, tables and memory made beforehand. */
  readonly cpuSeconds: number;
  readonly meanMs: number;
  readonly p99Ms: number;
  /** Of `rich` alone: hits per look-up, and time-outs per attempt. */
  readonly hitRatio?: number;
  readonly timeoutRatio?: number;
}

export interface Cpp {
  /** Such as `g++ (Debian 12.2.0-14) 12.2.0`. */
  readonly compiler: string;
  readonly run: (program: CppProgram, args: readonly (number | string)[]) => CppRun;
}

/** Builds what is not built yet, or says in a line why it cannot. */
export function buildCpp(): Cpp | string {
  const compiler = compilerVersion();
  if (compiler === undefined) return 'C++: no g++ here, so nothing to compare with';
  try {
    return built(compiler);
  } catch (error) {
    return `C++: ${compiler} cannot build ${SOURCES}: ${String(error).replaceAll('\n', ' ')}`;
  }
}

function built(compiler: string): Cpp {
  const folder = join(CACHE, 'bench', digest(compiler));
  mkdirSync(folder, { recursive: true });
  for (const program of ['mmc', 'rich'] as const) build(program, join(folder, program));
  const run = (program: CppProgram, args: readonly (number | string)[]) => {
    const text = execFileSync(join(folder, program), args.map(String), { encoding: 'utf8' });
    return JSON.parse(text) as CppRun; // Our own program: its header says what it prints.
  };
  return { compiler, run };
}

function compilerVersion(): string | undefined {
  try {
    return execFileSync(COMPILER, ['--version'], { encoding: 'utf8' }).split('\n')[0]!;
  } catch {
    return undefined;
  }
}

/** The processor too: `-march=native` is for this one. */
function digest(compiler: string): string {
  const hash = createHash('sha256').update(JSON.stringify([compiler, FLAGS, cpus()[0]?.model]));
  for (const file of readdirSync(SOURCES).sort()) hash.update(readFileSync(join(SOURCES, file)));
  return hash.digest('hex').slice(0, 16);
}

/** Under another name first: a build that is cut short leaves no half of a program. */
function build(program: CppProgram, path: string): void {
  if (existsSync(path)) return;
  const unfinished = `${path}.${process.pid}`;
  const source = join(SOURCES, `${program}.cpp`);
  execFileSync(COMPILER, [...FLAGS, '-o', unfinished, source], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  renameSync(unfinished, path);
}
