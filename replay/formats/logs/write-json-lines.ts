/**
 * Access logs of one JSON object a line, with the usual names of fields: the moment of the arrival
 * and the latency to the nanosecond, no bodies, and of headers Host, Referer and User-Agent.
 *
 *     {"time":"2021-11-08T18:59:50.900000001Z","remote_addr":"10.0.0.1","method":"GET",
 *      "host":"a.example","uri":"/a","status":200,"latency_ms":5.123}
 */
import type { RecordedRequest } from '../capture.ts';
import type { CaptureEncoder } from '../format.ts';
import { bytesOf, type RequestParts } from '../text/request-line.ts';
import { isoOf } from '../text/stamps.ts';
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

export function jsonLinesEncoder(): CaptureEncoder {
  return logEncoder(jsonLine);
}

function jsonLine(request: RecordedRequest, found: RequestParts): LoggedLine {
  const { atNs, headers } = request;
  const parts = { ...found, method: found.method.toUpperCase() };
  const latencyNs = loggedLatencyNs(request);
  const host = parts.host ?? loggedHeader(headers, 'host');
  const referer = loggedHeader(headers, 'referer');
  const agent = loggedHeader(headers, 'user-agent');
  const json = JSON.stringify({
    // Without a fraction it would be a second, somewhere in which the request came.
    time: isoOf(atNs, 3),
    remote_addr: loggedClient(request),
    method: parts.method,
    host,
    uri: parts.target,
    status: loggedAnswer(request)?.status,
    latency_ms: latencyNs === undefined ? undefined : Number(latencyNs) / 1e6,
    http_referer: referer,
    http_user_agent: agent,
  });
  const kept = headersOf(['Host', host], ['Referer', referer], ['User-Agent', agent]);
  return { line: bytesOf(json), atNs, kept: logKept(request, parts, kept, atNs, latencyNs) };
}
