/**
 * A real controller, written in Go, that decides about what it is given: our own test files are
 * built into its package, where its unexported parts are in reach.
 *
 *     <name>/go.mod, <name>/inside/… ──► vendor ──► test program (cached) ──► lines in, lines out
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { CACHE } from '../../../bin/files.ts';

/** `path` of the test program, or words why there is none. */
export type GoController = { readonly path: string } | { readonly missing: string };

/** Every controller's test has it. */
const LINES = join(import.meta.dirname, 'lines_test.go');
const MOST_BYTES = 1024 * 1024 * 1024;
const GO = { encoding: 'utf8', maxBuffer: MOST_BYTES } as const;

/**
 * Builds it; a few minutes the first time, when Go compiles what the controller stands on.
 *
 * @param name folder beside this file
 * @param target import path of the package whose folder in `inside` it is
 */
export function buildController(name: string, target: string): GoController {
  const source = join(import.meta.dirname, name);
  const folder = join(CACHE, 'soak', 'controllers', `${name}-${digestOf(source)}`);
  const path = join(folder, `${basename(target)}.test`);
  if (existsSync(path)) return { path };
  if (spawnSync('go', ['version']).status !== 0) return { missing: 'there is no Go' };
  const work = `${folder}.${process.pid}`;
  cpSync(source, work, { recursive: true });
  try {
    return make(work, target) ?? kept(work, folder, path);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Words where it did not go well. */
function make(work: string, target: string): { readonly missing: string } | undefined {
  const options = { ...GO, cwd: work, env: { ...process.env, GOWORK: 'off', GOFLAGS: '' } };
  const vendor = spawnSync('go', ['mod', 'vendor'], options);
  if (vendor.status !== 0) return { missing: `it cannot be fetched: ${lastLine(vendor.stderr)}` };
  const own = join(work, 'vendor', target);
  cpSync(join(work, 'inside', basename(target)), own, { recursive: true });
  const lines = readFileSync(LINES, 'utf8');
  writeFileSync(
    join(own, basename(LINES)),
    lines.replace(/^package .*/m, `package ${basename(target)}`),
  );
  const flags = ['-mod=vendor', '-trimpath', '-vet=off', '-c', '-o', 'controller.test'];
  const built = spawnSync('go', ['test', ...flags, target], options);
  return built.status === 0 ? undefined : { missing: `it cannot be built: ${built.stderr}` };
}

function kept(work: string, folder: string, path: string): GoController {
  mkdirSync(folder, { recursive: true });
  renameSync(join(work, 'controller.test'), path);
  return { path };
}

function digestOf(folder: string): string {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  hash.update(readFileSync(LINES));
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  for (const name of names) {
    if (/\.(go|mod|sum)$/.test(name)) hash.update(name).update(readFileSync(join(folder, name)));
  }
  return hash.digest('hex').slice(0, 16);
}

/** Its answer to each line. Throws where it fails. */
export function played<Answer>(path: string, lines: readonly unknown[]): Answer[] {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-controller-'));
  const [input, output] = [join(folder, 'input'), join(folder, 'output')];
  try {
    writeFileSync(input, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const env = { ...process.env, CONTROLLER_INPUT: input, CONTROLLER_OUTPUT: output };
    const run = spawnSync(path, ['-test.run', 'TestDecisions'], { ...GO, env, cwd: folder });
    if (run.status !== 0) throw new Error(`the controller failed: ${run.stdout}${run.stderr}`);
    const answers = readFileSync(output, 'utf8').trimEnd().split('\n');
    return answers.map((line) => JSON.parse(line));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? 'no reason given';
}
