/**
 * Logs as nginx writes them, in the combined format with `$request_time` behind it: whole seconds
 * of the end of each request, in the order of the ends, quotes and odd bytes as `\x22`.
 *
 *     client - - [08/Nov/2021:18:59:50 +0000] "GET /a HTTP/1.1" 200 512 "referer" "agent" 0.005
 *
 * Without an answer the status is `000`, as nginx has it, and the stamp is the arrival.
 * Source: nginx, ngx_http_log_module, `escape=default`.
 */
import { ByTime } from '../by-time.ts';
import type { RecordedRequest } from '../capture.ts';
import type { CaptureEncoder } from '../format.ts';
import { escapedForLog } from '../text/escapes.ts';
import { headerOf, type RequestParts } from '../text/request-line.ts';
import { clfOf } from '../text/stamps.ts';
import { headersOf } from './access.ts';
import {
  type LoggedLine,
  logEncoder,
  loggedAnswer,
  loggedClient,
  loggedHeader,
  loggedLatencyNs,
  logKept,
} from './kept.ts';

const NS_PER_SECOND = 1_000_000_000n;
const NS_PER_MS = 1_000_000n;

/** A log has no room for bodies and most headers, nor for parts of a second. */
export function combinedEncoder(): CaptureEncoder {
  const ends = new ByTime();
  return logEncoder(combinedLine, {
    push: (record, { atNs }) => {
      ends.add(record);
      return [...ends.takeUntil(atNs), ...ends.takeSurplus()];
    },
    rest: () => ends.rest(),
  });
}

function combinedLine(request: RecordedRequest, parts: RequestParts): LoggedLine {
  const { method, target, headers, httpVersion = '1.1' } = request;
  const took = loggedLatencyNs(request);
  // nginx counts whole milliseconds, and cuts off what is less.
  const latencyNs = took === undefined ? undefined : took - (took % NS_PER_MS);
  const endNs = request.atNs + (latencyNs ?? 0n);
  const referer = loggedHeader(headers, 'referer');
  const agent = loggedHeader(headers, 'user-agent');
  const line = [
    loggedClient(request) ?? '-',
    `- - [${clfOf(endNs)}]`,
    quoted(`${method} ${target} HTTP/${httpVersion}`),
    loggedAnswer(request)?.status ?? '000',
    bytesOf(request),
    quoted(referer ?? '-'),
    quoted(agent ?? '-'),
    ...(latencyNs === undefined ? [] : [secondsOf(latencyNs)]),
  ].join(' ');
  const kept = headersOf(['Host', parts.host], ['Referer', referer], ['User-Agent', agent]);
  const secondNs = endNs - (endNs % NS_PER_SECOND) - (latencyNs ?? 0n);
  return { line, atNs: endNs, kept: logKept(request, parts, kept, secondNs, latencyNs) };
}

function quoted(text: string): string {
  return `"${escapedForLog(text)}"`;
}

/** `0.005` */
function secondsOf(ns: bigint): string {
  const ms = String(ns / NS_PER_MS).padStart(4, '0');
  return `${ms.slice(0, -3)}.${ms.slice(-3)}`;
}

function bytesOf({ answer }: RecordedRequest): string {
  const told = headerOf(answer?.headers ?? [], 'content-length') ?? '';
  if (answer?.body !== undefined) return String(answer.body.length);
  return /^\d{1,15}$/.test(told) ? told : '0';
}
