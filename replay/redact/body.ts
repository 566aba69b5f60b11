/**
 * Bodies by their content type. What cannot be understood is not written: a body that is no text of
 * a known kind, or not what its type says, is dropped, and its record says why.
 */
import { isUtf8 } from 'node:buffer';
import { codingOf } from './content-coding.ts';
import { replaceEchoes, replaceEchoesInJson } from './echoes.ts';
import type { Finds } from './finds.ts';
import { redactForm } from './form.ts';
import { redactMultipart } from './multipart.ts';
import type { Redaction } from './rules.ts';
import { redactJson, redactText } from './text.ts';

/** What a coded body may come to: a thousandfold bomb of a body at its limit is not opened. */
const MOST_DECODED_BYTES = 16 * 1024 * 1024;

export type RedactedBody =
  | { readonly body: Uint8Array; readonly dropped?: undefined }
  | { readonly dropped: string };

export interface BodyKind {
  /** The Content-Type's value, or nothing. */
  readonly type: string;
  /** The Content-Encoding's value, or nothing. */
  readonly coding: string;
}

/** The body with its secrets replaced, in the same coding; the same bytes where it has none. */
export function redactBody(
  bytes: Uint8Array,
  { type, coding }: BodyKind,
  redaction: Redaction,
  finds: Finds,
): RedactedBody {
  if (bytes.length === 0) return { body: bytes };
  const codec = codingOf(coding);
  if (codec === 'none') return redactPlain(bytes, type, redaction, finds);
  if (codec === undefined) return { dropped: 'unknown content coding' };
  const plain = attempt(() => codec.decode(bytes, MOST_DECODED_BYTES));
  if (plain === undefined) return { dropped: 'not in its content coding' };
  const redacted = redactPlain(plain, type, redaction, finds);
  if (redacted.dropped !== undefined) return redacted;
  return { body: redacted.body === plain ? bytes : codec.encode(redacted.body) };
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

function redactPlain(
  bytes: Uint8Array,
  type: string,
  redaction: Redaction,
  finds: Finds,
): RedactedBody {
  const [mediaType = ''] = type.toLowerCase().split(';', 1);
  const kind = kindOf(mediaType.trim());
  if (kind === undefined) return { dropped: 'no text' };
  if (!isUtf8(bytes)) return { dropped: 'no UTF-8' };
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const named = redactKind(kind, text, type, redaction, finds);
  if (named === undefined) return { dropped: `no ${kind}` };
  const redacted = withoutEchoes(kind, named, redaction, finds);
  return { body: redacted === text ? bytes : Buffer.from(redacted, 'latin1') };
}

function withoutEchoes(kind: Kind, text: string, redaction: Redaction, finds: Finds): string {
  if (kind === 'JSON') return replaceEchoesInJson(text, redaction, finds);
  if (kind !== 'JSON lines') return replaceEchoes(text, redaction, finds);
  return text
    .split('\n')
    .map((line) => replaceEchoesInJson(line, redaction, finds))
    .join('\n');
}

type Kind = 'JSON' | 'JSON lines' | 'form' | 'multipart form' | 'text';

/** Undefined for what is no text, and for what does not say what it is, unless it is JSON. */
function kindOf(mediaType: string): Kind | undefined {
  if (/^application\/(x-)?(ndjson|jsonl|json-lines|jsonlines)$/.test(mediaType)) {
    return 'JSON lines';
  }
  if (mediaType === '' || /[/+]json$/.test(mediaType)) return 'JSON';
  if (mediaType === 'application/csp-report') return 'JSON';
  if (mediaType === 'application/x-www-form-urlencoded') return 'form';
  if (mediaType === 'multipart/form-data') return 'multipart form';
  const isText = /^text\/|^application\/(xml|graphql|javascript|x-javascript|yaml)$|\+xml$/;
  return isText.test(mediaType) ? 'text' : undefined;
}

function redactKind(
  kind: Kind,
  text: string,
  type: string,
  redaction: Redaction,
  finds: Finds,
): string | undefined {
  switch (kind) {
    case 'JSON':
      return redactJson(text, redaction, finds);
    case 'JSON lines':
      return redactLines(text, redaction, finds);
    case 'form':
      return redactForm(text, redaction, finds);
    case 'multipart form':
      return redactMultipart(text, type, redaction, finds);
    case 'text':
      return redactText(text, redaction, finds);
    default:
      return kind satisfies never;
  }
}

function redactLines(text: string, redaction: Redaction, finds: Finds): string | undefined {
  const lines = text
    .split('\n')
    .map((line) => (line.trim() === '' ? line : redactJson(line, redaction, finds)));
  return lines.includes(undefined) ? undefined : lines.join('\n');
}
