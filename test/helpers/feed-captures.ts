/** The requests of one capture in every format: logs as their servers would have written them. */
import { gzipSync } from 'node:zlib';
import type { RecordedRequest } from '../../replay/formats/capture.ts';
import { formatNamed } from '../../replay/formats/formats.ts';
import { gorBytes } from './captures.ts';

/** How near to the recorded arrival a format keeps it, in ms; undefined where it keeps none. */
export const PRECISION_MS: Readonly<Record<string, number>> = {
  'feed.gor': 0,
  'feed.gor.gz': 0,
  'feed.har': 1,
  'feed-combined.log': 2000,
  'feed-alb.log': 1,
  'feed-envoy.log': 1,
  'feed-haproxy.log': 1,
  'feed-lines.jsonl': 1,
  'feed-vegeta.jsonl': 0,
  'feed.targets': 0,
  'feed-ripley.jsonl': 0,
};

/** Name in `fixtures/captures` → content. */
export function capturesOf(requests: readonly RecordedRequest[]): Record<string, Buffer> {
  const gor = gorBytes(requests);
  const lines = (of: (request: RecordedRequest) => string) =>
    Buffer.from(requests.map((request) => `${of(request)}\n`).join(''));
  return {
    'feed.gor': gor,
    'feed.gor.gz': gzipSync(gor),
    'feed.har': Buffer.from(har(requests)),
    'feed-combined.log': lines(combined),
    'feed-alb.log': lines(alb),
    'feed-envoy.log': lines(envoy),
    'feed-haproxy.log': lines(haproxy),
    'feed-lines.jsonl': lines(jsonLine),
    'feed-vegeta.jsonl': encoded('vegeta-json', requests),
    'feed.targets': encoded('vegeta-http', requests),
    'feed-ripley.jsonl': encoded('ripley', requests),
  };
}

/** As `plimsoll convert --to` writes it. */
function encoded(format: string, requests: readonly RecordedRequest[]): Buffer {
  const { add } = formatNamed(format).encoder();
  return Buffer.concat(
    requests.flatMap((request) => {
      const encoded = add(request);
      if (typeof encoded === 'string') throw new Error(encoded);
      return encoded.records.map(({ bytes }) => bytes);
    }),
  );
}

function parts({ atNs, answer, method, target }: RecordedRequest) {
  const ms = Number(answer!.latencyNs! / 1_000_000n);
  const start = new Date(Number(atNs / 1_000_000n));
  const end = new Date(start.getTime() + ms);
  return { ms, start, end, status: answer!.status, line: `${method} ${target} HTTP/1.1` };
}

/** `26/Nov/2026:11:42:36` */
function clf(date: Date): string {
  const [, day, month, year, time] = date.toUTCString().split(' ');
  return `${day}/${month}/${year}:${time}`;
}

function combined(request: RecordedRequest): string {
  const { end, ms, status, line } = parts(request);
  const took = (ms / 1000).toFixed(3);
  return `10.0.0.1 - - [${clf(end)} +0000] "${line}" ${status} 2 "-" "k6" ${took}`;
}

function alb(request: RecordedRequest): string {
  const { start, end, ms, status } = parts(request);
  const { method, target } = request;
  const url = `"${method} http://feed.example:80${target} HTTP/1.1"`;
  return (
    `http ${end.toISOString()} app/feed/50 10.0.0.1:2817 10.0.0.2:80 0.000 ${(ms / 1000).toFixed(3)} ` +
    `0.000 ${status} ${status} 100 2 ${url} "k6" - - arn "Root=1" "-" "-" 0 ` +
    `${start.toISOString()} "forward" "-" "-" "10.0.0.2:80" "${status}" "-" "-"`
  );
}

function envoy(request: RecordedRequest): string {
  const { start, ms, status, line } = parts(request);
  return (
    `[${start.toISOString()}] "${line}" ${status} - 0 2 ${ms} ${ms} "10.0.0.1" "k6" "1" ` +
    `"feed.example" "10.0.0.2:80"`
  );
}

function haproxy(request: RecordedRequest): string {
  const { start, ms, status, line } = parts(request);
  const at = `${clf(start)}.${String(start.getUTCMilliseconds()).padStart(3, '0')}`;
  return (
    `haproxy[1]: 10.0.0.1:33317 [${at}] http feed/srv1 0/0/0/${ms}/${ms} ${status} 2 - - ---- ` +
    `1/1/1/1/0 0/0 "${line}"`
  );
}

function jsonLine(request: RecordedRequest): string {
  const { start, ms, status, line } = parts(request);
  const time = start.toISOString();
  return JSON.stringify({ time, request: line, status, duration: ms / 1000 });
}

function har(requests: readonly RecordedRequest[]): string {
  const entries = requests.map((request) => {
    const { start, ms, status } = parts(request);
    const url = `http://feed.example${request.target}`;
    return {
      startedDateTime: start.toISOString(),
      time: ms,
      request: { method: request.method, url, httpVersion: 'HTTP/1.1', headers: [] },
      response: { status, headers: [], content: { size: 2 } },
    };
  });
  return `${JSON.stringify({ log: { version: '1.2', entries } }, undefined, 1)}\n`;
}
