/**
 * A lane: events that are all scheduled with the same delay (a timeout, a network hop) come due in
 * the order in which they were scheduled, so a ring buffer replaces the heap. Entries carry a
 * stamp; an entry whose stamp no longer matches its slot's is stale and ignored: nothing is ever
 * searched.
 */

const INITIAL_CAPACITY = 256;

export class Lane {
  readonly delayMs: number;
  /** Time and sequence of the first entry; time is ∞ when the lane is empty. */
  readonly head: Float64Array = Float64Array.of(Number.POSITIVE_INFINITY, 0);
  private times = new Float64Array(INITIAL_CAPACITY);
  private sequences = new Float64Array(INITIAL_CAPACITY);
  private slots = new Int32Array(INITIAL_CAPACITY);
  private stamps = new Int32Array(INITIAL_CAPACITY);
  private first = 0;
  private count = 0;

  constructor(delayMs: number) {
    this.delayMs = delayMs;
  }

  push(time: number, sequence: number, slot: number, stamp: number): void {
    if (this.count === this.times.length) this.grow();
    const at = (this.first + this.count++) & (this.times.length - 1);
    this.times[at] = time;
    this.sequences[at] = sequence;
    this.slots[at] = slot;
    this.stamps[at] = stamp;
    if (this.count === 1) this.showHead();
  }

  /** Slot of the first entry, −1 when empty. */
  get slot(): number {
    return this.count > 0 ? this.slots[this.first]! : -1;
  }

  /** Stamp of the first entry. */
  get stamp(): number {
    return this.stamps[this.first]!;
  }

  drop(): void {
    this.first = (this.first + 1) & (this.times.length - 1);
    this.count--;
    this.showHead();
  }

  private showHead(): void {
    this.head[0] = this.count > 0 ? this.times[this.first]! : Number.POSITIVE_INFINITY;
    this.head[1] = this.sequences[this.first]!;
  }

  private grow(): void {
    const old = this.times.length;
    const order = (array: Float64Array | Int32Array, to: Float64Array | Int32Array) => {
      to.set(array.subarray(this.first));
      to.set(array.subarray(0, this.first), old - this.first);
    };
    const times = new Float64Array(old * 2);
    const sequences = new Float64Array(old * 2);
    const slots = new Int32Array(old * 2);
    const stamps = new Int32Array(old * 2);
    order(this.times, times);
    order(this.sequences, sequences);
    order(this.slots, slots);
    order(this.stamps, stamps);
    Object.assign(this, { times, sequences, slots, stamps, first: 0 });
  }
}

/** A lane per distinct delay; `delays[i]` belongs to lane i. */
export function lanesFor(delays: readonly number[]): Lane[] {
  return delays.map((delayMs) => new Lane(delayMs));
}
