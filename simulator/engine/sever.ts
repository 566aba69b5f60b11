/**
 * The end of a wait that the callee does not share: a caller's patience is over, or an instance was
 * cut off. Those further out go on in a slot of their own, the messenger; what is left of the
 * request is zombie work, or is called off.
 *
 *     frames of a slot     client   0 api   1 feed   2 store        api's patience with feed ends:
 *     messenger            └────────────┘ goes on behind the call, failed
 *     slot                                  └──────────────┘ works on, and is freed when it is back
 */
import type { Fleet } from '../components/fleet.ts';
import type { Budgets } from './budgets.ts';
import type { Guards } from './guards.ts';
import type { Lanes } from './lanes.ts';
import {
  DEAD,
  EXPIRED,
  F,
  I,
  type Memory,
  PC,
  STATUS,
  STATUS_BITS,
  TIMER,
  UNARMED,
} from './memory.ts';
import {
  type Frame,
  framesAt,
  OP,
  OP_WIDTH,
  type Program,
  type TimedCall,
  timedCallAt,
  timerLane,
} from './program.ts';
import type { Servers } from './servers.ts';
import type { Slots } from './slots.ts';

interface Parts {
  readonly memory: Memory;
  readonly fleet: Fleet;
  readonly lanes: Lanes;
  readonly servers: Servers;
  readonly slots: Slots;
  readonly budgets: Budgets;
  readonly guards: Guards;
}

/** A slot at rest, and the depth below which all that it does is called off. */
export interface CalledOff {
  readonly slot: number;
  readonly depth: number;
}

export interface Sever {
  /** @param firstTimer lane of the first timeout */
  readonly begin: (program: Program, firstTimer: number) => void;
  /** The earliest timer of a lane has come: its caller goes on, and is ready. */
  readonly onTimer: (lane: number) => void;
  /** Every request at these instances fails; the messengers are ready. */
  readonly cutOff: (rows: readonly number[]) => void;
  readonly callOffAll: (losers: readonly CalledOff[]) => void;
}

/** Ops behind which a slot at rest has an event of its own. */
const SLEEPS: ReadonlySet<number> = new Set([
  OP.delay,
  OP.pause,
  OP.sleep,
  OP.backoff,
  OP.meter,
  OP.watch,
]);

/** Made once a thread, as the memory is. */
export function createSever(parts: Parts): Sever {
  const { memory, fleet, lanes, servers, slots, budgets, guards } = parts;
  const { ints, floats, ops, pc, flags, deadDepth, priority, startMs, bucketOf, draw } = memory;
  const { rowAt, timers, parent, parentStamp, stamp } = memory;
  const { ready } = memory;
  let program: Program;
  let calls: Int32Array;
  let firstLane = 0;
  /** By op, as far as they were asked for. */
  let frames: (readonly Frame[])[] = [];
  const leaving: { readonly row: number; readonly holds: boolean }[] = [];

  function begin(runProgram: Program, firstTimer: number): void {
    program = runProgram;
    calls = timedCallAt(program);
    frames = [];
    firstLane = firstTimer;
  }

  function onTimer(lane: number): void {
    if (lane === firstLane + program.timeoutsMs.length && !lanes.turn()) return;
    const timer = lanes.firstTimer(lane);
    const slot = Math.floor(timer / program.timerLevels);
    const level = timer - slot * program.timerLevels;
    const call = timedCallOf(slot, level);
    lanes.disarm(timer, lane);
    guards.timedOut(slot, call.depth);
    // The client's own patience is a fate; that of a service in between makes its answer an error.
    const status = call.depth < 0 ? STATUS.timedOut : STATUS.failed;
    const messenger = sever(slot, call.depth, level, call.returnPc + 1, status);
    markDead(slot, call.depth);
    if (call.cancels || call.expires) {
      callOff(slot, call.depth, call.expires);
      leaveAll();
    }
    ready[ints[I.ready]!++] = messenger;
  }

  function framesOf(slot: number): readonly Frame[] {
    const at = pc[slot]!;
    frames[at] ??= framesAt(program, at);
    return frames[at];
  }

  /** The call that a slot's timer of some level is for. */
  function timedCallOf(slot: number, level: number): TimedCall {
    return program.timedCalls[calls[pc[slot]! * program.timerLevels + level]!]!;
  }

  /** A slot with the frames up to `depth` and the timers below `level` of another. */
  function sever(slot: number, depth: number, level: number, at: number, status: number): number {
    const { depths, drawWidth, timerLevels, tryLevels } = program;
    const messenger = slots.allocate();
    pc[messenger] = at;
    flags[messenger] = (flags[slot]! & ~STATUS_BITS) | status;
    for (const column of [deadDepth, priority, startMs, bucketOf, parent, parentStamp]) {
      column[messenger] = column[slot]!;
    }
    draw.copyWithin(messenger * drawWidth, slot * drawWidth, (slot + 1) * drawWidth);
    if (tryLevels > 0) budgets.move(slot, messenger);
    rowAt.fill(-1, messenger * depths, (messenger + 1) * depths);
    rowAt.copyWithin(messenger * depths, slot * depths, slot * depths + depth + 1);
    rowAt.fill(-1, slot * depths, slot * depths + depth + 1);
    for (let own = 0; own < level; own++) {
      const timer = slot * timerLevels + own;
      if (timers[TIMER.words * timer + TIMER.prev] === UNARMED) continue;
      const call = timedCallOf(slot, own);
      lanes.replace(timer, messenger * timerLevels + own, firstLane + timerLane(program, call));
    }
    return messenger;
  }

  function markDead(slot: number, depth: number): void {
    flags[slot]! |= DEAD;
    deadDepth[slot] = depth;
  }

  // ---- instances that are cut off -------------------------------------------------------------

  /**
   * Rare, so it looks at all slots. Queues go first: nobody is served any more. All that end at one
   * moment end together, or a messenger that is ready might be at the next of them.
   */
  function cutOff(rows: readonly number[]): void {
    for (const row of rows) servers.discardQueue(row);
    const messengers: number[] = [];
    const end = ints[I.highWater]!;
    for (let slot = 0; slot < end; slot++) {
      if (pc[slot]! < 0) continue;
      // Outermost first: what is inside a dead frame may be at the same instance again.
      for (const frame of framesOf(slot)) {
        if (!rows.includes(rowAt[slot * program.depths + frame.depth]!)) continue;
        messengers.push(cutFrame(slot, frame));
      }
    }
    // Answers set out when all are dead: a caller that goes on at once may come back to this row.
    for (const messenger of messengers.reverse()) ready[ints[I.ready]!++] = messenger;
  }

  function cutFrame(slot: number, { depth, answerPc }: Frame): number {
    const level = program.timedCalls.filter(
      (call) => call.depth < depth && isIn(slot, call),
    ).length;
    const messenger = sever(slot, depth - 1, level, answerPc, STATUS.failed);
    rowAt[slot * program.depths + depth] = -1;
    budgets.abandon(slot, (caller) => caller === depth);
    guards.abandon(slot, depth - 1, depth);
    markDead(slot, depth);
    disarm(slot, (call) => call.depth === depth);
    const isInnermost = framesOf(slot).at(-1)!.depth === depth;
    if (isInnermost) kill(slot, false);
    return messenger;
  }

  function isIn(slot: number, { armPc, returnPc }: TimedCall): boolean {
    return armPc < pc[slot]! && pc[slot]! <= returnPc;
  }

  // ---- work that is called off ----------------------------------------------------------------

  /** What the slot waits for, by the op before the one that it will go on with. */
  function restOp(slot: number): number {
    return ops[(pc[slot]! - 1) * OP_WIDTH]!;
  }

  /** Whether a server works for it at this moment. */
  function isServed(slot: number): boolean {
    const op = restOp(slot);
    if (op === OP.share) return true;
    const isSleep = op === OP.delay || op === OP.pause || op === OP.sleep;
    return isSleep && ops[(pc[slot]! - 1) * OP_WIDTH + 2] === 1;
  }

  /**
   * What a slot does in frames below `from`: work under way is finished, then its frame is left; all
   * else ends here, and so do calls at once that it waits for.
   *
   * @param staysInQueue whether it leaves a thread's queue only when its turn comes
   */
  function callOff(slot: number, from: number, staysInQueue: boolean): void {
    guards.abandon(slot, from, program.depths);
    if (restOp(slot) === OP.fan) callOffChildren(slot, from, staysInQueue);
    budgets.abandon(slot, (caller) => caller > from);
    const own = framesOf(slot).filter(({ depth }) => depth > from);
    const innermost = own.pop();
    const served = isServed(slot) && innermost !== undefined;
    const isWaiting = restOp(slot) === OP.acquire || restOp(slot) === OP.admit;
    for (const frame of own) quit(slot, frame, frame.holds);
    disarm(slot, () => true);
    if (served) {
      markDead(slot, innermost.depth - 1);
      pc[slot] = restOp(slot) === OP.share ? innermost.bailSharePc : innermost.bailPc;
      return;
    }
    if (innermost !== undefined && staysInQueue && pc[slot] === innermost.doorPc) {
      markDead(slot, innermost.depth - 1);
      flags[slot]! |= EXPIRED;
      return;
    }
    if (innermost !== undefined) {
      const row = rowAt[slot * program.depths + innermost.depth]!;
      if (isWaiting && row >= 0) servers.forget(row);
      quit(slot, innermost, innermost.holds && !isAtItsDoor(slot, innermost));
    }
    kill(slot, isWaiting);
  }

  /** Rare, so it looks at all slots. */
  function callOffChildren(slot: number, from: number, staysInQueue: boolean): void {
    const end = ints[I.highWater]!;
    for (let child = 0; child < end; child++) {
      const isOwn = parent[child] === slot && parentStamp[child] === stamp[slot];
      if (isOwn && pc[child]! >= 0) callOff(child, from, staysInQueue);
    }
  }

  /** Has not yet got the thread that it would hold. */
  function isAtItsDoor(slot: number, { doorPc }: Frame): boolean {
    return pc[slot]! <= doorPc;
  }

  /** The way out of an instance, which is gone when all have been called off. */
  function quit(slot: number, { depth }: Frame, holds: boolean): void {
    const at = slot * program.depths + depth;
    const row = rowAt[at]!;
    rowAt[at] = -1;
    if (row >= 0) leaving.push({ row, holds });
  }

  /** Not before: a server that is given back must not go to somebody who is called off, too. */
  function leaveAll(): void {
    for (const { row, holds } of leaving) {
      const { serves } = fleet.services[fleet.service[row]!]!;
      if (holds && serves.type === 'cpu-shared') servers.dismiss(row);
      else if (holds) servers.release(row);
      fleet.leave(row, floats[F.nowMs]!);
    }
    leaving.length = 0;
  }

  /** Stops those of a slot's timers that are for some calls. */
  function disarm(slot: number, isMeant: (call: TimedCall) => boolean): void {
    const { timerLevels } = program;
    for (let level = 0; level < timerLevels; level++) {
      const timer = slot * timerLevels + level;
      if (timers[TIMER.words * timer + TIMER.prev] === UNARMED) continue;
      const call = timedCallOf(slot, level);
      if (isMeant(call)) lanes.disarm(timer, firstLane + timerLane(program, call));
    }
  }

  /** Frees a slot at once, or when the event comes, or its turn in a queue that stays. */
  function kill(slot: number, isInQueue: boolean): void {
    const op = restOp(slot);
    const hasEvent = SLEEPS.has(op);
    if (op === OP.fan) stamp[slot]!++;
    if (hasEvent || isInQueue) pc[slot] = PC.killed;
    else slots.free(slot);
  }

  function callOffAll(losers: readonly CalledOff[]): void {
    for (const { slot, depth } of losers) if (pc[slot]! >= 0) callOff(slot, depth, false);
    leaveAll();
  }

  return { begin, onTimer, cutOff, callOffAll };
}
