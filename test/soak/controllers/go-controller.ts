/**
 * A real controller, written in Go, that decides about what it is given: our own test files are
 * built into its package, where its unexported parts are in reach.
 *
 *     <name>/go.mod, <name>/inside/… ──► vendor ──► test program (cached) ──► lines in, lines out
 *
 * Of a module that would bring gigabytes with it, `<name>/reduced.json` says what is left out; its
 * go.mod has the rest of it replaced by `./original`, and the files of `inside` come first.
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
import { basename, dirname, join } from 'node:path';
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
  const missing = reduce(work, target);
  if (missing !== undefined) return { missing };
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

interface Reduced {
  readonly module: string;
  /** Expression that finds the files that are left out. */
  readonly without: string;
}

/** Copies what is needed of the module; words where it cannot be fetched. */
function reduce(work: string, target: string): string | undefined {
  const file = join(work, 'reduced.json');
  if (!existsSync(file)) return undefined;
  const { module, without }: Reduced = JSON.parse(readFileSync(file, 'utf8'));
  const fetched = spawnSync('go', ['mod', 'download', '-json', module], { ...GO, cwd: tmpdir() });
  if (fetched.status !== 0) return `it cannot be fetched: ${lastLine(fetched.stderr)}`;
  const { Dir: source }: { readonly Dir: string } = JSON.parse(fetched.stdout);
  const left = new RegExp(without);
  // The module's name is the beginning of the package's.
  const own = target.slice(module.indexOf('@') + 1);
  for (const name of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!/(\.go|^go\.mod)$/.test(name) || left.test(name)) continue;
    copyInto(join(source, name), join(work, 'original', name));
  }
  const inside = join(work, 'inside', basename(target));
  for (const name of readdirSync(inside)) {
    if (!left.test(name)) copyInto(join(inside, name), join(work, 'original', own, name));
  }
  return undefined;
}

/** With modes of its own: the cache of modules is read-only. */
function copyInto(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, readFileSync(from));
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
    if (/\.(go|mod|sum|json)$/.test(name))
      hash.update(name).update(readFileSync(join(folder, name)));
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
