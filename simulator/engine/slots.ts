/**
 * Requests in flight: an integer slot into typed columns, so that nothing is allocated per request.
 * The memory is reserved, not touched: a column costs only as much as the busiest moment needs.
 */
import { UsageError } from '../model/usage-error.ts';

export const MAX_INSIDE: number = 1 << 20;

/** What a slot waits for: `no` is also that of a free one. */
export const WAITS = { no: 0, event: 1, queue: 2, callee: 3 } as const;
export const STATUS = { ok: 0, failed: 1, timedOut: 2 } as const;

export class Slots {
  readonly capacity: number;
  /** Next op. */
  readonly pc: Int32Array;
  /** Slot of the caller, −1 for a journey. */
  readonly parent: Int32Array;
  /** The caller's stamp when it called: another value now means that it no longer waits. */
  readonly parentStamp: Int32Array;
  /** Changes whenever the slot stops waiting for something, or is freed. */
  readonly stamp: Int32Array;
  /** Row of the instance that serves the frame, −1 outside. */
  readonly instance: Int32Array;
  /** Service (frames) or journey (journeys) that the slot belongs to. */
  readonly owner: Int32Array;
  /** Call site that the slot waits for. */
  readonly site: Int32Array;
  /** One of `STATUS`. */
  readonly status: Uint8Array;
  /** One of `WAITS`. */
  readonly waits: Uint8Array;
  /** Link of the queue or of the free list. */
  readonly next: Int32Array;
  /** Moment of the arrival, in ms. */
  readonly startMs: Float64Array;
  /** Slots below this have been used. */
  highWater = 0;
  /** Slots in use. */
  used = 0;
  private firstFree = -1;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.pc = new Int32Array(capacity);
    this.parent = new Int32Array(capacity);
    this.parentStamp = new Int32Array(capacity);
    this.stamp = new Int32Array(capacity);
    this.instance = new Int32Array(capacity);
    this.owner = new Int32Array(capacity);
    this.site = new Int32Array(capacity);
    this.status = new Uint8Array(capacity);
    this.waits = new Uint8Array(capacity);
    this.next = new Int32Array(capacity);
    this.startMs = new Float64Array(capacity);
  }

  allocate(): number {
    this.used++;
    if (this.firstFree >= 0) {
      const slot = this.firstFree;
      this.firstFree = this.next[slot]!;
      return slot;
    }
    if (this.highWater === this.capacity) {
      throw new UsageError(
        `more than ${this.capacity} requests are inside the system at once: it is overloaded without ` +
          'bound; give its calls a timeout, add capacity or lower the rate',
      );
    }
    return this.highWater++;
  }

  free(slot: number): void {
    this.used--;
    this.stamp[slot] = this.stamp[slot]! + 1;
    this.waits[slot] = 0;
    this.next[slot] = this.firstFree;
    this.firstFree = slot;
  }
}
