/**
 * How much work is brought to each service, before anything is run: arrivals times visits times
 * mean demand, over servers. From a load of 1 on a queue without an end grows for ever.
 */
import { startTypes } from '../components/type-mix.ts';
import { meanMsOf } from '../distributions/mean.ts';
import type { RateLimitRule } from '../model/limit-settings.ts';
import type { CallStep, Endpoint, Model, ServerKind, Service, Step } from '../model/model.ts';

export interface OfferedLoad {
  readonly service: string;
  /** Threads, loops or cores of the instances at the start. */
  readonly servers: number;
  /** With its plural where it must be: `12 threads`. */
  readonly serversInWords: string;
  readonly visitsPerSecond: number;
  /** Time of one server that a visit takes, without any waiting for one. */
  readonly demandMsMean: number;
  /** 1 is all that the servers can do; ∞ without a server. */
  readonly ratio: number;
  /** Whether its queue has an end whatever is offered. */
  readonly isBounded: boolean;
  /** Whether every visit has a caller that gives up after some time. */
  readonly isTimed: boolean;
}

/** One kind of visit: an endpoint, as it is called from one place. */
interface Visit {
  readonly service: Service;
  readonly endpoint: Endpoint;
  readonly perSecond: number;
  readonly isTimed: boolean;
}

/** Arrivals per second of every journey that anybody does; of a rate that changes the highest. */
export function journeyRates(model: Model): ReadonlyMap<string, number> {
  const rates = new Map<string, number>();
  for (const { does, rate } of model.traffic) {
    const all = rate.flatMap(({ fromPerSecond, toPerSecond }) => [fromPerSecond, toPerSecond]);
    const perSecond = Math.max(0, ...all);
    if (perSecond > 0) rates.set(does, (rates.get(does) ?? 0) + perSecond);
  }
  return rates;
}

/**
 * The load of every service that is visited, in the model's order, at the instances of the start.
 *
 * Every call counts as answered: one visit however often it may be tried again, because only
 * failures add more. A thread is held from an endpoint's first step to its answer, calls (with
 * their hops, at most their timeout) and waits included; loops and cores take `cpu` steps only.
 * Example: 144 visits a second of 100 ms at 12 threads is a load of 1.2.
 */
export function offeredLoads(model: Model): OfferedLoad[] {
  const rates = journeyRates(model);
  const visits = model.journeys.flatMap(({ name, steps }) => {
    const perSecond = rates.get(name) ?? 0;
    return perSecond > 0 ? [...visitsOf(model, steps, perSecond, false)] : [];
  });
  return model.services.flatMap((service) => {
    const own = visits.filter((visit) => visit.service === service);
    return own.length > 0 ? [loadOf(model, service, own)] : [];
  });
}

/** Of what only a miss does nothing is counted: how often that is only a run can tell. */
function* visitsOf(
  model: Model,
  steps: readonly Step[],
  perSecond: number,
  isTimed: boolean,
): Generator<Visit> {
  for (const step of steps) {
    switch (step.type) {
      case 'cpu':
      case 'wait':
      case 'lookup':
        break;
      case 'call':
        yield* visitsOfCall(model, step, perSecond, isTimed || isGivenUp(step));
        break;
      case 'publish':
        yield* visitsOfCall(model, step, perSecond, false);
        break;
      case 'fan-out':
        for (const { call, copies } of step.calls) {
          yield* visitsOfCall(model, call, copies * perSecond, isTimed || isGivenUp(call));
        }
        break;
      case 'choose':
        for (const option of step.options) {
          yield* visitsOf(model, option.steps, option.probability * perSecond, isTimed);
        }
        break;
      default:
        throw new Error(`unknown step ${step satisfies never}`);
    }
  }
}

function* visitsOfCall(
  model: Model,
  call: Target,
  perSecond: number,
  isTimed: boolean,
): Generator<Visit> {
  const { service, endpoint } = calleeOf(model, call);
  yield { service, endpoint, perSecond, isTimed };
  yield* visitsOf(model, endpoint.steps, perSecond, isTimed);
}

function isGivenUp({ timeoutMs, patience }: CallStep): boolean {
  return timeoutMs !== undefined || patience !== undefined;
}

function loadOf(model: Model, service: Service, visits: readonly Visit[]): OfferedLoad {
  const { each, kind } = serversOf(service.serves);
  const servers = each * startOf(service).size;
  const askedPerSecond = sum(visits, ({ perSecond }) => perSecond);
  const visitsPerSecond = Math.min(askedPerSecond, mostPerSecond(service));
  const share = visitsPerSecond / askedPerSecond;
  const msPerSecond =
    share *
    sum(visits, ({ endpoint, perSecond }) => perSecond * demandMs(model, service, endpoint));
  const isTimed = visits.every((visit) => visit.isTimed);
  return {
    service: service.name,
    servers,
    serversInWords: `${servers} ${kind}${servers === 1 ? '' : 's'}`,
    visitsPerSecond,
    demandMsMean: msPerSecond / visitsPerSecond,
    ratio: msPerSecond / 1000 / servers,
    isBounded: hasEnd(service.serves, isTimed),
    isTimed,
  };
}

/** Instances of the start, and what they have in all: 1 for one of the usual size. */
function startOf({ on, scaling }: Service): { instances: number; size: number } {
  if (on.mix === undefined) return { instances: scaling.start, size: scaling.start };
  const types = startTypes(on.mix, scaling.start);
  return { instances: types.length, size: sum(types, ({ size }) => size) };
}

/** What its rate limit lets through in the long run; those whom it calls are not told of it. */
function mostPerSecond(service: Service): number {
  const { rateLimit } = service;
  if (rateLimit === undefined) return Number.POSITIVE_INFINITY;
  const { rule, per } = rateLimit;
  return perSecondOf(rule) * (per === 'instance' ? startOf(service).instances : 1);
}

function perSecondOf(rule: RateLimitRule): number {
  switch (rule.type) {
    case 'token-bucket':
    case 'gcra':
      return rule.ratePerSecond;
    case 'nginx':
      return rule.ratePerSecondMilli / 1000;
    case 'fixed-window':
    case 'sliding-window':
      return (1000 * rule.limit) / rule.windowMs;
    default:
      throw new Error(`unknown rate limit ${rule satisfies never}`);
  }
}

/** A limit ends a queue, and so do callers that give up, but only where the queue looks. */
function hasEnd(serves: ServerKind, isTimed: boolean): boolean {
  const queue = 'queue' in serves ? serves.queue : undefined;
  if (queue === undefined) return false;
  const { limit, expired } = queue;
  return limit !== undefined || (expired === 'drop' && isTimed);
}

function serversOf(serves: ServerKind): { readonly each: number; readonly kind: string } {
  switch (serves.type) {
    case 'threads':
      return { each: serves.count, kind: 'thread' };
    case 'pool':
      return { each: serves.count, kind: 'connection' };
    case 'delay':
      return { each: Number.POSITIVE_INFINITY, kind: 'place' };
    case 'cpu-shared': {
      const { cores, quotaCores = cores } = serves;
      return { each: Math.min(cores, quotaCores), kind: 'shared core' };
    }
    case 'event-loop':
      return { each: 1, kind: 'event loop' };
    default:
      throw new Error(`unknown server ${serves satisfies never}`);
  }
}

function demandMs(model: Model, { serves }: Service, { steps }: Endpoint): number {
  const holds = serves.type === 'threads' || serves.type === 'pool';
  return holds ? elapsedMs(model, steps) : processorMs(steps);
}

/** Of what only a miss does nothing. */
function processorMs(steps: readonly Step[]): number {
  return sum(steps, (step) => {
    if (step.type === 'cpu') return meanMsOf(step.time);
    if (step.type !== 'choose') return 0;
    return sum(step.options, (option) => option.probability * processorMs(option.steps));
  });
}

/**
 * From the first step to the answer, where nobody ever waits for a server; at least so much, where
 * it depends on who is the slowest.
 */
function elapsedMs(model: Model, steps: readonly Step[]): number {
  return sum(steps, (step) => {
    switch (step.type) {
      case 'cpu':
      case 'wait':
        return meanMsOf(step.time);
      case 'call':
        return answerMs(model, step);
      case 'fan-out': {
        const isAll = step.needs === sum(step.calls, ({ copies }) => copies);
        return isAll ? Math.max(...step.calls.map(({ call }) => answerMs(model, call))) : 0;
      }
      case 'choose':
        return sum(step.options, (way) => way.probability * elapsedMs(model, way.steps));
      case 'lookup':
      case 'publish':
        return 0;
      default:
        throw new Error(`unknown step ${step satisfies never}`);
    }
  });
}

function answerMs(model: Model, call: CallStep): number {
  // Of the lesser of two times that are drawn nothing is certain.
  if (call.patience !== undefined) return 0;
  const ms = 2 * model.hopMs + elapsedMs(model, calleeOf(model, call).endpoint.steps);
  return Math.min(ms, call.timeoutMs ?? Number.POSITIVE_INFINITY);
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

type Target = Pick<CallStep, 'service' | 'endpoint'>;

function calleeOf(model: Model, call: Target): Pick<Visit, 'service' | 'endpoint'> {
  const service = model.services.find(({ name }) => name === call.service);
  const endpoint = service?.endpoints.find(({ name }) => name === call.endpoint);
  if (service !== undefined && endpoint !== undefined) return { service, endpoint };
  throw new Error(`unknown endpoint ${call.service}.${call.endpoint}`);
}
