/**
 * Access logs of AWS Application Load Balancers. `time` is when the *answer* was made; the arrival
 * is `request_creation_time`, or, in logs from before it was there, `time` less the three processing
 * times. New fields are appended: further ones are let through.
 * Source: Elastic Load Balancing user guide, "Access logs for your Application Load Balancer",
 * access log entries.
 */

import { parseRequestLine } from '../text/request-line.ts';
import { earlier, type Moment, parseIso, parseNanoseconds } from '../text/stamps.ts';
import type { TextFormat } from '../text/text-format.ts';
import { headersOf, NO_REQUEST, statusOf } from './access.ts';
import { fieldsOf } from './fields.ts';
import { type LineMeaning, lineLog, ofText } from './line-log.ts';

const LOOKS_LIKE = /^(?:http|https|h2|grpcs|ws|wss) \d{4}-\d\d-\d\dT[\d:.]+Z \S+ \S+:\d+ /;
const LEAST_FIELDS = 14;
const CREATION = 21;
/** `- http://name:80- -`: what the balancer could not read as a request. */
const UNREADABLE = /^- \S*- -$|^-/;

export const alb: TextFormat = lineLog({
  name: 'alb',
  suffixes: ['.log'],
  isLine: (line) => LOOKS_LIKE.test(line),
  meaningFor: () => ofText(meaningOf),
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
    latencyNs: created === undefined ? took : between(created, end),
    connection: client === '-' ? undefined : client,
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

function between(from: Moment, to: Moment): number | undefined {
  const ns = (to.second - from.second) * 1e9 + (to.nanos - from.nanos);
  return ns >= 0 && Number.isSafeInteger(ns) ? ns : undefined;
}
