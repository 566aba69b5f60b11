/**
 * Whose machine is it? A target elsewhere has to serve a token that the user also gives, so that
 * load only goes where somebody who can change that system said so, and until when. A name may be
 * at another address by the time that the load begins: every address is asked, and only those that
 * have answered are connected to from then on.
 *
 *     GET /.well-known/plimsoll-replay   →   {"token": "…", "expires": "2026-12-01T00:00:00Z"}
 */
import { timingSafeEqual } from 'node:crypto';
import { UsageError } from '../../simulator/model/usage-error.ts';
import { type AllowedHost, addressesOf, hostOf, nameOf } from '../guard.ts';
import { type AskOptions, askOnce } from './ask-once.ts';

export const WELL_KNOWN_PATH = '/.well-known/plimsoll-replay';
const MOST_BYTES = 4096;
const MOST_ADDRESSES = 32;
const UNREACHABLE: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const SHORTEST_TOKEN = 16;
/** Nobody remembers for longer what was allowed. */
const MOST_AHEAD_MS = 90 * 86_400_000;
const ISO_UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

export interface OwnershipOptions extends AskOptions {
  /** Wall clock. */
  readonly nowMs: number;
}

/**
 * Asks the target for its token, at each of its addresses, without following anything. Returns the
 * allowed hosts, of which the target's is pinned to the addresses that have it; one that nobody can
 * connect to is left out. Throws a UsageError of one line where it is not there, not the one given,
 * or has expired.
 *
 * @param target as `checkedTarget` returns it
 */
export async function checkOwnership(
  target: string,
  token: string | undefined,
  options: OwnershipOptions,
): Promise<readonly AllowedHost[]> {
  const where = new URL(target).origin + WELL_KNOWN_PATH;
  if (token === undefined || token.length < SHORTEST_TOKEN) {
    throw new UsageError(
      `the target is not this machine: expected --token with at least ${SHORTEST_TOKEN} ` +
        `characters, the same that ${where} serves`,
    );
  }
  const unreadable = (error: Error): never => {
    throw new UsageError(`cannot read ${where}: ${error.message}`);
  };
  const host = hostOf(target);
  const all = await addressesOf(host, options.lookup).catch(unreadable);
  if (all.length > MOST_ADDRESSES) {
    throw new UsageError(`${host}: expected at most ${MOST_ADDRESSES} addresses, found more`);
  }
  const asked = all.map((address) => readAt(target, address, options));
  const texts = await Promise.all(asked).catch(unreadable);
  const addresses: string[] = [];
  for (const [index, text] of texts.entries()) {
    if (text instanceof Error) continue;
    const problem = problemIn(text, token, options.nowMs);
    if (problem !== undefined) throw new UsageError(`${where}: ${problem}`);
    addresses.push(all[index]!);
  }
  const [failure] = texts.filter((text) => text instanceof Error);
  if (addresses.length === 0) unreadable(failure ?? new Error(`${host} has no address`));
  const others = options.allowedHosts.filter((allowed) => nameOf(allowed) !== host);
  return [...others, { host, addresses }];
}

/** An Error where nobody can be connected to; throws everything else. */
async function readAt(
  target: string,
  address: string,
  options: OwnershipOptions,
): Promise<string | Error> {
  const allowedHosts = [{ host: hostOf(target), addresses: [address] }];
  return read(target, { ...options, allowedHosts }).catch((error: Error) => {
    if ('code' in error && UNREACHABLE.has(String(error.code))) return error;
    throw error;
  });
}

/** What is wrong with a served token; undefined where nothing is. */
export function problemIn(text: string, token: string, nowMs: number): string | undefined {
  const served = parse(text);
  if (served === undefined) return 'expected {"token": "…", "expires": "2026-12-01T00:00:00Z"}';
  if (!isSame(served.token, token)) return 'the token is another one than --token';
  const expiresMs = ISO_UTC.test(served.expires) ? Date.parse(served.expires) : Number.NaN;
  if (Number.isNaN(expiresMs)) return 'expires: expected a moment such as 2026-12-01T00:00:00Z';
  if (expiresMs <= nowMs) return 'the token has expired';
  return expiresMs > nowMs + MOST_AHEAD_MS ? 'expires: expected at most 90 days ahead' : undefined;
}

function parse(text: string): { readonly token: string; readonly expires: string } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { token, expires } = value as { token?: unknown; expires?: unknown };
    return typeof token === 'string' && typeof expires === 'string'
      ? { token, expires }
      : undefined;
  } catch {
    return undefined;
  }
}

function isSame(a: string, b: string): boolean {
  const [first, second] = [Buffer.from(a), Buffer.from(b)];
  return first.length === second.length && timingSafeEqual(first, second);
}

async function read(target: string, options: OwnershipOptions): Promise<string> {
  const question = { method: 'GET', path: WELL_KNOWN_PATH, headers: {}, body: null };
  const { status, text } = await askOnce(target, { ...question, mostBytes: MOST_BYTES }, options);
  if (status !== 200) throw new Error(`expected status 200, found ${status}`);
  return text;
}
