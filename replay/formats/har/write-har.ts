/**
 * HTTP Archives (HAR 1.2) that browsers import. Bodies are text where they are UTF-8, base64 else;
 * those of answers lose their content coding, as the format wants. What HAR has no place for stands
 * under names of our own, which begin with an underscore and are read over by others.
 * Source: HAR 1.2 (J. Odvarko).
 */
import { STATUS_CODES } from 'node:http';
import { codingOf } from '../../redact/content-coding.ts';
import { cookiePairs, headerValues } from '../../redact/cookies.ts';
import type { RecordedAnswer, RecordedRequest } from '../capture.ts';
import type { CaptureEncoder } from '../format.ts';
import { targetKept, urlOf } from '../targets/write-lines.ts';
import { headerOf, isHeaderName, isHeaderValue, requestParts } from '../text/request-line.ts';
import { isoOf } from '../text/stamps.ts';
import type { WriteOptions } from '../text/text-format.ts';
import { answerHeaders, isLatencyNs, keptWords, MOST_ENTRY_BYTES } from './entry.ts';

/** Of this writer, as the format wants one: it changes when what is written does. */
const WRITER = '1';
const MOST_DECODED_BYTES = 32 * 1024 * 1024;
const NS_PER_MS = 1e6;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Entries as they come: a file of any length is written in constant memory. */
export function harEncoder(options: WriteOptions = {}): CaptureEncoder {
  const creator = { name: 'plimsoll', version: WRITER };
  const log = JSON.stringify({ version: '1.2', creator, pages: [] });
  return {
    before: `{"log":${log.slice(0, -1)},"entries":[\n`,
    between: ',\n',
    after: '\n]}}\n',
    add: (request) => {
      const url = urlOf(request, options.origin);
      const parts = requestParts(request.method, url);
      if (typeof parts === 'string') return parts;
      if (!areSound(request.headers) || !areSound(request.answer?.headers ?? [])) {
        return 'header that cannot be sent';
      }
      const answer = request.answer && plain(request.answer);
      const bytes = Buffer.from(JSON.stringify(entryOf(request, url, answer)));
      if (bytes.length > MOST_ENTRY_BYTES) return 'entry larger than 64 MiB';
      const { id, atNs, headers, body, connection, httpVersion } = request;
      const kept: RecordedRequest = {
        ...targetKept(request, parts, headers),
        connection: connection?.replaceAll(' ', '_'),
        body: body?.length === 0 ? undefined : body,
        answer: answer && answerKept(answer),
        ...(httpVersion !== undefined && { httpVersion }),
      };
      return { records: [{ type: '1', id, atNs, bytes }], kept };
    },
    rest: () => [],
  };
}

function areSound(headers: readonly string[]): boolean {
  return headers.every((text, at) => (at % 2 === 0 ? isHeaderName(text) : isHeaderValue(text)));
}

/** An answer whose body is decoded, as far as it can be. */
interface PlainAnswer extends RecordedAnswer {
  /** Of the body as it came. */
  readonly codedBytes: number;
  /** Whether it could not be decoded. */
  readonly isCoded: boolean;
}

function plain(answer: RecordedAnswer): PlainAnswer | undefined {
  if (answer.status > 599) return undefined;
  const body = answer.body?.length === 0 ? undefined : answer.body;
  const coding = codingOf(headerValues(answer.headers, 'content-encoding').join(','));
  const codedBytes = body?.length ?? 0;
  if (body === undefined || coding === 'none') {
    return { ...answer, body, codedBytes, isCoded: false };
  }
  try {
    const decoded = coding?.decode(body, MOST_DECODED_BYTES);
    if (decoded === undefined) return { ...answer, body, codedBytes, isCoded: true };
    const isEmpty = decoded.length === 0;
    return { ...answer, body: isEmpty ? undefined : decoded, codedBytes, isCoded: false };
  } catch {
    return { ...answer, body, codedBytes, isCoded: true };
  }
}

function answerKept(answer: PlainAnswer): RecordedAnswer | undefined {
  const { status, headers, body, latencyNs, firstByteNs, httpVersion, isCoded } = answer;
  const took = isLatencyNs(latencyNs) ? latencyNs : undefined;
  const isFirst = firstByteNs !== undefined && took !== undefined && isFirstByte(firstByteNs, took);
  const reasonPhrase = keptWords(status, answer.reasonPhrase);
  return {
    status,
    headers: isCoded ? headers : answerHeaders(headers, body),
    body,
    latencyNs: took,
    ...(isFirst && { firstByteNs }),
    ...(reasonPhrase !== undefined && { reasonPhrase }),
    ...(httpVersion !== undefined && { httpVersion }),
  };
}

function isFirstByte(firstByteNs: bigint, latencyNs: bigint): boolean {
  return firstByteNs >= 0n && firstByteNs < latencyNs;
}

function entryOf(request: RecordedRequest, url: string, answer: PlainAnswer | undefined) {
  const { id, atNs, connection } = request;
  const { latencyNs, firstByteNs = latencyNs } = answer ?? {};
  const tookNs = isLatencyNs(latencyNs) ? latencyNs : 0n;
  const waitNs =
    firstByteNs !== undefined && isFirstByte(firstByteNs, tookNs) ? firstByteNs : tookNs;
  return {
    startedDateTime: isoOf(atNs, 3),
    time: Number(tookNs) / NS_PER_MS,
    request: requestOf(request, url),
    response: answer === undefined ? NO_ANSWER : responseOf(answer),
    cache: {},
    timings: {
      send: 0,
      wait: Number(waitNs) / NS_PER_MS,
      receive: Number(tookNs - waitNs) / NS_PER_MS,
    },
    ...(connection !== undefined && { connection: connection.replaceAll(' ', '_') }),
    _id: id,
    ...(answer !== undefined && !isLatencyNs(latencyNs) && { _timeUnknown: true }),
  };
}

function requestOf(request: RecordedRequest, url: string) {
  const { method, headers, body } = request;
  const { text = '', encoding } = textOf(body);
  const postData = {
    mimeType: headerOf(headers, 'content-type') ?? '',
    text,
    ...(encoding !== undefined && { _encoding: encoding }),
  };
  return {
    method,
    url,
    httpVersion: `HTTP/${request.httpVersion ?? '1.1'}`,
    cookies: headerValues(headers, 'cookie').flatMap(cookiePairs).map(namedPair),
    headers: namedHeaders(headers),
    queryString: queryOf(url),
    headersSize: -1,
    bodySize: body?.length ?? 0,
    ...(text !== '' && { postData }),
  };
}

/** As browsers write it where none came. */
const NO_ANSWER = {
  status: 0,
  statusText: '',
  httpVersion: '',
  cookies: [],
  headers: [],
  content: { size: 0, mimeType: 'x-unknown' },
  redirectURL: '',
  headersSize: -1,
  bodySize: -1,
} as const;

function responseOf(answer: PlainAnswer) {
  const { status, headers, body, codedBytes } = answer;
  const setCookies = headerValues(headers, 'set-cookie');
  return {
    status,
    statusText: answer.reasonPhrase ?? STATUS_CODES[status] ?? '',
    httpVersion: `HTTP/${answer.httpVersion ?? '1.1'}`,
    cookies: setCookies.flatMap((header) => cookiePairs(header).slice(0, 1)).map(namedPair),
    headers: namedHeaders(headers),
    content: {
      size: body?.length ?? 0,
      mimeType: headerOf(headers, 'content-type') ?? 'x-unknown',
      ...textOf(body),
      ...(answer.isCoded && { _isCoded: true }),
    },
    redirectURL: headerOf(headers, 'location') ?? '',
    headersSize: -1,
    bodySize: codedBytes,
  };
}

function namedPair([name, value]: readonly [string, string]) {
  return { name, value };
}

function namedHeaders(headers: readonly string[]) {
  return headers.flatMap((name, at) =>
    at % 2 === 0 ? [{ name, value: headers[at + 1] ?? '' }] : [],
  );
}

function queryOf(url: string) {
  const mark = url.indexOf('?');
  return mark < 0 ? [] : [...new URLSearchParams(url.slice(mark + 1))].map(namedPair);
}

function textOf(body: Uint8Array | undefined): { text?: string; encoding?: 'base64' } {
  if (body === undefined || body.length === 0) return {};
  try {
    return { text: utf8.decode(body) };
  } catch {
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
    return { text: bytes.toString('base64'), encoding: 'base64' };
  }
}
