/** Model → Program, in one pass over the tree of calls of each journey. */
import { countsInside, isFixed } from '../components/fleet.ts';
import type { CallStep, FanOutStep, Model, Option, Step } from '../model/model.ts';
import { CallCode } from './call-code.ts';
import { type OpenRegion, type Place, UNKNOWN } from './code.ts';
import { callsOff, entryOp, threadOps, turnsAway } from './doors.ts';
import {
  type Choice,
  type FanOut,
  type Frame,
  OP,
  OUTSIDE,
  type Program,
  type Spawn,
} from './program.ts';
import { isReported } from './protection.ts';

const NO_BAIL = { bailPc: UNKNOWN, bailSharePc: UNKNOWN } as const;

const programs = new WeakMap<Model, Program>();

/**
 * Compiles a model whose references are valid and whose calls have no cycle (`parse.ts` sees to
 * that). The same model is compiled once, so that code that was made for it is made once, too.
 */
export function compile(model: Model): Program {
  let program = programs.get(model);
  if (program === undefined) {
    program = new Compiler(model).program();
    programs.set(model, program);
  }
  return program;
}

class Compiler extends CallCode {
  private readonly fanOuts: FanOut[] = [];
  private readonly publishes: Spawn[] = [];
  private readonly choices: Choice[] = [];
  private readonly frames: Frame[] = [];
  private drawWidth = 1;
  private depths = 1;
  /** Whether work is ever called off. */
  private readonly cancels: boolean;

  constructor(model: Model) {
    super(model);
    this.cancels = callsOff(model);
  }

  program(): Program {
    const entryPcs = this.model.journeys.map(({ name, steps }, index) => {
      const region = this.open();
      const entryPc = this.emit(OP.draw, this.regions.length - 1);
      const slot = { columns: 0 };
      const checks: number[] = [];
      const here = { service: undefined, depth: OUTSIDE, name: `journey/${name}`, region, slot };
      this.steps(steps, { ...here, checks, timers: 0, retries: 0, isExposed: false });
      this.land(checks);
      this.emit(OP.end, index);
      this.drawWidth = Math.max(this.drawWidth, slot.columns);
      return entryPc;
    });
    return {
      ops: Int32Array.from(this.ops),
      entryPcs,
      draws: this.draws,
      regions: this.regions,
      pausesMs: this.pausesMs,
      sleepsMs: this.sleepsMs,
      timeoutsMs: this.timeoutsMs,
      timedCalls: this.timedCalls,
      retries: this.retried,
      breakers: this.breakers,
      guardedCalls: this.guardedCalls,
      countedRetries: this.countedRetries,
      budgets: this.budgets,
      fanOuts: this.fanOuts,
      publishes: this.publishes,
      choices: this.choices,
      frames: this.frames,
      drawWidth: this.drawWidth,
      depths: this.depths,
      timerLevels: this.timerLevels,
      tryLevels: this.tryLevels,
    };
  }

  /** Lays steps one after the other; says whether one of them may fail. */
  protected steps(steps: readonly Step[], place: Place): boolean {
    return steps
      .map((step, index) => this.step(step, { ...place, name: `${place.name}/${index}` }))
      .includes(true);
  }

  private step(step: Step, place: Place): boolean {
    switch (step.type) {
      case 'cpu':
      case 'wait':
        this.timed(step, place);
        return false;
      case 'call':
        return this.call(step, place);
      case 'fan-out':
        return this.fanOut(step, place);
      case 'choose':
        return this.choose(step.options, place);
      case 'lookup':
        return this.lookup(step.cache, step.miss, place);
      case 'publish':
        this.publish(step, place);
        return false;
      default:
        throw new Error(`unknown step ${step satisfies never}`);
    }
  }

  // ---- calls ----------------------------------------------------------------------------------

  /** The way to an instance, its work, and the way back. */
  protected visit(step: { service: string; endpoint: string }, from: Place): boolean {
    const index = this.serviceOf(step.service);
    const service = this.model.services[index]!;
    const fixed = isFixed(service);
    const depth = from.depth + 1;
    this.depths = Math.max(this.depths, depth + 1);
    this.hop();
    const { per } = service.rateLimit ?? {};
    const gatePc = per === 'service' ? this.emit(OP.meter, index, OUTSIDE, UNKNOWN) : undefined;
    const routePc = this.door(index, depth, from);
    const turnstilePc = per === 'instance' ? this.emit(OP.meter, index, depth, UNKNOWN) : undefined;
    const name = `${from.name}/${step.service}.${step.endpoint}`;
    const isExposed = from.isExposed || !fixed;
    const steps = this.stepsOf(service, step.endpoint);
    const inside = { ...from, service, depth, name, checks: [], isExposed };
    const limitPc = this.limit(index, inside);
    const enrolment = this.enrol(inside);
    const guards = this.entrance(index, inside);
    const { bailPc, bailSharePc, acquirePc, fails } = this.body(steps, inside);
    const outPc = this.pc;
    for (const guard of guards) this.setA(guard, outPc);
    if (enrolment !== undefined) this.sample(enrolment, inside);
    if (isReported(service)) this.emit(OP.report, 0, depth, index);
    const leavePc = this.pc;
    if (limitPc !== undefined) this.setA(limitPc, leavePc);
    if (countsInside(service)) this.emit(OP.leave, index, depth);
    const answerPc = this.pc;
    if (!fixed) this.setC(routePc, answerPc);
    if (gatePc !== undefined) this.setC(gatePc, answerPc);
    if (turnstilePc !== undefined) this.setC(turnstilePc, leavePc);
    if (acquirePc !== undefined) this.setA(acquirePc, outPc);
    const holds = acquirePc !== undefined;
    const doorPc = acquirePc === undefined ? UNKNOWN : acquirePc + 1;
    const pcs = { routePc, doorPc, bailPc, bailSharePc, leavePc, answerPc };
    this.frames.push({ depth, service: index, holds, ...pcs });
    this.hop();
    return fails || !fixed || per !== undefined || turnsAway(service.serves);
  }

  /** Pc of the op that lets a request in, behind what its balancer wants to be told. */
  private door(index: number, depth: number, from: Place): number {
    const service = this.model.services[index]!;
    const { balancing } = service;
    const op = entryOp(service);
    if (op !== OP.enter && 'keys' in balancing) {
      const source = { type: 'key', ...balancing.keys, isKept: true } as const;
      this.emit(OP.key, this.column(source, { ...from, name: `${from.name}/key` }));
    }
    if (op !== OP.enter && balancing.type === 'zone-aware') this.emit(OP.caller, from.depth);
    return this.emit(op, index, depth, UNKNOWN);
  }

  /** What an endpoint does, between a thread's being taken and given back. */
  private body(steps: readonly Step[], place: Place) {
    const { serves } = place.service!;
    const [take, give] = threadOps(serves);
    const index = this.indexOf(place);
    const acquirePc = take === undefined ? undefined : this.emit(take, UNKNOWN, place.depth, index);
    const fails = this.steps(steps, place);
    const bail = this.cancels ? this.bail(place) : NO_BAIL;
    this.land(place.checks);
    this.exit(index, place);
    if (give !== undefined) this.emit(give, 0, place.depth, index);
    return { ...bail, acquirePc, fails };
  }

  /**
   * Where slots go on whose work under way is the last that they do: behind an op that nobody runs,
   * which says what they wait for; an event loop is given back.
   */
  private bail(place: Place): { readonly bailPc: number; readonly bailSharePc: number } {
    const jumps = [this.emit(OP.jump, UNKNOWN)];
    this.emit(OP.delay, 0, 1);
    const bailPc = this.pc;
    if (place.service!.serves.type === 'event-loop') {
      this.emit(OP.release, 0, place.depth, this.indexOf(place));
    }
    jumps.push(this.emit(OP.jump, UNKNOWN));
    this.emit(OP.share, 0, place.depth, this.indexOf(place));
    const bailSharePc = this.pc;
    jumps.push(this.emit(OP.jump, UNKNOWN));
    this.land(jumps);
    return { bailPc, bailSharePc };
  }

  // ---- several ways ---------------------------------------------------------------------------

  private choose(options: readonly Option[], place: Place): boolean {
    const index = this.choices.length;
    const [below, pcs]: [number[], number[]] = [[], []];
    this.choices.push({ below, pcs });
    this.emit(OP.choose, index, this.column({ type: 'uniform' }, place));
    let sum = 0;
    const ends = options.map(({ probability, steps }, way) => {
      sum += probability;
      below.push(way + 1 === options.length ? 1 : sum);
      pcs.push(this.pc);
      const fails = this.steps(steps, { ...place, name: `${place.name}/${way}` });
      return { fails, jump: this.emit(OP.jump, UNKNOWN) };
    });
    for (const { jump } of ends) this.setA(jump, this.pc);
    return ends.some(({ fails }) => fails);
  }

  /** What only a miss needs is drawn then: it is rare, as a rule. */
  private lookup(cache: string, miss: readonly Step[], place: Place): boolean {
    const index = (this.model.caches ?? []).findIndex(({ name }) => name === cache);
    const { count, zipf } = this.model.caches![index]!.keys;
    const key = this.column({ type: 'key', count, zipf }, place);
    const lookupPc = this.emit(OP.lookup, index, key, UNKNOWN);
    const region = this.open();
    this.emit(OP.draw, this.regions.length - 1);
    const fails = this.steps(miss, { ...place, region });
    this.setC(lookupPc, this.pc);
    return fails;
  }

  private fanOut({ calls, needs }: FanOutStep, place: Place): boolean {
    const spawns = calls.map(({ call, copies }, way) => {
      const name = `${place.name}/${way}`;
      return this.child({ ...place, name, isExposed: true }, copies, (own) => {
        this.call(call, own);
        this.land(own.checks);
        this.emit(OP.join, this.serviceOf(call.service));
      });
    });
    const total = spawns.reduce((sum, { copies }) => sum + copies, 0);
    this.emit(OP.fan, this.fanOuts.push({ spawns, needs, total }) - 1);
    this.check(calls[0]!.call.service, place);
    return true;
  }

  protected hedge(step: CallStep, place: Place): boolean {
    const { copies } = step.hedge!;
    const service = this.serviceOf(step.service);
    const { depth } = place;
    const index = this.fanOuts.length;
    // Its place in the list is taken before those of calls at once inside of it.
    this.fanOuts.push({ spawns: [], needs: 1, total: copies });
    const copy = this.child({ ...place, isExposed: true }, copies, (own) => {
      this.visit(step, own);
      this.emit(OP.join, service, index + 1);
    });
    const watch = this.child(place, 0, () => {
      this.emit(OP.jump, this.emit(OP.watch, index));
      this.emit(OP.done, service);
    });
    const hedge = { ...step.hedge!, depth };
    this.fanOuts[index] = { spawns: [copy, watch], needs: 1, total: copies, hedge };
    this.emit(OP.fan, index);
    return true;
  }

  private publish(step: { service: string; endpoint: string }, place: Place): void {
    const spawn = this.child({ ...place, isExposed: true }, 1, (own) => {
      this.visit(step, own);
      this.emit(OP.done, this.serviceOf(step.service));
    });
    this.emit(OP.publish, this.publishes.push(spawn) - 1);
  }

  /**
   * Lays the code of slots of their own beside the way; what they need is drawn with what the
   * starter needs, so that all policies see the same work.
   */
  private child(place: Place, copies: number, lay: (own: Place) => void): Spawn {
    const over = this.emit(OP.jump, UNKNOWN);
    const entryPc = this.pc;
    const own = { columns: [], draws: [] } as OpenRegion;
    const slot = { columns: 0 };
    lay({ ...place, region: own, slot, checks: [] });
    this.setA(over, this.pc);
    this.drawWidth = Math.max(this.drawWidth, slot.columns);
    const column = place.slot.columns;
    for (let copy = 0; copy < copies; copy++) {
      own.draws.forEach((draw, index) => {
        const { source, name } = this.draws[draw]!;
        const copied = copy === 0 ? draw : this.drawOf(source, `${name}/copy-${copy + 1}`);
        place.region.draws.push(copied);
        place.region.columns.push(column + copy * slot.columns + own.columns[index]!);
      });
    }
    place.slot.columns += copies * slot.columns;
    return { entryPc, column, width: slot.columns, copies };
  }
}
