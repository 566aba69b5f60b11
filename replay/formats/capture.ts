/**
 * What a capture tells, whatever its format: requests in the order of their arrival, each with the
 * answer that was recorded, if one was. Bytes stay bytes: bodies never pass through strings, heads
 * are Latin-1, which keeps every byte.
 *
 *     files ──format's reader──► batches of RecordedRequest ──► inspect, convert, replay, workload
 *                   └──► ReadReport: read = used + skipped + rejected, by reason
 */

/** One request of a capture. */
export interface RecordedRequest {
  /** Arrival, ns since the Unix epoch: exact, beyond what a number holds. */
  readonly atNs: bigint;
  /** Pairs a request with its answers; no space in it. */
  readonly id: string;
  /** Requests of one connection (or session) have the same; undefined where nobody knows. */
  readonly connection: string | undefined;
  readonly method: string;
  /** Path and query as on the wire, Latin-1. */
  readonly target: string;
  /** Name, value, name, value, … as on the wire, Latin-1; framing headers as they were recorded. */
  readonly headers: readonly string[];
  /** Without its chunked framing; its content coding is kept. Undefined where none was recorded. */
  readonly body: Uint8Array | undefined;
  readonly answer: RecordedAnswer | undefined;
}

/** What came back when it was recorded. */
export interface RecordedAnswer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Uint8Array | undefined;
  /** From the request's arrival to the end of the answer; undefined where it is not known. */
  readonly latencyNs: bigint | undefined;
}

/** A record that was not used. */
export interface BadRecord {
  readonly file: string;
  /** Byte at which it begins. */
  readonly offset: number;
  /** Such as `timestamp is no number`. */
  readonly reason: string;
}

/** The books of a reading: `read` = `used` + all of `skipped` + all of `rejected`. */
export interface ReadReport {
  readonly read: number;
  readonly used: number;
  /** Sound, and not wanted (such as answers without their request), by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Unsound, by reason. */
  readonly rejected: Readonly<Record<string, number>>;
  /** The first of them. */
  readonly examples: readonly BadRecord[];
  /** What is worth knowing of records that were used, such as `stamp out of order`, how often. */
  readonly noted?: Readonly<Record<string, number>>;
  /** Files that could not be read to their end: whatever the books say, there was more. */
  readonly incomplete?: readonly BadRecord[];
}

/** A capture that is read once, in constant memory. */
export interface CaptureSource {
  /** Such as `gor` or `combined`. */
  readonly format: string;
  readonly batches: AsyncIterable<readonly RecordedRequest[]>;
  /** Complete when the batches have come to their end. */
  readonly report: () => ReadReport;
}
