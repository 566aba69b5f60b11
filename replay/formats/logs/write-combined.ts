/**
 * Logs as nginx writes them, in the combined format with `$request_time` behind it: whole seconds
 * of the end of each request, in the order of the ends, quotes and odd bytes as `\x22`.
 *
 *     client - - [08/Nov/2021:18:59:50 +0000] "GET /a HTTP/1.1" 200 512 "referer" "agent" 0.005
 *
 * Without an answer the status is `000`, as nginx has it, and the stamp is the arrival.
 * Source: nginx, ngx_http_log_module, `escape=default`.
 */
import type { RecordedRequest } from '../capture.ts';
import type { CaptureEncoder } from '../format.ts';
import { escapedForLog } from '../text/escapes.ts';
import type { RequestParts } from '../text/request-line.ts';
import { clfOf, epochOf } from '../text/stamps.ts';
import { headersOf } from './access.ts';
import {
  byTime,
  type LoggedLine,
  logEncoder,
  loggedAnswer,
  loggedBytes,
  loggedClient,
  loggedHeader,
  loggedLatencyNs,
  logKept,
} from './kept.ts';

const NS_PER_SECOND = 1_000_000_000n;
const NS_PER_MS = 1_000_000n;

/** A log has no room for bodies and most headers, nor for parts of a second. */
export function combinedEncoder(): CaptureEncoder {
  return logEncoder(combinedLine, byTime());
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
    loggedBytes(request),
    quoted(referer ?? '-'),
    quoted(agent ?? '-'),
    ...(latencyNs === undefined ? [] : [epochOf(latencyNs, 0, 3)]),
  ].join(' ');
  const kept = headersOf(['Host', parts.host], ['Referer', referer], ['User-Agent', agent]);
  const secondNs = endNs - (endNs % NS_PER_SECOND) - (latencyNs ?? 0n);
  return { line, atNs: endNs, kept: logKept(request, parts, kept, secondNs, latencyNs) };
}

function quoted(text: string): string {
  return `"${escapedForLog(text)}"`;
}
