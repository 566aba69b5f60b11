/** A file of a capture under way: written beside its place, readable by its owner only. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { makeFolder, type Place, placeOf } from '../beside.ts';

/** The file cannot be made or written: no such folder, a full disk. */
export class CaptureFileError extends Error {
  override readonly name = 'CaptureFileError';
  readonly code = 'CAPTURE_NOT_WRITTEN';
}

const BLOCK_BYTES = 128 * 1024;
const OWNER_ONLY = 0o600;

export class OutFile {
  readonly path: string;
  /** Before compression. */
  bytes = 0;
  records = 0;
  private readonly place: Place;
  private readonly stream: Writable;
  private readonly written: Promise<void>;
  private failure: unknown;
  private block: Uint8Array[] = [];
  private blockBytes = 0;

  /** Gzip where the name ends in `.gz`. Folders are made on the way. Throws a CaptureFileError. */
  constructor(path: string) {
    this.path = path;
    try {
      makeFolder(dirname(path));
      this.place = placeOf(path);
    } catch (cause) {
      throw new CaptureFileError(`cannot write ${path}`, { cause });
    }
    const file = createWriteStream(this.place.path, {
      mode: OWNER_ONLY,
      flags: this.place.flag,
    });
    const gzip = path.endsWith('.gz') ? createGzip() : undefined;
    this.stream = gzip ?? file;
    this.written = gzip === undefined ? pipelineEnd(file) : pipeline(gzip, file);
    this.written.catch((error) => {
      this.failure = error;
    });
  }

  /** Waits where the disk is slower than the records come. */
  async write(bytes: Uint8Array): Promise<void> {
    this.block.push(bytes);
    this.blockBytes += bytes.length;
    this.bytes += bytes.length;
    if (this.blockBytes >= BLOCK_BYTES) await this.flush();
  }

  /** Gives the file its name. Throws a CaptureFileError. */
  async close(): Promise<void> {
    try {
      await this.flush();
      this.stream.end();
      await this.written;
      this.place.finish();
    } catch (cause) {
      await this.discard();
      throw cause instanceof CaptureFileError ? cause : this.error(cause);
    }
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    this.stream.destroy();
    await this.written.catch(() => {});
    this.place.discard();
  }

  private async flush(): Promise<void> {
    const block = Buffer.concat(this.block);
    this.block = [];
    this.blockBytes = 0;
    if (this.failure !== undefined) throw this.error(this.failure);
    if (this.stream.write(block)) return;
    await Promise.race([once(this.stream, 'drain'), this.written]);
  }

  private error(cause: unknown): CaptureFileError {
    return new CaptureFileError(`cannot write ${this.path}`, { cause });
  }
}

function pipelineEnd(file: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    file.once('close', resolve);
    file.once('error', reject);
  });
}
