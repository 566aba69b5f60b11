/** Finds a k6 that can play the scenarios, or builds one. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { executables } from './executables.ts';
import { interruption } from './interrupt.ts';
import { buildK6, cachedK6Path } from './k6-build.ts';
import { say } from './progress.ts';

const OLDEST_MAJOR = 2;
const OLDEST_GO: readonly [number, number] = [1, 25];
const ANSWER_TIMEOUT_MS = 10_000;

/** k6 reports nothing about its user, and fetches no other binary when it sees `k6/x/…`. */
export const K6_ENV: Readonly<Record<string, string>> = {
  K6_NO_USAGE_REPORT: 'true',
  K6_AUTO_EXTENSION_RESOLUTION: 'false',
};

export interface K6 {
  readonly path: string;
  /** Such as `2.2.0`. */
  readonly version: string;
  /** Knows `--out plimsoll=<file>`; otherwise its `--out json` is read. */
  readonly hasPlimsollOutput: boolean;
}

export interface FindK6Options {
  /** Whose PATH is searched, and what a build inherits. */
  readonly env?: NodeJS.ProcessEnv;
  /** Build one where none is found; needs Go 1.25. Default true. */
  readonly build?: boolean;
  /** Default: the project's cache. */
  readonly cachePath?: string;
  readonly signal?: AbortSignal;
}

/**
 * A k6 of version 2 or newer. The one on PATH when it knows our output, else the cached build, else
 * any on PATH, else a new build; undefined where there is none and no Go to build it. Throws a
 * K6BuildError when the build fails.
 */
export async function findK6(options: FindK6Options = {}): Promise<K6 | undefined> {
  const { env = process.env, cachePath = cachedK6Path() } = options;
  const onPath = await findOnPath(env);
  if (onPath?.hasPlimsollOutput) return onPath;
  const cached = existsSync(cachePath) ? await askVersion(cachePath, env) : undefined;
  if (cached?.hasPlimsollOutput) return cached;
  if (onPath !== undefined) return onPath;
  if (options.build === false || !(await hasGo(env))) return undefined;
  await buildK6(env, options.signal ?? interruption(), cachePath);
  return askVersion(cachePath, env);
}

async function findOnPath(env: NodeJS.ProcessEnv): Promise<K6 | undefined> {
  for (const path of executables('k6', env)) {
    const k6 = await askVersion(path, env);
    if (k6 === undefined) continue;
    if (Number.parseInt(k6.version, 10) >= OLDEST_MAJOR) return k6;
    say(`passing over ${path}: k6 ${k6.version} is too old, ${OLDEST_MAJOR}.0 or newer is needed`);
  }
  return undefined;
}

/** Undefined for a program that does not answer as k6 does. */
async function askVersion(path: string, env: NodeJS.ProcessEnv): Promise<K6 | undefined> {
  const text = await answer(path, ['version'], env);
  return text === undefined ? undefined : parseK6Version(path, text);
}

/**
 * Reads what `k6 version` prints, extensions included; undefined where it is something else.
 * `parseK6Version('k6', 'k6 v2.2.0 (go1.26.8, linux/amd64)')` has version `2.2.0`.
 */
export function parseK6Version(path: string, text: string): K6 | undefined {
  const version = /^k6(?:\.exe)? v?(\d+\.\d+\.\d+\S*)/m.exec(text)?.[1];
  if (version === undefined) return undefined;
  return { path, version, hasPlimsollOutput: /, plimsoll \[output\]/.test(text) };
}

async function hasGo(env: NodeJS.ProcessEnv): Promise<boolean> {
  const [go] = executables('go', env);
  if (go === undefined) return false;
  const text = await answer(go, ['env', 'GOVERSION'], env);
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(text ?? '')?.map(Number) ?? [];
  const [oldestMajor, oldestMinor] = OLDEST_GO;
  if (major === undefined || minor === undefined) return false;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return true;
  say(`Go ${OLDEST_GO.join('.')} or newer is needed to build k6; found ${major}.${minor}`);
  return false;
}

const run = promisify(execFile);

async function answer(
  path: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  try {
    const { stdout } = await run(path, args, {
      env: { ...env, ...K6_ENV },
      timeout: ANSWER_TIMEOUT_MS,
    });
    return stdout;
  } catch {
    return undefined;
  }
}
