/**
 * Lanes: events of one kind that come due in the order in which they were scheduled (a constant
 * delay such as a network hop or a timeout; the arrivals of a source), so that a linked list
 * replaces the event set. The earliest entry of all lanes is kept up to date.
 *
 *     lane 0    always empty
 *     lane 1    the agenda: rare events
 *     sources   the next arrival of each, which its buffer has
 *     pauses    slots, linked by `next`
 *     timers    linked both ways: a timer that is not needed any more is taken out, not searched
 *     wheel     the last one: timers of random length, the next of which the wheel knows
 */
import { I, type Memory, TIMER, UNARMED } from './memory.ts';
import { createWheel } from './wheel.ts';

const NONE = -1;
/** Before all that is pending, and yet not so far that numbers would have wrapped. */
const LONG_AGO = 1 << 30;

export interface Lanes {
  /** Empties lanes: so many sources, then so many pauses, then so many timers. */
  readonly begin: (sources: number, pauses: number, timers: number, timerLevels: number) => void;
  /** Looks for the earliest entry anew, after a lane's first one has gone or come. */
  readonly compare: () => void;
  /** A slot's event comes behind the others of its lane; its time stands in `timeOf`. */
  readonly pushPause: (slot: number, lane: number) => void;
  /** Takes a lane's first slot. */
  readonly takePause: (lane: number) => number;
  /** Sets a timer, whose time stands in `timerMs`. */
  readonly arm: (timer: number, lane: number) => void;
  /** The wheel's lane has come: true where it shows a timer, false where it has only turned. */
  readonly turn: () => boolean;
  /** First timer of a lane. */
  readonly firstTimer: (lane: number) => number;
  /** Takes a timer out of its lane; nothing where it is not armed. */
  readonly disarm: (timer: number, lane: number) => void;
  /** A timer takes the place of another. */
  readonly replace: (timer: number, by: number, lane: number) => void;
  /** A slot that has never been used: none of its timers is armed. */
  readonly freshTimers: (slot: number) => void;
}

/** Made once a thread, as the memory is. */
export function createLanes(memory: Memory): Lanes {
  const { ints, next, timeOf, sequenceOf, headMs, headSequence, laneFirst, laneLast } = memory;
  const { timerMs, timers } = memory;
  const shape = new Int32Array(32);
  const [COUNT, LEVELS] = [0, 1];
  const wheel = createWheel(memory);
  let wheelLane = 0;

  function begin(sources: number, pauses: number, timers: number, timerLevels: number): void {
    const lanes = 2 + sources + pauses + timers + 1;
    shape[COUNT] = lanes;
    shape[LEVELS] = timerLevels;
    wheelLane = lanes - 1;
    wheel.clear();
    headMs.fill(Number.POSITIVE_INFINITY, 0, lanes);
    laneFirst.fill(NONE, 0, lanes);
    ints[I.lane] = 0;
  }

  function compare(): void {
    const lanes = shape[COUNT]!;
    let best = 0;
    for (let lane = 1; lane < lanes; lane++) {
      if (headMs[lane]! > headMs[best]!) continue;
      const isFirst = headMs[lane]! < headMs[best]!;
      // Numbers wrap: the earlier one is that from which the other is less than half a turn away.
      if (isFirst || ((headSequence[lane]! - headSequence[best]!) | 0) < 0) best = lane;
    }
    ints[I.lane] = best;
  }

  function pushPause(slot: number, lane: number): void {
    next[slot] = NONE;
    if (laneFirst[lane]! >= 0) next[laneLast[lane]!] = slot;
    else {
      laneFirst[lane] = slot;
      showSlot(lane);
    }
    laneLast[lane] = slot;
  }

  function takePause(lane: number): number {
    const slot = laneFirst[lane]!;
    laneFirst[lane] = next[slot]!;
    showSlot(lane);
    return slot;
  }

  function showSlot(lane: number): void {
    const slot = laneFirst[lane]!;
    headMs[lane] = slot >= 0 ? timeOf[slot]! : Number.POSITIVE_INFINITY;
    if (slot >= 0) headSequence[lane] = sequenceOf[slot]!;
    compare();
  }

  function arm(timer: number, lane: number): void {
    timers[TIMER.words * timer + TIMER.sequence] = ints[I.sequence]!++;
    if (lane === wheelLane) {
      wheel.arm(timer);
      showWheel();
      return;
    }
    timers[TIMER.words * timer + TIMER.next] = NONE;
    if (laneFirst[lane]! >= 0) {
      timers[TIMER.words * timer + TIMER.prev] = laneLast[lane]!;
      timers[TIMER.words * laneLast[lane]! + TIMER.next] = timer;
    } else {
      timers[TIMER.words * timer + TIMER.prev] = NONE;
      laneFirst[lane] = timer;
      showTimer(lane);
    }
    laneLast[lane] = timer;
  }

  function disarm(timer: number, lane: number): void {
    const before = timers[TIMER.words * timer + TIMER.prev]!;
    if (before === UNARMED) return;
    if (lane === wheelLane) {
      wheel.disarm(timer);
      showWheel();
      return;
    }
    const after = timers[TIMER.words * timer + TIMER.next]!;
    timers[TIMER.words * timer + TIMER.prev] = UNARMED;
    if (after >= 0) timers[TIMER.words * after + TIMER.prev] = before;
    else laneLast[lane] = before;
    if (before >= 0) timers[TIMER.words * before + TIMER.next] = after;
    else {
      laneFirst[lane] = after;
      showTimer(lane);
    }
  }

  function replace(timer: number, by: number, lane: number): void {
    const before = timers[TIMER.words * timer + TIMER.prev]!;
    if (before === UNARMED) return;
    if (lane === wheelLane) {
      wheel.replace(timer, by);
      return;
    }
    const after = timers[TIMER.words * timer + TIMER.next]!;
    timers[TIMER.words * timer + TIMER.prev] = UNARMED;
    timers[TIMER.words * by + TIMER.prev] = before;
    timers[TIMER.words * by + TIMER.next] = after;
    timerMs[TIMER.ms * by] = timerMs[TIMER.ms * timer]!;
    timers[TIMER.words * by + TIMER.sequence] = timers[TIMER.words * timer + TIMER.sequence]!;
    if (before >= 0) timers[TIMER.words * before + TIMER.next] = by;
    else laneFirst[lane] = by;
    if (after >= 0) timers[TIMER.words * after + TIMER.prev] = by;
    else laneLast[lane] = by;
  }

  function showTimer(lane: number): void {
    const timer = laneFirst[lane]!;
    headMs[lane] = timer >= 0 ? timerMs[TIMER.ms * timer]! : Number.POSITIVE_INFINITY;
    if (timer >= 0) headSequence[lane] = timers[TIMER.words * timer + TIMER.sequence]!;
    compare();
  }

  function showWheel(): void {
    const timer = wheel.first();
    headMs[wheelLane] = wheel.dueMs();
    // A bucket that opens is before everything of its moment.
    headSequence[wheelLane] =
      timer >= 0 ? timers[TIMER.words * timer + TIMER.sequence]! : ints[I.sequence]! - LONG_AGO;
    compare();
  }

  function turn(): boolean {
    if (wheel.first() >= 0) return true;
    wheel.turn();
    showWheel();
    return false;
  }

  function firstTimer(lane: number): number {
    return lane === wheelLane ? wheel.first() : laneFirst[lane]!;
  }

  function freshTimers(slot: number): void {
    const levels = shape[LEVELS]!;
    for (let level = 0; level < levels; level++)
      timers[TIMER.words * (slot * levels + level) + TIMER.prev] = UNARMED;
  }

  return {
    begin,
    compare,
    pushPause,
    takePause,
    arm,
    turn,
    firstTimer,
    disarm,
    replace,
    freshTimers,
  };
}
