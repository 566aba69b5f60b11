/**
 * Compiles a model into flat tables: a request is an integer slot, and what it does is a linear
 * program of integer ops. A call is laid into its caller's program, so that it costs no more than
 * the steps in it. A call with a timeout starts a slot of its own instead, because the callee may
 * outlive a caller that has given up.
 *
 *     journey   HOP ROUTE api DELAY … [HOP ROUTE feed DELAY … LEAVE feed HOP CHECK] … END
 *     with a timeout:                 FORK ─────────────────────────────────► CHECK …
 *                                       └─► HOP ROUTE feed DELAY … LEAVE feed HOP DELIVER
 */
import type { CallStep, Distribution, Endpoint, Model, Service, Step } from '../model/model.ts';

export const OP = {
  /** One way through the network. */
  hop: 0,
  /** Pick an instance of service `a` for the frame at depth `b`; without one, fail and go to `c`. */
  route: 1,
  /** Take a server of the instance at depth `b`, or wait in its queue; without a place go to `c`. */
  acquire: 2,
  /** Sleep for the slot's draw number `a`. */
  delay: 3,
  /** Give the server at depth `b` to the first in the queue, or back. */
  release: 4,
  /** Leave the instance at depth `b`. */
  leave: 5,
  /** Back in the frame at depth `b`, after a call of service `c`: on failure go to `a`. */
  check: 6,
  /** Start a slot for call site `a` and wait for its answer, in the frame at depth `b`. */
  fork: 7,
  /** Hand the answer to the slot that waits for it, if it still does. */
  deliver: 8,
  /** The journey is over: record it. */
  end: 9,
  /** As CHECK, but where there is another attempt: on success go to `a`, else try again. */
  retry: 10,
  /** Work for the slot's draw number `a` on the shared cores of the instance at depth `b`. */
  share: 11,
} as const;

/** Integers an op takes: its code and three operands. */
export const OP_WIDTH = 4;
/** Depth of a journey's own steps, which are at no instance. */
const OUTSIDE = -1;

/** A call with a timeout; the caller's draws for its callee start at `drawOffset`. */
export interface CallSite {
  readonly service: number;
  readonly entryPc: number;
  readonly drawOffset: number;
  readonly drawCount: number;
  /** Index into `Program.timeoutsMs`. */
  readonly timeoutLane: number;
}

/** Where a slot is at an instance: between its ROUTE and its LEAVE. */
export interface Frame {
  readonly depth: number;
  readonly routePc: number;
  readonly leavePc: number;
  /** Where the answer sets out, after LEAVE. */
  readonly answerPc: number;
}

export interface CompiledJourney {
  readonly name: string;
  readonly entryPc: number;
  /** What is drawn at each arrival, in this order, for the whole tree of calls. */
  readonly draws: readonly Draw[];
}

export interface Draw {
  readonly distribution: Distribution;
  readonly name: string;
}

export interface Program {
  readonly ops: Int32Array;
  readonly callSites: readonly CallSite[];
  readonly timeoutsMs: readonly number[];
  readonly journeys: readonly CompiledJourney[];
  readonly frames: readonly Frame[];
  /** Most draws that any journey needs. */
  readonly drawWidth: number;
  /** Most frames that a slot is in at once. */
  readonly depths: number;
}

/**
 * Compiles a model whose references are valid and whose calls have no cycle (`parse.ts` sees to
 * that).
 */
export function compile(model: Model): Program {
  return new Compiler(model).program();
}

/** Where the code that is being laid belongs. */
interface Place {
  readonly service: Service | undefined;
  readonly depth: number;
  readonly name: string;
  /** Draws of the slot whose code this is, in order. */
  readonly draws: Draw[];
  /** CHECK ops whose failure target is not known yet. */
  readonly checks: number[];
}

class Compiler {
  private readonly model: Model;
  private readonly ops: number[] = [];
  private readonly callSites: CallSite[] = [];
  private readonly timeoutsMs: number[] = [];
  private readonly frames: Frame[] = [];
  /** Calls with a timeout whose callee's code is still to be laid, after everything before it. */
  private readonly pending: (() => void)[] = [];
  private depths = 1;

  constructor(model: Model) {
    this.model = model;
  }

  program(): Program {
    const journeys = this.model.journeys.map((journey, index) => {
      const entryPc = this.ops.length;
      const draws: Draw[] = [];
      const name = `journey/${journey.name}`;
      this.steps(journey.steps, { service: undefined, depth: OUTSIDE, name, draws, checks: [] });
      this.emit(OP.end, index);
      this.layPending();
      return { name: journey.name, entryPc, draws };
    });
    return {
      ops: Int32Array.from(this.ops),
      callSites: this.callSites,
      timeoutsMs: this.timeoutsMs,
      journeys,
      frames: this.frames,
      drawWidth: Math.max(1, ...journeys.map(({ draws }) => draws.length)),
      depths: this.depths,
    };
  }

  private emit(code: number, a = 0, b = 0, c = 0): number {
    return this.ops.push(code, a, b, c) - OP_WIDTH;
  }

  private layPending(): void {
    for (let lay = this.pending.shift(); lay !== undefined; lay = this.pending.shift()) lay();
  }

  /** A failing call jumps behind the last step, where what is still held is released. */
  private steps(steps: readonly Step[], place: Place): void {
    const { service, depth, name, draws, checks } = place;
    const holds = service?.serves.type === 'threads';
    if (holds) this.emit(OP.acquire, 0, depth);
    steps.forEach((step, index) => {
      const stepName = `${name}/${index}`;
      if (step.type === 'call') this.call(step, { ...place, name: stepName });
      else {
        const draw = draws.push({ distribution: step.time, name: stepName }) - 1;
        this.timed(step.type === 'cpu' ? service?.serves.type : undefined, draw, depth);
      }
    });
    const failPc = this.ops.length;
    for (const check of checks) this.ops[check + 1] = failPc;
    if (holds) this.emit(OP.release, 0, depth);
  }

  /** A step that takes its drawn time: of a loop that it blocks, of shared cores, or of nobody. */
  private timed(kind: Service['serves']['type'] | undefined, draw: number, depth: number): void {
    if (kind === 'cpu-shared') {
      this.emit(OP.share, draw, depth);
      return;
    }
    if (kind === 'event-loop') this.emit(OP.acquire, 0, depth);
    this.emit(OP.delay, draw);
    if (kind === 'event-loop') this.emit(OP.release, 0, depth);
  }

  /** Every attempt has code and draws of its own, so that all policies see the same work. */
  private call(step: CallStep, place: Place): void {
    const { depth, checks, name, draws } = place;
    const service = this.model.services.findIndex((one) => one.name === step.service);
    const { attempts, backoff } = step.retry ?? { attempts: 1, backoff: undefined };
    const retries: number[] = [];
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const own = attempt === 1 ? name : `${name}/attempt-${attempt}`;
      this.attempt(step, service, { ...place, name: own });
      if (attempt === attempts || backoff === undefined) break;
      retries.push(this.emit(OP.retry, 0, depth, service));
      this.emit(OP.delay, draws.push({ distribution: backoff, name: `${own}/backoff` }) - 1);
    }
    checks.push(this.emit(OP.check, 0, depth, service));
    for (const retry of retries) this.ops[retry + 1] = this.ops.length;
  }

  private attempt(step: CallStep, service: number, place: Place): void {
    const { depth, name, draws } = place;
    if (step.timeoutMs === undefined) this.visit(step, service, depth + 1, name, draws);
    else this.fork(step, service, step.timeoutMs, place);
  }

  /** The way to an instance, its work, and the way back. */
  private visit(step: CallStep, service: number, depth: number, name: string, draws: Draw[]): void {
    const endpoint = this.endpoint(step, service);
    const place = {
      service: this.model.services[service],
      depth,
      name: `${name}/${step.service}.${step.endpoint}`,
      draws,
      checks: [],
    };
    this.depths = Math.max(this.depths, depth + 1);
    this.hop();
    const routePc = this.emit(OP.route, service, depth);
    this.steps(endpoint.steps, place);
    const leavePc = this.emit(OP.leave, 0, depth);
    const answerPc = this.ops.length;
    this.ops[routePc + 3] = answerPc;
    // A thread is taken right behind the door; who is turned away leaves at once.
    if (place.service?.serves.type === 'threads') this.ops[routePc + OP_WIDTH + 3] = leavePc;
    this.frames.push({ depth, routePc, leavePc, answerPc });
    this.hop();
  }

  private endpoint(step: CallStep, service: number): Endpoint {
    const found = this.model.services[service]?.endpoints.find(
      ({ name }) => name === step.endpoint,
    );
    if (found === undefined) throw new Error(`unknown endpoint ${step.service}.${step.endpoint}`);
    return found;
  }

  private hop(): void {
    if (this.model.hopMs > 0) this.emit(OP.hop);
  }

  /**
   * The callee's draws stand among the caller's, who draws for the whole tree at its arrival; its
   * code comes after the caller's.
   */
  private fork(step: CallStep, service: number, timeoutMs: number, place: Place): void {
    const { name, draws } = place;
    const index = this.callSites.length;
    const own = this.drawsOf(step, service, name);
    const drawOffset = draws.length;
    draws.push(...own);
    const timeoutLane = this.timeoutLane(timeoutMs);
    this.callSites.push({ service, entryPc: -1, drawOffset, drawCount: own.length, timeoutLane });
    this.emit(OP.fork, index, place.depth);
    this.pending.push(() => {
      this.callSites[index] = { ...this.callSites[index]!, entryPc: this.ops.length };
      this.visit(step, service, 0, name, []);
      this.emit(OP.deliver, service);
    });
  }

  /** What an attempt and all that it calls will draw, in the order in which its code is laid. */
  private drawsOf(step: CallStep, service: number, name: string): Draw[] {
    const inside = `${name}/${step.service}.${step.endpoint}`;
    return this.endpoint(step, service).steps.flatMap((inner, index) => {
      const innerName = `${inside}/${index}`;
      if (inner.type !== 'call') return [{ distribution: inner.time, name: innerName }];
      return this.drawsOfAttempts(inner, innerName);
    });
  }

  private drawsOfAttempts(step: CallStep, name: string): Draw[] {
    const service = this.model.services.findIndex((one) => one.name === step.service);
    const { attempts, backoff } = step.retry ?? { attempts: 1, backoff: undefined };
    return Array.from({ length: attempts }, (_, index) => {
      const own = index === 0 ? name : `${name}/attempt-${index + 1}`;
      const draws = this.drawsOf(step, service, own);
      if (backoff === undefined || index + 1 === attempts) return draws;
      return [...draws, { distribution: backoff, name: `${own}/backoff` }];
    }).flat();
  }

  private timeoutLane(timeoutMs: number): number {
    const known = this.timeoutsMs.indexOf(timeoutMs);
    return known >= 0 ? known : this.timeoutsMs.push(timeoutMs) - 1;
  }
}
