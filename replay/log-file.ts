/** A file that only grows, written in the background and in order. */
import { type FileHandle, open } from 'node:fs/promises';

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
  private readonly handle: FileHandle;
  private written: Promise<void> = Promise.resolve();

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.handle = handle;
  }

  /**
   * Begins an empty file. Throws a LogFileError.
   *
   * @param mode who may read it; a file that is there already gets it as well
   */
  static async open(path: string, mode?: number): Promise<LogFile> {
    try {
      const handle = await open(path, 'w', mode);
      if (mode !== undefined) await handle.chmod(mode);
      return new LogFile(path, handle);
    } catch (cause) {
      throw new LogFileError(`cannot write ${path}`, { cause });
    }
  }

  /** Returns at once; a failure shows in `failure` and in `close`. */
  write(text: string): void {
    this.pending += text.length;
    this.written = this.written.then(() => this.append(text));
  }

  /** Waits for everything to be written. Throws the first failure. */
  async close(): Promise<void> {
    await this.written;
    await this.handle.close();
    if (this.failure !== undefined) throw this.failure;
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
