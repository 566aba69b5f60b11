/** What a format of text offers, so that a registry can find it by name, suffix or first bytes. */
import type { CaptureSource } from '../capture.ts';
import type { CaptureEncoder } from '../format.ts';
import type { FieldMap } from '../logs/field-map.ts';

/** The bytes of one file, decompressed, and the name that messages call it by. */
export interface CaptureInput {
  readonly file: string;
  /** Chunks of any size; the bytes of one may change when the next is asked for. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** How a capture is read; formats ignore what does not concern them. */
export interface ReadOptions {
  /** Of the moments inside coarse stamps; default 1. The same seed gives the same moments. */
  readonly seed?: number;
  /**
   * Access logs have no bodies: requests other than GET and HEAD are skipped, and counted, unless
   * this is true. Statistics want all of them, replays do not.
   */
  readonly everyMethod?: boolean;
  /** An `nginx` log_format or an Apache `LogFormat` string, for the format `log-format`. */
  readonly logFormat?: string;
  /** Where JSON lines have what; see `parseFieldMap`. */
  readonly fields?: FieldMap;
  /** Lines that are held back at most while they are put in order; default 65,536. */
  readonly mostHeld?: number;
  /** Rate in requests per second of targets that have no time; default 50, as vegeta's. */
  readonly ratePerSecond?: number;
}

/** How a capture is written. */
export interface WriteOptions {
  /** Scheme and host of URLs where a request has no Host header; default `http://localhost`. */
  readonly origin?: string;
  /** As that of `ReadOptions`. */
  readonly logFormat?: string;
}

export interface TextFormat {
  /** Such as `combined`; what `--format` takes. */
  readonly name: string;
  /** Such as `.har`; without `.gz`. Several formats may share `.log`. */
  readonly suffixes: readonly string[];
  /** Whether a file that begins with these bytes (64 KiB are plenty) is of this format. */
  readonly looksLike: (head: Uint8Array) => boolean;
  /** The requests of one file. Throws a UsageError for options that make no sense. */
  readonly read: (input: CaptureInput, options?: ReadOptions) => CaptureSource;
  /** Throws a UsageError for options that make no sense. */
  readonly encoder: (options?: WriteOptions) => CaptureEncoder;
}

/** The first line of a file's beginning that is not empty, as Latin-1; at most 64 KiB of it. */
export function firstLine(head: Uint8Array): string {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 65_536));
  return /[^\r\n]+/.exec(text.toString('latin1'))?.[0] ?? '';
}
