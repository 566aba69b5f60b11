/**
 * Hands items to a worker thread in batches and never waits for it: beyond a number of items or
 * bytes that the worker has not dealt with yet, an item is refused, and its owner counts it.
 */
import type { Worker } from 'node:worker_threads';

export interface OutboxLimits {
  readonly mostItems: number;
  readonly mostBytes: number;
}

/** Cells that both threads share: what the worker has dealt with since it began. */
export type Progress = BigInt64Array<SharedArrayBuffer>;
const ITEMS = 0;
const BYTES = 1;

export interface Batch<T> {
  readonly type: 'batch';
  readonly items: readonly T[];
  readonly sizes: readonly number[];
}

const BATCH_BYTES = 128 * 1024;
const BATCH_MS = 5;

/** Cells for a worker's data. */
export function newProgress(): Progress {
  return new BigInt64Array(new SharedArrayBuffer(16));
}

/** The worker says that it is done with an item. */
export function noteDone(progress: Progress, bytes: number): void {
  Atomics.add(progress, ITEMS, 1n);
  Atomics.add(progress, BYTES, BigInt(bytes));
}

export class Outbox<T> {
  private readonly worker: Worker;
  private readonly progress: Progress;
  private readonly limits: OutboxLimits;
  private items: T[] = [];
  private sizes: number[] = [];
  private batchBytes = 0;
  private offeredItems = 0;
  private offeredBytes = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(worker: Worker, progress: Progress, limits: OutboxLimits) {
    this.worker = worker;
    this.progress = progress;
    this.limits = limits;
  }

  /** Items that the worker has not dealt with. */
  get waiting(): number {
    return this.offeredItems - Number(Atomics.load(this.progress, ITEMS));
  }

  /** False where there is no room: the item is not taken. */
  offer(item: T, bytes: number): boolean {
    const waitingBytes = this.offeredBytes - Number(Atomics.load(this.progress, BYTES));
    const { mostItems, mostBytes } = this.limits;
    if (this.waiting >= mostItems || waitingBytes + bytes > mostBytes) return false;
    this.offeredItems++;
    this.offeredBytes += bytes;
    this.items.push(item);
    this.sizes.push(bytes);
    this.batchBytes += bytes;
    if (this.batchBytes >= BATCH_BYTES) this.send();
    else this.timer ??= setTimeout(() => this.send(), BATCH_MS);
    return true;
  }

  /** Sends what has been gathered. */
  send(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.items.length === 0) return;
    const batch: Batch<T> = { type: 'batch', items: this.items, sizes: this.sizes };
    this.worker.postMessage(batch);
    this.items = [];
    this.sizes = [];
    this.batchBytes = 0;
  }
}
