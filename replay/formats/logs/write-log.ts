/**
 * Writes access logs of any layout: the fields say what stands where, the server's rules how it is
 * escaped. Nobody but the format's own reader says what has been kept: each line is read again, and
 * what would be read as something else is not written.
 */
import type { RecordedRequest } from '../capture.ts';
import type { CaptureEncoder } from '../format.ts';
import { closingQuote } from '../text/escapes.ts';
import { headerOf, type RequestParts, requestParts } from '../text/request-line.ts';
import { epochOf } from '../text/stamps.ts';
import { requestOf } from './access.ts';
import { type Field, isBetterTime } from './format-fields.ts';
import {
  byTime,
  type LoggedLine,
  logEncoder,
  loggedAnswer,
  loggedBytes,
  loggedClient,
  loggedHeader,
  loggedLatencyNs,
} from './kept.ts';
import type { LineMeaning } from './line-log.ts';
import { endOf, type Layout, type Part } from './log-layout.ts';

/** A format of logs, as far as writing goes. Text is Latin-1. */
export interface Dialect {
  readonly layout: Layout;
  /** What the server does to a value. */
  readonly escape: (text: string) => string;
  readonly unescape: (text: string) => string;
  /** The reader of a line. */
  readonly meaning: (line: string) => LineMeaning;
}

/** What the fields of a line are made of. */
interface Facts {
  readonly request: RecordedRequest;
  readonly parts: RequestParts;
  readonly endNs: bigint;
  readonly latencyNs: bigint | undefined;
  /** Of `10.0.0.1:4711` both parts, where the line has a place for each. */
  readonly client: string | undefined;
  readonly port: string | undefined;
}

/** Lines come in the order of the moments that their reader goes by. */
export function dialectEncoder(dialect: Dialect): CaptureEncoder {
  const { parts } = dialect.layout;
  const factsOf = factsFor(parts.map(({ field }) => field));
  const lineOf = (request: RecordedRequest, found: RequestParts): LoggedLine | string => {
    const facts = factsOf(request, found);
    const line = lineFrom(dialect, facts);
    if (typeof line !== 'string') return line.reason;
    const read = dialect.meaning(line);
    if (typeof read === 'string') return read;
    if ('skip' in read) return read.skip;
    const problem = anotherRequest(read.parts, found);
    if (problem !== undefined) return problem;
    const atNs = read.isEnd ? facts.endNs : request.atNs;
    return { line, atNs, kept: requestOf(read, request.id) };
  };
  return logEncoder(lineOf, byTime());
}

/** A query may be lost, and counted as that. */
function anotherRequest(read: RequestParts, { method, target }: RequestParts): string | undefined {
  if (read.method !== method) return 'method, for which the log has no field';
  const isSame = read.target === target || read.target === target.split('?', 1)[0];
  return isSame ? undefined : 'target, which would be read as another one';
}

/**
 * Readers take the latency off an end: both are cut off at the same grain, and without a latency in
 * the line the end is where the arrival was.
 */
function factsFor(fields: readonly Field[]) {
  let time: Field | undefined;
  for (const field of fields) {
    if (field.role === 'time' && isBetterTime(field, time)) time = field;
  }
  const latency = fields.find(({ role }) => role === 'latency');
  const hasPort = fields.some(({ role }) => role === 'port');
  const { places = 0, decimals = 0 } = latency ?? {};
  const grainNs = 10n ** BigInt(9 - places - decimals);
  return (request: RecordedRequest, parts: RequestParts): Facts => {
    const tookNs = loggedLatencyNs(request);
    const cutNs = tookNs === undefined || time?.isEnd !== true ? 0n : tookNs % grainNs;
    const isTimed = tookNs !== undefined && !(time?.isEnd === true && latency === undefined);
    const latencyNs = isTimed ? tookNs - cutNs : undefined;
    const whole = loggedClient(request);
    const [, client = whole, port] = (hasPort && /^(.*):(\d{1,5})$/.exec(whole ?? '')) || [];
    return { request, parts, endNs: request.atNs + (latencyNs ?? 0n), latencyNs, client, port };
  };
}

function lineFrom(dialect: Dialect, facts: Facts): string | { readonly reason: string } {
  let line = dialect.layout.start;
  for (const part of dialect.layout.parts) {
    const { field, textAfter } = part;
    const value = knownOf(field, facts) ?? field.none ?? '-';
    const text = dialect.escape(value);
    const isKept = dialect.unescape(text) === value && fits(text, part);
    if (!isKept && isNeeded(field))
      return { reason: `${field.role} with what ends its field in it` };
    line += (isKept ? text : fits('-', part) ? '-' : '') + textAfter;
  }
  return line;
}

/** Whether the field ends where the text does, and not before; to readers of any strictness. */
function fits(text: string, part: Part): boolean {
  const { textAfter } = part;
  const isQuoted = textAfter.startsWith('"');
  if (isQuoted && closingQuote(`${text}"`, 0, text.length + 1) !== text.length) return false;
  return endOf(text + textAfter, 0, part) === text.length;
}

/** Without it, it would be another request. */
function isNeeded({ role }: Field): boolean {
  return role === 'request' || role === 'method' || role === 'target' || role === 'query';
}

function knownOf(field: Field, facts: Facts): string | undefined {
  const { request, parts, latencyNs } = facts;
  const atNs = field.isEnd ? facts.endNs : request.atNs;
  switch (field.role) {
    case 'time':
    case 'fraction':
      return field.stamp?.(atNs);
    case 'zone':
      return '+0000';
    case 'request':
      return `${request.method} ${targetOf(field, facts)} ${protocolOf(request)}`;
    case 'method':
      return request.method;
    case 'target':
      return field.isPath ? parts.target.split('?', 1)[0] : request.target;
    case 'query':
      return queryOf(field, parts);
    case 'protocol':
      return protocolOf(request);
    case 'host':
      return hostOf(facts);
    case 'status':
      return loggedAnswer(request)?.status.toString();
    case 'latency':
      if (latencyNs === undefined) return undefined;
      return epochOf(latencyNs, field.places ?? 0, field.decimals ?? 0);
    case 'sent':
      return loggedBytes(request);
    case 'received':
      return String(request.body?.length ?? 0);
    case 'client':
      return facts.client;
    case 'port':
      return facts.port;
    case 'connection':
      return loggedClient(request);
    case 'header':
      return loggedHeader(request.headers, field.header!.toLowerCase());
    case 'ignored':
      return undefined;
    default:
      return field.role satisfies never;
  }
}

function protocolOf({ httpVersion }: RecordedRequest): string {
  return `HTTP/${httpVersion ?? '1.1'}`;
}

function queryOf({ none }: Field, { target }: RequestParts): string | undefined {
  const mark = target.indexOf('?');
  // `%q` has its mark, or is empty.
  if (mark >= 0) return target.slice(none === '' ? mark : mark + 1);
  return undefined;
}

function hostOf({ request, parts }: Facts): string | undefined {
  return parts.host ?? loggedHeader(request.headers, 'host');
}

/** As it was; or the URL that it has with its host, and the port that balancers always name. */
function targetOf({ isUrl }: Field, { request }: Facts): string {
  const { method, target, headers } = request;
  const host = headerOf(headers, 'host');
  if (!isUrl || host === undefined || !target.startsWith('/')) return target;
  const url = `http://${/:\d+$/.test(host) ? host : `${host}:80`}${target}`;
  const parts = requestParts(method, url);
  return typeof parts === 'string' || parts.host !== host ? target : url;
}
