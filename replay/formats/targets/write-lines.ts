/** Captures written as lines with whole URLs: what formats of targets have in common. */
import type { RecordedRequest } from '../capture.ts';
import type { CaptureEncoder } from '../format.ts';
import { emptyDraft } from '../text/line-source.ts';
import { headerOf, type RequestParts, requestParts, withHost } from '../text/request-line.ts';
import type { WriteOptions } from '../text/text-format.ts';

const DEFAULT_ORIGIN = 'http://localhost';

export const HEADER_NO_UTF8 = 'header that is no UTF-8, which JSON cannot hold';

const TOO_LONG = 'line that would be too long to be read again';
const LINE_FEED = 10;
export const UNSOUND_HEADER = 'header that cannot be sent';

/** A line, and what of headers and body it holds; or why the format cannot hold the request. */
export type Written =
  | { readonly line: string; readonly headers: readonly string[]; readonly body?: Uint8Array }
  | { readonly reason: string };

/**
 * @param lineOf with its line feed, in that encoding
 * @param mostLineBytes what reading takes for a line at the most
 */
export function lineEncoder(
  options: WriteOptions,
  lineOf: (request: RecordedRequest, url: string) => Written,
  mostLineBytes: number,
  encoding: 'utf8' | 'latin1' = 'utf8',
): CaptureEncoder {
  return {
    add: (request) => {
      const url = urlOf(request, options.origin);
      const parts = requestParts(request.method, url);
      if (typeof parts === 'string') return parts;
      const written = lineOf(request, url);
      if ('reason' in written) return written.reason;
      const { id, atNs } = request;
      const bytes = Buffer.from(written.line, encoding);
      if (bytes.length > mostLineBytes && hasLongLine(bytes, mostLineBytes)) return TOO_LONG;
      const kept = { ...targetKept(request, parts, written.headers), body: written.body };
      return { records: [{ type: '1', id, atNs, bytes }], kept };
    },
    rest: () => [],
  };
}

function hasLongLine(bytes: Buffer, mostLineBytes: number): boolean {
  let from = 0;
  for (let to = bytes.indexOf(LINE_FEED); to >= 0; to = bytes.indexOf(LINE_FEED, from)) {
    if (to - from > mostLineBytes) return true;
    from = to + 1;
  }
  return false;
}

/** What a format with whole URLs and these headers gives again of a request, without a body. */
export function targetKept(
  { id, atNs }: RecordedRequest,
  { method, target, host }: RequestParts,
  headers: readonly string[],
): RecordedRequest {
  return { ...emptyDraft(id), atNs, method, target, headers: withHost(headers, host) };
}

/**
 * A whole URL, of the Host header where there is one; bytes above ASCII are percent-encoded, and so
 * is what would be taken for a fragment, which nobody sends.
 */
export function urlOf(
  { headers, target }: RecordedRequest,
  origin: string = DEFAULT_ORIGIN,
): string {
  if (/^https?:\/\//i.test(target)) return escaped(target);
  const host = headerOf(headers, 'host');
  const scheme = /^https?:/.exec(origin)?.[0] ?? 'http:';
  const start =
    host === undefined || host === '' ? origin.replace(/\/$/, '') : `${scheme}//${host}`;
  return start + escaped(target === '*' ? '/' : target);
}

function escaped(target: string): string {
  return target.replace(/[^\x21\x22\x24-\x7e]/g, percent);
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
