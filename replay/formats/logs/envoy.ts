/**
 * Envoy's default access log, and Istio's, which has three fields more. The time is when the
 * request began; the duration, in ms, ends with the last byte to the client. Response code 0: no
 * answer.
 * Source: Envoy documentation, "Access logging", default format string; Istio, "Envoy Access Logs",
 * default format.
 */
import { unescaped } from '../text/escapes.ts';
import { parseRequestLine } from '../text/request-line.ts';
import { isoMsOf, parseIso, parseNanoseconds } from '../text/stamps.ts';
import type { TextFormat } from '../text/text-format.ts';
import { headersOf, NO_REQUEST, statusOf } from './access.ts';
import { fieldsOf } from './fields.ts';
import type { Field } from './format-fields.ts';
import { type LineMeaning, lineLog, ofText } from './line-log.ts';
import { namedLayout } from './log-layout.ts';
import { dialectEncoder } from './write-log.ts';

const LOOKS_LIKE = /^\[\d{4}-\d\d-\d\dT[\d:.]+Z\] "[^"]*" \d+ \S+ /;
const LEAST_FIELDS = 12;
/** Istio: response code details, connection termination details, transport failure reason. */
const ISTIO_FIELDS = 3;

const FIELDS: Readonly<Record<string, Omit<Field, 'name'>>> = {
  time: { role: 'time', stamp: isoMsOf },
  request: { role: 'request' },
  status: { role: 'status', none: '0' },
  received: { role: 'received' },
  sent: { role: 'sent' },
  took: { role: 'latency', places: 3 },
  forwarded: { role: 'client' },
  agent: { role: 'header', header: 'User-Agent' },
  id: { role: 'header', header: 'X-Request-Id' },
  authority: { role: 'host' },
};
const LAYOUT = namedLayout(
  '[{time}] "{request}" {status} - {received} {sent} {took} - "{forwarded}" "{agent}" "{id}" ' +
    '"{authority}" "-"',
  FIELDS,
);

export const envoy: TextFormat = lineLog({
  name: 'envoy',
  suffixes: ['.log'],
  isLine: (line) => LOOKS_LIKE.test(line),
  meaningFor: () => ofText(meaningOf),
  // Envoy escapes nothing: what has a quote in it has no place in its log.
  encoder: () =>
    dialectEncoder({
      layout: LAYOUT,
      escape: (text) => text,
      unescape: unescaped,
      meaning: meaningOf,
    }),
});

function meaningOf(line: string): LineMeaning {
  const fields = fieldsOf(line);
  if (fields === undefined || fields.length < LEAST_FIELDS) {
    return 'fewer fields than in the default format of Envoy';
  }
  const [time = '', request = '', status = ''] = fields;
  const moment = parseIso(time);
  if (moment === undefined) return 'time is not like 2016-04-15T20:17:00.310Z';
  // A connection that ended before its request: method, path and protocol are not set.
  if (/^- - /.test(request)) return { skip: NO_REQUEST };
  const parts = parseRequestLine(request);
  if (typeof parts === 'string') return parts;
  const isIstio = !/^\d+$/.test(fields[4]!);
  const rest = fields.slice(isIstio ? 4 + ISTIO_FIELDS : 4);
  const [, , duration = '', , forwarded, agent, requestId, authority] = rest;
  return {
    parts,
    ...moment,
    isEnd: false,
    status: statusOf(status),
    latencyNs: parseNanoseconds(duration, 3),
    connection: clientOf(forwarded),
    headers: headersOf(
      ['Host', parts.host === undefined ? authority : undefined],
      ['User-Agent', agent],
      ['X-Request-Id', requestId],
    ),
  };
}

/** The first of X-Forwarded-For, which is as near to the client as this log comes. */
function clientOf(forwarded: string | undefined): string | undefined {
  const first = forwarded?.split(',', 1)[0]?.trim();
  return first === undefined || first === '' || first === '-' ? undefined : first;
}
