/**
 * The memory of a thread's engine: requests in flight are integer slots into typed columns, so
 * that nothing is allocated per request. Columns are reserved, not touched: one costs only as much
 * as the busiest moment needs. They are made once a thread, because V8 builds their addresses into
 * the code of the first closures that capture them.
 */
import { type Columns, PLAIN_COLUMNS } from './columns.ts';

/** Requests inside at once; events with numbers from here on are those of shared cores. */
export const MAX_INSIDE: number = 1 << 20;
/** Draws, frames and timers of all requests inside. */
export const MOST_DRAWS: number = 1 << 25;
export const MOST_FRAMES: number = 1 << 24;
export const MOST_TIMERS: number = 1 << 22;
export const MOST_OPS: number = 1 << 19;
export const MOST_LANES: number = 1 << 14;
export const MOST_SPECIALS: number = 1 << 17;
const MOST_READY = 1 << 20;
/** Arrival times that are made at once. */
export const ARRIVALS: number = 1 << 8;

/** What a slot's `pc` is when it runs nothing: it is free, or is freed when its event comes. */
export const PC = { free: -1, killed: -2 } as const;

/** The lower bits of a slot's flags: what has become of it. */
export const STATUS = { ok: 0, failed: 1, timedOut: 2, shed: 3 } as const;
export const STATUS_BITS = 3;
/** Flag: frames up to `deadDepth` are gone, and the rest is zombie work. */
export const DEAD = 4;
/** Flag: its deadline has passed while it waited for a thread, which it does not get any more. */
export const EXPIRED = 16;
/** Flag: something on the way was answered by a fallback. */
export const DEGRADED = 8;

/** Places of a timer: its moment, in floats; then its neighbours and sequence number, in words. */
export const TIMER = { words: 6, ms: 3, prev: 2, next: 3, sequence: 4 } as const;
/** What a timer's `prev` says when it is not armed. */
export const UNARMED = -2;

/** Places in `ints`. */
export const I = {
  /** The sorted bottom of the ladder stands from here to before `tail`. */
  head: 0,
  tail: 1,
  /** The bottom is moved to the front, or its limit doubled, when the tail comes here. */
  limit: 2,
  rungs: 3,
  topCount: 4,
  /** Number of the next scheduling; wraps. */
  sequence: 5,
  /** Lane with the earliest entry, 0 when there is none. */
  lane: 6,
  /** Slots in `ready`. */
  ready: 7,
  /** First free slot, −1 without; slots from `highWater` on have never been used. */
  free: 8,
  highWater: 9,
  /** Slots that the run may use. */
  most: 10,
  /** Journeys under way, and sources that have not ended. */
  inside: 11,
  sources: 12,
  /** 1 when the run is over. */
  over: 13,
  /** Bucket of now. */
  bucket: 14,
  /** Copies of hedged calls that are to be called off. */
  losers: 15,
} as const;

/** Places in `floats`. */
export const F = {
  nowMs: 0,
  /** Events from this time on go to the top of the ladder; earliest and latest in it. */
  top: 1,
  earliest: 2,
  latest: 3,
  /** End of the bucket of now. */
  bucketEndMs: 4,
  /** What is on its way into a call: doubles as arguments would be boxed. */
  latencyMs: 5,
  pauseMs: 6,
  /** A uniform number. */
  chance: 7,
  /** Earliest and latest of events that become a rung. */
  from: 8,
  to: 9,
  /** A draw that is to be finished, of mean 1. */
  drawn: 10,
} as const;

export interface Memory {
  readonly ints: Int32Array;
  readonly floats: Float64Array;
  /** Next op; one of `PC` when there is none. */
  readonly pc: Int32Array;
  /** Next in the queue, lane, bucket or free list that the slot or special event is in. */
  readonly next: Int32Array;
  /** Moment and sequence number of a slot's or a special event. */
  readonly timeOf: Float64Array;
  readonly sequenceOf: Int32Array;
  /** Moment of the arrival, and its bucket. */
  readonly startMs: Float64Array;
  readonly bucketOf: Uint8Array;
  /** One of `STATUS`, and `DEAD`. */
  readonly flags: Uint8Array;
  /** Frames from the outermost to this depth are dead; −1 is the client. Only with `DEAD`. */
  readonly deadDepth: Int16Array;
  readonly priority: Uint8Array;
  /** Of a call in a fan-out: the slot that waits, −1 for all else, and its stamp then. */
  readonly parent: Int32Array;
  readonly parentStamp: Int32Array;
  /** Of a slot that fans out: changes when it stops waiting; successes and failures left. */
  readonly stamp: Int32Array;
  readonly needs: Int32Array;
  readonly spares: Int32Array;
  /** Draws by slot and column. */
  readonly draw: Float64Array;
  /** Rows of instances that a slot is at, by slot and depth; −1 where it has left. */
  readonly rowAt: Int32Array;
  /** Attempts made, by slot and retried call around it. */
  readonly tries: Uint8Array;
  /** By the same: the pause before, what the last retry has cost, and whose budget it is. */
  readonly pausedMs: Float64Array;
  readonly retryCost: Uint16Array;
  readonly budgetAt: Int32Array;
  /**
   * Timers by slot and timed call around it: `TIMER.words` integers and, in the same memory, half as
   * many floats each; neighbours in a lane are cold, so that a timer should be in one place.
   */
  readonly timerMs: Float64Array;
  readonly timers: Int32Array;
  /** First entries of all lanes: time (∞ when empty) and sequence number. */
  readonly headMs: Float64Array;
  readonly headSequence: Int32Array;
  /** First and last slot or timer of a lane, −1 when empty. */
  readonly laneFirst: Int32Array;
  readonly laneLast: Int32Array;
  /** Slots that may go on once the one that is under way has come to rest: the last one first. */
  readonly ready: Int32Array;
  /** Arrivals to come, a buffer a source, ∞ behind the last; where the next one stands. */
  readonly arrivalMs: Float64Array;
  readonly arrivalAt: Int32Array;
  /** The program's ops. */
  readonly ops: Int32Array;
}

export function createMemory(columns: Columns = PLAIN_COLUMNS): Memory {
  const { int32, float64, uint8, int16, uint16 } = columns;
  const events = MAX_INSIDE + MOST_SPECIALS;
  const timers = int32(TIMER.words * MOST_TIMERS);
  return {
    // Arrays of up to 64 bytes lie on V8's own heap, where their addresses are not constant.
    ints: int32(64),
    floats: float64(64),
    pc: int32(MAX_INSIDE),
    next: int32(events),
    timeOf: float64(events),
    sequenceOf: int32(events),
    startMs: float64(MAX_INSIDE),
    bucketOf: uint8(MAX_INSIDE),
    flags: uint8(MAX_INSIDE),
    deadDepth: int16(MAX_INSIDE),
    priority: uint8(MAX_INSIDE),
    parent: int32(MAX_INSIDE),
    parentStamp: int32(MAX_INSIDE),
    stamp: int32(MAX_INSIDE),
    needs: int32(MAX_INSIDE),
    spares: int32(MAX_INSIDE),
    draw: float64(MOST_DRAWS),
    rowAt: int32(MOST_FRAMES),
    tries: uint8(MOST_TIMERS),
    pausedMs: float64(MOST_TIMERS),
    retryCost: uint16(MOST_TIMERS),
    budgetAt: int32(MOST_TIMERS),
    timerMs: new Float64Array(timers.buffer, timers.byteOffset, timers.length / 2),
    timers,
    headMs: float64(MOST_LANES),
    headSequence: int32(MOST_LANES),
    laneFirst: int32(MOST_LANES),
    laneLast: int32(MOST_LANES),
    ready: int32(MOST_READY),
    arrivalMs: float64(ARRIVALS * MOST_LANES),
    arrivalAt: int32(MOST_LANES),
    ops: int32(4 * MOST_OPS),
  };
}
