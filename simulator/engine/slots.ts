/**
 * Requests in flight: an integer slot into typed columns, so that nothing is allocated per request.
 * The memory is reserved, not touched: a column costs only as much as the busiest moment needs.
 */
import { UsageError } from '../model/usage-error.ts';

export const MAX_INSIDE: number = 1 << 20;

/** What a slot waits for: `no` is also that of a free one. */
export const WAITS = { no: 0, event: 1, queue: 2, callee: 3 } as const;
export const STATUS = { ok: 0, failed: 1, timedOut: 2, shed: 3 } as const;

export class Slots {
  readonly capacity: number;
  /** Next op. */
  readonly pc: Int32Array;
  /** Slot that waits for this one's answer, −1 for a journey. */
  readonly parent: Int32Array;
  /** The parent's stamp when it called: another value now means that it no longer waits. */
  readonly parentStamp: Int32Array;
  /** Changes whenever the slot stops waiting for an answer, or is freed. */
  readonly stamp: Int32Array;
  /** Journey whose request this is. */
  readonly journey: Int32Array;
  /** One of `STATUS`. */
  readonly status: Uint8Array;
  /** One of `WAITS`. */
  readonly waits: Uint8Array;
  /** Frames from the outermost to this depth are dead: their instance was cut off; −1 none. */
  readonly deadDepth: Int32Array;
  /** Link of the queue or of the free list. */
  readonly next: Int32Array;
  /** Moment of the arrival, in ms. */
  readonly startMs: Float64Array;
  /** Slots below this have been used. */
  highWater = 0;
  private firstFree = -1;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.pc = new Int32Array(capacity);
    this.parent = new Int32Array(capacity);
    this.parentStamp = new Int32Array(capacity);
    this.stamp = new Int32Array(capacity);
    this.journey = new Int32Array(capacity);
    this.status = new Uint8Array(capacity);
    this.waits = new Uint8Array(capacity);
    this.deadDepth = new Int32Array(capacity);
    this.next = new Int32Array(capacity);
    this.startMs = new Float64Array(capacity);
  }

  /** Forgets all requests. */
  clear(): void {
    this.waits.fill(0, 0, this.highWater);
    this.highWater = 0;
    this.firstFree = -1;
  }

  /** @param most slots that the run may use */
  allocate(most: number): number {
    const slot = this.firstFree;
    if (slot >= 0) {
      this.firstFree = this.next[slot]!;
      return slot;
    }
    if (this.highWater >= most) {
      throw new UsageError(
        `more than ${most} requests are inside the system at once: it is overloaded without ` +
          'bound; give its calls a timeout, add capacity or lower the rate',
      );
    }
    return this.highWater++;
  }

  free(slot: number): void {
    this.stamp[slot] = this.stamp[slot]! + 1;
    this.waits[slot] = WAITS.no;
    this.next[slot] = this.firstFree;
    this.firstFree = slot;
  }
}
