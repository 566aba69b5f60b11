/**
 * The event set as one first writes it: an object per event, a closure for what happens, a binary
 * heap of both, and a flag for cancelled ones. What the engine's speed is held against.
 */
export interface TimedEvent {
  readonly atMs: number;
  readonly order: number;
  readonly act: () => void;
  isCancelled: boolean;
}

export class Timeline {
  nowMs = 0;
  private scheduled = 0;
  private readonly heap: TimedEvent[] = [];

  after(delayMs: number, act: () => void): TimedEvent {
    const order = this.scheduled++;
    const event = { atMs: this.nowMs + delayMs, order, act, isCancelled: false };
    this.push(event);
    return event;
  }

  /** Runs until nothing is left that happens before `endMs`. */
  run(endMs: number): void {
    while (this.heap.length > 0 && this.heap[0]!.atMs <= endMs) {
      const event = this.pop();
      if (event.isCancelled) continue;
      this.nowMs = event.atMs;
      event.act();
    }
  }

  private push(event: TimedEvent): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isEarlier(event, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  private pop(): TimedEvent {
    const { heap } = this;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) this.sink(last);
    return first;
  }

  private sink(event: TimedEvent): void {
    const { heap } = this;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isEarlier(heap[child + 1]!, heap[child]!)) child++;
      if (!isEarlier(heap[child]!, event)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = event;
  }
}

function isEarlier(a: TimedEvent, b: TimedEvent): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
