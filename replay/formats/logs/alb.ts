/**
 * Access logs of AWS Application Load Balancers. `time` is when the *answer* was made; the arrival
 * is `request_creation_time`, or, in logs from before it was there, `time` less the three processing
 * times. New fields are appended: further ones are let through. An answer of the very moment of the
 * creation, with −1 for what the target took, has a latency that nobody knows.
 * Source: Elastic Load Balancing user guide, "Access logs for your Application Load Balancer",
 * access log entries.
 */
import { escapedForLog, unescaped } from '../text/escapes.ts';
import { parseRequestLine } from '../text/request-line.ts';
import { earlier, isoMicrosOf, type Moment, parseIso, parseNanoseconds } from '../text/stamps.ts';
import type { TextFormat } from '../text/text-format.ts';
import { clientOf, headersOf, NO_REQUEST, statusOf } from './access.ts';
import { fieldsOf } from './fields.ts';
import type { Field } from './format-fields.ts';
import { type LineMeaning, lineLog, ofText } from './line-log.ts';
import { namedLayout } from './log-layout.ts';
import { dialectEncoder } from './write-log.ts';

const LOOKS_LIKE = /^(?:http|https|h2|grpcs|ws|wss) \d{4}-\d\d-\d\dT[\d:.]+Z \S+ \S+:\d+ /;
const LEAST_FIELDS = 14;
const TARGET_TOOK = 6;
const CREATION = 21;
/** `- http://name:80- -`: what the balancer could not read as a request. */
const UNREADABLE = /^- \S*- -$|^-/;

const FIELDS: Readonly<Record<string, Omit<Field, 'name'>>> = {
  // Not what the reader goes by, as long as there is the other one.
  time: { role: 'time', isEnd: true, isCoarse: true, stamp: isoMicrosOf },
  client: { role: 'client' },
  port: { role: 'port', none: '0' },
  took: { role: 'latency', places: 0, decimals: 3, none: '-1' },
  status: { role: 'status' },
  received: { role: 'received' },
  sent: { role: 'sent' },
  request: { role: 'request', isUrl: true },
  agent: { role: 'header', header: 'User-Agent' },
  host: { role: 'host' },
  created: { role: 'time', stamp: isoMicrosOf },
};
const LAYOUT = namedLayout(
  'http {time} - {client}:{port} - 0.000 {took} 0.000 {status} - {received} {sent} "{request}" ' +
    '"{agent}" - - - "-" "{host}" "-" - {created} "-" "-" "-" "-" "-" "-" "-"',
  FIELDS,
);

export const alb: TextFormat = lineLog({
  name: 'alb',
  suffixes: ['.log'],
  isLine: (line) => LOOKS_LIKE.test(line),
  meaningFor: () => ofText(meaningOf),
  encoder: () =>
    dialectEncoder({
      layout: LAYOUT,
      escape: escapedForLog,
      unescape: unescaped,
      meaning: meaningOf,
    }),
});

function meaningOf(line: string): LineMeaning {
  const fields = fieldsOf(line);
  if (fields === undefined || fields.length < LEAST_FIELDS)
    return 'fewer than the 14 fields of ALB';
  const [type, time, , client, , , , , elbStatus, , , , request = '', agent] = fields;
  if (type === 'ws' || type === 'wss') return { skip: 'WebSocket' };
  if (UNREADABLE.test(request)) return { skip: NO_REQUEST };
  const parts = parseRequestLine(request);
  if (typeof parts === 'string') return parts;
  const end = parseIso(time!);
  if (end === undefined) return 'time is not like 2018-07-02T22:23:00.186641Z';
  const took = tookNs(fields);
  const created = parseIso(fields[CREATION] ?? '');
  const arrival = created ?? (took === undefined ? undefined : earlier(end, took));
  if (arrival === undefined) return 'neither request_creation_time nor processing times';
  return {
    parts,
    ...arrival,
    isEnd: false,
    status: statusOf(elbStatus!),
    latencyNs: created === undefined ? took : between(created, end, fields[TARGET_TOOK] !== '-1'),
    connection: clientOf(client!.replace(/:0$/, ''), undefined),
    headers: headersOf(['User-Agent', agent]),
  };
}

/** Sum of the request, target and response processing times, in s; −1 stands for none. */
function tookNs(fields: readonly string[]): number | undefined {
  let sum: number | undefined;
  for (const field of fields.slice(5, 8)) {
    const ns = parseNanoseconds(field, 0);
    if (ns !== undefined) sum = (sum ?? 0) + ns;
  }
  return sum;
}

function between(from: Moment, to: Moment, isTimed: boolean): number | undefined {
  const ns = (to.second - from.second) * 1e9 + (to.nanos - from.nanos);
  if (ns === 0 && !isTimed) return undefined;
  return ns >= 0 && Number.isSafeInteger(ns) ? ns : undefined;
}
