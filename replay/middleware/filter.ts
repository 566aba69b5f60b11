/**
 * A capture as a middleware lets it through: changed, thinned out, added to. Requests come in the
 * order in which it gives them back.
 *
 *     capture ──► hex lines ──► process ──► hex lines ──► capture
 */
import type { CaptureSource, ReadReport, RecordedRequest } from '../formats/capture.ts';
import { answerMessage, fromMessage, toMessage } from './message.ts';
import { MiddlewareProcess } from './process.ts';

export interface FilterOptions {
  /** Split at single spaces. */
  readonly command: string;
  readonly onLog: (text: string) => void;
  /** It is ended when it has said nothing for so long after its input's end. */
  readonly quietMs: number;
}

/** Requests that may be on their way through it; one that is older is taken for dropped. */
const MOST_OPEN = 50_000;

/** Throws a UsageError where the command cannot be run. */
export async function throughMiddleware(
  source: CaptureSource,
  options: FilterOptions,
): Promise<CaptureSource> {
  const flow = new Flow(source, options);
  await flow.start();
  return {
    format: source.format,
    batches: flow.batches(),
    report: () => flow.report(),
  };
}

/** It has ended before it had everything, or had to be ended. */
class MiddlewareEnded extends Error {
  override readonly name = 'MiddlewareEnded';
  readonly code = 'MIDDLEWARE_ENDED';

  constructor({ exit, counts }: MiddlewareProcess) {
    super(`the middleware has ended (${exit}) after ${counts.sent} messages`);
  }
}

class Flow {
  private readonly source: CaptureSource;
  private readonly options: FilterOptions;
  private readonly open = new Map<string, RecordedRequest>();
  private readonly rejected: Record<string, number> = {};
  private process: MiddlewareProcess | undefined;
  private ready: RecordedRequest[] = [];
  private wake: (() => void) | undefined;
  private isDone = false;
  private used = 0;

  constructor(source: CaptureSource, options: FilterOptions) {
    this.source = source;
    this.options = options;
  }

  async start(): Promise<void> {
    this.process = await MiddlewareProcess.start(this.options.command, {
      onLog: this.options.onLog,
      onMessage: (message) => {
        // Answers are echoed by convention; a filter of requests has no use for them.
        if (message.type !== 1) return;
        const request = fromMessage(message, this.open.get(message.id));
        this.open.delete(message.id);
        if (typeof request === 'string') {
          this.rejected[request] = (this.rejected[request] ?? 0) + 1;
        } else this.ready.push(request);
        this.wake?.();
      },
    });
  }

  async *batches(): AsyncGenerator<readonly RecordedRequest[]> {
    let failure: unknown;
    const feeding = this.feed()
      .catch((error: unknown) => {
        failure = error;
      })
      .finally(() => {
        this.isDone = true;
        this.wake?.();
      });
    try {
      for (;;) {
        const batch = this.ready;
        this.ready = [];
        this.used += batch.length;
        if (batch.length > 0) yield batch;
        else if (this.isDone) break;
        else await this.something();
      }
    } finally {
      await this.process!.end(this.isDone ? 0 : this.options.quietMs);
      await feeding;
    }
    if (failure !== undefined) throw failure;
  }

  private something(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  private async feed(): Promise<void> {
    const child = this.process!;
    for await (const batch of this.source.batches) {
      for (const request of batch) {
        if (child.exit !== undefined) throw new MiddlewareEnded(child);
        this.remember(request);
        await child.send(toMessage(request));
        const answer = answerMessage(request);
        if (answer !== undefined) await child.send(answer);
      }
      // Whoever reads this is slower: then the middleware waits as well.
      while (this.ready.length > MOST_OPEN && child.exit === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    if (child.exit !== undefined) throw new MiddlewareEnded(child);
    await child.end(this.options.quietMs);
    // One that had to be ended and gave nothing back was no middleware.
    const { sent, returned } = child.counts;
    if (sent > 0 && returned === 0 && child.exit !== 'exit code 0')
      throw new MiddlewareEnded(child);
  }

  private remember(request: RecordedRequest): void {
    this.open.set(request.id, request);
    if (this.open.size <= MOST_OPEN) return;
    for (const id of this.open.keys()) {
      this.open.delete(id);
      return;
    }
  }

  /** The source's books, and what became of its requests here. */
  report(): ReadReport {
    const before = this.source.report();
    const { malformed } = this.process!.counts;
    const unread = sum(this.rejected) + sum(malformed);
    const dropped = Math.max(0, before.used - this.used - unread);
    const added = Math.max(0, this.used + unread - before.used);
    const skipped = dropped > 0 ? { 'dropped by the middleware': dropped } : {};
    return {
      ...before,
      read: before.read + added,
      used: this.used,
      skipped: { ...before.skipped, ...skipped },
      rejected: {
        ...before.rejected,
        ...prefixed(this.rejected),
        ...prefixed(malformed),
      },
    };
  }
}

function prefixed(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(counts).map(([reason, count]) => [`from the middleware: ${reason}`, count]),
  );
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
