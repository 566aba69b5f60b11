/** Recorded requests as messages of GoReplay's middleware, and back. */
import { STATUS_CODES } from 'node:http';
import { Unclear } from '../capture/head.ts';
import { readRequest } from '../capture/whole-message.ts';
import type { RecordedRequest } from '../formats/capture.ts';
import { headText } from '../formats/http-head.ts';
import { DROPPED_HEADER } from '../redact/redactor.ts';
import type { ReplayedAnswer } from '../run/replayed-answers.ts';
import type { Original } from './originals.ts';
import type { GorMessage } from './protocol.ts';

/** Framing is made anew: a record's body has none. */
const FRAMING: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding']);

/** A request as its message, with a Content-Length where it has a body. */
export function toMessage(request: RecordedRequest): GorMessage {
  const { id, atNs, method, target, headers, body } = request;
  const http = httpOf(`${method} ${target} HTTP/1.1`, headers, body);
  return { type: 1, id, atNs, latencyNs: 0n, http };
}

function httpOf(
  firstLine: string,
  headers: readonly string[],
  body: Uint8Array | undefined,
): Buffer {
  const isKept = (_: string, index: number) =>
    !FRAMING.has(headers[index - (index % 2)]!.toLowerCase());
  const own = headers.filter(isKept);
  if (body !== undefined) own.push('Content-Length', String(body.length));
  const head = Buffer.from(headText(firstLine, own), 'latin1');
  return body === undefined ? head : Buffer.concat([head, body]);
}

/** The recorded answer as its message; undefined where none was recorded. */
export function answerMessage({ id, atNs, answer }: RecordedRequest): GorMessage | undefined {
  if (answer === undefined) return undefined;
  const { status, reasonPhrase = STATUS_CODES[status] ?? '', headers, body, latencyNs } = answer;
  const http = httpOf(`HTTP/1.1 ${status} ${reasonPhrase}`, headers, body);
  return { type: 2, id, atNs: atNs + (latencyNs ?? 0n), latencyNs: 0n, http };
}

/** What the target answered; its time is that of the send, its latency that of the whole answer. */
export function replayedMessage(replayed: ReplayedAnswer): GorMessage {
  const { id, method, sentAtMs, serviceMs, answer } = replayed;
  const { status, headers, body } = answer;
  const hasNone = method === 'HEAD' || status === 204 || status === 304;
  const isWhole = hasNone || body.type === 'bytes';
  const all = isWhole ? headers : [...headers, DROPPED_HEADER, 'too large'];
  const firstLine = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`;
  const http = httpOf(firstLine, all, body.type === 'bytes' && !hasNone ? body.bytes : undefined);
  return { type: 3, id, atNs: nsOf(sentAtMs), latencyNs: nsOf(serviceMs), http };
}

function nsOf(ms: number): bigint {
  const whole = Math.floor(ms);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6));
}

/**
 * A message as a request; what a message does not say (its connection, its recorded answer) is the
 * original's. A reason where it is no request.
 */
export function fromMessage(
  { id, atNs, http }: GorMessage,
  original: Original | undefined,
): RecordedRequest | string {
  const read = readRequest(http);
  if (read instanceof Unclear) return read.reason;
  const { method, target, headers } = read.head;
  const isBare = read.body.length === 0 && original?.hasBody !== true;
  return {
    atNs,
    id,
    connection: original?.connection,
    method,
    target,
    headers,
    body: isBare ? undefined : read.body,
    answer: original?.answer,
  };
}
