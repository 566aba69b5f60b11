/** Files as users see them: read with one clear line when they cannot be, written whole or not. */
import { accessSync, constants, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { makeFolder, placeOf } from '../replay/beside.ts';
import { significant } from '../simulator/model/units.ts';
import { UsageError } from '../simulator/model/usage-error.ts';

export const PROJECT: string = dirname(import.meta.dirname);
/** What is made once and kept; `PLIMSOLL_CACHE` puts it elsewhere, for machines that keep a cache. */
export const CACHE: string = process.env['PLIMSOLL_CACHE'] ?? join(PROJECT, '.cache');
/** State and log of every stack that `staging up` has started. */
export const STACKS: string = join(CACHE, 'staging');
/** Where runs leave what they made, unless they are told otherwise. */
export const RUNS: string = join(PROJECT, 'dist', 'runs');

/** The largest file of results, plan or log that is read: text longer than that is no string. */
export const MOST_DATA_BYTES: number = 500 * 1024 * 1024;

/** As short as a user would type it. */
export function shown(path: string): string {
  const fromHere = relative('.', path);
  return fromHere === '' || fromHere.startsWith('..') || isAbsolute(fromHere) ? path : fromHere;
}

/**
 * The text of a file. Throws a UsageError where it is not there, larger than `mostBytes`, or no
 * UTF-8.
 *
 * @param what such as `a load plan`
 */
export function readText(path: string, what: string, mostBytes: number): string {
  const file = shown(path);
  try {
    const { size } = statSync(path);
    if (size > mostBytes) {
      throw new UsageError(
        `${file}: expected ${what} of at most ${megabytes(mostBytes)}, found ${megabytes(size)}`,
      );
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (error instanceof TypeError) throw new UsageError(`${file}: expected UTF-8 text`);
    throw new UsageError(`cannot read ${file}: ${reasonOf(error)}`);
  }
}

function megabytes(bytes: number): string {
  return `${significant(bytes / 1024 / 1024)} MiB`;
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    ENOTDIR: 'a part of its path is no folder',
    EACCES: 'permission denied',
    EISDIR: 'it is a folder',
    ENOSPC: 'the disk is full',
    EFBIG: 'it would be larger than a file may be here',
    EROFS: 'the disk is read-only',
    EEXIST: 'a part of its path is no folder',
    EPERM: 'permission denied',
  };
  return words[code] ?? code;
}

/**
 * Makes the folder of a file that will be written later. Throws a UsageError where nothing can be
 * written there: before the work that the file is for, and not after it.
 */
export function prepareToWrite(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) throw new UsageError(`cannot write ${shown(path)}: it is a folder`);
  // A device is written to where it is.
  const written = found === undefined || found.isFile() ? dirname(path) : path;
  try {
    if (written !== path) makeFolder(written);
    accessSync(written, constants.W_OK);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

function cannotWrite(path: string, error: unknown): UsageError {
  return new UsageError(`cannot write ${shown(path)}: ${reasonOf(error)}`);
}

/**
 * Writes a file beside its place and renames it: a reader sees the old file or the new one, never a
 * part. Folders are made on the way. Throws a UsageError where it cannot.
 *
 * @param mode of the new file, such as 0o600 where nobody else is to read it
 */
export function writeWhole(path: string, text: string, mode: number = 0o666): void {
  let discard = () => {};
  try {
    makeFolder(dirname(path));
    const place = placeOf(path);
    discard = place.discard;
    writeFileSync(place.path, text, { mode, flag: place.flag });
    place.finish();
  } catch (error) {
    discard();
    throw cannotWrite(path, error);
  }
}

/** One line of JSON. */
export function writeJson(path: string, value: unknown): void {
  writeWhole(path, `${JSON.stringify(value)}\n`);
}

/** A line, or a text, on stdout. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** The command as it was given: whoever reads a result can ask again. */
export function givenCommand(): string {
  const quoted = process.argv
    .slice(2)
    .map((word) => (/[^\w./=:@%+-]/.test(word) ? `'${word}'` : word));
  return ['plimsoll', ...quoted].join(' ');
}
