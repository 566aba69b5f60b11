/** What access logs keep of a request: neither bodies nor most headers. */
import type { RecordedAnswer, RecordedRequest } from '../capture.ts';
import type { CaptureEncoder, EncodedRecord } from '../format.ts';
import { emptyDraft } from '../text/line-source.ts';
import { headerOf, isHeaderValue, type RequestParts, requestParts } from '../text/request-line.ts';

const MOST_LINE_BYTES = 1024 * 1024;
/** Readers take no moment after it. */
const LAST_NS = 9_223_372_035_999_999_999n;
const LONGEST_NS = 1_000_000_000_000_000n;

/** A line of a log without its line feed, and the request as reading the line gives it again. */
export interface LoggedLine {
  readonly line: string;
  /** The moment by which servers put the line in order. */
  readonly atNs: bigint;
  readonly kept: RecordedRequest;
}

/**
 * Writes logs, Latin-1 if they are not ASCII anyway.
 *
 * @param order what is written when: a record goes in, those whose time has come go out
 */
export function logEncoder(
  lineOf: (request: RecordedRequest, parts: RequestParts) => LoggedLine,
  order: {
    readonly push: (record: EncodedRecord, request: RecordedRequest) => EncodedRecord[];
    readonly rest: () => EncodedRecord[];
  } = { push: (record) => [record], rest: () => [] },
): CaptureEncoder {
  return {
    add: (request) => {
      const parts = requestParts(request.method, request.target);
      if (typeof parts === 'string') return parts;
      const { line, atNs, kept } = lineOf(request, parts);
      const bytes = Buffer.from(`${line}\n`, 'utf8');
      if (bytes.length > MOST_LINE_BYTES) return 'line longer than 1 MiB';
      return { records: order.push({ type: '1', id: request.id, atNs, bytes }, request), kept };
    },
    rest: order.rest,
  };
}

/** Of a header that a log has a place for: `-` and nothing stand for none. */
export function loggedHeader(headers: readonly string[], name: string): string | undefined {
  const value = headerOf(headers, name);
  return value === '' || value === '-' || !isHeaderValue(value ?? '') ? undefined : value;
}

/** One with a status that readers take for one. */
export function loggedAnswer({ answer }: RecordedRequest): RecordedAnswer | undefined {
  return answer !== undefined && answer.status <= 599 ? answer : undefined;
}

/** Undefined for what is no duration of a request: clocks that went back, or 11 days. */
export function loggedLatencyNs(request: RecordedRequest): bigint | undefined {
  const latencyNs = loggedAnswer(request)?.latencyNs;
  const isOne = latencyNs !== undefined && latencyNs >= 0n && latencyNs < LONGEST_NS;
  if (isOne && request.atNs + latencyNs > LAST_NS) return undefined;
  return isOne ? latencyNs : undefined;
}

/** The connection as a field without spaces; undefined where there is nothing to say. */
export function loggedClient({ connection }: RecordedRequest): string | undefined {
  if (connection === undefined || connection === '' || connection === '-') return undefined;
  return connection.replace(/[^!-~]/g, '_');
}

/** As reading a log gives it again: headers and times as the log has them. */
export function logKept(
  request: RecordedRequest,
  { method, target }: RequestParts,
  headers: readonly string[],
  atNs: bigint,
  latencyNs: bigint | undefined,
): RecordedRequest {
  const answer = loggedAnswer(request);
  return {
    ...emptyDraft(request.id),
    atNs,
    connection: loggedClient(request),
    method,
    target,
    headers,
    answer: answer && { status: answer.status, headers: [], body: undefined, latencyNs },
  };
}
