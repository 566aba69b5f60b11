/**
 * The event set: a ladder queue. The next event is the one with the smallest time; events at the
 * same time leave in the order in which they came. An event is an integer, its time stands in a
 * column that the caller owns.
 *
 *     top      │ later than everything below, unsorted            │  a push costs an append,
 *     rung 0   │▒▒│▒▒│▒▒│▒▒│ a bucket per slice of time, unsorted   │  whatever the number of
 *     rung 1      │▒│▒│▒│▒│  a bucket that was too full, again     │  pending events
 *     bottom       ▁▂▃▄▅    sorted: the next one is the first      │
 *
 * After Tang, Goh & Thng, "Ladder queue: an O(1) priority queue structure for large-scale discrete
 * event simulation" (ACM TOMACS 15(3), 2005); a bottom that grows too long becomes a rung of its
 * own, so that control loops minutes away cost the milliseconds nothing.
 */

/** More than this in a bucket make another rung; fewer are sorted by insertion. */
const MOST_SORTED = 48;
const MOST_BOTTOM = 96;
const MOST_RUNGS = 8;
const MOST_BUCKETS = 1 << 13;
const BOTTOM_CAPACITY = 1 << 12;
const NONE = -1;

export class Ladder {
  /** Time by event. */
  readonly timeOf: Float64Array;
  /** Next event in the same bucket. */
  private readonly link: Int32Array;
  /** Sorted events from `head` to `tail`, and their times. */
  private times = new Float64Array(BOTTOM_CAPACITY);
  private events = new Int32Array(BOTTOM_CAPACITY);
  private head = 0;
  private tail = 0;
  /** Buckets of all rungs: first and last event of each, and how many there are. */
  private readonly first = new Int32Array(MOST_RUNGS * MOST_BUCKETS).fill(NONE);
  private readonly last = new Int32Array(MOST_RUNGS * MOST_BUCKETS);
  private readonly count = new Int32Array(MOST_RUNGS * MOST_BUCKETS);
  /** By rung: start, buckets per ms, number of buckets, and the first bucket not opened yet. */
  private readonly start = new Float64Array(MOST_RUNGS);
  private readonly perMs = new Float64Array(MOST_RUNGS);
  private readonly buckets = new Int32Array(MOST_RUNGS);
  private readonly open = new Int32Array(MOST_RUNGS);
  private rungs = 0;
  private topFirst = NONE;
  private topLast = NONE;
  private topCount = 0;
  /** 0: events from this time on go to the top; 1, 2: earliest and latest time in it. */
  private readonly top = new Float64Array(3);

  constructor(timeOf: Float64Array) {
    this.timeOf = timeOf;
    this.link = new Int32Array(timeOf.length);
    this.clear();
  }

  clear(): void {
    this.head = 0;
    this.tail = 0;
    this.first.fill(NONE);
    this.count.fill(0);
    this.rungs = 0;
    this.emptyTop(Number.NEGATIVE_INFINITY);
  }

  /** Adds an event, whose time stands in `timeOf`. */
  push(event: number): void {
    const time = this.timeOf[event]!;
    if (time >= this.top[0]!) this.pushTop(event);
    else if (this.rungs === 0) this.insert(event);
    else this.pushRung(event);
  }

  /** Whether there is an event; the next one is then `peek` and its time in `timeOf`. */
  hasNext(): boolean {
    return this.head < this.tail || this.refill();
  }

  /** The next event; only after `hasNext`. */
  peek(): number {
    return this.events[this.head]!;
  }

  drop(): void {
    this.head++;
  }

  private pushTop(event: number): void {
    const { top, link } = this;
    const time = this.timeOf[event]!;
    link[event] = NONE;
    if (this.topCount++ === 0) this.topFirst = event;
    else link[this.topLast] = event;
    this.topLast = event;
    if (time < top[1]!) top[1] = time;
    if (time > top[2]!) top[2] = time;
  }

  /**
   * Into the first rung, from the top, whose bucket for it is not opened yet; what has been opened
   * everywhere is in the bottom. Never from below: a rung spans its first to its last event, and
   * what lies past that may belong into a later bucket of the rung above.
   */
  private pushRung(event: number): void {
    const time = this.timeOf[event]!;
    for (let rung = 0; rung < this.rungs; rung++) {
      const bucket = this.bucketIn(rung, time);
      if (bucket < this.open[rung]!) continue;
      this.append(rung, bucket, event);
      return;
    }
    this.insert(event);
  }

  private append(rung: number, bucket: number, event: number): void {
    const at = rung * MOST_BUCKETS + bucket;
    this.link[event] = NONE;
    if (this.first[at] === NONE) this.first[at] = event;
    else this.link[this.last[at]!] = event;
    this.last[at] = event;
    this.count[at]!++;
  }

  /** Into the sorted bottom, which may grow too long by it. */
  private insert(event: number): void {
    this.place(event);
    if (this.tail - this.head > MOST_BOTTOM) this.spill();
  }

  private makeRoom(): void {
    const { head, tail } = this;
    if (tail - head > this.times.length / 2) {
      const times = new Float64Array(this.times.length * 2);
      const events = new Int32Array(this.times.length * 2);
      times.set(this.times.subarray(head, tail));
      events.set(this.events.subarray(head, tail));
      this.times = times;
      this.events = events;
    } else {
      this.times.copyWithin(0, head, tail);
      this.events.copyWithin(0, head, tail);
    }
    this.tail = tail - head;
    this.head = 0;
  }

  /** A bottom that has grown too long becomes the lowest rung. */
  private spill(): void {
    const { head, tail, times, events } = this;
    const rung = this.addRung(times[head]!, times[tail - 1]!, tail - head);
    if (rung < 0) return;
    for (let at = head; at < tail; at++)
      this.append(rung, this.bucketIn(rung, times[at]!), events[at]!);
    this.head = 0;
    this.tail = 0;
  }

  private bucketIn(rung: number, time: number): number {
    const bucket = Math.floor((time - this.start[rung]!) * this.perMs[rung]!);
    return Math.min(this.buckets[rung]! - 1, bucket);
  }

  /** Number of the new rung; −1 where its events are at one moment, or there are too many rungs. */
  private addRung(from: number, to: number, events: number): number {
    const buckets = Math.min(MOST_BUCKETS, events);
    const perMs = (buckets - 1) / (to - from);
    if (this.rungs === MOST_RUNGS || !(perMs > 0) || perMs === Number.POSITIVE_INFINITY) return -1;
    const rung = this.rungs++;
    this.start[rung] = from;
    this.perMs[rung] = perMs;
    this.buckets[rung] = buckets;
    this.open[rung] = 0;
    return rung;
  }

  /** Fills the empty bottom with the earliest bucket; false when nothing is pending. */
  private refill(): boolean {
    this.head = 0;
    this.tail = 0;
    for (;;) {
      if (this.rungs === 0) {
        if (this.topCount === 0) return false;
        this.openTop();
      } else this.openBucket(this.rungs - 1);
      if (this.head < this.tail) return true;
    }
  }

  private openTop(): void {
    const [, earliest, latest] = this.top;
    const [event, count] = [this.topFirst, this.topCount];
    this.emptyTop(latest!);
    this.spread(event, earliest!, latest!, count);
  }

  private emptyTop(from: number): void {
    this.top[0] = from;
    this.top[1] = Number.POSITIVE_INFINITY;
    this.top[2] = Number.NEGATIVE_INFINITY;
    this.topFirst = NONE;
    this.topCount = 0;
  }

  private openBucket(rung: number): void {
    const base = rung * MOST_BUCKETS;
    const buckets = this.buckets[rung]!;
    let bucket = this.open[rung]!;
    while (bucket < buckets && this.first[base + bucket] === NONE) bucket++;
    this.open[rung] = bucket + 1;
    if (bucket >= buckets) {
      this.rungs--;
      return;
    }
    const event = this.first[base + bucket]!;
    const count = this.count[base + bucket]!;
    this.first[base + bucket] = NONE;
    this.count[base + bucket] = 0;
    if (count <= MOST_SORTED) this.sort(event);
    else this.spreadBucket(event, count);
  }

  private spreadBucket(event: number, count: number): void {
    let earliest = Number.POSITIVE_INFINITY;
    let latest = Number.NEGATIVE_INFINITY;
    for (let at = event; at !== NONE; at = this.link[at]!) {
      const time = this.timeOf[at]!;
      if (time < earliest) earliest = time;
      if (time > latest) latest = time;
    }
    this.spread(event, earliest, latest, count);
  }

  /** Few events are sorted, many become a rung. */
  private spread(event: number, earliest: number, latest: number, count: number): void {
    const rung = count <= MOST_SORTED ? -1 : this.addRung(earliest, latest, count);
    if (rung < 0) {
      this.sort(event);
      return;
    }
    for (let at = event; at !== NONE; ) {
      const next = this.link[at]!;
      this.append(rung, this.bucketIn(rung, this.timeOf[at]!), at);
      at = next;
    }
  }

  /** Insertion keeps the order among equals, and takes no time where they are in order already. */
  private sort(event: number): void {
    for (let at = event; at !== NONE; at = this.link[at]!) this.place(at);
  }

  /** Into the sorted bottom, after its equals. */
  private place(event: number): void {
    if (this.tail === this.times.length) this.makeRoom();
    const { times, events, head } = this;
    const time = this.timeOf[event]!;
    let at = this.tail++;
    while (at > head && times[at - 1]! > time) {
      times[at] = times[at - 1]!;
      events[at] = events[at - 1]!;
      at--;
    }
    times[at] = time;
    events[at] = event;
  }
}
