/**
 * Target ≠ source: a capture that was taken from a host is not replayed into it, unless the user
 * names that host once more for this very purpose.
 */
import { isIPv6 } from 'node:net';
import { UsageError } from '../../simulator/model/usage-error.ts';
import { hostOf, isLoopback } from '../guard.ts';
import type { Step } from '../run/step.ts';
import { NAMES_OF_HOST } from '../run/wire.ts';

export interface SourceHosts {
  /** Holds back what was recorded at the target itself. */
  readonly step: Step;
  /** Given when a target is found in the capture and was not named; throws the UsageError. */
  readonly refuse: () => never;
}

export const FROM_TARGET = 'it was recorded at the target';
/** Of a host and its port. */
const LONGEST = 300;
/** Cheap for the many headers that are none of these. */
const LENGTHS: ReadonlySet<number> = new Set(Array.from(NAMES_OF_HOST, ({ length }) => length));

/**
 * Host of a `Host` header without its port, as a URL spells it, and without the dot of the root.
 * `recordedHost('A.:80')` is `a`, `recordedHost('[::0:1]')` is `::1`.
 */
export function recordedHost(header: string): string {
  const text = header.trim().toLowerCase();
  // No target has such a name, and a URL takes its time for it.
  if (text.length > LONGEST) return text;
  const url = `http://${isIPv6(text) ? `[${text}]` : text}`;
  const host = URL.canParse(url) ? hostOf(url) : text.replace(/:\d*$/, '');
  return host.replace(/\.$/, '');
}

/** The hosts that a header names; `Forwarded` has them among other things (RFC 7239). */
function hostsIn(name: string, value: string): string[] {
  if (name !== 'forwarded') return value.split(',').map(recordedHost);
  const found = value.matchAll(/(?:^|[;,])\s*host="?([^";,\s]+)/gi);
  return Array.from(found, ([, host]) => recordedHost(host!));
}

/**
 * @param targets whoever gets the requests
 * @param asHost what is sent as Host instead of the target's own: a proxy goes by it
 * @param named hosts that may be both source and target, as the user named them
 */
export function sourceHosts(
  targets: readonly string[],
  asHost: string | undefined,
  named: readonly string[],
): SourceHosts {
  const hosts = [
    ...targets.map((target) => recordedHost(new URL(target).host)),
    ...(asHost === undefined ? [] : [recordedHost(asHost)]),
  ];
  const forbidden = hosts.filter((host) => !named.some((each) => recordedHost(each) === host));
  const sameAs = remembered((name, value) => {
    const recordedHosts = hostsIn(name, value);
    return forbidden.find((host) => recordedHosts.some((other) => isSame(host, other)));
  });
  let found: string | undefined;
  return {
    step: (request) => {
      const same = firstNamed(request.headers, sameAs);
      if (same === undefined) return request;
      found = same;
      return FROM_TARGET;
    },
    refuse: () => {
      throw new UsageError(
        `the capture was taken from the target itself, ${found}; if that is what you want, ` +
          `name that host once more: --allow-source ${found}`,
      );
    },
  };
}

type SameAs = (name: string, value: string) => string | undefined;

/** The first answer that a header with a host in it gets. */
function firstNamed(headers: readonly string[], sameAs: SameAs): string | undefined {
  for (let index = 0; index + 1 < headers.length; index += 2) {
    if (!LENGTHS.has(headers[index]!.length)) continue;
    const name = headers[index]!.toLowerCase();
    const same = NAMES_OF_HOST.has(name) ? sameAs(name, headers[index + 1]!) : undefined;
    if (same !== undefined) return same;
  }
  return undefined;
}

/** Captures have few hosts: mostly a header says what it said in the record before. */
function remembered(sameAs: SameAs): SameAs {
  const latest = new Map<string, { readonly value: string; readonly same: string | undefined }>();
  return (name, value) => {
    const before = latest.get(name);
    if (before?.value === value) return before.same;
    const same = sameAs(name, value);
    latest.set(name, { value, same });
    return same;
  };
}

/** All names of this machine are one. */
function isSame(host: string, other: string): boolean {
  return host === other || (isLoopback(host) && isLoopback(other));
}
