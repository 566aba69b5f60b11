/**
 * Builds k6 with the output of `scenarios/xk6`, once per content of that folder. What is built lies
 * in the project's cache, so that the second run needs neither Go nor a network.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { CACHE, PROJECT } from './files.ts';
import { say, startProgress } from './progress.ts';

const SOURCES: string = join(PROJECT, 'scenarios', 'xk6');
const MODULE = 'plimsoll.invalid/xk6-plimsoll';
const K6_VERSION = 'v2.2.0';
const KEPT_LINES = 12;
/** xk6 looks for newer versions and for conflicts where only the module proxy answers. */
const HARMLESS = /could not check for k6 version conflicts|Failed to get latest k6 version/;

/** The world's news: `code` is stable, the message ends in the build's own last lines. */
export class K6BuildError extends Error {
  override readonly name = 'K6BuildError';
  readonly code = 'ERR_K6_BUILD';
}

/** Where the build for this content of `scenarios/xk6` and this machine is, or would be. */
export function cachedK6Path(cacheFolder: string = join(CACHE, 'k6')): string {
  const hash = createHash('sha256').update(`${K6_VERSION} ${process.platform} ${process.arch}`);
  const sources = readdirSync(SOURCES).filter(
    (file) => /\.(go|mod|sum)$/.test(file) && !file.endsWith('_test.go'),
  );
  for (const file of sources.sort()) {
    hash.update(`\0${file}\0`).update(readFileSync(join(SOURCES, file)));
  }
  const executable = process.platform === 'win32' ? 'k6.exe' : 'k6';
  return join(cacheFolder, hash.digest('hex').slice(0, 16), executable);
}

/**
 * Builds to `cachedK6Path`; takes one to four minutes the first time, seconds after a change of the
 * sources. Throws a K6BuildError, or the signal's reason; either leaves nothing behind.
 *
 * @param sources folder of the Go module
 */
export async function buildK6(
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  path: string = cachedK6Path(),
  sources: string = SOURCES,
): Promise<void> {
  signal.throwIfAborted();
  const folder = dirname(path);
  const workshop = join(folder, `building-${process.pid}`);
  mkdirSync(workshop, { recursive: true });
  try {
    const built = join(workshop, 'k6');
    await runBuild(built, workshop, sources, env, signal);
    renameSync(built, path);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
    if (!existsSync(path) && readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
  }
}

async function runBuild(
  output: string,
  workshop: string,
  sources: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<void> {
  const startedAtMs = performance.now();
  say(`building k6 ${K6_VERSION} with Plimsoll's output (once, a few minutes) …`);
  const flags = ['--verbose', '--with', `${MODULE}=.`, '--output', output];
  const child = spawn('go', ['tool', 'xk6', 'build', K6_VERSION, ...flags], {
    cwd: sources,
    // Temporary files inside the workshop, so that an interrupted build leaves none elsewhere.
    env: { ...env, CGO_ENABLED: '0', GOWORK: 'off', TMPDIR: workshop },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: the compilers that go starts end with it.
    detached: true,
  });
  const stop = () => endGroup(child);
  signal.addEventListener('abort', stop);
  try {
    const lines = keepLastLines(child);
    const { status, cause } = await ended(child);
    signal.throwIfAborted();
    if (status !== 0) throw buildError(lines, cause);
    say(`k6 is built (${((performance.now() - startedAtMs) / 1000).toFixed(0)} s)`);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function buildError(lines: readonly string[], cause: Error | undefined): K6BuildError {
  const last = lines.map((line) => `  ${line}`).join('\n');
  return new K6BuildError(`cannot build k6; the build's last lines:\n${last}`, { cause });
}

/** Shows each line for a moment and keeps the last ones for the case of failure. */
function keepLastLines(child: ChildProcess): readonly string[] {
  const kept: string[] = [];
  const progress = startProgress();
  for (const stream of [child.stdout!, child.stderr!]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (HARMLESS.test(line)) return;
      kept.push(line);
      if (kept.length > KEPT_LINES) kept.shift();
      progress.update(`building k6: ${line.replace(/^\S+Z (INF|WRN|ERR) /, '')}`);
    });
  }
  child.once('close', progress.clear);
  return kept;
}

function ended(child: ChildProcess): Promise<{ status: number | null; cause?: Error }> {
  return new Promise((resolve) => {
    child.once('error', (cause) => resolve({ status: null, cause }));
    child.once('close', (status) => resolve({ status }));
  });
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGTERM');
  } catch {
    // The group has ended by itself.
  }
}
