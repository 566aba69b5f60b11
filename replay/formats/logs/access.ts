/**
 * What all access logs share: which of their requests can be sent again, and what is known of them.
 */
import type { RecordedAnswer, RecordedRequest } from '../capture.ts';
import { ANYWHERE, type Draft } from '../text/in-order.ts';
import type { LineSink } from '../text/line-source.ts';
import { isHeaderValue, type RequestParts } from '../text/request-line.ts';
import { earlier, type Moment } from '../text/stamps.ts';
import { type CompletionRun, FROM_END } from './completion-run.ts';

export const NO_REQUEST = 'no request: the connection ended before one came';
/** Of a `-` where the request should be, and of what HAProxy writes there. */
export const NO_REQUEST_WORDS: ReadonlySet<string> = new Set(['-', '', '<BADREQ>', '- - -']);

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD']);
const skipReasons = new Map<string, string>();
const MOST_REASONS = 40;

/** Why a request of an access log is left out, as far as its method goes. */
export function methodReason(method: string, everyMethod: boolean): string | undefined {
  if (everyMethod || SAFE.has(method)) return undefined;
  const known = skipReasons.get(method);
  if (known !== undefined) return known;
  const reason = `${method} without a body, which access logs do not have`;
  if (skipReasons.size < MOST_REASONS) skipReasons.set(method, reason);
  return reason;
}

const answers = new Map<number, RecordedAnswer>();

/** An answer of which the status is known, and perhaps how long it took. */
export function answerOf(status: number, latencyNs?: number): RecordedAnswer {
  if (latencyNs !== undefined) return makeAnswer(status, BigInt(latencyNs));
  let answer = answers.get(status);
  if (answer === undefined) {
    answer = makeAnswer(status, undefined);
    answers.set(status, answer);
  }
  return answer;
}

function makeAnswer(status: number, latencyNs: bigint | undefined): RecordedAnswer {
  return { status, headers: [], body: undefined, latencyNs };
}

/** 100 … 599, of three digits; undefined for anything else, such as HAProxy's −1 for none. */
export function statusOf(text: string): number | undefined {
  return /^[1-5]\d\d$/.test(text) ? Number(text) : undefined;
}

/** Headers of name and value, without those that were not logged (`-`) or cannot be sent. */
export function headersOf(...pairs: readonly (readonly [string, string | undefined])[]): string[] {
  const headers: string[] = [];
  for (const [name, value] of pairs) {
    if (value === undefined || value === '-' || value === '' || !isHeaderValue(value)) continue;
    headers.push(name, value);
  }
  return headers;
}

/** Everything that a line of an access log may tell. */
export interface AccessRecord {
  readonly parts: RequestParts;
  readonly second: number;
  /** Or ANYWHERE. */
  readonly nanos: number;
  /** Whether that is when the answer ended: the arrival is earlier by the latency, if known. */
  readonly isEnd: boolean;
  readonly status: number | undefined;
  readonly latencyNs: number | undefined;
  readonly connection: string | undefined;
  readonly headers: readonly string[];
}

/** A line that was understood: used, or skipped for its method. */
export function useAccess(
  sink: LineSink,
  run: CompletionRun,
  everyMethod: boolean,
  record: AccessRecord,
): void {
  const { parts, second, nanos, isEnd, latencyNs } = record;
  const reason = methodReason(parts.method, everyMethod);
  if (reason !== undefined) {
    sink.skip(reason);
    return;
  }
  const draft = draftOf(record, sink.nextId());
  if (!isEnd || latencyNs === undefined) sink.use(draft, second, nanos);
  else if (nanos === ANYWHERE) run.push(draft, second, latencyNs);
  else {
    const arrival = arrivalOf(record);
    sink.note(FROM_END);
    sink.use(draft, arrival.second, arrival.nanos);
  }
}

/** The request of a line as reading gives it, but that coarse stamps are at their beginning. */
export function requestOf(record: AccessRecord, id: string): RecordedRequest {
  const { second, nanos } = arrivalOf({ ...record, nanos: Math.max(0, record.nanos) });
  return { ...draftOf(record, id), atNs: BigInt(second) * 1_000_000_000n + BigInt(nanos) };
}

function draftOf(record: AccessRecord, id: string): Draft {
  const { parts, status, latencyNs, connection, headers } = record;
  return {
    atNs: 0n,
    id,
    connection,
    method: parts.method,
    target: parts.target,
    headers: parts.host === undefined ? headers : ['Host', parts.host, ...headers],
    body: undefined,
    answer: status === undefined ? undefined : answerOf(status, latencyNs),
  };
}

function arrivalOf(record: AccessRecord): Moment {
  if (!record.isEnd || record.latencyNs === undefined) return record;
  return earlier(record, record.latencyNs) ?? { second: 0, nanos: 0 };
}

/**
 * Who sent a request, of a log with `client:port`. No client has port 0, and `-` stands for none:
 * `clientOf('10.0.0.1', '0')` is `10.0.0.1`, `clientOf('-', '0')` is undefined.
 */
export function clientOf(client: string, port: string | undefined): string | undefined {
  if (client === '-' || client === '') return undefined;
  const hasNone = port === undefined || port === '0' || port === '-' || port === '';
  return hasNone ? client : `${client}:${port}`;
}
