/**
 * vegeta's JSON targets: a line an object with `method` and `url`, `header` (lists of values) and
 * `body` (base64). vegeta knows no time of its own and reads over keys that it does not know: ours
 * has `timestamp` (RFC 3339, ns) as its results have.
 * Source: vegeta, lib/targets.go and lib/target.schema.json.
 */
import type { RecordedRequest } from '../capture.ts';
import { isMap, type Json, member, parseJson } from '../text/json.ts';
import { emptyDraft, type LineSink, lineSource } from '../text/line-source.ts';
import type { LineBlock } from '../text/lines.ts';
import {
  bytesOf,
  isHeaderName,
  isHeaderValue,
  requestParts,
  textOfBytes,
  withHost,
} from '../text/request-line.ts';
import { isoOf, type Moment, parseIso } from '../text/stamps.ts';
import { firstLine, type ReadOptions, type TextFormat } from '../text/text-format.ts';
import { pacer } from './paced.ts';
import { HEADER_NO_UTF8, lineEncoder, UNSOUND_HEADER, type Written } from './write-lines.ts';

/** A body of 16 MiB, in base64. */
const MOST_LINE_BYTES = 24 * 1024 * 1024;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

export const vegetaJson: TextFormat = {
  name: 'vegeta-json',
  suffixes: ['.json', '.jsonl', '.ndjson'],
  looksLike: (head) => isTarget(firstLine(head)),
  read: (input, options: ReadOptions = {}) =>
    lineSource(
      'vegeta-json',
      input,
      options,
      (sink) => ({ parse: targetParser(sink, options.ratePerSecond) }),
      MOST_LINE_BYTES,
    ),
  encoder: (options = {}) => lineEncoder(options, targetOf, MOST_LINE_BYTES),
};

/** Not ripley's, which has `headers`, and no whole log line. */
function isTarget(line: string): boolean {
  const value = line.startsWith('{') ? parseJson(Buffer.from(line, 'latin1'))?.value : undefined;
  if (!isMap(value) || typeof member(value, 'method') !== 'string') return false;
  if (typeof member(value, 'url') !== 'string') return false;
  const known = new Set(['method', 'url', 'header', 'body', 'timestamp']);
  const isOurs = isMap(member(value, 'header')) || member(value, 'timestamp') === undefined;
  return isOurs && Object.keys(value).every((key) => known.has(key));
}

function targetParser(sink: LineSink, ratePerSecond: number | undefined) {
  const nextMoment = pacer(sink, ratePerSecond);
  return ({ bytes }: LineBlock, from: number, to: number): string | undefined => {
    const value = parseJson(bytes.subarray(from, to))?.value;
    if (!isMap(value)) return 'line is no JSON object';
    const [method, url] = [member(value, 'method'), member(value, 'url')];
    if (typeof method !== 'string' || typeof url !== 'string')
      return 'target without method and url';
    const parts = requestParts(method, bytesOf(url));
    if (typeof parts === 'string') return parts;
    const headers = headersOf(member(value, 'header'));
    if (headers === undefined) return UNSOUND_HEADER;
    const body = bodyOf(member(value, 'body'));
    if (body === NO_BASE64) return 'body is no base64';
    const stamp = member(value, 'timestamp');
    const moment = stamp === undefined ? nextMoment() : momentOf(stamp);
    if (moment === undefined) return 'timestamp is no moment';
    sink.use(
      {
        ...emptyDraft(sink.nextId()),
        method: parts.method,
        target: parts.target,
        headers: withHost(headers, parts.host),
        body,
      },
      moment.second,
      moment.nanos,
    );
    return undefined;
  };
}

function momentOf(stamp: Json): Moment | undefined {
  return typeof stamp === 'string' ? parseIso(stamp) : undefined;
}

function headersOf(map: Json | undefined): string[] | undefined {
  if (map === undefined) return [];
  if (!isMap(map)) return undefined;
  const headers: string[] = [];
  for (const [name, values] of Object.entries(map)) {
    if (!Array.isArray(values) || !isHeaderName(name)) return undefined;
    for (const value of values as readonly Json[]) {
      if (typeof value !== 'string' || !isHeaderValue(bytesOf(value))) return undefined;
      headers.push(name, bytesOf(value));
    }
  }
  return headers;
}

const NO_BASE64: Uint8Array = new Uint8Array(0);

function bodyOf(text: Json | undefined): Uint8Array | undefined {
  if (text === undefined || text === '') return undefined;
  if (typeof text !== 'string' || text.length % 4 !== 0 || !BASE64.test(text)) return NO_BASE64;
  return Buffer.from(text, 'base64');
}

function targetOf({ atNs, method, headers, body }: RecordedRequest, url: string): Written {
  const header: Record<string, string[]> = Object.create(null);
  for (let at = 0; at < headers.length; at += 2) {
    const value = textOfBytes(headers[at + 1]!);
    if (value === undefined) return { reason: HEADER_NO_UTF8 };
    header[headers[at]!] ??= [];
    header[headers[at]!]!.push(value);
  }
  const kept = headersOf(header);
  if (kept === undefined) return { reason: UNSOUND_HEADER };
  const hasBody = body !== undefined && body.length > 0;
  const target = {
    method,
    url,
    timestamp: isoOf(atNs),
    ...(headers.length > 0 && { header }),
    ...(hasBody && { body: base64Of(body) }),
  };
  return {
    line: `${JSON.stringify(target)}\n`,
    headers: kept,
    ...(hasBody && { body }),
  };
}

function base64Of(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.length).toString('base64');
}
