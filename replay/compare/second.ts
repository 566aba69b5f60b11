/** What a second system has to be before anything is sent to it: all that the target has to be. */
import { UsageError } from '../../simulator/model/usage-error.ts';
import { type AllowedHost, checkedTarget } from '../guard.ts';
import type { ReplayOptions } from '../run/options.ts';
import { type Caps, requireCaps } from '../safety/caps.ts';

/**
 * As `checkedTarget` returns it; undefined where there is none. Throws a UsageError for a host that
 * is not allowed, for missing or too narrow ceilings, and where a login is asked for: the token of
 * the target is nobody else's.
 */
export function checkedSecond(options: ReplayOptions): string | undefined {
  const url = options.compare?.second;
  if (url === undefined) return undefined;
  const second = checkedUrl(url, options.allowedHosts);
  requireCaps(second, options.caps);
  requireTwo(options.caps);
  if (options.login === undefined) return second;
  throw new UsageError("expected one of --second and --login: the token is the target's alone");
}

/** Says which of the two is wrong. */
function checkedUrl(url: string, allowedHosts: readonly AllowedHost[]): string {
  try {
    return checkedTarget(url, allowedHosts);
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`--second: ${error.message}`) : error;
  }
}

/** Requests of the run, where each of them is sent twice. */
export function halved(caps: Caps): Caps {
  const { mostRequests } = caps;
  if (mostRequests === undefined) return caps;
  return { ...caps, mostRequests: Math.floor(mostRequests / 2) };
}

function requireTwo({ mostPerSecond, mostInFlight, mostRequests }: Caps): void {
  const given = { '--max-rate': mostPerSecond, '--max-in-flight': mostInFlight };
  const all = { ...given, '--max-requests': mostRequests };
  for (const [flag, most] of Object.entries(all)) {
    if (most === undefined || most >= 2) continue;
    throw new UsageError(`${flag}: expected at least 2 where two systems get each request`);
  }
}
