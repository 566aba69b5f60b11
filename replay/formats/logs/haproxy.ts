/**
 * HAProxy's HTTP log (`option httplog`), with whatever syslog puts before it. The time is when the
 * request began (since 1.8; the connection's before that), without a zone: UTC unless the machine
 * had another, which the log does not say. The last timer, in ms, is the whole of the request; a
 * plus before it means that it was logged before its end.
 * Source: HAProxy configuration manual, 8.2.3 "HTTP log format" and 8.4 "Timing events".
 */
import { escapedForHaproxy, unescapedOfHaproxy } from '../text/escapes.ts';
import { parseRequestLine } from '../text/request-line.ts';
import { clfMsOf, parseClf, parseNanoseconds } from '../text/stamps.ts';
import type { TextFormat } from '../text/text-format.ts';
import { clientOf, NO_REQUEST, NO_REQUEST_WORDS, statusOf } from './access.ts';
import type { Field } from './format-fields.ts';
import { type LineMeaning, lineLog, ofText } from './line-log.ts';
import { namedLayout } from './log-layout.ts';
import { dialectEncoder } from './write-log.ts';

const CLIENT = /(?:^| )(\S+):(\d+) \[(\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d\.\d{3})\] /;
const TIMERS = /^\S+ \S+ (-?\d+(?:\/-?\d+){3})\/(\+?-?\d+) (-?\d+) /;
/** Of syslog's prefix there is some, but never so much. */
const MOST_PREFIX = 300;

const FIELDS: Readonly<Record<string, Omit<Field, 'name'>>> = {
  client: { role: 'client' },
  port: { role: 'port', none: '0' },
  time: { role: 'time', stamp: clfMsOf },
  took: { role: 'latency', places: 3, none: '-1' },
  status: { role: 'status', none: '-1' },
  sent: { role: 'sent' },
  request: { role: 'request' },
};
const LAYOUT = namedLayout(
  '{client}:{port} [{time}] http http/<NOSRV> 0/0/0/{took}/{took} {status} {sent} - - ---- ' +
    '0/0/0/0/0 0/0 "{request}"',
  FIELDS,
);

export const haproxy: TextFormat = lineLog({
  name: 'haproxy',
  suffixes: ['.log'],
  isLine: (line) => {
    const client = CLIENT.exec(line.slice(0, MOST_PREFIX));
    return client !== null && TIMERS.test(line.slice(client.index + client[0].length));
  },
  meaningFor: () => ofText(meaningOf),
  encoder: () =>
    dialectEncoder({
      layout: LAYOUT,
      escape: escapedForHaproxy,
      unescape: unescapedOfHaproxy,
      meaning: meaningOf,
    }),
});

function meaningOf(line: string): LineMeaning {
  const client = CLIENT.exec(line.slice(0, MOST_PREFIX));
  if (client === null) return 'no client:port [time] in the line';
  const after = line.slice(client.index + client[0].length);
  const timers = TIMERS.exec(after);
  if (timers === null) {
    return { skip: 'no HTTP request: a message, or a connection in TCP mode' };
  }
  const moment = parseClf(client[3]!);
  if (moment === undefined) return 'time is not like 06/Feb/2009:12:14:14.655';
  const requestFrom = after.indexOf('"', timers[0].length) + 1;
  // A quote inside would be `#22`.
  const requestTo = requestFrom === 0 ? -1 : after.indexOf('"', requestFrom);
  if (requestTo < 0) return 'request without its closing quote: cut off';
  const request = after.slice(requestFrom, requestTo);
  if (NO_REQUEST_WORDS.has(request)) return { skip: NO_REQUEST };
  const parts = parseRequestLine(unescapedOfHaproxy(request));
  if (typeof parts === 'string') return parts;
  const [, , total = '', status = ''] = timers;
  return {
    parts,
    ...moment,
    isEnd: false,
    status: statusOf(status),
    latencyNs: parseNanoseconds(total, 3),
    connection: clientOf(client[1]!, client[2]),
    headers: [],
  };
}
