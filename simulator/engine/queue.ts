/**
 * The event set: smallest (time, sequence) first, so that events at the same moment happen in the
 * order in which they were scheduled. A 4-ary heap in three typed arrays; an event is an integer.
 */
const ARITY_SHIFT = 2;
const INITIAL_CAPACITY = 1024;

export class EventQueue {
  size = 0;
  /** Times and sequence numbers by heap position; position 0 is the next event. */
  times: Float64Array = new Float64Array(INITIAL_CAPACITY);
  sequences: Float64Array = new Float64Array(INITIAL_CAPACITY);
  private events = new Int32Array(INITIAL_CAPACITY);

  push(time: number, sequence: number, event: number): void {
    if (this.size === this.times.length) this.grow();
    const { times, sequences, events } = this;
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> ARITY_SHIFT;
      // A new event has the highest sequence number yet: it stays below its equals.
      if (times[parent]! <= time) break;
      times[at] = times[parent]!;
      sequences[at] = sequences[parent]!;
      events[at] = events[parent]!;
      at = parent;
    }
    times[at] = time;
    sequences[at] = sequence;
    events[at] = event;
  }

  /** Takes the next event; its time must have been read from `times[0]` before. */
  pop(): number {
    const { times, sequences, events } = this;
    const next = events[0]!;
    const last = --this.size;
    const time = times[last]!;
    const sequence = sequences[last]!;
    let at = 0;
    for (;;) {
      const child = this.smallestChild(at, last);
      if (child < 0) break;
      const childTime = times[child]!;
      if (childTime > time || (childTime === time && sequences[child]! > sequence)) break;
      times[at] = childTime;
      sequences[at] = sequences[child]!;
      events[at] = events[child]!;
      at = child;
    }
    times[at] = time;
    sequences[at] = sequence;
    events[at] = events[last]!;
    return next;
  }

  private smallestChild(at: number, size: number): number {
    const { times, sequences } = this;
    const first = (at << ARITY_SHIFT) + 1;
    if (first >= size) return -1;
    const end = Math.min(first + (1 << ARITY_SHIFT), size);
    let best = first;
    for (let child = first + 1; child < end; child++) {
      const earlier =
        times[child]! < times[best]! ||
        (times[child]! === times[best]! && sequences[child]! < sequences[best]!);
      if (earlier) best = child;
    }
    return best;
  }

  private grow(): void {
    const capacity = this.times.length * 2;
    this.times = copied(this.times, new Float64Array(capacity));
    this.sequences = copied(this.sequences, new Float64Array(capacity));
    this.events = copied(this.events, new Int32Array(capacity));
  }
}

/** The larger array, beginning with the smaller one's elements. */
export function copied<T extends Float64Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
