/** Two bodies: JSON by its fields, anything else by its bytes, once both are decoded. */
import { hash } from 'node:crypto';
import { codingOf } from '../redact/content-coding.ts';
import { headerValues } from '../redact/cookies.ts';
import type { Answer, AnswerBody } from './answer.ts';
import { type Difference, type Differences, differingFields, type Ignored } from './json-fields.ts';
import { parseExact } from './parse-exact.ts';

/** What an encoded body may come to: a thousandfold bomb is not opened. */
export const MOST_DECODED_BYTES: number = 1024 * 1024;
const BODY = 'body';

/** In which fields two bodies differ; words say why they were not compared. */
export function differingBodies(
  recorded: Answer,
  replayed: Answer,
  isIgnored: Ignored,
): Differences | string {
  const [a, b] = [recorded.body, replayed.body];
  if (a.type === 'unknown') return a.reason;
  if (b.type === 'unknown') return b.reason;
  const isSameCoding = codingName(recorded) === codingName(replayed);
  if (isSameCoding && areSame(a, b)) return new Map();
  if (a.type === 'digest' || b.type === 'digest') {
    const isPlain = codingOf(codingName(recorded)) === 'none' && isSameCoding;
    return isPlain ? whole('value', sizeOf(a), sizeOf(b)) : 'large, and encoded';
  }
  const [first, second] = [decoded(recorded, a.bytes), decoded(replayed, b.bytes)];
  if (typeof first === 'string') return first;
  return typeof second === 'string'
    ? second
    : plainBodies(first, second, isJson(recorded) || isJson(replayed), isIgnored);
}

/** Whether there is a body on either side; one that nobody knows of is none where none came. */
export function hasBody(recorded: Answer, replayed: Answer): boolean {
  return (lengthOf(recorded.body) ?? 0) !== 0 || lengthOf(replayed.body) !== 0;
}

function plainBodies(
  first: Uint8Array,
  second: Uint8Array,
  areJson: boolean,
  isIgnored: Ignored,
): Differences {
  const sizes = [`${first.length} bytes`, `${second.length} bytes`] as const;
  if (first.length === 0) return second.length === 0 ? new Map() : whole('added', ...sizes);
  if (second.length === 0) return whole('missing', ...sizes);
  const [a, b] = areJson ? [parseExact(first), parseExact(second)] : [];
  if (a !== undefined && b !== undefined) return differingFields(BODY, a, b, isIgnored);
  if (a !== undefined || b !== undefined) {
    return whole('kind', jsonOrNot(a), jsonOrNot(b));
  }
  return Buffer.compare(first, second) === 0 ? new Map() : whole('value', ...sizes);
}

function whole(change: Difference['change'], recorded: string, replayed: string): Differences {
  return new Map([[BODY, { change, recorded, replayed }]]);
}

function jsonOrNot(value: unknown): string {
  return value === undefined ? 'no JSON' : 'JSON';
}

type Known = Exclude<AnswerBody, { readonly type: 'unknown' }>;

function areSame(a: Known, b: Known): boolean {
  if (a.type === 'bytes' && b.type === 'bytes') return Buffer.compare(a.bytes, b.bytes) === 0;
  return lengthOf(a) === lengthOf(b) && digestOf(a) === digestOf(b);
}

function digestOf(body: Known): string {
  return body.type === 'digest' ? body.sha256 : hash('sha256', body.bytes, 'hex');
}

/** Undefined where it is not known. */
function lengthOf(body: AnswerBody): number | undefined {
  if (body.type === 'unknown') return undefined;
  return body.type === 'digest' ? body.length : body.bytes.length;
}

function sizeOf(body: Known): string {
  return `${lengthOf(body)} bytes`;
}

function codingName({ headers }: Answer): string {
  return headerValues(headers, 'content-encoding').join(', ').trim().toLowerCase();
}

function isJson({ headers }: Answer): boolean {
  const type = headerValues(headers, 'content-type').join(', ');
  return type === '' || /[/+]json\b/i.test(type);
}

/** Without its content coding; words where that cannot be done. */
function decoded(answer: Answer, bytes: Uint8Array): Uint8Array | string {
  const coding = codingOf(codingName(answer));
  if (coding === 'none' || bytes.length === 0) return bytes;
  if (coding === undefined) return 'unknown content coding';
  try {
    return coding.decode(bytes, MOST_DECODED_BYTES);
  } catch (error) {
    const isLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    return isLarge ? 'too large when decoded' : 'not in its content coding';
  }
}
