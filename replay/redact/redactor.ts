/**
 * Redacts requests and answers before anything is written of them: a list of headers that are kept,
 * secrets by name and by shape in all that is kept, and every value that was found once more
 * wherever else the same exchange repeats it, plain, percent-encoded or in base64.
 *
 * What it misses: secrets with neither a name nor a shape that it knows (a password in prose, a
 * reset link's random path segment, names of people); a value that is repeated in another exchange
 * under a harmless name; what lies deeper than five layers of coding, or is cut in two by a layer;
 * values of less than six characters where they are repeated; hosts, paths and times themselves.
 */
import { type RedactedBody, redactBody } from './body.ts';
import { cookiePairs, headerValues } from './cookies.ts';
import { replaceEchoes } from './echoes.ts';
import { Finds } from './finds.ts';
import { redactTarget } from './form.ts';
import { percentDecode } from './percent.ts';
import { NEVER_KEPT, type Redaction, type RedactionRules, redactionOf } from './rules.ts';
import { sessionOf } from './session.ts';
import { redactText } from './text.ts';

/** Tells the session of a request, as a pseudonym. */
export const SESSION_HEADER = 'X-Plimsoll-Session';
/** Says of a record without its body why, and how long it was. */
export const DROPPED_HEADER = 'X-Plimsoll-Body-Dropped';

/** Framing is the writer's; what is between two neighbours is not sent again. */
const NOT_KEPT: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'expect',
  SESSION_HEADER.toLowerCase(),
  DROPPED_HEADER.toLowerCase(),
]);
/** A cookie of an unknown name that is as long as this is taken for a secret. */
const LONG_COOKIE = 12;
/** Values that are URLs, or end in one. */
const URLS: ReadonlySet<string> = new Set(['referer', 'location', 'content-location', 'origin']);

/** A message's headers and its body without framing; or why there is no body, and its length. */
export interface Redactable {
  readonly headers: readonly string[];
  readonly body: Uint8Array | undefined;
}

export interface RedactedParts {
  /** Without framing headers. */
  readonly headers: readonly string[];
  readonly body: Uint8Array | undefined;
  /** Why there is no body, where there was one. */
  readonly dropped: string | undefined;
}

export class Redactor {
  readonly finds: Finds = new Finds();
  /** Headers that were not kept. */
  headersDropped = 0;
  /** Bodies that were not kept, by reason. */
  readonly bodiesDropped: Map<string, number> = new Map();
  readonly redaction: Redaction;

  /** @param key for tests; a new one where none is given */
  constructor(rules: RedactionRules, key?: Buffer) {
    this.redaction = redactionOf(rules, key);
  }

  /**
   * A request without its secrets.
   *
   * @param values takes the secret values, for its answer
   */
  request(
    request: Redactable & { readonly target: string },
    values: Set<string> = new Set(),
  ): RedactedParts & { readonly target: string } {
    this.finds.values = values;
    const session = sessionOf(request.headers, this.redaction);
    const kept = this.headers(request.headers);
    const target = redactTarget(request.target, this.redaction, this.finds);
    const { headers, ...body } = this.withBody(kept, request);
    const marked = session === undefined ? headers : [...headers, SESSION_HEADER, session];
    return { headers: marked, ...body, target: this.again(target) };
  }

  /** An answer without its secrets, and without those of its request (`values`). */
  answer(answer: Redactable, values: Set<string> = new Set()): RedactedParts {
    this.finds.values = values;
    return this.withBody(this.headers(answer.headers), answer);
  }

  private headers(headers: readonly string[]): string[] {
    const kept: string[] = [];
    for (let index = 0; index + 1 < headers.length; index += 2) {
      const value = this.header(headers[index]!.toLowerCase(), headers[index + 1]!);
      if (value === undefined) this.headersDropped++;
      else if (value !== '') kept.push(headers[index]!, value);
    }
    return kept;
  }

  /** The body, and what the headers repeat of it. */
  private withBody(kept: readonly string[], { headers, body }: Redactable): RedactedParts {
    const kind = {
      type: headerValues(headers, 'content-type').join(', '),
      coding: headerValues(headers, 'content-encoding').join(', '),
    };
    const redacted =
      body === undefined
        ? { body, dropped: undefined }
        : this.tell(redactBody(body, kind, this.redaction, this.finds));
    // One search through all of them: nearly always there is nothing to be found.
    const all = kept.join('\n');
    const isClean = this.again(all) === all;
    return { headers: isClean ? kept : kept.map((text) => this.again(text)), ...redacted };
  }

  private tell(redacted: RedactedBody): Pick<RedactedParts, 'body' | 'dropped'> {
    if (redacted.dropped === undefined) return { body: redacted.body, dropped: undefined };
    const { dropped } = redacted;
    this.bodiesDropped.set(dropped, (this.bodiesDropped.get(dropped) ?? 0) + 1);
    return { body: undefined, dropped };
  }

  /** Undefined where it is dropped; empty where it is not a record's. */
  private header(name: string, value: string): string | undefined {
    if (NOT_KEPT.has(name)) return '';
    const what = this.redaction.header(name);
    if (what === 'pseudonym') {
      this.finds.note('named header', value);
      return this.redaction.pseudonyms.text(value);
    }
    if (what === 'drop') {
      this.remember(name, value);
      return undefined;
    }
    const inUrl = URLS.has(name) ? redactTarget(value, this.redaction, this.finds) : value;
    return redactText(inUrl, this.redaction, this.finds);
  }

  /** A dropped header's secret may stand elsewhere as well. */
  private remember(name: string, value: string): void {
    if (name === 'cookie' || name === 'set-cookie') {
      const pairs = cookiePairs(value).slice(0, name === 'cookie' ? undefined : 1);
      for (const [cookie, content] of pairs) {
        const isSecret = this.redaction.isSensitive(cookie) || content.length >= LONG_COOKIE;
        if (isSecret) this.finds.note('secret cookie', percentDecode(content));
      }
      return;
    }
    if (!NEVER_KEPT.has(name) && !this.redaction.isSensitive(name)) return;
    const credentials = /^\S+\s+(\S.*)$/.exec(value)?.[1] ?? value;
    this.finds.note('secret header', credentials);
    if (!/^basic /i.test(value)) return;
    const plain = Buffer.from(credentials, 'base64').toString('latin1');
    this.finds.note('secret header', plain.slice(plain.indexOf(':') + 1));
  }

  private again(text: string): string {
    return replaceEchoes(text, this.redaction, this.finds);
  }
}
