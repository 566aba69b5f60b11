/**
 * HTTP Archives (HAR 1.2) of browsers and proxies. Bodies are text, or base64 where they say so;
 * bodies of answers have lost their content coding, so the headers that tell of it are left out.
 * What a browser took from its cache never reached a server and is skipped.
 * Source: HAR 1.2 (J. Odvarko); Chromium's and Firefox's own fields begin with an underscore.
 */
import type { CaptureSource, RecordedAnswer, RecordedRequest } from '../capture.ts';
import { Books } from '../text/books.ts';
import { type Draft, InOrder } from '../text/in-order.ts';
import { isMap, type Json, type JsonMap, member, parseJson, textOf } from '../text/json.ts';
import { emptyDraft } from '../text/line-source.ts';
import {
  isHeaderName,
  isHeaderValue,
  latin1Of,
  requestParts,
  withHost,
} from '../text/request-line.ts';
import { type Moment, parseIso } from '../text/stamps.ts';
import type { CaptureInput, ReadOptions, TextFormat } from '../text/text-format.ts';
import { untilCut } from '../text/until-cut.ts';
import { JsonArrayStream, type JsonElement } from './json-stream.ts';

const MOST_ENTRY_BYTES = 64 * 1024 * 1024;
const BATCH = 256;
/** Entries from one look at what is ready to the next. */
const AT_ONCE = 32;
/** Bytes of entries that are held while they are put in order. */
const MOST_HELD = 32 * 1024 * 1024;
const LOOKS_LIKE = /^(?:\xef\xbb\xbf)?\s*\{\s*"log"\s*:\s*\{/;
/** Of what was decoded already, or is framing. */
const LOST: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-length',
  'transfer-encoding',
]);

export const har: TextFormat = {
  name: 'har',
  suffixes: ['.har', '.har.json'],
  looksLike: (head) => LOOKS_LIKE.test(Buffer.from(head.subarray(0, 4096)).toString('latin1')),
  read: readHar,
};

function readHar(input: CaptureInput, options: ReadOptions = {}): CaptureSource {
  const books = new Books(input.file);
  const order = new InOrder(books, options.seed, MOST_HELD);
  async function* batches(): AsyncGenerator<readonly RecordedRequest[]> {
    const stream = new JsonArrayStream(['log', 'entries'], MOST_ENTRY_BYTES);
    let ready: RecordedRequest[] = [];
    let count = 0;
    for await (const element of stream.elements(untilCut(input.bytes, books))) {
      useEntry(element, String(++count), books, order);
      if (count % AT_ONCE === 0) order.drain(ready, false);
      if (ready.length >= BATCH) {
        yield ready;
        ready = [];
      }
    }
    const { problem, offset, hasArray } = stream.end;
    if (problem !== undefined) books.cut(`document ${problem}`, offset);
    else if (!hasArray) books.reject('document has no log.entries', 0);
    order.drain(ready, true);
    if (ready.length > 0) yield ready;
  }
  return { format: 'har', batches: batches(), report: () => books.report() };
}

function useEntry({ bytes, offset }: JsonElement, id: string, books: Books, order: InOrder): void {
  const meaning = bytes === undefined ? 'entry larger than 64 MiB' : meaningOf(bytes, id);
  if (typeof meaning === 'string') books.reject(meaning, offset);
  else if ('skip' in meaning) books.skip(meaning.skip);
  else {
    books.use();
    order.push(meaning.draft, meaning.moment.second, meaning.moment.nanos, bytes!.length);
  }
}

type Meaning =
  | { readonly draft: Draft; readonly moment: Moment }
  | { readonly skip: string }
  | string;

function meaningOf(bytes: Uint8Array, id: string): Meaning {
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
    ...emptyDraft(id),
    connection: textOf(member(entry, 'connection'))?.replaceAll(' ', '_'),
    method: parts.method,
    target: parts.target,
    headers: withHost(headers, parts.host),
    body: bodyOf(member(request, 'postData')),
    answer: answerOf(member(entry, 'response'), member(entry, 'time')),
  };
  return { draft, moment };
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

function answerOf(response: Json | undefined, time: Json | undefined): RecordedAnswer | undefined {
  const status = member(response, 'status');
  // 0: blocked, or given up.
  if (typeof status !== 'number' || !(status >= 100 && status <= 599)) return undefined;
  const all = headersOf(member(response, 'headers')) ?? [];
  const body = bodyOf(member(response, 'content'));
  const headers = body === undefined ? all : withoutLost(all);
  const isTime = typeof time === 'number' && time >= 0 && time < 1e9;
  const latencyNs = isTime ? BigInt(Math.round(time * 1e6)) : undefined;
  return { status: Math.trunc(status), headers, body, latencyNs };
}

function withoutLost(headers: readonly string[]): string[] {
  return headers.filter((_, at) => !LOST.has(headers[at - (at % 2)]!.toLowerCase()));
}
