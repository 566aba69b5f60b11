/** Writes a capture to one file, or to many under names that a template gives. */
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { RecordedRequest } from './capture.ts';
import { expandName, hasPlaceholders, indexIn, withIndex } from './chunk-names.ts';
import type { CaptureEncoder, EncodedRecord } from './format.ts';
import { lossesOf } from './losses.ts';
import { OutFile } from './out-file.ts';

export interface ChunkLimits {
  /** A file that has so many records is followed by another one. */
  readonly records?: number | undefined;
  /** … or one that is as long as this, before compression. */
  readonly bytes?: number | undefined;
}

export interface WrittenFile {
  readonly path: string;
  readonly records: number;
  readonly bytes: number;
}

/** A template with `%r` makes a file a request: the longest unused one is finished. */
const MOST_OPEN = 64;

export class CaptureWriter {
  readonly files: WrittenFile[] = [];
  /** Requests that cannot be written in this format, by reason. */
  readonly heldBack: Record<string, number> = {};
  /** What this format does not keep of requests that are written, and of how many. */
  readonly lost: Record<string, number> = {};
  private readonly template: string;
  private readonly encoder: CaptureEncoder;
  private readonly limits: ChunkLimits;
  private readonly isIndexed: boolean;
  private readonly instance = randomBytes(8)
    .toString('hex')
    .slice(0, 8)
    .replace(/[0-9]/g, (digit) => String.fromCharCode(103 + Number(digit)));
  /** By name without index, the longest unused one first. */
  private readonly open = new Map<string, OutFile>();
  private readonly nextIndex = new Map<string, number>();

  /**
   * @param template a path; with placeholders, or with limits, its files are numbered, from the
   *   number after the highest one that is there
   */
  constructor(template: string, encoder: CaptureEncoder, limits: ChunkLimits = {}) {
    this.template = template;
    this.encoder = encoder;
    this.limits = limits;
    const isLimited = limits.records !== undefined || limits.bytes !== undefined;
    this.isIndexed = isLimited || hasPlaceholders(template);
  }

  /** Requests come in the order of their arrival. Throws a CaptureFileError. */
  async add(request: RecordedRequest): Promise<void> {
    const encoded = this.encoder.add(request);
    if (typeof encoded === 'string') {
      count(this.heldBack, encoded);
      return;
    }
    for (const what of lossesOf(request, encoded.kept)) count(this.lost, what);
    for (const record of encoded.records) await this.write(record);
  }

  /** Finishes all files. A capture without a record is one empty file. Throws as `add`. */
  async close(): Promise<void> {
    for (const record of this.encoder.rest()) await this.write(record);
    if (this.files.length === 0 && this.open.size === 0 && !hasPlaceholders(this.template)) {
      await this.fileFor(this.template);
    }
    for (const name of [...this.open.keys()]) await this.finish(name);
  }

  /** Leaves nothing behind of files that are not finished. */
  async discard(): Promise<void> {
    for (const file of this.open.values()) await file.discard();
    this.open.clear();
  }

  private async write(record: EncodedRecord): Promise<void> {
    const name = expandName(this.template, { ...record, instance: this.instance });
    const file = await this.fileFor(name);
    const { between } = this.encoder;
    if (file.records > 0 && between !== undefined) await file.write(Buffer.from(between));
    await file.write(record.bytes);
    file.records++;
    const { records = Number.POSITIVE_INFINITY, bytes = Number.POSITIVE_INFINITY } = this.limits;
    if (file.records >= records || file.bytes >= bytes) await this.finish(name);
  }

  private async fileFor(name: string): Promise<OutFile> {
    const found = this.open.get(name);
    if (found !== undefined) {
      if (this.open.size > 1) this.open.delete(name);
      this.open.set(name, found);
      return found;
    }
    if (this.open.size >= MOST_OPEN) await this.finish(this.open.keys().next().value!);
    const file = new OutFile(this.isIndexed ? this.indexed(name) : name);
    this.open.set(name, file);
    if (this.encoder.before !== undefined) await file.write(Buffer.from(this.encoder.before));
    return file;
  }

  private indexed(name: string): string {
    const index = this.nextIndex.get(name) ?? firstFree(name);
    this.nextIndex.set(name, index + 1);
    return withIndex(name, index);
  }

  private async finish(name: string): Promise<void> {
    const file = this.open.get(name)!;
    if (this.encoder.after !== undefined) await file.write(Buffer.from(this.encoder.after));
    this.open.delete(name);
    await file.close();
    const { path, records, bytes } = file;
    this.files.push({ path, records, bytes });
  }
}

function count(counts: Record<string, number>, what: string): void {
  counts[what] = (counts[what] ?? 0) + 1;
}

function firstFree(path: string): number {
  let next = 0;
  for (const name of namesIn(dirname(path))) {
    const index = indexIn(basename(path), name);
    if (index !== undefined && index >= next) next = index + 1;
  }
  return next;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // It will be made, or writing says why it cannot be.
  }
}
