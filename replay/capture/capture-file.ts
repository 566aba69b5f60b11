/**
 * The files of a capture: readable for nobody else (mode 0600), never an old one written over, each
 * flush made of whole records. A process that is killed leaves whole records, and at most the
 * beginning of one more; `.gz` files get one gzip member a flush, so that all of them can be read.
 */
import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';

export interface FileOptions {
  /** Such as `req.gor`; with rotation `req_0.gor`, `req_1.gor`, … (and `req.gor_0.gz`, as GoReplay). */
  readonly path: string;
  /** A new file after as much as this, or as long as this. Undefined: one file. */
  readonly rotateBytes: number | undefined;
  readonly rotateMs: number | undefined;
}

export type RecordKind = 'request' | 'answer';

export interface WrittenFile {
  readonly name: string;
  bytes: number;
  records: number;
}

export class CaptureFiles {
  readonly files: WrittenFile[] = [];
  /** What went wrong last, if writing does not work now. */
  failure: string | undefined;
  readonly written: Record<RecordKind, number> = { request: 0, answer: 0 };
  /** Records that could not be written. */
  readonly lost: Record<RecordKind, number> = { request: 0, answer: 0 };
  private readonly options: FileOptions;
  private descriptor: number;
  private sinceMs: number;
  private pending: Buffer[] = [];
  private kinds: RecordKind[] = [];
  private pendingBytes = 0;

  /** Makes the first file. Throws where it cannot, or where there is one. */
  constructor(options: FileOptions, nowMs: number) {
    this.options = options;
    this.sinceMs = nowMs;
    this.descriptor = this.open();
  }

  /** Bytes over all files, what waits for a flush included. */
  get bytes(): number {
    return this.files.reduce((sum, { bytes }) => sum + bytes, this.pendingBytes);
  }

  get waitingBytes(): number {
    return this.pendingBytes;
  }

  append(record: Buffer, kind: RecordKind): void {
    this.pending.push(record);
    this.kinds.push(kind);
    this.pendingBytes += record.length;
  }

  /** Writes what waits. Never throws: what could not be written is counted, whole records of it. */
  flush(nowMs: number): void {
    if (this.pending.length === 0) return;
    const plain = Buffer.concat(this.pending);
    const { kinds } = this;
    this.pending = [];
    this.kinds = [];
    this.pendingBytes = 0;
    const file = this.files.at(-1)!;
    try {
      const bytes = this.options.path.endsWith('.gz') ? gzipSync(plain, { level: 1 }) : plain;
      this.write(bytes, file.bytes);
      file.bytes += bytes.length;
      file.records += kinds.length;
      for (const kind of kinds) this.written[kind]++;
      this.failure = undefined;
    } catch (error) {
      this.fail(error, file.bytes);
      for (const kind of kinds) this.lost[kind]++;
    }
    this.rotateIfDue(nowMs);
  }

  close(nowMs: number): void {
    this.flush(nowMs);
    closeSync(this.descriptor);
  }

  /** Removes the first file, which has nothing in it yet. */
  discard(): void {
    closeSync(this.descriptor);
    rmSync(this.nameOf(0), { force: true });
  }

  private write(bytes: Buffer, position: number): void {
    let done = 0;
    while (done < bytes.length) {
      done += writeSync(this.descriptor, bytes, done, bytes.length - done, position + done);
    }
  }

  /** The part that was written goes, so that what comes later stands behind whole records. */
  private fail(error: unknown, goodBytes: number): void {
    this.failure = error instanceof Error ? error.message : String(error);
    try {
      ftruncateSync(this.descriptor, goodBytes);
    } catch {
      // The next write begins at the same place.
    }
  }

  private rotateIfDue(nowMs: number): void {
    const { rotateBytes, rotateMs } = this.options;
    const file = this.files.at(-1)!;
    const isLarge = rotateBytes !== undefined && file.bytes >= rotateBytes;
    const isOld = rotateMs !== undefined && nowMs - this.sinceMs >= rotateMs && file.records > 0;
    if (!isLarge && !isOld) return;
    try {
      const before = this.descriptor;
      this.descriptor = this.open();
      this.sinceMs = nowMs;
      closeSync(before);
    } catch (error) {
      // The old one goes on.
      this.failure = error instanceof Error ? error.message : String(error);
    }
  }

  private nameOf(index: number): string {
    const { path, rotateBytes, rotateMs } = this.options;
    const isRotated = rotateBytes !== undefined || rotateMs !== undefined;
    return isRotated ? chunkName(path, index) : path;
  }

  private open(): number {
    const name = this.nameOf(this.files.length);
    const descriptor = openSync(name, 'wx', 0o600);
    this.files.push({ name: basename(name), bytes: 0, records: 0 });
    return descriptor;
  }
}

/** `x.gor`, 1 → `x_1.gor`; `x.gor.gz`, 1 → `x.gor_1.gz`: the index stands before the last dot. */
export function chunkName(path: string, index: number): string {
  const dot = path.lastIndexOf('.');
  const hasExtension = dot > path.lastIndexOf('/') + 1;
  if (!hasExtension) return `${path}_${index}`;
  return `${path.slice(0, dot)}_${index}${path.slice(dot)}`;
}
