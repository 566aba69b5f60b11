/**
 * The event set: a ladder queue. The next event is the one with the smallest time; events at the
 * same time leave in the order in which they came. An event is an integer, its time stands in a
 * column of the memory.
 *
 *     top      │ later than everything below, unsorted            │  a push costs an append,
 *     rung 0   │▒▒│▒▒│▒▒│▒▒│ a bucket per slice of time, unsorted   │  whatever the number of
 *     rung 1      │▒│▒│▒│▒│  a bucket that was too full, again     │  pending events
 *     bottom       ▁▂▃▄▅    sorted: the next one is the first, ∞ behind the last
 *
 * After Tang, Goh & Thng, "Ladder queue: an O(1) priority queue structure for large-scale discrete
 * event simulation" (ACM TOMACS 15(3), 2005); a bottom that grows too long becomes a rung of its
 * own, so that what is far away costs the milliseconds nothing. While there are few events, all of
 * them stand in the bottom.
 */
import { type Columns, PLAIN_COLUMNS } from './columns.ts';
import { F, I, type Memory } from './memory.ts';

/** More than this in a bucket make another rung; fewer are sorted by insertion. */
export const MOST_SORTED = 48;
/** Up to so many, everything is in the bottom; beyond the second number it becomes a rung. */
export const FEW = 40;
export const MOST_BOTTOM = 96;
export const MOST_RUNGS = 8;
export const MOST_BUCKETS: number = 1 << 13;
const FIRST_LIMIT = 1 << 12;
const NONE = -1;
/** Integers of a bucket: its first event, the last one, and how many. */
export const CELL = 4;
export const LAST = 1;
export const COUNT = 2;
/** Events of a bucket, about. */
const PER_BUCKET = 2;

export interface Ladder {
  /** Sorted events from `ints[head]` on, their times, ∞ behind the last: V8 reads them in place. */
  readonly times: Float64Array;
  readonly events: Int32Array;
  /** The columns of rungs and top, for code that does the same. */
  readonly shape: Readonly<Record<string, Int32Array | Float64Array>>;
  /** Forgets all events. */
  readonly clear: () => void;
  /** Adds an event, whose time stands in `timeOf`. */
  readonly push: (event: number) => void;
  /** The three ways of `push`: to the top, into a rung, into the bottom. */
  readonly pushTop: (event: number) => void;
  readonly pushRung: (event: number) => void;
  readonly insert: (event: number) => void;
  /** Room behind a tail that has come to its limit: the new tail. */
  readonly makeRoom: () => number;
  /** A bottom that has grown too long becomes the lowest rung. */
  readonly spill: () => void;
  /** Fills an empty bottom; it stays empty when nothing is pending. */
  readonly refill: () => void;
}

/** Made once a thread, as the memory is. */
export function createLadder(
  { ints, floats, next, timeOf }: Memory,
  { int32, float64 }: Columns = PLAIN_COLUMNS,
): Ladder {
  const times = float64(2 * timeOf.length + 1);
  const events = int32(2 * timeOf.length);
  /** Buckets of all rungs: first and last event of each, and how many there are, side by side. */
  const cells = int32(CELL * MOST_RUNGS * MOST_BUCKETS).fill(NONE);
  /** By rung: start, buckets per ms, number of buckets, and the first bucket not opened yet. */
  const start = float64(16);
  const perMs = float64(16);
  const buckets = int32(32);
  const open = int32(32);
  /** Top events in the order in which they came: the first and the last. */
  const top = int32(32);

  function clear(): void {
    emptyBottom();
    ints[I.limit] = FIRST_LIMIT;
    cells.fill(NONE);
    ints[I.rungs] = 0;
    emptyTop(Number.NEGATIVE_INFINITY);
  }

  function emptyBottom(): void {
    ints[I.head] = 0;
    ints[I.tail] = 0;
    times[0] = Number.POSITIVE_INFINITY;
  }

  function push(event: number): void {
    if (timeOf[event]! >= floats[F.top]! && !staysBelow(event)) pushTop(event);
    else if (ints[I.rungs] !== 0) pushRung(event);
    else insert(event);
  }

  /** Among few events the last one goes into the bottom, too, and the top begins behind it. */
  function staysBelow(event: number): boolean {
    const isMany = ints[I.tail]! - ints[I.head]! > FEW;
    if (isMany || ints[I.topCount] !== 0 || ints[I.rungs] !== 0) return false;
    floats[F.top] = timeOf[event]!;
    return true;
  }

  function pushTop(event: number): void {
    const time = timeOf[event]!;
    next[event] = NONE;
    if (ints[I.topCount]!++ === 0) top[0] = event;
    else next[top[1]!] = event;
    top[1] = event;
    if (time < floats[F.earliest]!) floats[F.earliest] = time;
    if (time > floats[F.latest]!) floats[F.latest] = time;
  }

  /**
   * Into the first rung, from the top, whose bucket for it is not opened yet; what has been opened
   * everywhere is in the bottom. Never from below: a rung spans its first to its last event, and
   * what lies past that may belong into a later bucket of the rung above.
   */
  function pushRung(event: number): void {
    const rungs = ints[I.rungs]!;
    for (let rung = 0; rung < rungs; rung++) {
      const bucket = bucketIn(rung, event);
      if (bucket < open[rung]!) continue;
      append(rung, bucket, event);
      return;
    }
    insert(event);
  }

  function bucketIn(rung: number, event: number): number {
    const bucket = Math.floor((timeOf[event]! - start[rung]!) * perMs[rung]!);
    return Math.min(buckets[rung]! - 1, bucket);
  }

  function append(rung: number, bucket: number, event: number): void {
    const at = CELL * (rung * MOST_BUCKETS + bucket);
    next[event] = NONE;
    if (cells[at] === NONE) {
      cells[at] = event;
      cells[at + COUNT] = 1;
    } else {
      next[cells[at + LAST]!] = event;
      cells[at + COUNT]!++;
    }
    cells[at + LAST] = event;
  }

  /** Into the sorted bottom, which may grow too long by it. */
  function insert(event: number): void {
    place(event);
    if (ints[I.tail]! - ints[I.head]! > MOST_BOTTOM) spill();
  }

  /** After its equals. */
  function place(event: number): void {
    const time = timeOf[event]!;
    let at = ints[I.tail]!;
    if (at >= ints[I.limit]!) at = makeRoom();
    ints[I.tail] = at + 1;
    times[at + 1] = Number.POSITIVE_INFINITY;
    const head = ints[I.head]!;
    while (at > head && times[at - 1]! > time) {
      times[at] = times[at - 1]!;
      events[at] = events[at - 1]!;
      at--;
    }
    times[at] = time;
    events[at] = event;
  }

  function makeRoom(): number {
    const [head, tail] = [ints[I.head]!, ints[I.tail]!];
    times.copyWithin(0, head, tail + 1);
    events.copyWithin(0, head, tail);
    ints[I.head] = 0;
    ints[I.tail] = tail - head;
    if (2 * (tail - head) > ints[I.limit]!) ints[I.limit] = 2 * ints[I.limit]!;
    return tail - head;
  }

  function spill(): void {
    const [head, tail] = [ints[I.head]!, ints[I.tail]!];
    const rung = addRung(times[head]!, times[tail - 1]!, tail - head);
    if (rung < 0) return;
    for (let at = head; at < tail; at++) append(rung, bucketIn(rung, events[at]!), events[at]!);
    emptyBottom();
  }

  /** Number of the new rung; −1 where its events are at one moment, or there are too many rungs. */
  function addRung(from: number, to: number, size: number): number {
    const parts = Math.min(MOST_BUCKETS, Math.ceil(size / PER_BUCKET));
    const density = (parts - 1) / (to - from);
    const isUseful = density > 0 && density !== Number.POSITIVE_INFINITY;
    if (ints[I.rungs] === MOST_RUNGS || !isUseful) return NONE;
    const rung = ints[I.rungs]!++;
    start[rung] = from;
    perMs[rung] = density;
    buckets[rung] = parts;
    open[rung] = 0;
    return rung;
  }

  /** The earliest bucket. */
  function refill(): void {
    emptyBottom();
    while (ints[I.tail] === 0) {
      if (ints[I.rungs] !== 0) openBucket(ints[I.rungs]! - 1);
      else if (ints[I.topCount] !== 0) openTop();
      else return;
    }
  }

  function openTop(): void {
    const [event, size] = [top[0]!, ints[I.topCount]!];
    const [from, to] = [floats[F.earliest]!, floats[F.latest]!];
    emptyTop(to);
    spread(event, from, to, size);
  }

  function emptyTop(from: number): void {
    floats[F.top] = from;
    floats[F.earliest] = Number.POSITIVE_INFINITY;
    floats[F.latest] = Number.NEGATIVE_INFINITY;
    ints[I.topCount] = 0;
  }

  function openBucket(rung: number): void {
    const base = rung * MOST_BUCKETS;
    const parts = buckets[rung]!;
    let bucket = open[rung]!;
    while (bucket < parts && cells[CELL * (base + bucket)] === NONE) bucket++;
    open[rung] = bucket + 1;
    if (bucket >= parts) {
      ints[I.rungs]!--;
      return;
    }
    const at = CELL * (base + bucket);
    const event = cells[at]!;
    const size = cells[at + COUNT]!;
    cells[at] = NONE;
    if (size <= MOST_SORTED) sort(event);
    else spreadBucket(event, size);
  }

  function spreadBucket(event: number, size: number): void {
    let from = Number.POSITIVE_INFINITY;
    let to = Number.NEGATIVE_INFINITY;
    for (let at = event; at !== NONE; at = next[at]!) {
      const time = timeOf[at]!;
      if (time < from) from = time;
      if (time > to) to = time;
    }
    spread(event, from, to, size);
  }

  /** Few events are sorted, many become a rung. */
  function spread(event: number, from: number, to: number, size: number): void {
    const rung = size <= MOST_SORTED ? NONE : addRung(from, to, size);
    if (rung === NONE) {
      sort(event);
      return;
    }
    for (let at = event; at !== NONE; ) {
      const after = next[at]!;
      append(rung, bucketIn(rung, at), at);
      at = after;
    }
  }

  /** Insertion keeps the order among equals, and takes no time where they are in order already. */
  function sort(event: number): void {
    for (let at = event; at !== NONE; at = next[at]!) place(at);
  }

  clear();
  const shape = { cells, start, perMs, buckets, open, top };
  const ways = { push, pushTop, pushRung, insert, makeRoom, spill, refill };
  return { times, events, shape, clear, ...ways };
}
