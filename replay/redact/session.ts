/** Whose request it is, as far as its headers tell. */
import { UsageError } from '../../simulator/model/usage-error.ts';
import { cookiePairs, headerValues } from './cookies.ts';
import type { Redaction } from './rules.ts';

/** In lower case. Throws a UsageError for what is neither `cookie:<name>` nor `header:<name>`. */
export function checkedSessions(sessionBy: readonly string[]): readonly string[] {
  const wrong = sessionBy.find((by) => !/^(cookie|header):[\w.!#$&'*+^`|~-]+$/.test(by));
  if (wrong === undefined) return sessionBy.map((by) => by.toLowerCase());
  throw new UsageError(`expected cookie:<name> or header:<name> as a session, found ${wrong}`);
}

/**
 * What tells a session apart: the first of `sessionBy` that the request has, or else its
 * Authorization, or else its first cookie with a session's name. Undefined where it has none.
 * Secret: for hashing, not for writing.
 */
export function sessionValue(
  headers: readonly string[],
  sessionBy: readonly string[],
  isSensitive: (name: string) => boolean,
): string | undefined {
  for (const by of sessionBy) {
    const colon = by.indexOf(':');
    const name = by.slice(colon + 1);
    const value =
      by.slice(0, colon) === 'header'
        ? headerValues(headers, name)[0]
        : cookies(headers).find(([cookie]) => cookie.toLowerCase() === name)?.[1];
    if (value !== undefined && value !== '') return value;
  }
  if (sessionBy.length > 0) return undefined;
  const authorization = headerValues(headers, 'authorization')[0];
  if (authorization !== undefined && authorization !== '') return authorization;
  return cookies(headers).find(([name, value]) => value !== '' && isSensitive(name))?.[1];
}

/** The session's pseudonym. */
export function sessionOf(
  headers: readonly string[],
  { sessionBy, isSensitive, pseudonyms }: Redaction,
): string | undefined {
  const value = sessionValue(headers, sessionBy, isSensitive);
  return value === undefined ? undefined : pseudonyms.text(value);
}

function cookies(headers: readonly string[]): [string, string][] {
  return headerValues(headers, 'cookie').flatMap(cookiePairs);
}
