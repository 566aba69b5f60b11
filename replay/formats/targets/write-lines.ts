/** Captures written as lines: what formats of targets have in common. */
import type { RecordedRequest } from '../capture.ts';
import type { CaptureEncoder } from '../format.ts';
import type { WriteOptions } from '../text/text-format.ts';

const DEFAULT_ORIGIN = 'http://localhost';

export const HEADER_NO_UTF8 = 'header that is no UTF-8, which JSON cannot hold';

/** A line of it, or why the format cannot hold it. */
export type Written = { readonly line: string } | { readonly reason: string };

/** @param lineOf with its line feed, in that encoding */
export function lineEncoder(
  options: WriteOptions,
  lineOf: (request: RecordedRequest, url: string) => Written,
  encoding: 'utf8' | 'latin1' = 'utf8',
): CaptureEncoder {
  return {
    add: (request) => {
      const written = lineOf(request, urlOf(request, options.origin ?? DEFAULT_ORIGIN));
      if ('reason' in written) return written.reason;
      const { id, atNs } = request;
      return [{ type: '1', id, atNs, bytes: Buffer.from(written.line, encoding) }];
    },
    rest: () => [],
  };
}

/** A whole URL, of the Host header where there is one; bytes above ASCII are percent-encoded. */
function urlOf({ headers, target }: RecordedRequest, origin: string): string {
  const host = headerOf(headers, 'host');
  const scheme = /^https?:/.exec(origin)?.[0] ?? 'http:';
  const start =
    host === undefined || host === '' ? origin.replace(/\/$/, '') : `${scheme}//${host}`;
  return start + (target === '*' ? '/' : target).replace(/[^\x21-\x7e]/g, percent);
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

/** The first value of that name, in lower case. */
export function headerOf(headers: readonly string[], name: string): string | undefined {
  for (let at = 0; at < headers.length; at += 2) {
    if (headers[at]!.toLowerCase() === name) return headers[at + 1];
  }
  return undefined;
}

/** RFC 3339 with nanoseconds. `timestampOf(1636397990900000000n)` is `2021-11-08T18:59:50.9Z`. */
export function timestampOf(atNs: bigint): string {
  const second = new Date(Number(atNs / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  const fraction = String(atNs % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${second}${fraction === '' ? '' : `.${fraction}`}Z`;
}
