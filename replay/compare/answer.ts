/** An answer as it is held for a comparison: as much of it as there is room for. */
import { createHash, hash } from 'node:crypto';
import type { RecordedAnswer } from '../formats/capture.ts';
import { headerValues } from '../redact/cookies.ts';
import { DROPPED_HEADER } from '../redact/redactor.ts';

/** Larger bodies are held as their digest. */
export const MOST_KEPT_BYTES: number = 64 * 1024;

export type AnswerBody =
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'digest'; readonly length: number; readonly sha256: string }
  /** It is not known what was in it. */
  | { readonly type: 'unknown'; readonly reason: string };

export interface Answer {
  readonly status: number;
  /** Name, value, name, value, …, Latin-1; empty where none were recorded. */
  readonly headers: readonly string[];
  readonly body: AnswerBody;
}

const EMPTY: AnswerBody = { type: 'bytes', bytes: new Uint8Array() };

/** A body of its own memory: what is read from a capture is a part of some larger block. */
export function bodyOf(bytes: Uint8Array): AnswerBody {
  if (bytes.length <= MOST_KEPT_BYTES) return { type: 'bytes', bytes: Uint8Array.from(bytes) };
  return { type: 'digest', length: bytes.length, sha256: hash('sha256', bytes, 'hex') };
}

/**
 * What was recorded. A body that is not there may have been empty, or not recorded: where the head
 * does not tell, nobody knows.
 *
 * @param method of the request: an answer to HEAD has no body, whatever its head says
 */
export function recordedAnswer(recorded: RecordedAnswer, method: string): Answer {
  const { status, headers, body } = recorded;
  return { status, headers, body: recordedBody(status, headers, body, method) };
}

function recordedBody(
  status: number,
  headers: readonly string[],
  body: Uint8Array | undefined,
  method: string,
): AnswerBody {
  if (method === 'HEAD' || status === 204 || status === 304) return EMPTY;
  const length = headerValues(headers, 'content-length')[0];
  if (headerValues(headers, DROPPED_HEADER.toLowerCase()).length > 0) {
    return { type: 'unknown', reason: 'not recorded' };
  }
  if (body === undefined || body.length === 0) {
    return length === '0' ? EMPTY : { type: 'unknown', reason: 'not recorded' };
  }
  const isWhole = length === undefined || length === String(body.length);
  return isWhole ? bodyOf(body) : { type: 'unknown', reason: 'recorded in part' };
}

/** A body that comes in pieces; from the limit on only its digest is made. */
export class GrowingBody {
  private chunks: Uint8Array[] = [];
  private length = 0;
  private digest: ReturnType<typeof createHash> | undefined;
  private readonly reserve: (bytes: number) => boolean;
  private readonly mostBytes: number;

  /** @param reserve asked for each piece that is to be kept; false: there is no room */
  constructor(reserve: (bytes: number) => boolean, mostBytes: number) {
    this.reserve = reserve;
    this.mostBytes = mostBytes;
  }

  add(chunk: Uint8Array): void {
    this.length += chunk.length;
    if (this.digest === undefined) {
      if (this.length <= this.mostBytes && this.reserve(chunk.length)) {
        this.chunks.push(chunk);
        return;
      }
      this.digest = createHash('sha256');
      for (const kept of this.chunks) this.digest.update(kept);
      this.chunks = [];
    }
    this.digest.update(chunk);
  }

  /** As a whole; in memory of its own, which can be handed over to another thread. */
  end(): AnswerBody {
    if (this.digest !== undefined) {
      return { type: 'digest', length: this.length, sha256: this.digest.digest('hex') };
    }
    const bytes = new Uint8Array(this.length);
    let at = 0;
    for (const chunk of this.chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return { type: 'bytes', bytes };
  }
}
