/** What a capture is redacted by. */
import { UsageError } from '../../simulator/model/usage-error.ts';
import { type NameRules, sensitiveNames } from './names.ts';
import { Pseudonyms } from './pseudonym.ts';
import { checkedSessions } from './session.ts';

export interface RedactionRules extends NameRules {
  /** Headers that are kept beside the usual ones; their values are still looked through. */
  readonly keepHeaders: readonly string[];
  /** Headers whose whole value is replaced by a pseudonym, such as a tenant's or a user's id. */
  readonly pseudonymHeaders: readonly string[];
  /**
   * What tells sessions apart: `cookie:<name>` or `header:<name>`, the first one that a request has.
   * Without any: its Authorization, or else its cookies with a session's name.
   */
  readonly sessionBy: readonly string[];
}

export const USUAL_RULES: RedactionRules = {
  redact: [],
  keep: [],
  keepHeaders: [],
  pseudonymHeaders: [],
  sessionBy: [],
};

/** Never written, whatever is allowed. */
export const NEVER_KEPT: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'set-cookie',
  'set-cookie2',
  'proxy-authorization',
  'x-api-key',
]);

/** Kept, after a look through their values. Everything else is dropped. */
const KEPT: ReadonlySet<string> = new Set(
  (
    'accept accept-charset accept-encoding accept-language accept-patch accept-ranges age allow ' +
    'access-control-request-method access-control-request-headers cache-control connection ' +
    'content-disposition content-encoding content-language content-length content-range ' +
    'content-type date dnt etag expires host if-match if-modified-since if-none-match if-range ' +
    'if-unmodified-since keep-alive last-modified location max-forwards origin pragma prefer ' +
    'priority range referer retry-after save-data sec-ch-ua sec-ch-ua-mobile sec-ch-ua-platform ' +
    'sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user server te traceparent ' +
    'transfer-encoding upgrade-insecure-requests user-agent vary via x-correlation-id ' +
    'x-http-method-override x-request-id x-requested-with'
  ).split(' '),
);

/** The rules with what they are worked by: one a capture. */
export interface Redaction {
  readonly isSensitive: (name: string) => boolean;
  readonly pseudonyms: Pseudonyms;
  /** `keep` looks through the value, `pseudonym` replaces it. By lower-case name. */
  readonly header: (name: string) => 'keep' | 'pseudonym' | 'drop';
  readonly sessionBy: readonly string[];
}

/**
 * Throws a UsageError where a rule would keep what is never kept.
 *
 * @param key for tests; a new one where none is given
 */
export function redactionOf(rules: RedactionRules, key?: Buffer): Redaction {
  const kept = new Set([...KEPT, ...rules.keepHeaders.map((name) => name.toLowerCase())]);
  const replaced = new Set(rules.pseudonymHeaders.map((name) => name.toLowerCase()));
  for (const name of NEVER_KEPT) {
    if (kept.has(name)) throw new UsageError(`the header ${name} is never kept in a capture`);
  }
  const sessionBy = checkedSessions(rules.sessionBy);
  const isSensitive = sensitiveNames(rules);
  return {
    isSensitive,
    pseudonyms: new Pseudonyms(key),
    header: (name) => {
      if (NEVER_KEPT.has(name)) return 'drop';
      if (replaced.has(name)) return 'pseudonym';
      return kept.has(name) ? 'keep' : 'drop';
    },
    sessionBy,
  };
}
