/**
 * What a message does not say of its request, kept until it comes back: a middleware may drop
 * everything, so there is a bound. What is forgotten loses its connection and its recorded answer.
 */
import type { RecordedAnswer, RecordedRequest } from '../formats/capture.ts';

export interface Original {
  readonly connection: string | undefined;
  readonly answer: RecordedAnswer | undefined;
  readonly hasBody: boolean;
  readonly slice: number;
}

const MOST = 50_000;
const MOST_BYTES = 64 * 1024 * 1024;

export class Originals {
  /** By id, the oldest first. */
  private readonly open = new Map<string, Original>();
  private bytes = 0;
  private slice = 0;
  /** Of the latest slice: those that have not come back. */
  waiting = 0;

  get isEmpty(): boolean {
    return this.open.size === 0;
  }

  /** What comes from now on is the latest slice. */
  nextSlice(): void {
    this.slice++;
    this.waiting = 0;
  }

  add({ id, connection, answer, body }: RecordedRequest): void {
    this.forget(id);
    const { slice } = this;
    const original = { connection, answer, hasBody: body !== undefined, slice };
    this.open.set(id, original);
    this.waiting++;
    this.bytes += bytesOf(original);
    for (const oldest of this.open.keys()) {
      if (this.open.size <= MOST && this.bytes <= MOST_BYTES) return;
      this.forget(oldest);
    }
  }

  take(id: string): Original | undefined {
    const original = this.open.get(id);
    this.forget(id);
    return original;
  }

  private forget(id: string): void {
    const original = this.open.get(id);
    if (original === undefined) return;
    this.open.delete(id);
    if (original.slice === this.slice) this.waiting--;
    this.bytes -= bytesOf(original);
  }
}

function bytesOf({ answer }: Original): number {
  return answer?.body?.length ?? 0;
}
