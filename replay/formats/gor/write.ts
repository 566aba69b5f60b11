/** Writes records as GoReplay does, so that it can read them. */
import { STATUS_CODES } from 'node:http';
import { sha256Hex } from '../../hashes.ts';
import { ByTime } from '../by-time.ts';
import type { RecordedAnswer, RecordedRequest } from '../capture.ts';
import { chunked } from '../chunked.ts';
import type { EncodedRecord } from '../format.ts';
import { headText } from '../http-head.ts';
import { formatGorHeader, type GorHeader } from './header.ts';
import { connectionOf } from './pairs.ts';
import { SEPARATOR } from './separator.ts';

/**
 * The record of a request. Its bytes mean what was recorded: framing headers stay, and a body whose
 * head says that it is chunked is one chunk.
 */
export function encodeRequest(
  request: RecordedRequest,
  id: string = gorId(request),
): EncodedRecord {
  const { atNs, method, target, httpVersion = '1.1', transferNs = 0n } = request;
  const startLine = `${method} ${target} HTTP/${httpVersion}`;
  const { headers, body } = request;
  const bytes = encodeRecord({ type: '1', id, atNs, transferNs }, { startLine, headers, body });
  return { type: '1', id, atNs, bytes };
}

/** The record of a request's answer. One whose latency nobody knows has none in its header. */
export function encodeAnswer(
  { atNs: requestNs }: Pick<RecordedRequest, 'atNs'>,
  answer: RecordedAnswer,
  id: string,
): EncodedRecord {
  const { status, latencyNs, httpVersion = '1.1', reasonPhrase } = answer;
  const words = reasonPhrase ?? STATUS_CODES[status] ?? '';
  const firstByteNs = answer.firstByteNs ?? latencyNs ?? 0n;
  const atNs = requestNs + firstByteNs;
  const transferNs = latencyNs === undefined ? undefined : latencyNs - firstByteNs;
  const { headers, body } = answer;
  const startLine = `HTTP/${httpVersion} ${status} ${words}`;
  const bytes = encodeRecord({ type: '2', id, atNs, transferNs }, { startLine, headers, body });
  return { type: '2', id, atNs, bytes };
}

/**
 * A record's bytes, separator included. A body whose head says that it is chunked is one chunk.
 *
 * @param message its start line without line end, headers, and body, which must not hold the
 *   separator where somebody else is to read it
 */
export function encodeRecord(header: GorHeader, { startLine, headers, body }: WireMessage): Buffer {
  const start = Buffer.from(formatGorHeader(header) + headText(startLine, headers), 'latin1');
  if (body === undefined) return Buffer.concat([start, SEPARATOR]);
  return Buffer.concat([start, ...(isChunked(headers) ? chunked(body) : [body]), SEPARATOR]);
}

function isChunked(headers: readonly string[]): boolean {
  const isIt = (text: string, index: number) =>
    index % 2 === 0 && text.length === 17 && text.toLowerCase() === 'transfer-encoding';
  return headers.some(isIt);
}

/** A message as it is on the wire. */
export interface WireMessage {
  /** Such as `GET / HTTP/1.1`. */
  readonly startLine: string;
  readonly headers: readonly string[];
  readonly body: Uint8Array | undefined;
}

/**
 * The id under which a request is written: its own, where GoReplay could have made it and it names
 * the connection, or where nobody knows the connection; else 24 digits of which the first 16 are
 * the connection's.
 */
export function gorId({ id, connection }: Pick<RecordedRequest, 'id' | 'connection'>): string {
  if (connection === undefined ? /^[!-~]+$/.test(id) : connectionOf(id) === connection) return id;
  const first = connection === undefined ? sha256Hex(id, 16) : connectionDigits(connection);
  return first + sha256Hex(`${id}\0`, 8);
}

function connectionDigits(connection: string): string {
  return /^[0-9a-f]{16}$/.test(connection) ? connection : sha256Hex(connection, 16);
}

/**
 * Puts requests and answers in the order of their times, as a capture on the wire would have them:
 * a replay by GoReplay, which sorts a hundred records only, keeps its pace. Requests come in their
 * order; answers wait for their time.
 */
export class GorOrder {
  private readonly answers = new ByTime();

  /** What can be written now: earlier answers, and the request. */
  push(request: RecordedRequest): EncodedRecord[] {
    const id = gorId(request);
    const records = this.answers.takeUntil(request.atNs);
    records.push(encodeRequest(request, id));
    if (request.answer !== undefined) this.answers.add(encodeAnswer(request, request.answer, id));
    records.push(...this.answers.takeSurplus());
    return records;
  }

  /** The answers that are left. */
  rest(): EncodedRecord[] {
    return this.answers.rest();
  }
}
