/**
 * A hashed timer wheel, for timeouts of random length: they do not come due in the order in which
 * they were set, so no lane can hold them, and nearly all are taken out again before they come.
 * Setting and taking out cost a few steps, whatever the number of timers.
 *
 *     bucket   │ k │k+1│k+2│ …   a millisecond each, unsorted, doubly linked;
 *                ▼               a turn later the same bucket is another millisecond's
 *     open     t₁ ≤ t₂ ≤ t₃      the one that has come is sorted: exact moments, in order
 *
 * After Varghese & Lauck, "Hashed and hierarchical timing wheels" (SOSP 1987), scheme 6.
 */
import { F, type Memory, TIMER, UNARMED } from './memory.ts';

const BUCKETS = 1 << 12;
const WIDTH_MS = 1;
const NONE = -1;

export interface Wheel {
  /** Stops all timers. */
  readonly clear: () => void;
  /** Sets a timer, whose time and sequence number stand in the memory. */
  readonly arm: (timer: number) => void;
  readonly disarm: (timer: number) => void;
  /** A timer takes the place of another; both have the same time. */
  readonly replace: (timer: number, by: number) => void;
  /**
   * The first timer that is open; NONE when the next bucket is to be opened first, at `dueMs()`.
   */
  readonly first: () => number;
  /** When the first timer comes, or the next bucket is to be opened; ∞ without timers. */
  readonly dueMs: () => number;
  /** Opens the bucket of `dueMs()`. */
  readonly turn: () => void;
}

/** Made once a thread, as the memory is. */
export function createWheel(memory: Memory): Wheel {
  const { floats, timerMs, timers } = memory;
  const heads = new Int32Array(BUCKETS).fill(NONE);
  let open = NONE;
  /** Number of the bucket that is open: timers up to its end are in `open`. */
  let opened = -1;
  let inBuckets = 0;
  /** No bucket before this one has timers, among those to come. */
  let soonest = 0;

  function clear(): void {
    heads.fill(NONE);
    open = NONE;
    opened = -1;
    soonest = 0;
    inBuckets = 0;
  }

  function bucketOf(timer: number): number {
    return Math.floor(timerMs[TIMER.ms * timer]! / WIDTH_MS);
  }

  function arm(timer: number): void {
    // Buckets up to now's have been opened, or were empty.
    opened = Math.max(opened, Math.floor(floats[F.nowMs]! / WIDTH_MS));
    if (bucketOf(timer) <= opened) {
      insert(timer);
      return;
    }
    inBuckets++;
    soonest = Math.min(soonest, bucketOf(timer));
    const at = bucketOf(timer) & (BUCKETS - 1);
    link(timer, NONE, heads[at]!);
    heads[at] = timer;
  }

  /** Among the open ones, by time and then by sequence number. */
  function insert(timer: number): void {
    let before = NONE;
    let after = open;
    while (after !== NONE && isBefore(after, timer)) {
      before = after;
      after = timers[TIMER.words * after + TIMER.next]!;
    }
    link(timer, before, after);
    if (before === NONE) open = timer;
  }

  function isBefore(a: number, b: number): boolean {
    if (timerMs[TIMER.ms * a] !== timerMs[TIMER.ms * b])
      return timerMs[TIMER.ms * a]! < timerMs[TIMER.ms * b]!;
    return (
      ((timers[TIMER.words * a + TIMER.sequence]! - timers[TIMER.words * b + TIMER.sequence]!) |
        0) <
      0
    );
  }

  function link(timer: number, before: number, after: number): void {
    timers[TIMER.words * timer + TIMER.prev] = before;
    timers[TIMER.words * timer + TIMER.next] = after;
    if (before !== NONE) timers[TIMER.words * before + TIMER.next] = timer;
    if (after !== NONE) timers[TIMER.words * after + TIMER.prev] = timer;
  }

  function disarm(timer: number): void {
    if (timers[TIMER.words * timer + TIMER.prev] === UNARMED) return;
    const before = timers[TIMER.words * timer + TIMER.prev]!;
    const after = timers[TIMER.words * timer + TIMER.next]!;
    if (bucketOf(timer) > opened) inBuckets--;
    if (before !== NONE) timers[TIMER.words * before + TIMER.next] = after;
    else setHead(timer, after);
    if (after !== NONE) timers[TIMER.words * after + TIMER.prev] = before;
    timers[TIMER.words * timer + TIMER.prev] = UNARMED;
  }

  function setHead(timer: number, head: number): void {
    if (bucketOf(timer) <= opened) open = head;
    else heads[bucketOf(timer) & (BUCKETS - 1)] = head;
  }

  function replace(timer: number, by: number): void {
    const before = timers[TIMER.words * timer + TIMER.prev]!;
    if (before === UNARMED) return;
    timerMs[TIMER.ms * by] = timerMs[TIMER.ms * timer]!;
    timers[TIMER.words * by + TIMER.sequence] = timers[TIMER.words * timer + TIMER.sequence]!;
    link(by, before, timers[TIMER.words * timer + TIMER.next]!);
    if (before === NONE) setHead(by, by);
    timers[TIMER.words * timer + TIMER.prev] = UNARMED;
  }

  function first(): number {
    return open;
  }

  function dueMs(): number {
    if (open !== NONE) return timerMs[TIMER.ms * open]!;
    return inBuckets === 0 ? Number.POSITIVE_INFINITY : nextBucket() * WIDTH_MS;
  }

  /** The next one that has timers, perhaps only of a later turn. */
  function nextBucket(): number {
    soonest = Math.max(soonest, opened + 1);
    while (heads[soonest & (BUCKETS - 1)] === NONE) soonest++;
    return soonest;
  }

  function turn(): void {
    opened = nextBucket();
    const at = opened & (BUCKETS - 1);
    let timer = heads[at]!;
    heads[at] = NONE;
    while (timer !== NONE) {
      const after = timers[TIMER.words * timer + TIMER.next]!;
      if (bucketOf(timer) === opened) {
        inBuckets--;
        insert(timer);
      } else {
        link(timer, NONE, heads[at]!);
        heads[at] = timer;
      }
      timer = after;
    }
  }

  return { clear, arm, disarm, replace, first, dueMs, turn };
}
