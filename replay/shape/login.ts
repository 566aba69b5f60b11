/**
 * One login at the target: a request, and where the token is in its answer. Recorded tokens are
 * redacted, or of another system.
 */
import { UsageError } from '../../simulator/model/usage-error.ts';
import { type AskOptions, askOnce } from '../safety/ask-once.ts';
import { MARKER } from '../safety/marker.ts';
import { fillIn, type TestUser } from '../users/test-users.ts';

const MOST_BYTES = 256 * 1024;

/** In texts of path and body, `{field}` is the test user's. */
export interface Login {
  readonly method: string;
  readonly path: string;
  /** Sent as JSON where it is there. */
  readonly body?: unknown;
  /** Where the token is in the answer's JSON: `access_token`, `data.token`. */
  readonly token: string;
  /** Where it says for how many seconds the token is good. */
  readonly expiresIn?: string;
  /** Default: `Authorization`. */
  readonly header?: string;
  /** What the header gets; `{token}` is the token. Default: `Bearer {token}`. */
  readonly value?: string;
}

export interface LoginOptions extends AskOptions {
  readonly runId: string;
}

/** What a login came to: what its header gets, and for how long. */
export interface Token {
  readonly value: string;
  /** Undefined where nobody said. */
  readonly lifeMs: number | undefined;
}

/** The header that carries the token. */
export function tokenHeader({ header = 'Authorization' }: Login): string {
  return header;
}

/**
 * Logs in. Throws a UsageError where it does not work; it has no part of the answer in it.
 *
 * @param target as `checkedTarget` returns it
 * @param user undefined for a login that is everybody's
 */
export async function logIn(
  target: string,
  login: Login,
  user: TestUser | undefined,
  options: LoginOptions,
): Promise<Token> {
  try {
    const answer = parsed(await answerOf(target, login, user, options));
    const { value = 'Bearer {token}' } = login;
    const token = tokenIn(answer, login.token);
    const seconds = login.expiresIn === undefined ? undefined : at(answer, login.expiresIn);
    const lifeMs = typeof seconds === 'number' && seconds > 0 ? 1000 * seconds : undefined;
    return { value: value.replaceAll('{token}', () => token), lifeMs };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`login at ${login.path}: ${why}`);
  }
}

async function answerOf(
  target: string,
  login: Login,
  user: TestUser | undefined,
  options: LoginOptions,
): Promise<string> {
  const { method } = login;
  const path = user === undefined ? login.path : fillIn(login.path, encoded(user));
  const body = login.body === undefined ? null : JSON.stringify(filled(login.body, user));
  const type = body === null ? {} : { 'content-type': 'application/json' };
  const headers = { [MARKER]: options.runId, ...type };
  const question = { method, path, headers, body, mostBytes: MOST_BYTES };
  const { status, text } = await askOnce(target, question, options);
  if (status >= 300) throw new Error(`status ${status}`);
  return text;
}

/** The same value, with the test user's fields in all of its texts. */
function filled(value: unknown, user: TestUser | undefined): unknown {
  if (user === undefined) return value;
  if (typeof value === 'string') return fillIn(value, user);
  if (Array.isArray(value)) return value.map((each) => filled(each, user));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, filled(each, user)]));
}

function encoded(user: TestUser): TestUser {
  return Object.fromEntries(
    Object.entries(user).map(([field, text]) => [field, encodeURIComponent(text)]),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('expected JSON');
  }
}

function tokenIn(answer: unknown, path: string): string {
  const value = at(answer, path);
  // What a header cannot carry would be an exception with every request.
  if (typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)) return value;
  throw new Error(`expected a text at ${path}`);
}

function at(answer: unknown, path: string): unknown {
  let value = answer;
  for (const key of path.split('.')) {
    const isThere = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
    value = isThere ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
  }
  return value;
}
