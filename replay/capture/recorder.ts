/**
 * The recorder as the traffic's thread sees it: it takes what fits and counts what does not. Slow
 * disks, hostile bodies and its own faults stay in its thread.
 *
 *     taps ──► outbox (bounded) ──batches──► thread: redact ──► frame ──► flush ≤ 0.2 s ──► disk
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { UsageError } from '../../simulator/model/usage-error.ts';
import type { Tapped } from './exchange-tap.ts';
import { newProgress, Outbox, type OutboxLimits } from './outbox.ts';
import type { FromRecorder, RecorderData, ToRecorder } from './recorder-worker.ts';
import type { RecordingOptions, SeenCounts } from './recording.ts';

const COUNTS_MS = 1000;
/** What a record costs beside its body and target. */
const RECORD_BYTES = 1000;

export class Recorder {
  private readonly worker: Worker;
  private readonly outbox: Outbox<Tapped>;
  private readonly skipped = new Map<string, number>();
  private readonly lost = { request: new Map<string, number>(), answer: new Map<string, number>() };
  private seen = 0;
  private timer: NodeJS.Timeout | undefined;
  /** Set when its thread has died: nothing is recorded any more. */
  failure: Error | undefined;

  private constructor(worker: Worker, outbox: Outbox<Tapped>) {
    this.worker = worker;
    this.outbox = outbox;
    worker.on('error', (error) => {
      this.failure = error instanceof Error ? error : new Error(String(error));
    });
    this.timer = setInterval(() => {
      this.tell({ type: 'counts', counts: this.counts() });
    }, COUNTS_MS);
  }

  /** Throws a UsageError where the file cannot be begun, or is there already. */
  static async start(options: RecordingOptions, limits: OutboxLimits): Promise<Recorder> {
    const progress = newProgress();
    const workerData: RecorderData = { options, progress };
    const program = new URL('./recorder-worker.ts', import.meta.url);
    const worker = new Worker(program, { name: 'recorder', workerData });
    const [first]: FromRecorder[] = await once(worker, 'message');
    if (first?.type === 'refused') {
      await worker.terminate();
      throw new UsageError(refusalOf(options.file.path, first.reason));
    }
    return new Recorder(worker, new Outbox(worker, progress, limits));
  }

  /** A request has begun: what becomes of it is told by one of the two below. */
  sawRequest(): void {
    this.seen++;
  }

  skip(reason: string): void {
    count(this.skipped, reason);
  }

  /** Returns at once. */
  take(tapped: Tapped): void {
    if (this.failure !== undefined) {
      count(this.lost[tapped.type], 'recorder failed');
      return;
    }
    const bytes = RECORD_BYTES + (tapped.body?.length ?? 0) + headBytes(tapped);
    if (!this.outbox.offer(tapped, bytes)) count(this.lost[tapped.type], 'recorder too slow');
  }

  counts(): SeenCounts {
    return {
      seen: this.seen,
      skipped: Object.fromEntries(this.skipped),
      lost: Object.fromEntries(this.lost.request),
      answersLost: Object.fromEntries(this.lost.answer),
    };
  }

  /** Writes what was taken, and the manifest. Resolves when it is on disk. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    if (this.failure !== undefined) return;
    this.outbox.send();
    const gone = once(this.worker, 'exit');
    this.tell({ type: 'close', counts: this.counts() });
    await gone;
  }

  /** Ends without a file: nothing was recorded. */
  async discard(): Promise<void> {
    clearInterval(this.timer);
    const gone = once(this.worker, 'exit');
    this.tell({ type: 'discard' });
    await gone;
  }

  private tell(message: ToRecorder): void {
    this.outbox.send();
    this.worker.postMessage(message);
  }
}

function count(counts: Map<string, number>, reason: string): void {
  counts.set(reason, (counts.get(reason) ?? 0) + 1);
}

function headBytes({ head }: Tapped): number {
  let bytes = 'target' in head ? head.target.length : 0;
  for (const text of head.headers) bytes += text.length;
  return bytes;
}

function refusalOf(path: string, reason: string): string {
  const words: Readonly<Record<string, string>> = {
    EEXIST: 'there is one already, and a capture is never written over',
    ENOENT: 'there is no such folder',
    EACCES: 'permission denied',
    ENOSPC: 'the disk is full',
    EFBIG: 'it would be larger than a file may be here',
  };
  return `cannot begin the capture ${path}: ${words[reason] ?? reason}`;
}
