/**
 * Whose machine is it? A target elsewhere has to serve a token that the user also gives, so that
 * load only goes where somebody who can change that system said so, and until when.
 *
 *     GET /.well-known/plimsoll-replay   →   {"token": "…", "expires": "2026-12-01T00:00:00Z"}
 */
import { timingSafeEqual } from 'node:crypto';
import { UsageError } from '../../simulator/model/usage-error.ts';
import { type AskOptions, askOnce } from './ask-once.ts';

export const WELL_KNOWN_PATH = '/.well-known/plimsoll-replay';
const MOST_BYTES = 4096;
const SHORTEST_TOKEN = 16;
/** Nobody remembers for longer what was allowed. */
const MOST_AHEAD_MS = 90 * 86_400_000;
const ISO_UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

export interface OwnershipOptions extends AskOptions {
  /** Wall clock. */
  readonly nowMs: number;
}

/**
 * Asks the target for its token, once and without following anything. Throws a UsageError of one
 * line where it is not there, not the one given, or has expired.
 *
 * @param target as `checkedTarget` returns it
 */
export async function checkOwnership(
  target: string,
  token: string | undefined,
  options: OwnershipOptions,
): Promise<void> {
  const where = new URL(target).origin + WELL_KNOWN_PATH;
  if (token === undefined || token.length < SHORTEST_TOKEN) {
    throw new UsageError(
      `the target is not this machine: expected --token with at least ${SHORTEST_TOKEN} ` +
        `characters, the same that ${where} serves`,
    );
  }
  const text = await read(target, options).catch((error: Error) => {
    throw new UsageError(`cannot read ${where}: ${error.message}`);
  });
  const problem = problemIn(text, token, options.nowMs);
  if (problem !== undefined) throw new UsageError(`${where}: ${problem}`);
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
