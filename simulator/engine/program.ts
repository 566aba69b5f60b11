/**
 * What a model is compiled into: a linear program of integer ops over flat tables. A call is laid
 * into its caller's program, so that it costs no more than the steps in it; a slot is then in
 * several frames at once, one per instance that it is at.
 *
 *     journey  DRAW ARM … [HOP ROUTE ACQUIRE DELAY … RELEASE LEAVE HOP] DISARM CHECK … END
 *                   └ patience of the caller ─────────────────────────┘
 */
import type { BreakerSettings } from '../model/breaker-settings.ts';
import type { RetryBudget } from '../model/limit-settings.ts';
import type { Distribution } from '../model/model.ts';
import type { Jitter } from '../policies/retries/backoff.ts';

/** Ops, and their operands `a`, `b`, `c`. A `pc` counts ops. */
export const OP = {
  /** The journey `a` is over: record it. */
  end: 0,
  /** Sleep for the time in column `a`; `b` is 1 where it is work of a server that is held. */
  delay: 1,
  /** Sleep for the constant of lane `a`; `b` as above. */
  pause: 2,
  /** Sleep for constant `a`, which has no lane; `b` as above. */
  sleep: 3,
  /** Pick an instance of service `a` for the frame at depth `b`; without one fail and go to `c`. */
  route: 4,
  /** The same where instances never come, go or get counted. */
  pick: 5,
  /** The same where there is one alone. */
  enter: 6,
  /**
   * Take a server of the instance of service `c` at depth `b`, or wait in its queue; without a place
   * go to `a`.
   */
  acquire: 7,
  /** Give it to the first in the queue, or back. */
  release: 8,
  /** As ACQUIRE and RELEASE, where the servers that count are shared cores. */
  admit: 9,
  dismiss: 10,
  /** Work for the time in column `a` on the shared cores of the one of service `c` at depth `b`. */
  share: 11,
  /** Leave the instance of service `a` at depth `b`. */
  leave: 12,
  /** Back in the frame at depth `b`, after a call of service `c`: on failure go to `a`. */
  check: 13,
  /** Start the patience of timed call `a`. */
  arm: 14,
  /** The answer is there: stop the timer of timed call `a`. */
  disarm: 15,
  /** The first attempt, at level `a`. */
  first: 16,
  /** After an attempt of retry `a`, in the frame at depth `b`, of service `c`. */
  retry: 17,
  /** The pause before the next one. */
  backoff: 18,
  /** Draw what region `a` names. */
  draw: 19,
  /** Go to `a`. */
  jump: 20,
  /** Go one of the ways of choice `a`, by the uniform number in column `b`. */
  choose: 21,
  /** Look the key in column `b` up in cache `a`; on a hit go to `c`. */
  lookup: 22,
  /** Start the calls of fan-out `a` and wait for enough of them. */
  fan: 23,
  /**
   * A call of a fan-out is back, from service `a`: tell the slot that waits. It is a copy of hedged
   * call `b` − 1, where `b` is not 0.
   */
  join: 24,
  /** Start published work `a`, and go on. */
  publish: 25,
  /** Published work is done. */
  done: 26,
  /** Tell the balancer of the next ROUTE or PICK the key in column `a`. */
  key: 27,
  /** Tell it that the instance of the frame at depth `a` asks. */
  caller: 28,
  /** Wait while the instance at depth `b`, of service `c`, is hung. */
  gate: 29,
  /** At an instance at depth `b` that fails some, by draw `c`: fail and go to `a`. */
  falter: 30,
  /** The time in column `a` is of work on the processor of the instance at depth `b`. */
  stretch: 31,
  /** The instance at depth `b`, of service `c`, has an answer, which somebody looks at. */
  report: 32,
  /** Ask breaker `b` for a call, and note in column `c` when; if it refuses fail and go to `a`. */
  permit: 33,
  /** Tell breaker `a` how a call of the frame at depth `b` went, since what column `c` says. */
  outcome: 34,
  /** Back in the frame at depth `b`, after a call of service `c`: unless it failed go to `a`. */
  fallback: 35,
  /** With more requests at service `c`, for the frame at depth `b`, than may be: shed, go to `a`. */
  limit: 36,
  /** An attempt at level `a`, of the caller at depth `b`, of service `c` is over. */
  spent: 37,
  /** May there be a further attempt of service `c`, at depth `b`? If not fail, and go to `a`. */
  budget: 38,
  /** With more at the instance at depth `b` than its limit: shed, go to `a`; note in column `c`. */
  enrol: 39,
  /** A request that was let in is over, at depth `b`; what was noted is in column `a`. */
  sample: 40,
  /** An attempt of retry `a` sets out from the frame at depth `b`: its budget is told. */
  attempt: 41,
  /** As RETRY, where a budget has a say. */
  settle: 42,
  /**
   * Pass the rate limit of service `a`, perhaps after a wait, or go to `c`; at its instance at depth
   * `b`, or, where that is OUTSIDE, at all of it.
   */
  meter: 43,
  /** The watch of hedged call `a`: sleeps until a copy is due, skips the next op when it is over. */
  watch: 44,
} as const;

/** Integers an op takes: its code and three operands. */
export const OP_WIDTH = 4;
/** Depth of a journey's own steps, which are at no instance. */
export const OUTSIDE: number = -1;

/** What a column is filled with: a time, a key of a cache (0 first), or a uniform number. */
export type DrawSource =
  | Distribution
  | {
      readonly type: 'key';
      readonly count: number;
      readonly zipf: number;
      /** Whether further attempts of a call have the same: who asks is the same user. */
      readonly isKept?: true;
    }
  | { readonly type: 'uniform' };

/** One random stream, by its name. */
export interface Draw {
  readonly source: DrawSource;
  readonly name: string;
}

/** What is drawn together: at the arrival, or when some requests come to a place. */
export interface Region {
  readonly columns: readonly number[];
  /** Indices into `Program.draws`, one a column. */
  readonly draws: readonly number[];
}

/** A call with a timeout: a slot is in it from behind `armPc` up to `returnPc`, its DISARM. */
export interface TimedCall {
  readonly armPc: number;
  readonly returnPc: number;
  /** How many timed calls are around it. */
  readonly level: number;
  /** Of the caller. */
  readonly depth: number;
  /** Index into `Program.timeoutsMs`; −1 where the time is drawn, into a column. */
  readonly timeout: number;
  readonly column: number;
  readonly cancels: boolean;
  /** As `cancels`, but who waits for a thread stays in the queue until its turn. */
  readonly expires: boolean;
}

/** A call with a breaker: a slot is in it from behind `permitPc` up to `outcomePc`. */
export interface GuardedCall {
  readonly permitPc: number;
  readonly outcomePc: number;
  /** Of the caller. */
  readonly depth: number;
  /** Index into `Program.breakers`. */
  readonly breaker: number;
}

/** One for a call of the model, wherever that is laid. */
export interface ProgramBreaker {
  readonly settings: BreakerSettings;
  /** Who is called, and where from. */
  readonly service: number;
  readonly name: string;
}

/** Further attempts that are counted, of a call laid from `againPc` up to `jumpPc`. */
export interface CountedRetry {
  readonly againPc: number;
  readonly jumpPc: number;
  /** Of the caller, and of the call among the retried ones around it. */
  readonly depth: number;
  readonly level: number;
  readonly service: number;
}

export interface RetriedCall {
  /** How many retried calls are around it. */
  readonly level: number;
  /** Of the caller. */
  readonly depth: number;
  readonly attempts: number;
  /** Index into `Program.draws`; `chance`, a uniform number, is −1 without jitter. */
  readonly backoff: number;
  readonly jitter: Jitter;
  readonly chance: number;
  readonly factor: number;
  readonly mostMs: number;
  /** Index into `Program.budgets`, −1 without. */
  readonly budget: number;
  /** A slot is in it from behind `firstPc`, and in an attempt up to `settlePc`. */
  readonly firstPc: number;
  readonly settlePc: number;
  /** Where it ends, whatever has come of it: at its CHECK. */
  readonly endPc: number;
}

/** Slots that set out at `entryPc` with draws of the starter's: `width` a copy, from `column` on. */
export interface Spawn {
  readonly entryPc: number;
  readonly column: number;
  readonly width: number;
  readonly copies: number;
}

export interface FanOut {
  readonly spawns: readonly Spawn[];
  readonly needs: number;
  readonly total: number;
  /** Its calls are copies of one, the first of `spawns`; the second is the watch. */
  readonly hedge?: Hedge;
}

export interface Hedge {
  readonly afterMs: number;
  readonly copies: number;
  readonly cancels: boolean;
  /** Of the caller. */
  readonly depth: number;
}

export interface Choice {
  /** Goes to `pcs[i]` when the uniform number is below `below[i]`, the last being 1. */
  readonly below: readonly number[];
  readonly pcs: readonly number[];
}

/** Where a slot is at an instance: behind `routePc`, up to `leavePc`. */
export interface Frame {
  readonly depth: number;
  readonly service: number;
  /** Whether a request holds a thread or connection, from behind ACQUIRE to RELEASE. */
  readonly holds: boolean;
  readonly routePc: number;
  /** Where a slot rests that waits for a thread; up to there it holds none. */
  readonly doorPc: number;
  /** Where the way out begins for work that was called off: on a server, and on shared cores. */
  readonly bailPc: number;
  readonly bailSharePc: number;
  readonly leavePc: number;
  /** Where the answer sets out, after LEAVE. */
  readonly answerPc: number;
}

export interface Program {
  readonly ops: Int32Array;
  /** By journey. */
  readonly entryPcs: readonly number[];
  readonly draws: readonly Draw[];
  readonly regions: readonly Region[];
  readonly pausesMs: readonly number[];
  readonly sleepsMs: readonly number[];
  readonly timeoutsMs: readonly number[];
  readonly timedCalls: readonly TimedCall[];
  readonly retries: readonly RetriedCall[];
  /** One for each client: of a service, or a journey, for the service that it calls. */
  readonly budgets: readonly RetryBudget[];
  readonly breakers: readonly ProgramBreaker[];
  readonly guardedCalls: readonly GuardedCall[];
  readonly countedRetries: readonly CountedRetry[];
  readonly fanOuts: readonly FanOut[];
  readonly publishes: readonly Spawn[];
  readonly choices: readonly Choice[];
  readonly frames: readonly Frame[];
  /** Columns of draws, frames, timers and attempt counters of a slot. */
  readonly drawWidth: number;
  readonly depths: number;
  readonly timerLevels: number;
  readonly tryLevels: number;
}

/** Timed call that a slot at `pc` is in at a level, by `pc · timerLevels + level`. */
export function timedCallAt({ timedCalls, timerLevels, ops }: Program): Int32Array {
  const at = new Int32Array((ops.length / OP_WIDTH + 1) * timerLevels).fill(-1);
  timedCalls.forEach(({ armPc, returnPc, level }, index) => {
    for (let pc = armPc + 1; pc <= returnPc; pc++) at[pc * timerLevels + level] = index;
  });
  return at;
}

/**
 * Whose code an op is, by `pc`: that of a journey, 0, or of a child, by its entry. A child's code
 * is laid inside its starter's, behind a jump over it.
 */
export function codeAt({ fanOuts, publishes, ops }: Program): Int32Array {
  const at = new Int32Array(ops.length / OP_WIDTH + 1);
  const spawns = [...fanOuts.flatMap((fanOut) => fanOut.spawns), ...publishes];
  const entries = spawns.map(({ entryPc }) => entryPc).sort((a, b) => a - b);
  for (const entryPc of entries) at.fill(entryPc, entryPc, ops[(entryPc - 1) * OP_WIDTH + 1]);
  return at;
}

/** Lane of a call's timer, from the first timer's on; drawn patience is on the wheel, the last. */
export function timerLane({ timeoutsMs }: Program, { timeout }: TimedCall): number {
  return timeout < 0 ? timeoutsMs.length : timeout;
}

/** Frames that a slot at rest is in, the outermost first. */
export function framesAt(program: Program, pc: number): Frame[] {
  return program.frames
    .filter(({ routePc, leavePc }) => routePc < pc && pc <= leavePc)
    .sort((a, b) => a.depth - b.depth);
}
