/** The logins of a run: at its target, for its test users. */
import { logIn, tokenHeader } from '../shape/login.ts';
import { Logins } from '../users/logins.ts';
import type { UserToken } from './messages.ts';
import type { ReplayOptions } from './options.ts';
import type { Prepared } from './prepare.ts';

interface Hooks {
  readonly onToken: (user: number, token: UserToken) => void;
  /** Since the run's start. */
  readonly atMs: () => number;
}

/** Undefined where nobody logs in. */
export function loginsOf(
  { target, users }: Prepared,
  { login, allowedHosts, lookup, runId }: ReplayOptions,
  { onToken, atMs }: Hooks,
): Logins | undefined {
  if (login === undefined) return undefined;
  const header = tokenHeader(login);
  return new Logins({
    logIn: (user) => logIn(target, login, users?.userOf(user), { allowedHosts, lookup, runId }),
    onToken: (user, generation, value) => onToken(user, { generation, header, value }),
    atMs,
  });
}
