/** A caller's patience and attempts: its timers, whether there is another attempt, and when. */
import { backoffMs } from '../policies/retries/backoff.ts';
import type { Budgets } from './budgets.ts';
import type { Draws } from './draws.ts';
import type { Lanes } from './lanes.ts';
import { F, type Memory, STATUS, STATUS_BITS, TIMER } from './memory.ts';
import { type Program, timerLane } from './program.ts';

interface Parts {
  readonly lanes: Lanes;
  readonly draws: Draws;
  readonly budgets: Budgets;
}

export interface Attempts {
  /** @param firstTimer lane of the first timeout */
  readonly begin: (program: Program, firstTimer: number) => void;
  /** Starts and stops the timer of a timed call. */
  readonly arm: (slot: number, index: number) => void;
  readonly disarm: (slot: number, index: number) => void;
  /** Whether an attempt that is back is made again: it has failed, and was not the last. */
  readonly retries: (slot: number, index: number) => boolean;
  /** The same where a budget has a say. */
  readonly settles: (slot: number, index: number) => boolean;
  /** Sets the moment of the next attempt, in `timeOf`. */
  readonly backoff: (slot: number, index: number) => void;
}

/** Made once a thread, as the memory is. */
export function createAttempts(memory: Memory, { lanes, draws, budgets }: Parts): Attempts {
  const { floats, flags, timeOf, timerMs, draw, tries, pausedMs } = memory;
  let program: Program;
  let firstLane = 0;

  function begin(runProgram: Program, firstTimer: number): void {
    program = runProgram;
    firstLane = firstTimer;
  }

  function arm(slot: number, index: number): void {
    const call = program.timedCalls[index]!;
    const { level, timeout, column } = call;
    const timer = slot * program.timerLevels + level;
    const patienceMs =
      timeout < 0 ? draw[slot * program.drawWidth + column]! : program.timeoutsMs[timeout]!;
    timerMs[TIMER.ms * timer] = floats[F.nowMs]! + patienceMs;
    lanes.arm(timer, firstLane + timerLane(program, call));
  }

  function disarm(slot: number, index: number): void {
    const call = program.timedCalls[index]!;
    lanes.disarm(slot * program.timerLevels + call.level, firstLane + timerLane(program, call));
  }

  function retries(slot: number, index: number): boolean {
    const { level, attempts } = program.retries[index]!;
    const made = tries[slot * program.tryLevels + level]!;
    if ((flags[slot]! & STATUS_BITS) === STATUS.ok || made >= attempts) return false;
    again(slot, level);
    return true;
  }

  function settles(slot: number, index: number): boolean {
    if (!budgets.settle(slot, index)) return false;
    again(slot, program.retries[index]!.level);
    return true;
  }

  function again(slot: number, level: number): void {
    tries[slot * program.tryLevels + level]!++;
    flags[slot]! &= ~STATUS_BITS;
  }

  function backoff(slot: number, index: number): void {
    const { level, backoff: pause, chance, factor, mostMs, jitter } = program.retries[index]!;
    const at = slot * program.tryLevels + level;
    const retry = tries[at]! - 1;
    draws.one(pause, floats, F.pauseMs);
    const baseMs = floats[F.pauseMs]!;
    if (chance >= 0) draws.one(chance, floats, F.pauseMs);
    const uniform = () => floats[F.pauseMs]!;
    const beforeMs = retry === 1 ? baseMs : pausedMs[at]!;
    pausedMs[at] = backoffMs({ baseMs, factor, mostMs, jitter }, retry, beforeMs, uniform);
    timeOf[slot] = floats[F.nowMs]! + pausedMs[at]!;
  }

  return { begin, arm, disarm, retries, settles, backoff };
}
