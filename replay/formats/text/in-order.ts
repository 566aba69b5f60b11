/**
 * Requests in the order of their arrival, out of a log that was written in another one (at the end
 * of each request, by several workers), with a bounded number of them held back.
 *
 *     log ──► buckets of a second ──oldest first, when none can come before──► batches
 *
 * Stamps of whole seconds are spread: n requests of one second get the order statistics of n
 * uniform moments in it. To send them all at :00.000 would be a burst that never happened.
 */
import type { ReadBooks } from '../books.ts';
import type { RecordedRequest } from '../capture.ts';
import { orderStatistics } from './order-statistics.ts';

/** A request whose arrival is not known to the nanosecond yet. */
export type Draft = { -readonly [Key in keyof RecordedRequest]: RecordedRequest[Key] };

/** Instead of nanoseconds: somewhere in the second. */
export const ANYWHERE = -1;
/** Notes of the books. */
export const SPREAD = 'stamp of a whole second: spread inside it';
export const TOO_LATE = 'out of order by more than is held back';

const NS_PER_SECOND = 1_000_000_000;
/** What is held back at least, and never more than this many times the worst lateness so far. */
const LEAST_SECONDS = 2;
const MARGIN = 3;
/** So many requests say how late requests are in this log; the first ones wait for that. */
const LEARNING = 32_768;
/** A stamp so far from the ones before it is believed when as many others in a row say so, too. */
const JUMP_SECONDS = 3600;
const JUMP_PROOFS = 64;
const MOST_HELD = 65_536;

interface Bucket {
  readonly second: number;
  readonly drafts: Draft[];
  readonly nanos: number[];
  isInOrder: boolean;
  weight: number;
  coarse: number;
}

export class InOrder {
  private readonly buckets = new Map<number, Bucket>();
  private readonly books: ReadBooks;
  private readonly seed: number;
  private readonly mostHeld: number;
  private held = 0;
  private newest: number | undefined;
  private jumps = 0;
  private pushed = 0;
  /** By how many seconds a request came after one that is later than it. */
  private latenessMost = 0;
  /** Everything before this second has been given out. */
  private doneBefore = Number.NEGATIVE_INFINITY;
  private latest: Bucket | undefined;

  constructor(books: ReadBooks, seed = 1, mostHeld: number = MOST_HELD) {
    this.books = books;
    this.seed = seed;
    this.mostHeld = mostHeld;
  }

  /**
   * @param second whole seconds since the epoch
   * @param nanos 0 … 999,999,999, or ANYWHERE
   * @param weight of what is held: 1, and more for what is large
   */
  push(draft: Draft, second: number, nanos: number, weight = 1): void {
    let bucket = this.latest;
    if (bucket?.second !== second) {
      this.follow(second);
      bucket = this.bucketOf(second);
    }
    const { length } = bucket.nanos;
    if (nanos === ANYWHERE) bucket.coarse++;
    else if (length > 0 && nanos < bucket.nanos[length - 1]!) bucket.isInOrder = false;
    bucket.drafts.push(draft);
    bucket.nanos.push(nanos);
    bucket.weight += weight;
    this.held += weight;
    this.pushed++;
  }

  /**
   * Appends to `out` what no later line can come before; at the end, everything. Where too many are
   * held, the oldest, even of a second that goes on.
   */
  drain(out: RecordedRequest[], isEnd: boolean): void {
    if (this.buckets.size === 0) return;
    const until = isEnd ? Number.POSITIVE_INFINITY : this.safeUntil();
    for (const second of [...this.buckets.keys()].sort((a, b) => a - b)) {
      if (second >= until && this.held <= this.mostHeld) break;
      if (!isEnd && second === this.latest?.second && this.held <= this.mostHeld) break;
      this.give(this.buckets.get(second)!, out);
    }
  }

  private safeUntil(): number {
    const { newest, jumps, pushed } = this;
    if (newest === undefined || jumps > 0 || pushed < LEARNING) return Number.NEGATIVE_INFINITY;
    return newest - Math.max(LEAST_SECONDS, MARGIN * this.latenessMost);
  }

  private bucketOf(second: number): Bucket {
    let bucket = this.buckets.get(second);
    if (bucket === undefined) {
      bucket = { second, drafts: [], nanos: [], isInOrder: true, coarse: 0, weight: 0 };
      this.buckets.set(second, bucket);
    }
    this.latest = bucket;
    return bucket;
  }

  /** One absurd stamp must not make all others look late. */
  private follow(second: number): void {
    const { newest } = this;
    if (newest === undefined) this.newest = second;
    else if (Math.abs(second - newest) <= JUMP_SECONDS) {
      this.newest = Math.max(newest, second);
      this.latenessMost = Math.max(this.latenessMost, newest - second);
      this.jumps = 0;
    } else if (++this.jumps >= JUMP_PROOFS) {
      this.newest = second;
      this.jumps = 0;
    }
  }

  private give(bucket: Bucket, out: RecordedRequest[]): void {
    const { second, drafts, nanos } = bucket;
    if (second < this.doneBefore) this.books.note(TOO_LATE, drafts.length);
    else this.doneBefore = second;
    if (bucket.coarse > 0) {
      this.books.note(SPREAD, bucket.coarse);
      this.spread(bucket);
    }
    const start = BigInt(second) * 1_000_000_000n;
    const [low, high] = [Number(start & 0xffff_ffffn), Number(start >> 32n)];
    const order = bucket.isInOrder ? undefined : inOrder(nanos);
    for (let i = 0; i < drafts.length; i++) {
      const at = order === undefined ? i : order[i]!;
      const draft = drafts[at]!;
      draft.atNs = sumOf(low, high, nanos[at]!);
      out.push(draft);
    }
    this.buckets.delete(second);
    this.held -= bucket.weight;
    // A Map that has grown keeps its former tables alive until the next full collection, and all
    // that they refer to.
    drafts.length = 0;
    nanos.length = 0;
    if (this.latest === bucket) this.latest = undefined;
  }

  /** The order of the log is kept among those that are spread. */
  private spread(bucket: Bucket): void {
    const moments = orderStatistics(bucket.coarse, this.seed, `second/${bucket.second}`);
    let next = 0;
    const { nanos } = bucket;
    for (let at = 0; at < nanos.length; at++) {
      if (nanos[at] === ANYWHERE) nanos[at] = Math.floor(moments[next++]! * NS_PER_SECOND);
    }
    if (bucket.coarse < nanos.length) bucket.isInOrder = false;
  }
}

const words = new Uint32Array(2);
const bigs = new BigUint64Array(words.buffer);
const LOW: 0 | 1 = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1;

/** high·2³² + low + nanos, by way of memory: a third of what sums of BigInts take. */
function sumOf(low: number, high: number, nanos: number): bigint {
  const sum = low + nanos;
  words[LOW] = sum;
  words[1 - LOW] = sum >= 0x1_0000_0000 ? high + 1 : high;
  return bigs[0]!;
}

function inOrder(nanos: readonly number[]): number[] {
  return [...nanos.keys()].sort((a, b) => nanos[a]! - nanos[b]! || a - b);
}
