/** What access logs keep of a request: neither bodies nor most headers. */

import { ByTime } from '../by-time.ts';
import type { RecordedAnswer, RecordedRequest } from '../capture.ts';
import type { CaptureEncoder, EncodedRecord } from '../format.ts';
import { emptyDraft } from '../text/line-source.ts';
import { headerOf, isHeaderValue, type RequestParts, requestParts } from '../text/request-line.ts';

const MOST_LINE_BYTES = 1024 * 1024;
/** Readers take no moment after it. */
const LAST_NS = 9_223_372_035_999_999_999n;
const LONGEST_NS = 1_000_000_000_000_000n;

/** A line of a log, and the request as reading the line gives it again. */
export interface LoggedLine {
  /** Bytes as Latin-1, without the line feed. */
  readonly line: string;
  /** The moment by which servers put the line in order. */
  readonly atNs: bigint;
  readonly kept: RecordedRequest;
}

/** What is written when: a record goes in, those whose time has come go out. */
interface LineOrder {
  readonly push: (record: EncodedRecord, request: RecordedRequest) => EncodedRecord[];
  readonly rest: () => EncodedRecord[];
}

/** In the order of the arrivals. */
const AS_THEY_COME: LineOrder = { push: (record) => [record], rest: () => [] };

/** In the order of `LoggedLine.atNs`. */
export function byTime(): LineOrder {
  const waiting = new ByTime();
  return {
    push: (record, { atNs }) => {
      waiting.add(record);
      return [...waiting.takeUntil(atNs), ...waiting.takeSurplus()];
    },
    rest: () => waiting.rest(),
  };
}

/** @param lineOf words say why there is none */
export function logEncoder(
  lineOf: (request: RecordedRequest, parts: RequestParts) => LoggedLine | string,
  order: LineOrder = AS_THEY_COME,
): CaptureEncoder {
  return {
    add: (request) => {
      const parts = requestParts(request.method, request.target);
      if (typeof parts === 'string') return parts;
      const logged = lineOf(request, parts);
      if (typeof logged === 'string') return logged;
      const { line, atNs, kept } = logged;
      const bytes = Buffer.from(`${line}\n`, 'latin1');
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

/** Of the answer's body, as far as anybody knows. */
export function loggedBytes({ answer }: RecordedRequest): string {
  const told = headerOf(answer?.headers ?? [], 'content-length') ?? '';
  if (answer?.body !== undefined) return String(answer.body.length);
  return /^\d{1,15}$/.test(told) ? told : '0';
}
