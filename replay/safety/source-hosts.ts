/**
 * Target ≠ source: a capture that was taken from a host is not replayed into it, unless the user
 * names that host once more for this very purpose.
 */
import { isIPv6 } from 'node:net';
import { UsageError } from '../../simulator/model/usage-error.ts';
import { hostOf, isLoopback } from '../guard.ts';
import type { Step } from '../run/step.ts';
import { headerValue } from '../run/wire.ts';

export interface SourceHosts {
  /** Holds back what was recorded at the target itself. */
  readonly step: Step;
  /** Given when a target is found in the capture and was not named; throws the UsageError. */
  readonly refuse: () => never;
}

export const FROM_TARGET = 'it was recorded at the target';

/** Host of a `Host` header without its port, in lower case. `recordedHost('A:80')` is `a`. */
export function recordedHost(header: string): string {
  const text = header.trim().toLowerCase();
  if (isIPv6(text)) return text;
  const inBrackets = /^\[([^\]]*)\](:\d*)?$/.exec(text)?.[1];
  return inBrackets ?? text.replace(/:\d*$/, '').replace(/\.$/, '');
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
  const hosts = [...targets.map(hostOf), ...(asHost === undefined ? [] : [recordedHost(asHost)])];
  const forbidden = hosts.filter((host) => !named.some((each) => recordedHost(each) === host));
  const sameAs = (header: string) => forbidden.find((host) => isSame(host, recordedHost(header)));
  // Captures have few hosts: mostly the one of the record before.
  let latest: { readonly header: string; readonly same: string | undefined } | undefined;
  let found: string | undefined;
  return {
    step: (request) => {
      const header = headerValue(request.headers, 'host');
      if (header === undefined) return request;
      if (header !== latest?.header) latest = { header, same: sameAs(header) };
      if (latest.same === undefined) return request;
      found = latest.same;
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

/** All names of this machine are one. */
function isSame(host: string, other: string): boolean {
  return host === other || (isLoopback(host) && isLoopback(other));
}
