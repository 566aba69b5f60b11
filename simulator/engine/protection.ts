/** Code that is laid around calls, and at the doors of services that something may happen to. */

import { isFixed } from '../components/fleet.ts';
import type { Fault } from '../model/health-settings.ts';
import type { CallStep, Distribution, Model, Service, Step } from '../model/model.ts';
import { Code, type ColumnPlace } from './code.ts';
import { type CountedRetry, type GuardedCall, OP, type ProgramBreaker } from './program.ts';

/** Where an endpoint's code is laid. */
export interface Inside extends ColumnPlace {
  readonly service: Service | undefined;
  readonly depth: number;
}

/** Whether a service has a fault of some kind. */
export function hasFault(service: Service | undefined, type: Fault['type']): boolean {
  return service?.faults?.some((fault) => fault.type === type) ?? false;
}

/** Instances of a group that never changes were there long before the run. */
function isColdAtFirst(service: Service | undefined): boolean {
  return service?.on.cold !== undefined && !isFixed(service);
}

/** Whether instances of a service may be slower or faster than its steps say. */
export function mayBeSlow(service: Service | undefined): boolean {
  const isOther = service?.rollouts?.some(({ version }) => version.slowness !== 1) ?? false;
  return isOther || isColdAtFirst(service) || hasFault(service, 'slow');
}

function mayFail(service: Service | undefined): boolean {
  const isOther = service?.rollouts?.some(({ version }) => version.failRatio > 0) ?? false;
  return isOther || hasFault(service, 'fail');
}

/** Whether somebody wants to know how an instance has answered. */
export function isReported({ outlierDetection, rollouts }: Service): boolean {
  return outlierDetection !== undefined || rollouts !== undefined;
}

/** A PERMIT whose OUTCOME is not laid yet. */
interface OpenPermit {
  readonly permitPc: number;
  readonly breaker: number;
  readonly column: number;
}

/** An ENROL whose SAMPLE is not laid yet, and the first of its two columns. */
interface Enrolment {
  readonly enrolPc: number;
  readonly column: number;
}

export class Protection extends Code {
  protected readonly model: Model;
  protected readonly breakers: ProgramBreaker[] = [];
  protected readonly guardedCalls: GuardedCall[] = [];
  protected readonly countedRetries: CountedRetry[] = [];
  /** A call is laid wherever its endpoint is called: all that is the same call has one breaker. */
  private readonly breakerOf = new Map<CallStep, number>();

  constructor(model: Model) {
    super();
    this.model = model;
  }

  protected indexOf({ service }: Pick<Inside, 'service'>): number {
    return this.model.services.indexOf(service!);
  }

  protected serviceOf(name: string): number {
    return this.model.services.findIndex((one) => one.name === name);
  }

  protected stepsOf(service: Service, endpoint: string): readonly Step[] {
    const found = service.endpoints.find(({ name }) => name === endpoint);
    if (found === undefined) throw new Error(`unknown endpoint ${service.name}.${endpoint}`);
    return found.steps;
  }

  protected permit(step: CallStep, place: Inside): OpenPermit {
    const breaker = this.breakerOf.get(step) ?? this.newBreaker(step, place);
    const column = place.slot.columns++;
    return { permitPc: this.emit(OP.permit, 0, breaker, column), breaker, column };
  }

  private newBreaker(step: CallStep, { service, name }: Inside): number {
    const called = `${step.service}.${step.endpoint}`;
    const caller = service?.name ?? name.replace(/\/\d+$/, '');
    const own = { service: this.serviceOf(step.service), name: `${caller} → ${called}` };
    const index = this.breakers.push({ settings: step.breaker!, ...own }) - 1;
    this.breakerOf.set(step, index);
    return index;
  }

  protected outcome({ permitPc, breaker, column }: OpenPermit, { depth }: Inside): void {
    const outcomePc = this.emit(OP.outcome, breaker, depth, column);
    this.guardedCalls.push({ permitPc, outcomePc, depth, breaker });
    this.setA(permitPc, this.pc);
  }

  /** Lays a RETRY between the ops that count it; gives that whose `a` is the way out. */
  protected counted(
    service: number,
    level: number,
    { depth }: Inside,
    layRetry: () => void,
  ): number | undefined {
    const isLimited = this.model.services[service]!.limits !== undefined;
    if (isLimited) this.emit(OP.spent, level, depth, service);
    layRetry();
    return isLimited ? this.emit(OP.budget, 0, depth, service) : undefined;
  }

  /** Behind ROUTE, where there is a limit: a refusal is no answer of an instance. */
  protected limit(index: number, { service, depth }: Inside): number | undefined {
    if (service?.limits === undefined) return undefined;
    return this.emit(OP.limit, 0, depth, index);
  }

  /** Behind ROUTE, where an instance has an adaptive limit. */
  protected enrol({ service, depth, slot }: Inside): Enrolment | undefined {
    if (service?.concurrency === undefined) return undefined;
    const column = slot.columns;
    slot.columns += 2;
    return { enrolPc: this.emit(OP.enrol, 0, depth, column), column };
  }

  /** Whoever was not let in goes past it. */
  protected sample({ enrolPc, column }: Enrolment, { depth }: Inside): void {
    this.emit(OP.sample, column, depth);
    this.setA(enrolPc, this.pc);
  }

  /** Behind ROUTE; gives the ops whose `a` is the way out. */
  protected entrance(index: number, { service, depth, name }: Inside): number[] {
    if (hasFault(service, 'hang')) this.emit(OP.gate, 0, depth, index);
    if (!mayFail(service)) return [];
    const chance = this.drawOf({ type: 'uniform' }, `${name}/fails`);
    return [this.emit(OP.falter, 0, depth, chance)];
  }

  /** Before the thread is given back. */
  protected exit(index: number, { service, depth }: Inside): void {
    if (hasFault(service, 'hang')) this.emit(OP.gate, 0, depth, index);
  }

  /** Column of a time of work on the processor. */
  protected stretched(time: Distribution, place: Inside): number {
    const column = this.column(time, place);
    if (mayBeSlow(place.service)) this.emit(OP.stretch, column, place.depth);
    return column;
  }
}
