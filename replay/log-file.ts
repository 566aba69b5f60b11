/** A file that only grows, written in the background; it has its name when it is whole. */
import { type FileHandle, open } from 'node:fs/promises';
import { type Place, placeOf } from './beside.ts';

/** The file cannot be made or written: no such folder, a full disk. */
export class LogFileError extends Error {
  override readonly name = 'LogFileError';
  readonly code = 'LOG_NOT_WRITTEN';
}

export class LogFile {
  /** The first thing that went wrong; nothing is written after it. */
  failure: LogFileError | undefined;
  /** Handed over and not on its way to the disk yet, in characters. */
  pending = 0;
  private readonly path: string;
  private readonly place: Place;
  private readonly handle: FileHandle;
  private written: Promise<void> = Promise.resolve();

  private constructor(path: string, place: Place, handle: FileHandle) {
    this.path = path;
    this.place = place;
    this.handle = handle;
  }

  /**
   * Begins an empty file beside the one that may be there. Throws a LogFileError.
   *
   * @param mode who may read it
   * @param placed where it is until it is whole
   */
  static async open(
    path: string,
    mode: number = 0o666,
    placed: (path: string) => Place = placeOf,
  ): Promise<LogFile> {
    try {
      const place = placed(path);
      const handle = await open(place.path, place.flag, mode);
      return new LogFile(path, place, handle);
    } catch (cause) {
      throw new LogFileError(`cannot write ${path}`, { cause });
    }
  }

  /** Returns at once; a failure shows in `failure` and in `close`. */
  write(text: string): void {
    this.pending += text.length;
    this.written = this.written.then(() => this.append(text));
  }

  /** Waits for everything to be written. Throws the first failure: then there is no new file. */
  async close(): Promise<void> {
    await this.written;
    await this.handle.close();
    if (this.failure === undefined) this.finish();
    if (this.failure === undefined) return;
    this.place.discard();
    throw this.failure;
  }

  private finish(): void {
    try {
      this.place.finish();
    } catch (cause) {
      this.failure = new LogFileError(`cannot write ${this.path}`, { cause });
    }
  }

  private async append(text: string): Promise<void> {
    this.pending -= text.length;
    if (this.failure !== undefined) return;
    try {
      await this.handle.appendFile(text);
    } catch (cause) {
      this.failure = new LogFileError(`cannot write ${this.path}`, { cause });
    }
  }
}
