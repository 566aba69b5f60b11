/**
 * Which field of a JSON line is what: `time=ts,method=req.method,target=req.url,latency=dur:ms`.
 * Dots lead into objects. Where nothing is said, the usual names are tried.
 */
import { UsageError } from '../../../simulator/model/usage-error.ts';

const MEANINGS = ['time', 'method', 'target', 'host', 'status', 'latency', 'client'] as const;
const MORE_MEANINGS = ['agent', 'referer', 'request', 'end'] as const;
export type Meaning = (typeof MEANINGS)[number] | (typeof MORE_MEANINGS)[number];
const ALL: readonly string[] = [...MEANINGS, ...MORE_MEANINGS];

/** 10^−places seconds. */
const PLACES: Readonly<Record<string, number>> = { s: 0, ms: 3, us: 6, ns: 9 };
const PART = /^([a-z]+)=([^=,:]+)(?::([a-z]+))?$/;

export interface FieldPlace {
  /** Keys from the outside to the inside; the first is also tried with its dots. */
  readonly path: readonly string[];
  /** Of times and latencies that are numbers: so many decimal places to a second. */
  readonly places: number | undefined;
}

/** Places to try in turn, for each meaning. */
export type FieldMap = Readonly<Partial<Record<Meaning, readonly FieldPlace[]>>>;

const S = 's';
const MS = 'ms';
const USUAL: Readonly<Record<Meaning, readonly string[]>> = {
  time: ['time', 'timestamp', '@timestamp', 'ts', 'start_time', 'StartUTC', 'date', 'datetime'],
  // Of the end of a request: nginx's own.
  end: ['msec', 'time_iso8601', 'time_local', 'end_time'],
  method: [
    'method',
    'request_method',
    'http_method',
    'verb',
    'request.method',
    'req.method',
    'RequestMethod',
    'http.request.method',
    'httpRequest.requestMethod',
  ],
  target: [
    'target',
    'request_uri',
    'uri',
    'path',
    'url',
    'request.uri',
    'request.url',
    'req.url',
    'RequestPath',
    'url.original',
    'httpRequest.requestUrl',
    'x-envoy-original-path',
  ],
  request: ['request', 'request_line'],
  host: ['host', 'http_host', 'authority', 'request.host', 'req.headers.host', 'RequestHost'],
  status: [
    'status',
    'status_code',
    'response_code',
    'statusCode',
    'res.statusCode',
    'response.status',
    'DownstreamStatus',
    'http.response.status_code',
    'httpRequest.status',
  ],
  latency: [
    `request_time:${S}`,
    `duration_ms:${MS}`,
    `latency_ms:${MS}`,
    `responseTime:${MS}`,
    `response_time_ms:${MS}`,
    'Duration:ns',
    `duration:${S}`,
    `latency:${S}`,
    `httpRequest.latency:${S}`,
  ],
  client: ['remote_addr', 'client_ip', 'client', 'remote_ip', 'request.remote_ip', 'ClientAddr'],
  agent: ['http_user_agent', 'user_agent', 'userAgent', 'req.headers.user-agent'],
  referer: ['http_referer', 'referer', 'referrer'],
};

/**
 * From what a user writes; meanings that are not named keep their usual places. Throws a
 * UsageError.
 *
 * @param text parts `meaning=path` or `meaning=path:unit`, with commas between them; meanings:
 * time (of the arrival), end, method, target (or a URL), request (a whole request line), host,
 * status, latency, client, agent, referer; units: s, ms, us, ns
 */
export function parseFieldMap(text: string): FieldMap {
  const map: Partial<Record<Meaning, readonly FieldPlace[]>> = {};
  for (const part of text.split(',')) {
    const [, meaning = '', path = '', unit] = PART.exec(part.trim()) ?? [];
    if (!isMeaning(meaning)) {
      throw new UsageError(
        `fields: expected parts such as time=ts or latency=dur:ms (${ALL.join(', ')}), ` +
          `found ${JSON.stringify(part)}`,
      );
    }
    map[meaning] = [placeOf(path, unit, part)];
  }
  return map;
}

function isMeaning(text: string): text is Meaning {
  return ALL.includes(text);
}

function placeOf(path: string, unit: string | undefined, part: string): FieldPlace {
  if (unit !== undefined && !Object.hasOwn(PLACES, unit)) {
    throw new UsageError(
      `fields: expected a unit of s, ms, us or ns, found ${JSON.stringify(part)}`,
    );
  }
  return { path: path.split('.'), places: unit === undefined ? undefined : PLACES[unit] };
}

/** The places of every meaning: a user's own, else the usual ones. */
export function placesOf(map: FieldMap): Record<Meaning, readonly FieldPlace[]> {
  const places: Partial<Record<Meaning, readonly FieldPlace[]>> = {};
  for (const [meaning, names] of Object.entries(USUAL) as [Meaning, readonly string[]][]) {
    places[meaning] =
      map[meaning] ??
      names.map((name) => {
        const [path = '', unit] = name.split(':');
        return placeOf(path, unit, name);
      });
  }
  return places as Record<Meaning, readonly FieldPlace[]>;
}
