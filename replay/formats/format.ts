/** What a format of captures is to those who read, write and convert them. */
import type { CaptureSource, RecordedRequest } from './capture.ts';
import type { ReadOptions as TextReadOptions, WriteOptions } from './text/text-format.ts';

/** Formats ignore what does not concern them. */
export interface ReadOptions extends TextReadOptions {
  /** Records may be out of order by so many. */
  readonly window?: number;
}

/** One record as it stands in a file. */
export interface EncodedRecord {
  /** `1` a request, `2` an answer; formats that keep both together write `1`. */
  readonly type: '1' | '2' | '3';
  readonly id: string;
  readonly atNs: bigint;
  readonly bytes: Uint8Array;
}

/** A request that can be written. */
export interface Encoded {
  /** What can be written now: not always the request that was added. */
  readonly records: readonly EncodedRecord[];
  /** The request as reading gives it again: what is not in it, the format cannot hold. */
  readonly kept: RecordedRequest;
}

/** Turns requests into the records of one format. */
export interface CaptureEncoder {
  /** Words say why the request cannot be written, such as `method is no token`. */
  readonly add: (request: RecordedRequest) => Encoded | string;
  /** What is left when there are no more requests. */
  readonly rest: () => readonly EncodedRecord[];
  /** What stands in a file before its first record, between two, and after its last. */
  readonly before?: string;
  readonly between?: string;
  readonly after?: string;
}

export interface Format {
  /** As `--from` and `--to` say it. */
  readonly name: string;
  readonly title: string;
  /** Of file names, without `.gz`. */
  readonly suffixes: readonly string[];
  /** Whether a file that begins with these bytes (decompressed, a few KiB) is of this format. */
  readonly recognizes: (head: Uint8Array) => boolean;
  /** Several files are one capture. Throws a UsageError where one cannot be opened. */
  readonly read: (paths: readonly string[], options: ReadOptions) => CaptureSource;
  /** Throws a UsageError for options that make no sense. */
  readonly encoder: (options?: WriteOptions) => CaptureEncoder;
}
