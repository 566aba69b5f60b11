/**
 * Secrets in a capture, counted by kind and place; no value is kept or returned. What is looked
 * for are the names and shapes that redaction replaces: what is usual, not everything.
 */
import type { RecordedRequest } from '../formats/capture.ts';
import { sensitiveNames } from '../redact/names.ts';
import { shapesIn } from '../redact/shapes.ts';
import { NameCounts } from './names.ts';

/** So much of a body is looked at; compressed ones are not text. */
const MOST_BODY_BYTES = 64 * 1024;

/** Texts whose kinds are remembered, and how long they are at the most. */
const [MOST_KNOWN, LONGEST_KNOWN] = [2000, 200];
const NONE: ReadonlySet<string> = new Set();
const isSensitive = sensitiveNames({ redact: [], keep: [] });

/** `kind in place`, such as `JWT in target`, `header authorization`. */
export type SecretCounts = Readonly<Record<string, number>>;

export class SecretCounter {
  private readonly counts = new NameCounts();
  private readonly known = new Map<string, ReadonlySet<string>>();

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
    return Object.fromEntries(this.counts.summary().map(({ name, count }) => [name, count]));
  }

  private addHeaders(headers: readonly string[], place: string): void {
    for (let index = 0; index < headers.length; index += 2) {
      const name = headers[index]!.toLowerCase();
      if (isSensitive(name)) this.counts.add(`${place} ${name}`);
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
    for (const kind of this.kindsOf(text)) this.counts.add(`${kind} in ${place}`);
  }

  /** Most headers are the same again and again. */
  private kindsOf(text: string): ReadonlySet<string> {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    const found = shapesIn(text, isSensitive);
    const kinds = found.size === 0 ? NONE : found;
    if (text.length > LONGEST_KNOWN) return kinds;
    if (this.known.size >= MOST_KNOWN) this.known.clear();
    // A text of its own: what is cut out of a head keeps all of the head in memory.
    this.known.set(Buffer.from(text, 'latin1').toString('latin1'), kinds);
    return kinds;
  }
}

function isCoded(headers: readonly string[]): boolean {
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index]!.toLowerCase() !== 'content-encoding') continue;
    return headers[index + 1]!.toLowerCase() !== 'identity';
  }
  return false;
}
