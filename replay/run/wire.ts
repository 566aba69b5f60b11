/**
 * A recorded request as it goes over the wire: request line and body as they were, headers too but
 * for those that belong to the recorded connection, the recorded host, and the recorded framing.
 * What cannot be sent as it was is held back, never mended.
 */
import type { RecordedRequest } from '../formats/capture.ts';
import { headerValues } from '../redact/cookies.ts';
import type { HeldBack } from './step.ts';

export interface Wire {
  readonly method: string;
  readonly path: string;
  /** Name, value, name, value, …; Host and framing are the sender's. */
  readonly headers: readonly string[];
  readonly body: Uint8Array | undefined;
}

const ORIGIN_FORM = /^\/[\x21-\xff]*$/;
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** A tunnel, an echo of secrets, and the first word of HTTP/2: no requests of an application. */
const NEVER_SENT: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'PRI']);

/** Of one connection only (RFC 9110 §7.6.1), or for a proxy on the way. */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Every name that may lead to the recorded host: applications build links and calls from them. */
export const NAMES_OF_HOST: ReadonlySet<string> = new Set([
  'host',
  'x-forwarded-host',
  'x-forwarded-server',
  'x-original-host',
  'x-host',
  'forwarded',
]);

/**
 * What is not sent: what was of that connection or host, framing, which is made anew from the body,
 * and a question that the recorded client asked before its body.
 */
export const LEFT_OUT: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  ...NAMES_OF_HOST,
  'content-length',
  'expect',
]);

/**
 * What to send for a record, or why nothing. Sources: RFC 9112 §3.2 (forms of a target) and §6
 * (framing), RFC 9110 §7.6.1 (hop by hop) and §10.1.1 (Expect).
 *
 * `GET http://elsewhere/ HTTP/1.1` is held back: `target is no path`.
 */
export function wireOf(request: RecordedRequest): Wire | HeldBack {
  const { method, target, body } = request;
  if (!TOKEN.test(method)) return 'method is no token';
  if (NEVER_SENT.has(method)) return 'method is never sent';
  if (!ORIGIN_FORM.test(target)) return 'target is no path';
  if (switchesProtocol(request)) return 'it changes the protocol';
  const lengthProblem = wrongLength(request);
  if (lengthProblem !== undefined) return lengthProblem;
  const headers = sentHeaders(request.headers);
  return typeof headers === 'string' ? headers : { method, path: target, headers, body };
}

function sentHeaders(recorded: readonly string[]): string[] | HeldBack {
  const named = namedByConnection(recorded);
  const headers: string[] = [];
  for (let i = 0; i < recorded.length; i += 2) {
    const [name, value] = [recorded[i]!, recorded[i + 1] ?? ''];
    if (!TOKEN.test(name)) return 'a header is malformed';
    if (!FIELD_VALUE.test(value)) return 'a header is malformed';
    const lower = name.toLowerCase();
    if (LEFT_OUT.has(lower) || named?.has(lower)) continue;
    headers.push(name, value);
  }
  return headers;
}

/** Headers that `Connection` says are of that connection only; undefined where it names none. */
export function namedByConnection(headers: readonly string[]): ReadonlySet<string> | undefined {
  const values = headerValues(headers, 'connection');
  if (values.every((value) => /^(keep-alive|close)$/i.test(value))) return undefined;
  return new Set(
    values.flatMap((value) =>
      value
        .trim()
        .toLowerCase()
        .split(/[\t ]*,[\t ]*/),
    ),
  );
}

/** HTTP/2 over plain text is an offer that may be left out; a web socket is no request alone. */
function switchesProtocol({ headers }: RecordedRequest): boolean {
  const offers = headerValues(headers, 'upgrade');
  return offers.some((offer) => offer !== '' && !/^h2c?$/i.test(offer));
}

/** A body that is not there, or not all of it, would make another request of it. */
function wrongLength({ headers, body }: RecordedRequest): HeldBack | undefined {
  const lengths = headerValues(headers, 'content-length');
  const length = body?.length ?? 0;
  if (headerValue(headers, 'transfer-encoding') !== undefined) {
    return body === undefined ? 'its body was not recorded' : undefined;
  }
  const [announced] = lengths;
  if (announced === undefined) return undefined;
  const isClear = /^\d{1,15}$/.test(announced) && lengths.every((each) => each === announced);
  if (!isClear) return 'its framing is malformed';
  if (Number(announced) === length) return undefined;
  return length === 0 ? 'its body was not recorded' : 'its body is not whole';
}

/** The first value of a header, by its name in lower case. */
export function headerValue(headers: readonly string[], name: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    const found = headers[i]!;
    if (found.length === name.length && found.toLowerCase() === name) return headers[i + 1];
  }
  return undefined;
}
