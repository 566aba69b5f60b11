/** A request's headers as the shadow gets them. */

import { sensitiveNames } from '../redact/names.ts';
import { NEVER_KEPT } from '../redact/rules.ts';
import { headerValue, LEFT_OUT, namedByConnection } from '../run/wire.ts';
import { MARKER } from '../safety/marker.ts';

export interface ShadowHeaderOptions {
  /** Tells the run in the marker header. */
  readonly runId: string;
  /** Whether Authorization, Cookie and their like go along. */
  readonly withCredentials: boolean;
  /** `-shadow` behind the host's name, or nothing. */
  readonly hostSuffix: string;
}

/** Credentials have many names, such as `X-Auth-Token`. */
const isSensitive = sensitiveNames({ redact: [], keep: [] });

/** Names and values; undefined where no host is named, or one that is none. */
export function shadowHeaders(
  headers: readonly string[],
  { runId, withCredentials, hostSuffix }: ShadowHeaderOptions,
): string[] | undefined {
  const out: string[] = [];
  const host = headerValue(headers, 'host');
  const ofConnection = namedByConnection(headers);
  if (host === undefined || !/^(\[[\da-fA-F:.]+\]|[\w.-]+)(:\d{1,5})?$/.test(host))
    return undefined;
  out.push('host', shadowHost(host, hostSuffix));
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]!.toLowerCase();
    if (LEFT_OUT.has(name) || name === MARKER || ofConnection?.has(name)) continue;
    if (!withCredentials && (NEVER_KEPT.has(name) || isSensitive(name))) continue;
    out.push(headers[index]!, headers[index + 1]!);
  }
  out.push(MARKER, runId);
  return out;
}

/**
 * The suffix stands before the port, as Envoy writes it (`shadow_writer_impl.cc`); an IPv6 address
 * stays what it is. `shadowHost('shop.example:80', '-shadow')` is `shop.example-shadow:80`.
 */
export function shadowHost(host: string, suffix: string): string {
  if (host.startsWith('[')) return host;
  const colon = host.lastIndexOf(':');
  return colon < 0 ? host + suffix : host.slice(0, colon) + suffix + host.slice(colon);
}
