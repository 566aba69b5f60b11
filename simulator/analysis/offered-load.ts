/**
 * How much work is brought to each service, before anything is run: arrivals times visits times
 * mean demand, over servers. From a load of 1 on a queue without an end grows for ever.
 */
import { meanMsOf } from '../distributions/mean.ts';
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

function* visitsOf(
  model: Model,
  steps: readonly Step[],
  perSecond: number,
  isTimed: boolean,
): Generator<Visit> {
  for (const step of steps) {
    if (step.type !== 'call') continue;
    const { service, endpoint } = calleeOf(model, step);
    const isTimedHere = isTimed || step.timeoutMs !== undefined;
    yield { service, endpoint, perSecond, isTimed: isTimedHere };
    yield* visitsOf(model, endpoint.steps, perSecond, isTimedHere);
  }
}

function loadOf(model: Model, service: Service, visits: readonly Visit[]): OfferedLoad {
  const { each, kind } = serversOf(service.serves);
  const servers = each * service.scaling.start;
  const visitsPerSecond = visits.reduce((sum, { perSecond }) => sum + perSecond, 0);
  const msPerSecond = visits.reduce(
    (sum, { endpoint, perSecond }) => sum + perSecond * demandMs(model, service, endpoint),
    0,
  );
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

/** A limit ends a queue, and so do callers that give up, but only where the queue looks. */
function hasEnd(serves: ServerKind, isTimed: boolean): boolean {
  if (serves.type !== 'threads' || serves.queue === undefined) return false;
  const { limit, expired } = serves.queue;
  return limit !== undefined || (expired === 'drop' && isTimed);
}

function serversOf(serves: ServerKind): { readonly each: number; readonly kind: string } {
  switch (serves.type) {
    case 'threads':
      return { each: serves.count, kind: 'thread' };
    case 'cpu-shared':
      return { each: serves.cores, kind: 'shared core' };
    case 'event-loop':
      return { each: 1, kind: 'event loop' };
    default:
      throw new Error(`unknown server ${serves satisfies never}`);
  }
}

function demandMs(model: Model, { serves }: Service, { steps }: Endpoint): number {
  if (serves.type === 'threads') return elapsedMs(model, steps);
  return steps.reduce((sum, step) => sum + (step.type === 'cpu' ? meanMsOf(step.time) : 0), 0);
}

/** From the first step to the answer, where nobody ever waits for a server. */
function elapsedMs(model: Model, steps: readonly Step[]): number {
  return steps.reduce((sum, step) => {
    if (step.type !== 'call') return sum + meanMsOf(step.time);
    const answerMs = 2 * model.hopMs + elapsedMs(model, calleeOf(model, step).endpoint.steps);
    return sum + Math.min(answerMs, step.timeoutMs ?? Number.POSITIVE_INFINITY);
  }, 0);
}

function calleeOf(model: Model, call: CallStep): Pick<Visit, 'service' | 'endpoint'> {
  const service = model.services.find(({ name }) => name === call.service);
  const endpoint = service?.endpoints.find(({ name }) => name === call.endpoint);
  if (service !== undefined && endpoint !== undefined) return { service, endpoint };
  throw new Error(`unknown endpoint ${call.service}.${call.endpoint}`);
}
