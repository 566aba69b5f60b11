/**
 * Compiles a model into flat tables: a request is an integer slot, and what it does is a linear
 * program of integer ops. Each endpoint is compiled once; a call starts a new slot (a *frame*) at
 * the callee's first op, because a callee may outlive a caller that has given up.
 *
 *     journey   CALL api.feed ────────────────────────────────────── END
 *     api.feed       ROUTE ACQUIRE DELAY RELEASE CALL feed.read … REPLY DELIVER
 *     feed.read                                     ROUTE ACQUIRE DELAY RELEASE REPLY DELIVER
 */
import type { CallStep, Distribution, Endpoint, Model, Service, Step } from '../model/model.ts';

export const OP = {
  /** Take a server of the frame's instance, or wait for one in its queue. */
  acquire: 0,
  /** Sleep for the frame's draw number `a`. */
  delay: 1,
  /** Give the server to the first in the queue, or back. */
  release: 2,
  /** Start a frame for call site `a` and wait for its answer. */
  call: 3,
  /** Pick an instance of service `a`. */
  route: 4,
  /** Leave the instance; the answer travels back. */
  reply: 5,
  /** Hand the answer to the caller, if it still waits. */
  deliver: 6,
  /** The journey is over: record it. */
  end: 7,
} as const;

/** Integers an op takes: its code and one operand. */
export const OP_WIDTH = 2;

/** A call in the program text; the caller's draws for its callee start at `drawOffset`. */
export interface CallSite {
  readonly service: number;
  readonly entryPc: number;
  readonly drawOffset: number;
  readonly drawCount: number;
  /** Index into `Program.timeoutsMs`, −1 without a timeout. */
  readonly timeoutLane: number;
  /** Where the caller goes on when the call fails or times out. */
  readonly failPc: number;
}

export interface CompiledJourney {
  readonly name: string;
  readonly entryPc: number;
  /** What is drawn at each arrival, in this order, for the whole tree of calls. */
  readonly draws: readonly { readonly distribution: Distribution; readonly name: string }[];
}

export interface Program {
  readonly ops: Int32Array;
  readonly deliverPc: number;
  readonly callSites: readonly CallSite[];
  readonly timeoutsMs: readonly number[];
  readonly journeys: readonly CompiledJourney[];
  /** Most draws that any journey needs. */
  readonly drawWidth: number;
}

interface EndpointCode {
  readonly entryPc: number;
  readonly draws: CompiledJourney['draws'];
}

/**
 * Compiles a model whose references are valid and whose calls have no cycle (`parse.ts` sees to
 * that).
 */
export function compile(model: Model): Program {
  return new Compiler(model).program();
}

class Compiler {
  private readonly model: Model;
  private readonly ops: number[] = [];
  private readonly callSites: CallSite[] = [];
  private readonly timeoutsMs: number[] = [];
  private readonly endpoints = new Map<Endpoint, EndpointCode>();
  private readonly deliverPc: number;

  constructor(model: Model) {
    this.model = model;
    this.deliverPc = this.emit(OP.deliver, 0);
  }

  program(): Program {
    const journeys = this.model.journeys.map((journey) => {
      const calls = this.compileCallees(journey.steps);
      const entryPc = this.ops.length;
      const draws = this.compileSteps(journey.steps, undefined, calls, `journey/${journey.name}`);
      return { name: journey.name, entryPc, draws };
    });
    return {
      ops: Int32Array.from(this.ops),
      deliverPc: this.deliverPc,
      callSites: this.callSites,
      timeoutsMs: this.timeoutsMs,
      journeys,
      drawWidth: Math.max(1, ...journeys.map(({ draws }) => draws.length)),
    };
  }

  private emit(code: number, operand: number): number {
    return this.ops.push(code, operand) - OP_WIDTH;
  }

  /**
   * Callees first: a program text is linear, and an endpoint's code must not lie inside another's.
   */
  private compileCallees(steps: readonly Step[]): Map<CallStep, EndpointCode> {
    const calls = new Map<CallStep, EndpointCode>();
    for (const step of steps) {
      if (step.type === 'call') calls.set(step, this.compileEndpoint(step));
    }
    return calls;
  }

  private compileEndpoint(call: CallStep): EndpointCode {
    const service = this.model.services.find(({ name }) => name === call.service);
    const endpoint = service?.endpoints.find(({ name }) => name === call.endpoint);
    if (service === undefined || endpoint === undefined) {
      throw new Error(`unknown endpoint ${call.service}.${call.endpoint}`);
    }
    const known = this.endpoints.get(endpoint);
    if (known !== undefined) return known;
    const calls = this.compileCallees(endpoint.steps);
    const entryPc = this.emit(OP.route, this.model.services.indexOf(service));
    const draws = this.compileSteps(
      endpoint.steps,
      service,
      calls,
      `${call.service}.${endpoint.name}`,
    );
    const code = { entryPc, draws };
    this.endpoints.set(endpoint, code);
    return code;
  }

  /**
   * `threads` hold their server from the first op to the last; an event loop holds it for `cpu`
   * steps only. A failing call jumps to the exit, which releases what is still held.
   */
  private compileSteps(
    steps: readonly Step[],
    service: Service | undefined,
    calls: Map<CallStep, EndpointCode>,
    name: string,
  ): CompiledJourney['draws'] {
    const draws: { distribution: Distribution; name: string }[] = [];
    const holds = service?.serves.type === 'threads';
    const firstSite = this.callSites.length;
    if (holds) this.emit(OP.acquire, 0);
    steps.forEach((step, index) => {
      const stepName = `${name}/${index}`;
      if (step.type === 'call') {
        const code = calls.get(step)!;
        this.emitCall(step, code, draws.length);
        draws.push(...code.draws.map((draw) => ({ ...draw, name: `${stepName}/${draw.name}` })));
        return;
      }
      const blocks = step.type === 'cpu' && service?.serves.type === 'event-loop';
      if (blocks) this.emit(OP.acquire, 0);
      this.emit(OP.delay, draws.push({ distribution: step.time, name: stepName }) - 1);
      if (blocks) this.emit(OP.release, 0);
    });
    const failPc = holds ? this.emit(OP.release, 0) : this.ops.length;
    this.emit(service === undefined ? OP.end : OP.reply, 0);
    for (let site = firstSite; site < this.callSites.length; site++) {
      this.callSites[site] = { ...this.callSites[site]!, failPc };
    }
    return draws;
  }

  private emitCall(step: CallStep, code: EndpointCode, drawOffset: number): void {
    const site: CallSite = {
      service: this.model.services.findIndex(({ name }) => name === step.service),
      entryPc: code.entryPc,
      drawOffset,
      drawCount: code.draws.length,
      timeoutLane: step.timeoutMs === undefined ? -1 : this.timeoutLane(step.timeoutMs),
      failPc: -1,
    };
    this.emit(OP.call, this.callSites.push(site) - 1);
  }

  private timeoutLane(timeoutMs: number): number {
    const known = this.timeoutsMs.indexOf(timeoutMs);
    return known >= 0 ? known : this.timeoutsMs.push(timeoutMs) - 1;
  }
}
