/**
 * The flow machine: runs a request's ops until it has to wait for something. `generate.ts` makes
 * the same of one program for long runs; tests hold them to the same bytes.
 */
import { ASKED, type Balancing } from '../components/balancing.ts';
import { type Fleet, STATE } from '../components/fleet.ts';
import type { LatencyLog } from '../results/latency-log.ts';
import type { Recorder } from '../results/recorder.ts';
import { createAttempts } from './attempts.ts';
import type { Budgets } from './budgets.ts';
import type { CacheStore } from './caches.ts';
import { createChildren } from './children.ts';
import type { Draws } from './draws.ts';
import type { Guards } from './guards.ts';
import type { Ladder } from './ladder.ts';
import type { Lanes } from './lanes.ts';
import type { Limits } from './limits.ts';
import { DEAD, DEGRADED, F, I, type Memory, PC, STATUS, STATUS_BITS } from './memory.ts';
import { OP, OP_WIDTH, type Program } from './program.ts';
import type { Servers } from './servers.ts';
import type { Sever } from './sever.ts';
import type { SharedCores } from './shared-cores.ts';
import type { Slots } from './slots.ts';

export interface MachineParts {
  readonly memory: Memory;
  readonly ladder: Ladder;
  readonly lanes: Lanes;
  readonly slots: Slots;
  readonly fleet: Fleet;
  readonly balancing: Balancing;
  readonly servers: Servers;
  readonly cores: SharedCores;
  readonly caches: CacheStore;
  readonly draws: Draws;
  readonly guards: Guards;
  readonly budgets: Budgets;
  readonly limits: Limits;
  /** Calls slots off; nothing else may be under way. */
  readonly callOffAll: Sever['callOffAll'];
  readonly recorder: Recorder;
  /** A journey has ended: was it the last one? */
  readonly mayBeOver: () => void;
}

export interface Machine {
  /** Lanes of the first pause and the first timeout. */
  readonly begin: (
    program: Program,
    firstPause: number,
    firstTimer: number,
    logs: readonly LatencyLog[],
  ) => void;
  /** Starts a request of a journey. */
  readonly arrive: (journey: number, priority: number) => void;
  /** A slot's event has come. */
  readonly resume: (slot: number) => void;
  /** Runs the slots that are ready, and those that they let go on. */
  readonly goOn: () => void;
  /** Schedules a slot or special event at the moment in `timeOf`. */
  readonly schedule: (event: number) => void;
  /** Runs one op; gives the next one, −1 when the slot is at rest. */
  readonly runOp: (slot: number, at: number) => number;
  /** Frees a slot that was killed, whose event has come. */
  readonly bury: (slot: number) => void;
  /** A journey's end, by its slot's flags, whose latency stands in `floats`. */
  readonly recordEnd: (journey: number, bucket: number, flag: number) => void;
  readonly callOffLosers: () => void;
}

/** Made once a thread, as the memory is. */
export function createMachine(parts: MachineParts): Machine {
  const { memory, ladder, lanes, slots, fleet, balancing, servers, cores, caches, draws } = parts;
  const { guards, budgets, limits, callOffAll, recorder, mayBeOver } = parts;
  const { ints, floats, ops, pc, timeOf, sequenceOf, startMs, bucketOf, flags, deadDepth } = memory;
  const { priority, parent, parentStamp, stamp, draw, rowAt, tries } = memory;
  const { ready } = memory;
  const { firstRow, members, outstanding, inside, stayMs, requests, state } = fleet;
  const { asked } = balancing;
  const children = createChildren(memory, slots, callOffAll);
  const { hedges } = children;
  const attempts = createAttempts(memory, { lanes, draws, budgets });
  let program: Program;
  let logs: readonly LatencyLog[] = [];
  let [depths, drawWidth, tryLevels] = [1, 1, 0];
  let firstPause = 1;

  function begin(
    runProgram: Program,
    pauseLane: number,
    timerLane: number,
    runLogs: readonly LatencyLog[],
  ): void {
    program = runProgram;
    logs = runLogs;
    children.begin(program);
    attempts.begin(program, timerLane);
    guards.begin(program);
    ({ depths, drawWidth, tryLevels } = program);
    firstPause = pauseLane;
  }

  function schedule(event: number): void {
    sequenceOf[event] = ints[I.sequence]!++;
    ladder.push(event);
  }

  function arrive(journey: number, urgency: number): void {
    const slot = slots.allocate();
    flags[slot] = STATUS.ok;
    if (program.fanOuts.length > 0) parent[slot] = -1;
    priority[slot] = urgency;
    startMs[slot] = floats[F.nowMs]!;
    bucketOf[slot] = ints[I.bucket]!;
    recorder.arrive(journey, bucketOf[slot]!);
    ints[I.inside]!++;
    pc[slot] = program.entryPcs[journey]!;
    step(slot);
    goOn();
  }

  function resume(slot: number): void {
    if (pc[slot]! < 0) bury(slot);
    else {
      step(slot);
      goOn();
    }
  }

  /** The event has come that kept a slot which was killed. */
  function bury(slot: number): void {
    if (pc[slot] !== PC.killed) throw new Error(`an event of slot ${slot}, which is free`);
    slots.free(slot);
  }

  function goOn(): void {
    for (;;) {
      while (ints[I.ready]! > 0) step(ready[--ints[I.ready]!]!);
      if (ints[I.losers] === 0) return;
      hedges.callOffLosers();
    }
  }

  /** Runs ops until the slot waits, or is gone. */
  function step(slot: number): void {
    for (let at = pc[slot]!; at >= 0; at = runOp(slot, at));
  }

  /** Runs one op; gives the next one, −1 when the slot is at rest. */
  function runOp(slot: number, at: number): number {
    const op = at * OP_WIDTH;
    const a = ops[op + 1]!;
    const b = ops[op + 2]!;
    const c = ops[op + 3]!;
    switch (ops[op]) {
      case OP.delay:
        timeOf[slot] = floats[F.nowMs]! + draw[slot * drawWidth + a]!;
        schedule(slot);
        return rest(slot, at);
      case OP.pause:
        timeOf[slot] = floats[F.nowMs]! + program.pausesMs[a]!;
        sequenceOf[slot] = ints[I.sequence]!++;
        lanes.pushPause(slot, firstPause + a);
        return rest(slot, at);
      case OP.sleep:
        timeOf[slot] = floats[F.nowMs]! + program.sleepsMs[a]!;
        schedule(slot);
        return rest(slot, at);
      case OP.route:
        return route(slot, a, b) ? at + 1 : c;
      case OP.pick:
        rowAt[slot * depths + b] = members[firstRow[a]! + balancing.pick(a)]!;
        return at + 1;
      case OP.enter:
        rowAt[slot * depths + b] = firstRow[a]!;
        return at + 1;
      case OP.acquire:
      case OP.admit: {
        pc[slot] = at + 1;
        const take = ops[op] === OP.acquire ? servers.acquire : servers.admit;
        // Who is turned away goes on elsewhere.
        return take(slot, rowAt[slot * depths + b]!, a) ? pc[slot]! : -1;
      }
      case OP.release:
        servers.release(rowAt[slot * depths + b]!);
        return at + 1;
      case OP.dismiss:
        servers.dismiss(rowAt[slot * depths + b]!);
        return at + 1;
      case OP.share:
        cores.join(slot, rowAt[slot * depths + b]!, slot * drawWidth + a);
        return rest(slot, at);
      case OP.leave:
        leave(slot, b);
        return at + 1;
      case OP.check:
        return flags[slot] === STATUS.ok ? at + 1 : check(slot, at, a, b, c);
      default:
        return runRare(slot, at);
    }
  }

  function rest(slot: number, at: number): number {
    pc[slot] = at + 1;
    return -1;
  }

  function runRare(slot: number, at: number): number {
    const op = at * OP_WIDTH;
    const a = ops[op + 1]!;
    const b = ops[op + 2]!;
    const c = ops[op + 3]!;
    switch (ops[op]) {
      case OP.end:
        end(slot, a);
        return -1;
      case OP.arm:
        attempts.arm(slot, a);
        return at + 1;
      case OP.disarm:
        attempts.disarm(slot, a);
        return at + 1;
      case OP.first:
        tries[slot * tryLevels + a] = 1;
        return at + 1;
      case OP.retry:
        if (isDead(slot, c, b)) return -1;
        return attempts.retries(slot, a) ? at + 1 : program.retries[a]!.endPc;
      case OP.meter:
        if (!limits.admits(a, b < 0 ? -1 : rowAt[slot * depths + b]!)) {
          setStatus(slot, STATUS.shed);
          return c;
        }
        if (floats[F.pauseMs] === 0) return at + 1;
        timeOf[slot] = floats[F.nowMs]! + floats[F.pauseMs]!;
        schedule(slot);
        return rest(slot, at);
      case OP.attempt:
        budgets.attempt(slot, a);
        return at + 1;
      case OP.settle:
        if (isDead(slot, c, b)) return -1;
        return attempts.settles(slot, a) ? at + 1 : program.retries[a]!.endPc;
      case OP.backoff:
        attempts.backoff(slot, a);
        schedule(slot);
        return rest(slot, at);
      case OP.draw:
        draws.region(a, slot * drawWidth);
        return at + 1;
      case OP.jump:
        return a;
      case OP.choose:
        return choose(a, slot * drawWidth + b);
      case OP.lookup:
        return caches.lookUp(a, draw[slot * drawWidth + b]! | 0) ? c : at + 1;
      case OP.fan:
        pc[slot] = at + 1;
        children.fan(slot, a);
        return -1;
      case OP.join:
        if (!children.join(slot, b)) zombie(slot, a);
        return -1;
      case OP.watch:
        if (!hedges.watch(slot, program.fanOuts[a]!)) return at + 2;
        schedule(slot);
        return rest(slot, at);
      case OP.publish:
        children.publish(slot, a);
        return at + 1;
      case OP.key:
        asked[ASKED.key] = draw[slot * drawWidth + a]!;
        return at + 1;
      case OP.caller:
        asked[ASKED.caller] = callerRow(slot, a);
        return at + 1;
      case OP.done:
        if ((flags[slot]! & DEAD) !== 0) recorder.zombies[a]!++;
        slots.free(slot);
        return -1;
      case OP.fallback:
        return fallBack(slot, at, a, b, c);
      default:
        return guards.runOp(slot, at);
    }
  }

  // ---- instances ------------------------------------------------------------------------------

  function route(slot: number, service: number, depth: number): boolean {
    const picked = balancing.pick(service);
    const at = firstRow[service]! + picked;
    const row = members[at]!;
    // Nobody is listed, or one who is gone or starts again: the connection is refused.
    if (picked < 0 || state[row]! <= STATE.booting) {
      fleet.turnedAway[service]!++;
      setStatus(slot, STATUS.failed);
      rowAt[slot * depths + depth] = -1;
      return false;
    }
    outstanding[at]!++;
    inside[row]!++;
    stayMs[row]! -= floats[F.nowMs]!;
    requests[row]!++;
    rowAt[slot * depths + depth] = row;
    return true;
  }

  /** Row of a frame; of a call at once the frames further out are its starter's, while it waits. */
  function callerRow(slot: number, depth: number): number {
    for (let at = slot; depth >= 0; at = parent[at]!) {
      const row = rowAt[at * depths + depth]!;
      if (row >= 0 || program.fanOuts.length === 0) return row;
      if (parent[at]! < 0 || parentStamp[at] !== stamp[parent[at]!]) return row;
    }
    return -1;
  }

  function leave(slot: number, depth: number): void {
    const row = rowAt[slot * depths + depth]!;
    rowAt[slot * depths + depth] = -1;
    if (row >= 0) fleet.leave(row, floats[F.nowMs]!);
  }

  // ---- ends -----------------------------------------------------------------------------------

  function setStatus(slot: number, status: number): void {
    flags[slot] = (flags[slot]! & ~STATUS_BITS) | status;
  }

  /** The frame that an answer came back to has given up: the work was for nobody. */
  function isDead(slot: number, service: number, depth: number): boolean {
    if ((flags[slot]! & DEAD) === 0 || deadDepth[slot]! < depth) return false;
    zombie(slot, service);
    return true;
  }

  function zombie(slot: number, service: number): void {
    if ((flags[slot]! & STATUS_BITS) !== STATUS.shed) recorder.zombies[service]!++;
    slots.free(slot);
  }

  /**
   * A call came back with something to tell; gives the next op, −1 when nobody waits any more. What
   * was shed below is an error of the service in between; only the client is shed itself.
   */
  function check(slot: number, at: number, failPc: number, depth: number, service: number): number {
    if (isDead(slot, service, depth)) return -1;
    if ((flags[slot]! & STATUS_BITS) === STATUS.ok) return at + 1;
    if (depth >= 0) setStatus(slot, STATUS.failed);
    return failPc;
  }

  /** As `check`: what failed is done in another way. */
  function fallBack(slot: number, at: number, endPc: number, depth: number, service: number) {
    if (isDead(slot, service, depth)) return -1;
    if ((flags[slot]! & STATUS_BITS) === STATUS.ok) return endPc;
    setStatus(slot, STATUS.ok);
    flags[slot]! |= DEGRADED;
    return at + 1;
  }

  function end(slot: number, journey: number): void {
    floats[F.latencyMs] = floats[F.nowMs]! - startMs[slot]!;
    recordEnd(journey, bucketOf[slot]!, flags[slot]!);
    slots.free(slot);
    if (--ints[I.inside]! === 0) mayBeOver();
  }

  /** The latency stands in `floats`. */
  function recordEnd(journey: number, bucket: number, flag: number): void {
    const status = flag & STATUS_BITS;
    if ((flag & DEGRADED) !== 0 && status === STATUS.ok) recorder.degraded[journey]!++;
    recorder.end(journey, bucket, status, latency);
    if (status === STATUS.ok) logs[journey]?.record(floats[F.nowMs]!, floats[F.latencyMs]!);
  }
  const latency = floats.subarray(F.latencyMs, F.latencyMs + 1);

  // ---- several ways ---------------------------------------------------------------------------

  /** @param column of the uniform number */
  function choose(index: number, column: number): number {
    const { below, pcs } = program.choices[index]!;
    let way = 0;
    while (draw[column]! >= below[way]!) way++;
    return pcs[way]!;
  }

  const { callOffLosers } = hedges;
  return { begin, arrive, resume, goOn, schedule, runOp, bury, recordEnd, callOffLosers };
}
