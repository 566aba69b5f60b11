/** What is changed before a request is sent. Everything else keeps its bytes. */
import { UsageError } from '../../simulator/model/usage-error.ts';
import type { RecordedRequest } from '../formats/capture.ts';
import type { Step } from '../run/step.ts';
import { headerValue, LEFT_OUT } from '../run/wire.ts';
import { latin1, spliceJson } from './json-splice.ts';
import { replacement } from './patterns.ts';

const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Path and query by a rule such as `/v1/(.*) => /v2/$1`; the first match of each. */
export function rewritePath(rule: string): Step {
  const replace = replacement(rule);
  return (request) => ({ ...request, target: replace(request.target) });
}

/**
 * Sets a header on every request, in the place of the recorded one where there is one. Throws a
 * UsageError for what no header can be.
 */
export function setHeader(name: string, value: string): Step {
  if (!TOKEN.test(name) || !FIELD_VALUE.test(value)) {
    throw new UsageError(`header ${name}: expected a name and a value such as "X-Env: staging"`);
  }
  const lower = name.toLowerCase();
  if (LEFT_OUT.has(lower)) {
    throw new UsageError(
      `header ${name}: it is of the connection or of the host, and made anew; --host sets Host`,
    );
  }
  return (request) => {
    const headers = without(request.headers, lower);
    headers.push(name, value);
    return { ...request, headers };
  };
}

export function dropHeader(name: string): Step {
  const lower = name.toLowerCase();
  return (request) => ({ ...request, headers: without(request.headers, lower) });
}

/**
 * Sets a parameter of the query, in place where it is there, else at the end; the others keep their
 * bytes. Name and value are percent-encoded here.
 */
export function setQuery(name: string, value: string): Step {
  const [key, encoded] = [encodeURIComponent(name), encodeURIComponent(value)];
  return (request) => ({ ...request, target: withQuery(request.target, key, encoded) });
}

/** A target with a parameter set; both are percent-encoded already. */
export function withQuery(target: string, key: string, value: string): string {
  const at = target.indexOf('?');
  if (at < 0 || at === target.length - 1) return `${target.replace('?', '')}?${key}=${value}`;
  const isIt = (part: string) => part === key || part.startsWith(`${key}=`);
  const parts = target.slice(at + 1).split('&');
  const first = parts.findIndex(isIt);
  const set = `${key}=${value}`;
  if (first < 0) return `${target}&${set}`;
  const kept = parts.map((part, i) => (i === first ? set : part));
  // A second one of the same name would be the one that some servers read.
  return `${target.slice(0, at)}?${kept.filter((part, i) => i === first || !isIt(part)).join('&')}`;
}

/**
 * Replaces a field of a JSON body where it is there: `user.id`, `items.0.sku`. The value is JSON,
 * or a text where it is none. Bodies that are coded or no JSON stay as they are.
 */
export function setJson(field: string, value: string): Step {
  const path = field.split('.');
  const json = isJson(value) ? value : JSON.stringify(value);
  return (request) => withJson(request, path, json);
}

/** A request with other JSON at a path of its body, where there is such a place. */
export function withJson(
  request: RecordedRequest,
  path: readonly string[],
  json: string,
): RecordedRequest {
  const text = plainBody(request);
  const spliced = text === undefined ? undefined : spliceJson(text, path, latin1(json));
  return spliced === undefined ? request : withBody(request, Buffer.from(spliced, 'latin1'));
}

/** A body as Latin-1; undefined where there is none, or it is coded. */
export function plainBody({ body, headers }: RecordedRequest): string | undefined {
  const isCoded = headerValue(headers, 'content-encoding') !== undefined;
  return body === undefined || isCoded ? undefined : Buffer.from(body).toString('latin1');
}

function withBody(request: RecordedRequest, body: Uint8Array): RecordedRequest {
  // The recorded length would say that the body is not whole; the sender makes its own.
  return { ...request, headers: without(request.headers, 'content-length'), body };
}

function without(headers: readonly string[], lower: string): string[] {
  const left: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]!.toLowerCase() !== lower) left.push(headers[i]!, headers[i + 1] ?? '');
  }
  return left;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
