/**
 * Requests in flight: an integer slot into typed columns, so that nothing is allocated per request.
 * The memory is reserved, not touched: a column costs only as much as the busiest moment needs.
 */
import { UsageError } from '../model/usage-error.ts';

export const MAX_INSIDE: number = 1 << 20;

export class Slots {
  /** Next op. */
  readonly pc: Int32Array = new Int32Array(MAX_INSIDE);
  /** Slot of the caller, −1 for a journey. */
  readonly parent: Int32Array = new Int32Array(MAX_INSIDE);
  /** The caller's stamp when it called: another value now means that it no longer waits. */
  readonly parentStamp: Int32Array = new Int32Array(MAX_INSIDE);
  /** Changes whenever the slot stops waiting for something, or is freed. */
  readonly stamp: Int32Array = new Int32Array(MAX_INSIDE);
  /** Row of the instance that serves the frame, −1 outside. */
  readonly instance: Int32Array = new Int32Array(MAX_INSIDE);
  /** Service (frames) or journey (journeys) that the slot belongs to. */
  readonly owner: Int32Array = new Int32Array(MAX_INSIDE);
  /** Call site that the slot waits for. */
  readonly site: Int32Array = new Int32Array(MAX_INSIDE);
  /** 0 so far good, 1 failed, 2 timed out. */
  readonly status: Uint8Array = new Uint8Array(MAX_INSIDE);
  /**
   * 0 free, 1 scheduled in the event queue, 2 waiting in an instance's queue, 3 waiting for a
   * callee.
   */
  readonly waits: Uint8Array = new Uint8Array(MAX_INSIDE);
  /** Link of the queue or of the free list. */
  readonly next: Int32Array = new Int32Array(MAX_INSIDE);
  /** Moment of the arrival, in ms. */
  readonly startMs: Float64Array = new Float64Array(MAX_INSIDE);
  /** Slots below this have been used. */
  highWater = 0;
  /** Slots in use. */
  used = 0;
  private firstFree = -1;

  allocate(): number {
    this.used++;
    if (this.firstFree >= 0) {
      const slot = this.firstFree;
      this.firstFree = this.next[slot]!;
      return slot;
    }
    if (this.highWater === MAX_INSIDE) {
      throw new UsageError(
        `more than ${MAX_INSIDE} requests are inside the system at once: it is overloaded without ` +
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
