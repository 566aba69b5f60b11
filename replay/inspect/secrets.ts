/**
 * Secrets in a capture, counted by kind and place; no value is kept or returned. What is looked
 * for are names that say so and shapes that cannot be much else: what is usual, not everything.
 */
import type { RecordedRequest } from '../formats/capture.ts';
import { isCardNumber } from '../redact/card.ts';

/** So much of a body is looked at; compressed ones are not text. */
const MOST_BODY_BYTES = 64 * 1024;

/** Headers that are there to carry a secret. */
const SECRET_HEADERS: ReadonlySet<string> = new Set([
  ...['authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'x-api-key', 'api-key'],
  ...['x-auth-token', 'x-access-token', 'x-csrf-token', 'x-xsrf-token', 'x-amz-security-token'],
  ...['x-goog-api-key', 'x-vault-token', 'x-session-token', 'private-token', 'x-forwarded-user'],
]);

/** Every one takes time linear in the text: runs are bounded, or of characters that end them. */
const SHAPES: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['JWT', /\beyJ[\w-]{5,300}\.[\w-]{2,8000}\.[\w-]{0,2000}/],
  ['Basic credentials', /\bBasic {1,3}[A-Za-z0-9+/]{4,}={0,2}/i],
  ['bearer token', /\bBearer {1,3}[\w.~+/-]{8,}/i],
  ['private key', /-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----/],
  ['AWS access key', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['provider key', /\b(?:[srp]k_(?:live|test)_|gh[pousr]_|glpat-|xox[abprs]-|AIza)[\w-]{10,}/],
  ['signed URL', /[?&](?:X-Amz-Signature|X-Goog-Signature|Signature|sig)=[^&\s]{8}/i],
  ['named secret', secretPair()],
];

/** `password=…`, `"api_key": "…"`. */
function secretPair(): RegExp {
  const names = 'passw(?:or)?d|secret|client_secret|api_?key|access_?token|refresh_?token|id_token';
  return new RegExp(`\\b(?:${names})"?(?:=|"?\\s{0,3}:\\s{0,3}"?)[^\\s"&]{3}`, 'i');
}

const DIGITS = /\d(?:[ -]?\d){12,30}/g;

/** `kind in place`, such as `JWT in target`, `header authorization`. */
export type SecretCounts = Readonly<Record<string, number>>;

export class SecretCounter {
  private readonly counts = new Map<string, number>();

  /** Counts a request's secrets, each kind once a place. */
  add({ target, headers, body, answer }: RecordedRequest): void {
    this.addText(target, 'target');
    this.addHeaders(headers, 'header');
    this.addBody(body, headers, 'body');
    if (answer === undefined) return;
    this.addHeaders(answer.headers, 'answer header');
    this.addBody(answer.body, answer.headers, 'answer body');
  }

  /** The most frequent first. */
  summary(): SecretCounts {
    return Object.fromEntries([...this.counts].sort((a, b) => b[1] - a[1]));
  }

  private addHeaders(headers: readonly string[], place: string): void {
    for (let index = 0; index < headers.length; index += 2) {
      const name = headers[index]!.toLowerCase();
      if (SECRET_HEADERS.has(name)) this.count(`${place} ${name}`);
      this.addText(headers[index + 1]!, place);
    }
  }

  private addBody(body: Uint8Array | undefined, headers: readonly string[], place: string): void {
    if (body === undefined || body.length === 0 || isCoded(headers)) return;
    const { buffer, byteOffset, length } = body;
    const seen = Math.min(length, MOST_BODY_BYTES);
    this.addText(Buffer.from(buffer, byteOffset, seen).toString('latin1'), place);
  }

  private addText(text: string, place: string): void {
    // Nothing that is shorter has a shape.
    if (text.length < 8) return;
    for (const [kind, pattern] of SHAPES) if (pattern.test(text)) this.count(`${kind} in ${place}`);
    if (hasCard(text)) this.count(`card number in ${place}`);
  }

  private count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }
}

function isCoded(headers: readonly string[]): boolean {
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index]!.toLowerCase() !== 'content-encoding') continue;
    return headers[index + 1]!.toLowerCase() !== 'identity';
  }
  return false;
}

/** 13 to 19 digits of a payment network, with their check digit (ISO/IEC 7812-1). */
function hasCard(text: string): boolean {
  for (const [run] of text.matchAll(DIGITS)) if (isCardNumber(run.replace(/\D/g, ''))) return true;
  return false;
}
