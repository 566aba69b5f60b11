/**
 * The variables of nginx that a log format may have.
 * Source: nginx, "Alphabetical index of variables".
 */
import { clfOf, epochOf, isoSecondOf, parseClf, parseEpoch, parseIso } from '../text/stamps.ts';
import type { Field } from './format-fields.ts';

const FIELDS: Readonly<Record<string, Omit<Field, 'name'>>> = {
  time_local: { role: 'time', moment: parseClf, isCoarse: true, isEnd: true, stamp: clfOf },
  time_iso8601: { role: 'time', moment: parseIso, isCoarse: true, isEnd: true, stamp: isoSecondOf },
  msec: {
    role: 'time',
    moment: (text) => parseEpoch(text, 0),
    isCoarse: false,
    isEnd: true,
    stamp: (atNs) => epochOf(atNs, 0, 3),
  },
  request: { role: 'request' },
  request_method: { role: 'method' },
  request_uri: { role: 'target' },
  uri: { role: 'target', isPath: true },
  document_uri: { role: 'target', isPath: true },
  args: { role: 'query' },
  query_string: { role: 'query' },
  host: { role: 'host' },
  http_host: { role: 'host' },
  status: { role: 'status', none: '000' },
  request_time: { role: 'latency', places: 0, decimals: 3 },
  server_protocol: { role: 'protocol' },
  body_bytes_sent: { role: 'sent' },
  bytes_sent: { role: 'sent' },
  request_length: { role: 'received' },
  connection: { role: 'connection' },
  remote_addr: { role: 'client' },
  realip_remote_addr: { role: 'client' },
  remote_port: { role: 'port' },
};

/** A variable; what is not known is read over. `http_user_agent` is the header `User-Agent`. */
export function nginxField(variable: string): Field {
  const name = `$${variable}`;
  if (Object.hasOwn(FIELDS, variable)) return { name, ...FIELDS[variable]! };
  const header = /^http_([a-z0-9_]+)$/.exec(variable)?.[1];
  if (header !== undefined) return { name, role: 'header', header: headerName(header) };
  return { name, role: 'ignored', isList: variable.startsWith('upstream_') };
}

function headerName(variable: string): string {
  return variable
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('-');
}
