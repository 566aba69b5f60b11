/**
 * Lanes: events of one kind that come due in the order in which they were scheduled (a constant
 * delay such as a timeout or a network hop; the arrivals of a source), so that a ring buffer
 * replaces the event set. Entries carry a stamp; one whose stamp no longer matches its slot's is
 * stale and ignored: nothing is ever searched.
 */
export const MOST_LANES: number = 1 << 14;
const INITIAL_CAPACITY = 256;

/** First entries of all lanes: time (∞ when empty) and sequence number. */
export class LaneHeads {
  readonly times: Float64Array = new Float64Array(MOST_LANES);
  readonly sequences: Float64Array = new Float64Array(MOST_LANES);
  /** Lane with the earliest entry; 0 when there is none. */
  best = 0;
  private count = 1;

  /** Empties `count` lanes. */
  clear(count: number): void {
    this.count = count;
    this.times.fill(Number.POSITIVE_INFINITY, 0, count);
    this.best = 0;
  }

  /** Looks for the earliest entry anew, after a lane's first one has gone or come. */
  compare(): void {
    const { times, sequences, count } = this;
    let best = 0;
    for (let lane = 1; lane < count; lane++) {
      if (times[lane]! > times[best]!) continue;
      if (times[lane]! < times[best]! || sequences[lane]! < sequences[best]!) best = lane;
    }
    this.best = best;
  }
}

export class Lane {
  private readonly heads: LaneHeads;
  private readonly index: number;
  private times = new Float64Array(INITIAL_CAPACITY);
  private sequences = new Float64Array(INITIAL_CAPACITY);
  private slots = new Int32Array(INITIAL_CAPACITY);
  private stamps = new Int32Array(INITIAL_CAPACITY);
  private first = 0;
  private count = 0;

  constructor(heads: LaneHeads, index: number) {
    this.heads = heads;
    this.index = index;
  }

  clear(): void {
    this.first = 0;
    this.count = 0;
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

  /** Slot of the first entry. */
  get slot(): number {
    return this.slots[this.first]!;
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
    const { heads, index } = this;
    heads.times[index] = this.count > 0 ? this.times[this.first]! : Number.POSITIVE_INFINITY;
    heads.sequences[index] = this.sequences[this.first]!;
    heads.compare();
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
