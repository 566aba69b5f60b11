/**
 * An entry of a HAR: a request and its answer. Bodies are text, or base64 where they say so; bodies
 * of answers have lost their content coding, so the headers that tell of it are left out. What a
 * browser took from its cache never reached a server and is skipped.
 * Source: HAR 1.2 (J. Odvarko). Chromium's and Firefox's own fields begin with an underscore, and
 * so do ours: `_id`, `_timeUnknown`, `_isCoded` (a body that could not be decoded).
 */
import { STATUS_CODES } from 'node:http';
import { codingOf } from '../../redact/content-coding.ts';
import type { RecordedAnswer } from '../capture.ts';
import type { Draft } from '../text/in-order.ts';
import { isMap, type Json, type JsonMap, member, parseJson, textOf } from '../text/json.ts';
import { emptyDraft } from '../text/line-source.ts';
import {
  headerOf,
  isHeaderName,
  isHeaderValue,
  latin1Of,
  requestParts,
  withHost,
} from '../text/request-line.ts';
import { type Moment, parseIso } from '../text/stamps.ts';

/** A longer one is refused. */
export const MOST_ENTRY_BYTES: number = 64 * 1024 * 1024;
/** Of what was decoded already, or is framing. */
const CODING: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-length',
  'transfer-encoding',
]);

/** What an entry tells; a string is why it is unsound. */
export type Meaning =
  | { readonly draft: Draft; readonly moment: Moment }
  | { readonly skip: string }
  | string;

/** @param id of the request, where the entry has none */
export function meaningOf(bytes: Uint8Array, id: string): Meaning {
  const entry = parseJson(bytes)?.value;
  if (!isMap(entry)) return 'entry is no JSON';
  const skip = skipReason(entry);
  if (skip !== undefined) return { skip };
  const request = member(entry, 'request');
  const [method, url] = [member(request, 'method'), member(request, 'url')];
  if (typeof url !== 'string' || typeof method !== 'string') return 'entry without method and url';
  const parts = requestParts(method, latin1Of(url));
  if (typeof parts === 'string') return parts;
  const moment = parseIso(textOf(member(entry, 'startedDateTime')) ?? '');
  if (moment === undefined) return 'startedDateTime is no moment';
  const headers = headersOf(member(request, 'headers'));
  if (headers === undefined) return 'header that cannot be sent';
  const draft = {
    ...emptyDraft(ownId(entry) ?? id),
    connection: textOf(member(entry, 'connection'))?.replaceAll(' ', '_'),
    method: parts.method,
    target: parts.target,
    headers: withHost(headers, parts.host),
    body: bodyOf(member(request, 'postData')),
    answer: answerOf(entry),
    ...versionOf(request),
  };
  return { draft, moment };
}

function ownId(entry: JsonMap): string | undefined {
  const id = textOf(member(entry, '_id')) ?? '';
  return /^[!-~]{1,100}$/.test(id) ? id : undefined;
}

function skipReason(entry: JsonMap): string | undefined {
  const url = textOf(member(member(entry, 'request'), 'url')) ?? '';
  const scheme = /^([a-z][a-z0-9+.-]{0,20}):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === 'ws' || scheme === 'wss') return 'WebSocket';
  if (scheme !== undefined && !scheme.startsWith('http')) return 'no http(s) URL';
  const isCached = member(entry, '_fromCache') !== undefined;
  return isCached ? "answered by the browser's cache, not by a server" : undefined;
}

/**
 * Names and values in turn; without the pseudo-headers of HTTP/2. Undefined where one could not
 * have been sent.
 */
function headersOf(list: Json | undefined): string[] | undefined {
  const headers: string[] = [];
  for (const header of Array.isArray(list) ? (list as readonly Json[]) : []) {
    const name = textOf(member(header, 'name')) ?? '';
    const value = latin1Of(textOf(member(header, 'value')) ?? '');
    if (name === ':authority') headers.unshift('Host', value);
    if (name.startsWith(':')) continue;
    if (!isHeaderName(name) || !isHeaderValue(value)) return undefined;
    headers.push(name, value);
  }
  return headers;
}

function bodyOf(data: Json | undefined): Uint8Array | undefined {
  const text = member(data, 'text');
  if (typeof text === 'string' && text !== '') {
    const isBase64 =
      member(data, 'encoding') === 'base64' || member(data, '_encoding') === 'base64';
    return Buffer.from(text, isBase64 ? 'base64' : 'utf8');
  }
  const params = member(data, 'params');
  if (!Array.isArray(params) || params.length === 0) return undefined;
  // Posted forms: what the browser tells as fields is joined again.
  const form = new URLSearchParams();
  for (const param of params as readonly Json[]) {
    form.append(textOf(member(param, 'name')) ?? '', textOf(member(param, 'value')) ?? '');
  }
  return Buffer.from(form.toString());
}

function answerOf(entry: JsonMap): RecordedAnswer | undefined {
  const response = member(entry, 'response');
  const status = member(response, 'status');
  // 0: blocked, or given up.
  if (typeof status !== 'number' || !(status >= 100 && status <= 599)) return undefined;
  const all = headersOf(member(response, 'headers')) ?? [];
  const content = member(response, 'content');
  const body = bodyOf(content);
  const isCoded = member(content, '_isCoded') === true;
  const told = textOf(member(response, 'statusText'));
  const reasonPhrase = keptWords(Math.trunc(status), told === undefined ? told : latin1Of(told));
  return {
    status: Math.trunc(status),
    headers: isCoded ? all : answerHeaders(all, body),
    body,
    ...timesOf(entry),
    ...(reasonPhrase !== undefined && { reasonPhrase }),
    ...versionOf(response),
  };
}

const MOST_LATENCY_NS = 1_000_000_000_000_000n;

/** Whether it is a time that an answer takes: less than 11 days. */
export function isLatencyNs(ns: bigint | undefined): ns is bigint {
  return ns !== undefined && ns >= 0n && ns < MOST_LATENCY_NS;
}

/** The whole time; and, where some of it was for receiving, the time to the first byte. */
function timesOf(entry: JsonMap): Pick<RecordedAnswer, 'latencyNs' | 'firstByteNs'> {
  const isUnknown = member(entry, '_timeUnknown') === true;
  const latencyNs = isUnknown ? undefined : nsOf(member(entry, 'time'));
  const receiveNs = nsOf(member(member(entry, 'timings'), 'receive')) ?? 0n;
  if (latencyNs === undefined || receiveNs === 0n || receiveNs > latencyNs) return { latencyNs };
  return { latencyNs, firstByteNs: latencyNs - receiveNs };
}

function nsOf(ms: Json | undefined): bigint | undefined {
  if (typeof ms !== 'number' || !(ms >= 0 && ms <= 1e9)) return undefined;
  const ns = BigInt(Math.round(ms * 1e6));
  return isLatencyNs(ns) ? ns : undefined;
}

function versionOf(message: Json | undefined): { readonly httpVersion?: '1.0' } {
  const version = textOf(member(message, 'httpVersion')) ?? '';
  return version.toUpperCase() === 'HTTP/1.0' ? { httpVersion: '1.0' } : {};
}

/** Words of a status that are not the usual ones; HTTP/2 has none. */
export function keptWords(status: number, words: string | undefined): string | undefined {
  const isOwn = words !== undefined && words !== '' && words !== STATUS_CODES[status];
  return isOwn && isHeaderValue(words) ? words : undefined;
}

/**
 * Those that are still true of a body that was decoded, as HAR has it: without its coding, and
 * without a length that is not its own.
 */
export function answerHeaders(
  headers: readonly string[],
  body: Uint8Array | undefined,
): readonly string[] {
  if (body === undefined) return headers;
  const isCoded = codingOf(headerOf(headers, 'content-encoding') ?? '') !== 'none';
  return headers.filter((_, at) => {
    const name = headers[at - (at % 2)]!.toLowerCase();
    if (isCoded && CODING.has(name)) return false;
    return name !== 'content-length' || headers[at + 1 - (at % 2)]?.trim() === `${body.length}`;
  });
}
