/**
 * ripley's JSON lines: `url`, `method` (once `verb`), `timestamp` (RFC 3339), `headers` (one value
 * each) and `body` (text). What it cannot hold is left out with a reason: bodies that are no UTF-8.
 * Source: ripley, pkg/request.go.
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
import { isoOf, parseIso } from '../text/stamps.ts';
import { firstLine, type ReadOptions, type TextFormat } from '../text/text-format.ts';
import { HEADER_NO_UTF8, lineEncoder, UNSOUND_HEADER, type Written } from './write-lines.ts';

const MOST_LINE_BYTES = 24 * 1024 * 1024;
/** What ripley sends; anything else it refuses. */
const METHODS: ReadonlySet<string> = new Set(
  'GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH'.split(' '),
);
const KEYS: ReadonlySet<string> = new Set('url method verb body timestamp headers'.split(' '));
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const ripley: TextFormat = {
  name: 'ripley',
  suffixes: ['.jsonl', '.ndjson'],
  looksLike: (head) => isRequest(firstLine(head)),
  read: (input, options: ReadOptions = {}) =>
    lineSource(
      'ripley',
      input,
      options,
      (sink) => ({ parse: requestParser(sink) }),
      MOST_LINE_BYTES,
    ),
  encoder: (options = {}) => lineEncoder(options, requestOf, MOST_LINE_BYTES),
};

function isRequest(line: string): boolean {
  const value = line.startsWith('{') ? parseJson(Buffer.from(line, 'latin1'))?.value : undefined;
  return (
    isMap(value) &&
    typeof member(value, 'url') === 'string' &&
    typeof member(value, 'timestamp') === 'string' &&
    (member(value, 'method') ?? member(value, 'verb')) !== undefined &&
    Object.keys(value).every((key) => KEYS.has(key))
  );
}

function requestParser(sink: LineSink) {
  return ({ bytes }: LineBlock, from: number, to: number): string | undefined => {
    const value = parseJson(bytes.subarray(from, to))?.value;
    if (!isMap(value)) return 'line is no JSON object';
    const method = member(value, 'method') ?? member(value, 'verb');
    const url = member(value, 'url');
    if (typeof method !== 'string' || typeof url !== 'string')
      return 'request without method and url';
    const parts = requestParts(method, bytesOf(url));
    if (typeof parts === 'string') return parts;
    const stamp = member(value, 'timestamp');
    const moment = typeof stamp === 'string' ? parseIso(stamp) : undefined;
    if (moment === undefined) return 'timestamp is no moment';
    const headers = headersOf(member(value, 'headers'));
    if (headers === undefined) return UNSOUND_HEADER;
    const body = member(value, 'body') ?? '';
    if (typeof body !== 'string') return 'body is no text';
    sink.use(
      {
        ...emptyDraft(sink.nextId()),
        method: parts.method,
        target: parts.target,
        headers: withHost(headers, parts.host),
        body: body === '' ? undefined : Buffer.from(body, 'utf8'),
      },
      moment.second,
      moment.nanos,
    );
    return undefined;
  };
}

function headersOf(map: Json | undefined): string[] | undefined {
  if (map === undefined) return [];
  if (!isMap(map)) return undefined;
  const headers: string[] = [];
  for (const [name, value] of Object.entries(map)) {
    if (typeof value !== 'string' || !isHeaderName(name)) return undefined;
    const text = bytesOf(value);
    if (!isHeaderValue(text)) return undefined;
    headers.push(name, text);
  }
  return headers;
}

function requestOf(request: RecordedRequest, url: string): Written {
  const { atNs, method, headers, body } = request;
  if (!METHODS.has(method)) return { reason: 'method that ripley does not send' };
  const text = body === undefined || body.length === 0 ? undefined : textOf(body);
  if (text === '') return { reason: 'body is no UTF-8, which ripley cannot hold' };
  const map = joinedHeaders(headers);
  if (map === undefined) return { reason: HEADER_NO_UTF8 };
  const kept = headersOf(map);
  if (kept === undefined) return { reason: UNSOUND_HEADER };
  const joined = headers.length > 0 ? { headers: map } : {};
  const line = { url, method, timestamp: isoOf(atNs), ...joined, body: text };
  return {
    line: `${JSON.stringify(line)}\n`,
    headers: kept,
    ...(text !== undefined && { body: body! }),
  };
}

/** Empty where it is none. */
function textOf(body: Uint8Array): string {
  try {
    return utf8.decode(body);
  } catch {
    return '';
  }
}

/** Values of one name become one (RFC 9110, section 5.3), those of cookies by semicolons. */
function joinedHeaders(headers: readonly string[]): Record<string, string> | undefined {
  const joined: Record<string, string> = Object.create(null);
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at]!;
    const value = textOfBytes(headers[at + 1]!);
    if (value === undefined) return undefined;
    const before = joined[name];
    const between = name.toLowerCase() === 'cookie' ? '; ' : ', ';
    joined[name] = before === undefined ? value : before + between + value;
  }
  return joined;
}
