/**
 * Where a file is written until it is whole: beside its place, which it takes by a rename, so that
 * a reader (or whoever finds it after a crash) has the old file or the new one and never a part.
 * Devices and pipes stay what they are and are written to: a rename would put a file in the place
 * of `/dev/null`.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Place {
  /** Where the bytes go now. */
  readonly path: string;
  /** How it is opened: a new file is new, whoever may have foreseen its name. */
  readonly flag: 'w' | 'wx';
  /** Gives the file its name. */
  readonly finish: () => void;
  /** Leaves nothing behind. */
  readonly discard: () => void;
}

/** Of a link, the place is what it leads to. Throws what the file system says. */
export function placeOf(path: string): Place {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found !== undefined && !found.isFile()) return inPlace(path);
  const place = found === undefined ? path : realpathSync(path);
  const beside = `${place}.${randomBytes(4).toString('hex')}`;
  return {
    path: beside,
    flag: 'wx',
    finish: () => renameSync(beside, place),
    discard: () => rmSync(beside, { force: true }),
  };
}

/** Of what is read while it grows, and says itself where it ends. */
export function inPlace(path: string): Place {
  const nothing = () => {};
  return { path, flag: 'w', finish: nothing, discard: nothing };
}

/**
 * Makes a folder and those above it. Throws what the file system says; `mkdirSync` with `recursive`
 * does not, where a folder's folder refuses with ENOENT (below `/proc`): it tries for ever.
 */
export function makeFolder(folder: string): void {
  if (isFolder(folder)) return;
  const above = dirname(folder);
  if (above !== folder) makeFolder(above);
  try {
    mkdirSync(folder);
  } catch (error) {
    // Somebody else may have made it in between.
    if (!isFolder(folder)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
