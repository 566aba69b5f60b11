/**
 * Target ≠ source: a capture that was taken from a host is not replayed into it, unless the user
 * names that host once more for this very purpose.
 */
import { isIPv6 } from 'node:net';
import { UsageError } from '../../simulator/model/usage-error.ts';
import { hostOf } from '../guard.ts';
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
  const bare = header
    .trim()
    .toLowerCase()
    .replace(/\.?(:\d*)?$/, '');
  const inBrackets = /^\[(.*)\]$/.exec(header.trim().toLowerCase().replace(/:\d*$/, ''))?.[1];
  return inBrackets !== undefined && isIPv6(inBrackets) ? inBrackets : bare;
}

/** @param named hosts that may be both source and target, as the user named them */
export function sourceHosts(target: string, named: readonly string[]): SourceHosts {
  const host = hostOf(target);
  const isNamed = named.some((each) => recordedHost(each) === host);
  return {
    step: (request) => {
      const header = headerValue(request.headers, 'host');
      const isSame = header !== undefined && recordedHost(header) === host;
      return isSame && !isNamed ? FROM_TARGET : request;
    },
    refuse: () => {
      throw new UsageError(
        `the capture was taken from ${host}, which is also the target; if that is what you want, ` +
          `say --allow-source ${host}`,
      );
    },
  };
}
