/**
 * Items that come almost in the order of their times, put into it exactly. Logs, which may be out
 * of order by minutes and know whole seconds only, go through `text/in-order.ts`.
 */
import type { Timed } from './merge.ts';

export interface Window {
  /** So many items are held back, … */
  readonly items: number;
  /** … or fewer, when they are as large as this together. */
  readonly bytes: number;
}

/**
 * Holds the last items back and lets the earliest go; equal times go in the order in which they
 * came.
 *
 *     const order = new Reorder({ items: 2, bytes: 99 }, () => 1);
 *     for (const atNs of [3n, 1n, 2n, 4n]) order.push({ atNs });
 *     order.pop() // 1n
 *     order.pop() // 2n
 *     order.pop() // undefined: two are held back
 */
export class Reorder<T extends Timed> {
  /** Items that came after one with a later time. */
  disordered = 0;
  private readonly window: Window;
  private readonly sizeOf: (item: T) => number;
  /** In order from `first` on; undefined before it. */
  private readonly held: (T | undefined)[] = [];
  private first = 0;
  private heldBytes = 0;
  private latestNs = -1n;
  private goneNs = -1n;

  constructor(window: Window, sizeOf: (item: T) => number) {
    this.window = window;
    this.sizeOf = sizeOf;
  }

  /** Takes an item, unless it `isTooLate`. Then `pop` until there is none. */
  push(item: T): void {
    this.heldBytes += this.sizeOf(item);
    if (item.atNs >= this.latestNs) {
      this.latestNs = item.atNs;
      this.held.push(item);
    } else {
      this.disordered++;
      this.held.splice(this.placeOf(item.atNs), 0, item);
    }
  }

  /** Something later has gone already. */
  isTooLate({ atNs }: T): boolean {
    return atNs < this.goneNs;
  }

  /** The earliest item, where the window is overfull, or, with `isLast`, as long as there is one. */
  pop(isLast: boolean = false): T | undefined {
    const count = this.held.length - this.first;
    const isOverfull = count > this.window.items || (count > 1 && this.isTooLarge());
    return isOverfull || (isLast && count > 0) ? this.shift() : undefined;
  }

  private isTooLarge(): boolean {
    return this.heldBytes > this.window.bytes;
  }

  private shift(): T {
    const item = this.held[this.first]!;
    this.held[this.first] = undefined;
    this.first++;
    // Moving all of them one place at every turn would take longer than parsing them.
    if (this.first >= 1024) {
      this.held.splice(0, this.first);
      this.first = 0;
    }
    this.heldBytes -= this.sizeOf(item);
    this.goneNs = item.atNs;
    return item;
  }

  /** Behind the last item that is not later. */
  private placeOf(atNs: bigint): number {
    let [low, high] = [this.first, this.held.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.held[middle]!.atNs <= atNs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
