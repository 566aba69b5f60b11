/**
 * Ops that stand around a call or at an instance's door, of services with faults, health checks or
 * limits alone: programs of others have none of them. The machine runs them, always.
 */
import type { AdaptiveLimits } from '../components/concurrency.ts';
import type { FaultColumns } from '../components/faults.ts';
import type { Fleet } from '../components/fleet.ts';
import type { Health } from '../components/health.ts';
import {
  type Breaker,
  breakerReason,
  newBreaker,
  noteOutcome,
  permits,
  releasePermit,
} from '../policies/resilience/breaker.ts';
import { admits } from '../policies/resilience/circuit-limits.ts';
import type { Budgets } from './budgets.ts';
import type { Draws } from './draws.ts';
import { DEAD, F, I, type Memory, STATUS, STATUS_BITS } from './memory.ts';
import { codeAt, framesAt, OP, OP_WIDTH, type Program } from './program.ts';
import { isReported } from './protection.ts';

export interface GuardParts {
  readonly memory: Memory;
  readonly fleet: Fleet;
  readonly faults: FaultColumns;
  readonly health: Health;
  readonly adaptive: AdaptiveLimits;
  /** Something to be told of a service. */
  readonly note: (service: number, atMs: number, reason: string) => void;
  readonly draws: Draws;
  readonly budgets: Budgets;
}

/** What guards keep count of: breakers of the program, and further attempts by service. */
export interface Counted {
  readonly breakers: readonly Breaker[];
  readonly retrying: readonly number[];
}

export interface Guards {
  readonly begin: (program: Program) => void;
  /** Runs one op; gives the next one, −1 when the slot is at rest. */
  readonly runOp: (slot: number, at: number) => number;
  /** Those who stand before the gate of an instance go on, the first first. */
  readonly openGate: (row: number) => void;
  /** A caller at some depth has given up waiting for its callee. */
  readonly timedOut: (slot: number, depth: number) => void;
  /** Calls that a slot is in at depths above `from`, up to `to`, will never be answered. */
  readonly abandon: (slot: number, from: number, to: number) => void;
  /** To be looked at only. */
  readonly counted: () => Counted;
}

/** Made once a thread, as the memory is. */
export function createGuards({
  memory,
  fleet,
  faults,
  health,
  adaptive,
  note,
  draws,
  budgets,
}: GuardParts): Guards {
  const { ints, floats, ops, pc, flags, deadDepth, draw, rowAt, ready, sequenceOf, tries } = memory;
  const { hung, slowness, failRatio } = faults;
  let program: Program;
  let [depths, drawWidth] = [1, 1];
  let areAnswersSeen = false;
  let breakers: readonly Breaker[] = [];
  /** Further attempts under way, by service. */
  let retrying: number[] = [];
  let codes: Int32Array = new Int32Array(0);

  function begin(runProgram: Program): void {
    program = runProgram;
    ({ depths, drawWidth } = program);
    breakers = program.breakers.map(({ settings }) => newBreaker(settings));
    codes = codeAt(program);
    retrying = fleet.services.map(() => 0);
    areAnswersSeen = fleet.services.some(isReported);
  }

  function runOp(slot: number, at: number): number {
    const op = at * OP_WIDTH;
    const a = ops[op + 1]!;
    const b = ops[op + 2]!;
    const c = ops[op + 3]!;
    switch (ops[op]) {
      case OP.gate:
        return passes(slot, b) ? at + 1 : waitsBehind(slot, at);
      case OP.falter:
        return falters(slot, b, c) ? a : at + 1;
      case OP.stretch:
        stretch(slot, a, b);
        return at + 1;
      case OP.permit:
        return mayCall(slot, b, c) ? at + 1 : a;
      case OP.outcome:
        noteCall(slot, a, b, c);
        return at + 1;
      case OP.limit:
        return hasRoom(c) ? at + 1 : refuse(slot, a, STATUS.shed);
      case OP.enrol:
        return enrols(slot, b, c) ? at + 1 : refuse(slot, a, STATUS.shed);
      case OP.sample:
        sample(slot, b, slot * drawWidth + a);
        return at + 1;
      case OP.spent:
        if (!isGivenUp(slot, b) && tries[slot * program.tryLevels + a]! > 1) retrying[c]!--;
        return at + 1;
      case OP.budget:
        if (mayRetry(c)) return at + 1;
        budgets.refused(slot, a);
        return refuse(slot, a, STATUS.failed);
      case OP.report:
        report(slot, b);
        return at + 1;
      default:
        throw new Error(`unknown op ${ops[op]}`);
    }
  }

  function setStatus(slot: number, status: number): void {
    flags[slot] = (flags[slot]! & ~STATUS_BITS) | status;
  }

  // ---- limits ---------------------------------------------------------------------------------

  function refuse(slot: number, outPc: number, status: number): number {
    setStatus(slot, status);
    return outPc;
  }

  /** The one who asks is inside already. */
  function hasRoom(service: number): boolean {
    return fleet.totalInside(service) <= fleet.services[service]!.limits!.maxRequests;
  }

  function enrols(slot: number, depth: number, column: number): boolean {
    const row = rowAt[slot * depths + depth]!;
    if (fleet.inside[row]! > adaptive.limitOf(row)) return false;
    draw[slot * drawWidth + column] = floats[F.nowMs]!;
    draw[slot * drawWidth + column + 1] = fleet.inside[row]!;
    return true;
  }

  /** Of an instance that was cut off there is nothing to learn. */
  function sample(slot: number, depth: number, column: number): void {
    const row = rowAt[slot * depths + depth]!;
    if (row < 0) return;
    const isOk = (flags[slot]! & STATUS_BITS) === STATUS.ok;
    const fate = isGivenUp(slot, depth - 1) ? 'given up' : isOk ? 'answered' : 'failed';
    const request = { startedMs: draw[column]!, inflight: draw[column + 1]!, fate } as const;
    adaptive.sample(row, request, floats[F.nowMs]!);
  }

  function mayRetry(service: number): boolean {
    const requests = fleet.totalInside(service);
    const use = { connections: 0, pendingRequests: 0, requests, retries: retrying[service]! };
    if (!admits(fleet.services[service]!.limits!, 'retries', use)) return false;
    retrying[service]!++;
    return true;
  }

  /** Whether a frame's caller goes on elsewhere, or not at all. */
  function isGivenUp(slot: number, depth: number): boolean {
    return (flags[slot]! & DEAD) !== 0 && deadDepth[slot]! >= depth;
  }

  // ---- breakers -------------------------------------------------------------------------------

  function mayCall(slot: number, index: number, column: number): boolean {
    const { settings } = program.breakers[index]!;
    const breaker = breakers[index]!;
    const { mode } = breaker;
    const isPermitted = permits(settings, breaker, floats[F.nowMs]!);
    if (breaker.mode !== mode) tell(index);
    if (isPermitted) draw[slot * drawWidth + column] = floats[F.nowMs]!;
    else setStatus(slot, STATUS.failed);
    return isPermitted;
  }

  /** What a call that was given up has come to in the end concerns nobody. */
  function noteCall(slot: number, index: number, depth: number, column: number): void {
    if (isGivenUp(slot, depth)) return;
    const nowMs = floats[F.nowMs]!;
    const breaker = breakers[index]!;
    const { mode } = breaker;
    const failed = (flags[slot]! & STATUS_BITS) !== STATUS.ok;
    const tookMs = nowMs - draw[slot * drawWidth + column]!;
    noteOutcome(program.breakers[index]!.settings, breaker, failed, tookMs, nowMs);
    if (breaker.mode !== mode) tell(index);
  }

  function tell(index: number): void {
    const { name, service } = program.breakers[index]!;
    note(service, floats[F.nowMs]!, `breaker of ${name} ${breakerReason(breakers[index]!)}`);
  }

  function abandon(slot: number, from: number, to: number): void {
    const least = (flags[slot]! & DEAD) === 0 ? from : Math.max(from, deadDepth[slot]!);
    for (const { permitPc, outcomePc, depth, breaker } of program.guardedCalls) {
      const isIn = isWithin(slot, permitPc + 1, outcomePc);
      if (!isIn || depth <= least || depth > to) continue;
      const column = ops[permitPc * OP_WIDTH + 3]!;
      releasePermit(breakers[breaker]!, draw[slot * drawWidth + column]!);
    }
    for (const { againPc, jumpPc, depth, level, service } of program.countedRetries) {
      const isIn = isWithin(slot, againPc, jumpPc);
      const isAgain = isIn && tries[slot * program.tryLevels + level]! > 1;
      if (isAgain && depth > least && depth <= to) retrying[service]!--;
    }
  }

  /** What a child does is no part of the call in which it was started. */
  function isWithin(slot: number, fromPc: number, toPc: number): boolean {
    const at = pc[slot]!;
    return fromPc <= at && at <= toPc && codes[at] === codes[fromPc];
  }

  // ---- answers --------------------------------------------------------------------------------

  /** As Envoy sees an answer: 200, or an error, or that there was no room. */
  function report(slot: number, depth: number): void {
    const row = rowAt[slot * depths + depth]!;
    if (row < 0 || isGivenUp(slot, depth - 1)) return;
    const status = flags[slot]! & STATUS_BITS;
    answered(row, status === STATUS.ok ? 200 : status === STATUS.shed ? 503 : 500);
  }

  function timedOut(slot: number, depth: number): void {
    if (!areAnswersSeen) return;
    const frame = framesAt(program, pc[slot]!).find((one) => one.depth === depth + 1);
    const row = frame === undefined ? -1 : rowAt[slot * depths + depth + 1]!;
    if (row >= 0) answered(row, 504);
  }

  /** Only where somebody looks at it. */
  function answered(row: number, code: number): void {
    const { outlierDetection, rollouts } = fleet.services[fleet.service[row]!]!;
    if (rollouts !== undefined && code !== 200) fleet.errors[row]!++;
    if (outlierDetection !== undefined) health.answered(row, code, floats[F.nowMs]!);
  }

  // ---- faults ---------------------------------------------------------------------------------

  /** An instance that was cut off holds nobody up. */
  function passes(slot: number, depth: number): boolean {
    const row = rowAt[slot * depths + depth]!;
    return row < 0 || hung[row] === 0;
  }

  function waitsBehind(slot: number, at: number): number {
    sequenceOf[slot] = ints[I.sequence]!++;
    pc[slot] = at + 1;
    return -1;
  }

  /** Rare, so it looks at all slots. */
  function openGate(row: number): void {
    const waiting: number[] = [];
    for (let slot = 0; slot < ints[I.highWater]!; slot++) {
      if (pc[slot]! <= 0 || ops[(pc[slot]! - 1) * OP_WIDTH] !== OP.gate) continue;
      const { depth } = framesAt(program, pc[slot]!).at(-1)!;
      if (rowAt[slot * depths + depth] === row) waiting.push(slot);
    }
    waiting.sort((one, other) => (sequenceOf[other]! - sequenceOf[one]!) | 0);
    for (const slot of waiting) ready[ints[I.ready]!++] = slot;
  }

  function falters(slot: number, depth: number, chance: number): boolean {
    const ratio = failRatio[rowAt[slot * depths + depth]!]!;
    if (ratio === 0) return false;
    draws.one(chance, floats, F.chance);
    if (floats[F.chance]! >= ratio) return false;
    setStatus(slot, STATUS.failed);
    return true;
  }

  function stretch(slot: number, column: number, depth: number): void {
    const row = rowAt[slot * depths + depth]!;
    if (row >= 0) draw[slot * drawWidth + column]! *= slowness[row]! * coldness(row);
  }

  /** Falls evenly from the factor to 1. */
  function coldness(row: number): number {
    const { cold } = fleet.services[fleet.service[row]!]!.on;
    if (cold === undefined) return 1;
    const ageMs = floats[F.nowMs]! - fleet.servingMs[row]!;
    return ageMs >= cold.forMs ? 1 : 1 + (cold.factor - 1) * (1 - ageMs / cold.forMs);
  }

  function counted(): Counted {
    return { breakers, retrying };
  }

  return {
    begin,
    runOp,
    openGate,
    timedOut,
    abandon,
    counted,
  };
}
