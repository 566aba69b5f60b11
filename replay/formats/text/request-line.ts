/**
 * Method, target and host out of what logs and tools say of a request, with nothing in them that
 * could not have been sent: no space, no control byte, no line end.
 */

export interface RequestParts {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Where the target was a whole URL; its usual port left out. */
  readonly host: string | undefined;
}

const METHOD = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,40}$/;
/** Visible ASCII, and what a byte above it may be: raw UTF-8 is common in targets. */
const TARGET = /^[\x21-\x7e\x80-\xff]+$/;
const VERSION = /^HTTP\/\d(?:\.\d)?$/;
const ABSOLUTE = /^(https?):\/\/([^/?#]*)/i;
const HOST = /^(?:[A-Za-z0-9._~%-]{1,253}|\[[0-9a-fA-F:.]+\])(?::\d{0,5})?$/;

/**
 * `GET /index.html HTTP/1.1`; the version may be missing (HTTP/0.9). A string is the reason why it
 * is no request. A `-`, which stands for none, is the caller's to look for.
 */
export function parseRequestLine(line: string): RequestParts | string {
  const first = line.indexOf(' ');
  if (first < 0) return 'request is no METHOD TARGET VERSION';
  const last = line.lastIndexOf(' ');
  const hasVersion = last > first && VERSION.test(line.slice(last + 1));
  if (!hasVersion && last > first) return 'request is no METHOD TARGET VERSION';
  return requestParts(line.slice(0, first), line.slice(first + 1, hasVersion ? last : undefined));
}

/** From a method and a target or whole URL; a fragment, which is never sent, is left out. */
export function requestParts(method: string, target: string): RequestParts | string {
  if (!METHOD.test(method)) return 'method is no token';
  if (!TARGET.test(target)) return 'target is empty or has spaces or control bytes in it';
  if (method === 'CONNECT') return 'CONNECT has no target to send';
  const absolute = ABSOLUTE.exec(target);
  if (absolute !== null) return fromUrl(method, target, absolute);
  if (target.startsWith('/')) return { method, target: withoutFragment(target), host: undefined };
  const isStar = target === '*' && method === 'OPTIONS';
  return isStar ? { method, target, host: undefined } : 'target is no path and no http(s) URL';
}

function fromUrl(method: string, url: string, absolute: RegExpExecArray): RequestParts | string {
  const [start, scheme = '', authority = ''] = absolute;
  // Never `user:password@`: what is after the last @ is the host.
  const named = authority.slice(authority.lastIndexOf('@') + 1);
  if (!HOST.test(named)) return 'URL without a sound host';
  const usual = scheme.toLowerCase() === 'https' ? ':443' : ':80';
  const host = named.endsWith(usual) ? named.slice(0, -usual.length) : named.replace(/:$/, '');
  const rest = withoutFragment(url.slice(start.length));
  return { method, target: rest.startsWith('/') ? rest : `/${rest}`, host };
}

function withoutFragment(target: string): string {
  const hash = target.indexOf('#');
  return hash < 0 ? target : target.slice(0, hash);
}

const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Whether it may stand in a header: Latin-1 without line ends and other controls. */
export function isHeaderValue(text: string): boolean {
  return HEADER_VALUE.test(text);
}

/** Whether it may be a header's name: a token of RFC 9110, section 5.6.2. */
export function isHeaderName(text: string): boolean {
  return METHOD.test(text) || /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(text);
}

/**
 * Text of a document as header text: as it is where it is Latin-1, which is how browsers show the
 * bytes of a header, else the bytes of its UTF-8.
 */
export function latin1Of(text: string): string {
  return /^[\0-\xff]*$/.test(text) ? text : bytesOf(text);
}

/** The bytes of its UTF-8, as Latin-1: what tools in Go send for text of JSON. */
export function bytesOf(text: string): string {
  return /^[\0-\x7f]*$/.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of which these are the bytes, undoing `bytesOf`; undefined where they are no UTF-8. */
export function textOfBytes(latin1: string): string | undefined {
  if (/^[\0-\x7f]*$/.test(latin1)) return latin1;
  try {
    return utf8.decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return undefined;
  }
}

/** The first value of that name, in lower case. */
export function headerOf(headers: readonly string[], name: string): string | undefined {
  for (let at = 0; at < headers.length; at += 2) {
    if (headers[at]!.toLowerCase() === name) return headers[at + 1];
  }
  return undefined;
}

/** Headers with the host of a whole URL, unless they name one themselves. */
export function withHost(headers: readonly string[], host: string | undefined): readonly string[] {
  if (host === undefined || headerOf(headers, 'host') !== undefined) return headers;
  return ['Host', host, ...headers];
}
