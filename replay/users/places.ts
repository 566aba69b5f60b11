/**
 * Where a request says whose it is: read there, and written there, without touching another byte.
 */
import type { RecordedRequest } from '../formats/capture.ts';
import { cookiePairs } from '../redact/cookies.ts';
import { headerValue } from '../run/wire.ts';
import { jsonAt, latin1 } from '../shape/json-splice.ts';
import { groupSpan } from '../shape/patterns.ts';
import { plainBody, withJson, withQuery } from '../shape/rewrites.ts';

/** One of the five, by its name. */
export type Where =
  | { readonly header: string }
  | { readonly cookie: string }
  | { readonly query: string }
  /** RE2; the user is its first group. */
  | { readonly path: string }
  /** `user.id` */
  | { readonly json: string };

export interface Place {
  /** The recorded user, decoded; undefined where the request does not say. */
  readonly read: (request: RecordedRequest) => string | undefined;
  /** The request with another one there; only for requests of which `read` says something. */
  readonly write: (request: RecordedRequest, value: string) => RecordedRequest;
}

/** Throws a UsageError for a path that is no RE2 pattern. */
export function placeOf(where: Where): Place {
  if ('header' in where) return inHeader(where.header.toLowerCase());
  if ('cookie' in where) return inCookie(where.cookie);
  if ('query' in where) return inQuery(where.query);
  if ('path' in where) return inPath(where.path);
  return inJson(where.json.split('.'));
}

function inHeader(lower: string): Place {
  return {
    read: ({ headers }) => wanted(headerValue(headers, lower)),
    write: (request, value) => withHeader(request, lower, () => fieldValue(value)),
  };
}

function inCookie(name: string): Place {
  return {
    read: ({ headers }) => {
      const pairs = cookiePairs(headerValue(headers, 'cookie') ?? '');
      return wanted(decoded(pairs.find(([key]) => key === name)?.[1]));
    },
    write: (request, value) =>
      withHeader(request, 'cookie', (cookies) =>
        cookies
          .split(';')
          .map((pair) => (pair.split('=', 1)[0]!.trim() === name ? setPair(pair, value) : pair))
          .join(';'),
      ),
  };
}

function setPair(pair: string, value: string): string {
  return `${pair.slice(0, pair.indexOf('=') + 1)}${encodeURIComponent(value)}`;
}

function inQuery(name: string): Place {
  const key = encodeURIComponent(name);
  return {
    read: ({ target }) => {
      const query = target.includes('?') ? target.slice(target.indexOf('?') + 1) : '';
      const pair = query.split('&').find((part) => part.startsWith(`${key}=`));
      return wanted(decoded(pair?.slice(key.length + 1)));
    },
    write: (request, value) => ({
      ...request,
      target: withQuery(request.target, key, encodeURIComponent(value)),
    }),
  };
}

function inPath(pattern: string): Place {
  const spanOf = groupSpan(pattern);
  const spanIn = ({ target }: RecordedRequest) => spanOf(target.split('?', 1)[0]!);
  return {
    read: (request) => {
      const span = spanIn(request);
      return span && wanted(decoded(request.target.slice(span.from, span.to)));
    },
    write: (request, value) => {
      const { from, to } = spanIn(request)!;
      const { target } = request;
      const instead = encodeURIComponent(value);
      return { ...request, target: target.slice(0, from) + instead + target.slice(to) };
    },
  };
}

function inJson(path: readonly string[]): Place {
  const jsonIn = (request: RecordedRequest) => {
    const body = plainBody(request);
    return body === undefined ? undefined : jsonAt(body, path);
  };
  return {
    read: (request) => wanted(scalar(jsonIn(request))),
    // A number stays a number, for the reader's sake, where the other one is one.
    write: (request, value) => {
      const isNumber = /^-?\d/.test(jsonIn(request)!) && /^(0|-?[1-9]\d{0,15})$/.test(value);
      return withJson(request, path, isNumber ? value : JSON.stringify(value));
    },
  };
}

/** Text or number as text; undefined for everything else. */
function scalar(json: string | undefined): string | undefined {
  if (json === undefined || json.length > 4096) return undefined;
  if (/^-?\d/.test(json)) return json;
  if (!json.startsWith('"')) return undefined;
  try {
    return String(JSON.parse(Buffer.from(json, 'latin1').toString('utf8')));
  } catch {
    return undefined;
  }
}

function withHeader(
  request: RecordedRequest,
  lower: string,
  change: (value: string) => string,
): RecordedRequest {
  const isIt = (index: number) => index % 2 === 1 && isName(request.headers[index - 1]!, lower);
  const headers = request.headers.map((text, index) => (isIt(index) ? change(text) : text));
  return { ...request, headers };
}

function isName(name: string, lower: string): boolean {
  return name.length === lower.length && name.toLowerCase() === lower;
}

/** UTF-8 bytes as Latin-1, without what would end the line. */
function fieldValue(value: string): string {
  return latin1(value.replace(/[\r\n\0]/g, ' '));
}

function decoded(value: string | undefined): string | undefined {
  if (value === undefined || !value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function wanted(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
