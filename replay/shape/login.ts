/**
 * Logs in once before the run, and puts the token that came back into every request: recorded
 * tokens are redacted, or of another system.
 */
import { UsageError } from '../../simulator/model/usage-error.ts';
import type { Step } from '../run/step.ts';
import { type AskOptions, askOnce } from '../safety/ask-once.ts';
import { MARKER } from '../safety/marker.ts';
import { setHeader } from './rewrites.ts';

const MOST_BYTES = 256 * 1024;

export interface Login {
  readonly method: string;
  readonly path: string;
  /** Sent as JSON where it is there. */
  readonly body?: unknown;
  /** Where the token is in the answer's JSON: `access_token`, `data.token`. */
  readonly token: string;
  /** Default: `Authorization`. */
  readonly header?: string;
  /** What the header gets; `{token}` is the token. Default: `Bearer {token}`. */
  readonly value?: string;
}

export interface LoginOptions extends AskOptions {
  readonly runId: string;
}

/**
 * The step that puts the token in. Throws a UsageError where the login does not work; what it says
 * has no part of the answer in it.
 *
 * @param target as `checkedTarget` returns it
 */
export async function logIn(target: string, login: Login, options: LoginOptions): Promise<Step> {
  try {
    const token = tokenIn(await answerOf(target, login, options), login.token);
    const { header = 'Authorization', value = 'Bearer {token}' } = login;
    return setHeader(
      header,
      value.replaceAll('{token}', () => token),
    );
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`login at ${login.path}: ${why}`);
  }
}

async function answerOf(target: string, login: Login, options: LoginOptions): Promise<string> {
  const { method, path } = login;
  const body = login.body === undefined ? null : JSON.stringify(login.body);
  const type = body === null ? {} : { 'content-type': 'application/json' };
  const headers = { [MARKER]: options.runId, ...type };
  const question = { method, path, headers, body, mostBytes: MOST_BYTES };
  const { status, text } = await askOnce(target, question, options);
  if (status >= 300) throw new Error(`status ${status}`);
  return text;
}

function tokenIn(text: string, path: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('expected JSON');
  }
  for (const key of path.split('.')) {
    const isThere = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
    value = isThere ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
  }
  if (typeof value === 'string' && value !== '') return value;
  throw new Error(`expected a text at ${path}`);
}
