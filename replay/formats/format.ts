/** What a format of captures is to those who read, write and convert them. */
import type { CaptureSource, RecordedRequest } from './capture.ts';
import type { FieldMap } from './logs/field-map.ts';

export interface ReadOptions {
  /** Records may be out of order by so many. */
  readonly window?: number;
  /** Of a server's own log: see `compileLogFormat`. */
  readonly logFormat?: string;
  /** Where JSON lines have what. */
  readonly fields?: FieldMap;
}

/** One record as it stands in a file. */
export interface EncodedRecord {
  /** `1` a request, `2` an answer; formats that keep both together write `1`. */
  readonly type: '1' | '2' | '3';
  readonly id: string;
  readonly atNs: bigint;
  readonly bytes: Uint8Array;
}

/** Turns requests into the records of one format. */
export interface CaptureEncoder {
  /** What can be written now; or words why the request cannot be, such as `method is no token`. */
  readonly add: (request: RecordedRequest) => readonly EncodedRecord[] | string;
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
  /** Undefined where it is only read. */
  readonly encoder: (() => CaptureEncoder) | undefined;
}
