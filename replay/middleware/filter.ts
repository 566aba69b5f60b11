/**
 * A capture as a middleware lets it through: changed, thinned out, added to. Requests come in the
 * order in which it gives them back.
 *
 *     capture ──► hex lines ──► process ──► hex lines ──► capture
 */
import type { CaptureSource, ReadReport, RecordedRequest } from '../formats/capture.ts';
import { answerMessage, fromMessage, toMessage } from './message.ts';
import { Originals } from './originals.ts';
import { MiddlewareProcess } from './process.ts';
import type { GorMessage } from './protocol.ts';
import { sliced } from './slices.ts';

export interface FilterOptions {
  /** Split at single spaces. */
  readonly command: string;
  readonly onLog: (text: string) => void;
  /** It is ended when it has said nothing for so long after its input's end. */
  readonly quietMs: number;
}

/** Requests that came back and nobody has taken yet: then the middleware waits as well. */
const MOST_READY = 50_000;
/** A request that has not come back by then is dropped, or will come later. */
const DROPPED_MS = 5;

/** Throws a UsageError where the command cannot be run. */
export async function throughMiddleware(
  source: CaptureSource,
  options: FilterOptions,
): Promise<CaptureSource> {
  let flow: Flow | undefined;
  const child = await MiddlewareProcess.start(options.command, {
    onLog: options.onLog,
    onMessage: (message) => flow?.take(message),
  });
  flow = new Flow(source, child, { quietMs: options.quietMs });
  return flow.source();
}

/** It has ended before it had everything, or had to be ended. */
class MiddlewareEnded extends Error {
  override readonly name = 'MiddlewareEnded';
  readonly code = 'MIDDLEWARE_ENDED';

  constructor({ exit, counts }: MiddlewareProcess) {
    super(`the middleware has ended (${exit}) after ${counts.sent} messages`);
  }
}

export interface FlowOptions {
  readonly quietMs: number;
  /** The process goes on after the capture, and gets no request before this has resolved. */
  readonly untilWanted?: (atNs: bigint) => Promise<void>;
}

/** One reading of a capture, on its way through a process. */
export class Flow {
  private readonly input: CaptureSource;
  private readonly child: MiddlewareProcess;
  private readonly options: FlowOptions;
  private readonly originals = new Originals();
  private readonly rejected: Record<string, number> = {};
  private readonly malformedBefore: Readonly<Record<string, number>>;
  private ready: RecordedRequest[] = [];
  private wake: (() => void) | undefined;
  private hasBegun = false;
  private isDone = false;
  private isOver = false;
  /** Requests, to the process and back. */
  private sent = 0;
  private back = 0;
  private heardAtMs = 0;

  constructor(input: CaptureSource, child: MiddlewareProcess, options: FlowOptions) {
    this.input = input;
    this.child = child;
    this.options = options;
    this.malformedBefore = { ...child.counts.malformed };
  }

  source(): CaptureSource {
    const { format } = this.input;
    return { format, batches: this.batches(), report: () => this.report() };
  }

  /** What the process gives back. */
  take(message: GorMessage): void {
    this.heardAtMs = performance.now();
    // Answers are echoed by convention; a filter of requests has no use for them.
    if (message.type !== 1) return;
    const request = fromMessage(message, this.originals.take(message.id));
    if (typeof request === 'string') {
      this.rejected[request] = (this.rejected[request] ?? 0) + 1;
    } else this.ready.push(request);
    this.wake?.();
  }

  private async *batches(): AsyncGenerator<readonly RecordedRequest[]> {
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
        this.back += batch.length;
        if (batch.length > 0) yield batch;
        else if (this.isDone) break;
        else await this.something();
      }
    } finally {
      this.isOver = true;
      const { untilWanted, quietMs } = this.options;
      if (untilWanted === undefined) await this.child.end(this.isDone ? 0 : quietMs);
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
    const { child } = this;
    const { untilWanted, quietMs } = this.options;
    for await (const batch of this.input.batches) {
      if (untilWanted === undefined) await this.feedBatch(batch);
      else for (const slice of sliced(batch)) await this.feedSlice(slice, untilWanted);
      if (this.isOver) return;
    }
    if (child.exit !== undefined) throw new MiddlewareEnded(child);
    if (untilWanted !== undefined) return this.allBack();
    await child.end(quietMs);
    // One that had to be ended and gave nothing back was no middleware.
    const { sent, returned } = child.counts;
    if (sent > 0 && returned === 0 && child.exit !== 'exit code 0')
      throw new MiddlewareEnded(child);
  }

  private async feedBatch(batch: readonly RecordedRequest[]): Promise<void> {
    for (const request of batch) await this.send(request);
    // Whoever reads this is slower: then the middleware waits as well.
    await this.until(() => this.ready.length <= MOST_READY);
  }

  private async feedSlice(
    slice: readonly RecordedRequest[],
    untilWanted: (atNs: bigint) => Promise<void>,
  ): Promise<void> {
    await untilWanted(slice[0]!.atNs);
    if (this.isOver) return;
    for (const request of slice) await this.send(request);
    await this.settled();
  }

  private async send(request: RecordedRequest): Promise<void> {
    const { child } = this;
    if (child.exit !== undefined) throw new MiddlewareEnded(child);
    this.originals.add(request);
    this.sent++;
    await child.send(toMessage(request));
    const answer = answerMessage(request);
    if (answer !== undefined) await child.send(answer);
  }

  /** All that was sent has come back or will not, and whoever reads this has taken it. */
  private async settled(): Promise<void> {
    const sentAtMs = performance.now();
    const silentMs = () => performance.now() - Math.max(sentAtMs, this.heardAtMs);
    // A process takes its time to begin, once.
    const mostMs = this.hasBegun ? DROPPED_MS : this.options.quietMs;
    await this.until(() => this.originals.waiting === 0 || silentMs() > mostMs);
    this.hasBegun = true;
    this.originals.nextSlice();
    await this.until(() => this.ready.length === 0);
  }

  /** The next reading of the capture must not meet requests of this one. */
  private async allBack(): Promise<void> {
    const sinceMs = performance.now();
    const silentMs = () => performance.now() - Math.max(sinceMs, this.heardAtMs);
    await this.until(() => this.originals.isEmpty || silentMs() > this.options.quietMs);
  }

  private async until(isSo: () => boolean): Promise<void> {
    while (!isSo() && !this.isOver && this.child.exit === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** The source's books, and what became of its requests here. */
  private report(): ReadReport {
    const before = this.input.report();
    const malformed = since(this.malformedBefore, this.child.counts.malformed);
    const unread = sum(this.rejected) + sum(malformed);
    // Of the source's records some are answers, which go along with their requests.
    const dropped = Math.max(0, this.sent - this.back - unread);
    const added = Math.max(0, this.back + unread - this.sent);
    const skipped = dropped > 0 ? { 'dropped by the middleware': dropped } : {};
    return {
      ...before,
      read: before.read + added,
      used: before.used - dropped - unread + added,
      skipped: { ...before.skipped, ...skipped },
      rejected: {
        ...before.rejected,
        ...prefixed(this.rejected),
        ...prefixed(malformed),
      },
    };
  }
}

type Counts = Readonly<Record<string, number>>;

function since(before: Counts, now: Counts): Counts {
  const changed = Object.entries(now).map(([reason, count]) => {
    return [reason, count - (before[reason] ?? 0)] as const;
  });
  return Object.fromEntries(changed.filter(([, count]) => count > 0));
}

function prefixed(counts: Counts): Counts {
  return Object.fromEntries(
    Object.entries(counts).map(([reason, count]) => [`from the middleware: ${reason}`, count]),
  );
}

function sum(counts: Counts): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
