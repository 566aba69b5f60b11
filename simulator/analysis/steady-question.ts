/** Does it make sense to ask for a steady state? Said in words, before anything is run. */
import type { Model, Service, Traffic } from '../model/model.ts';
import { formatDuration, formatRate, significant, writeDuration } from '../model/units.ts';
import { type OfferedLoad, offeredLoads } from './offered-load.ts';

export interface SteadyQuestion {
  /** Why there is no steady state to ask for, all reasons; with one of them nothing is run. */
  readonly refusals: readonly string[];
  /** What to know of an answer. */
  readonly notes: readonly string[];
  /** Empty where rates change or nobody arrives. */
  readonly loads: readonly OfferedLoad[];
}

/** What rounding may take from a load of exactly 1. */
const ROUNDING = 1e-9;

/**
 * Judges the question alone: a group that scales or a rate that changes has no steady state, and a
 * queue without an end none under a load of 1 and more.
 *
 * It refuses only what is certain: what is shed at an overloaded service never comes to those
 * behind it, so where one sheds, nobody is refused for its load, and the run has to tell.
 * Example: 144/s of 100 ms at 12 threads: "service api is offered 1.2 times what it can serve …".
 */
export function questionSteadyState(model: Model): SteadyQuestion {
  const rates = rateRefusals(model);
  const highest = offeredLoads(model);
  const visited = model.services.filter(({ name }) =>
    highest.some(({ service }) => service === name),
  );
  const loads = rates.length > 0 ? [] : highest;
  const overloaded = loads.filter(
    ({ ratio }) => ratio >= 1 - ROUNDING && ratio < Number.POSITIVE_INFINITY,
  );
  const bounded = overloaded.filter(({ isBounded }) => isBounded);
  const hopeless = bounded.length > 0 ? [] : overloaded;
  return {
    refusals: [...rates, ...visited.flatMap(groupRefusals), ...hopeless.map(overloadWords)],
    notes: [...visited.flatMap(groupNotes), ...bounded.map(boundedWords)],
    loads,
  };
}

function rateRefusals({ traffic }: Model): string[] {
  const changing = traffic.flatMap((one) => {
    if (typeof one.arrivals === 'object') {
      return [`traffic ${one.name} is that of a capture: a steady state needs a rate`];
    }
    const atMs = changesAtMs(one);
    if (atMs === undefined) return [];
    const at = atMs === 0 ? '0s' : writeDuration(atMs);
    return [`traffic ${one.name} changes its rate at ${at}: a steady state needs a constant one`];
  });
  const nobody = traffic.every(({ rate }) => rate.every(isEmpty));
  return nobody ? ['nobody arrives: every traffic has a rate of 0'] : changing;
}

function isEmpty(segment: Traffic['rate'][number]): boolean {
  return segment.fromPerSecond === 0 && segment.toPerSecond === 0;
}

/** The first moment from which the rate is not what it was at the start. */
function changesAtMs({ rate }: Traffic): number | undefined {
  const first = rate[0]?.fromPerSecond;
  return rate.find(
    ({ fromPerSecond, toPerSecond }) => fromPerSecond !== first || toPerSecond !== first,
  )?.startMs;
}

function groupRefusals({ name, scaling }: Service): string[] {
  const { min, max, start, policies } = scaling;
  if (policies.length > 0 && min < max) {
    const words = `service ${name} scales between ${min} and ${instances(max)}`;
    return [`${words}: a steady state needs a fixed group (without policies it stays at ${start})`];
  }
  return start > 0 ? [] : [`service ${name} has no instance at the start: it can serve nobody`];
}

function groupNotes({ name, scaling }: Service): string[] {
  const { min, max, policies } = scaling;
  if (policies.length === 0 || min < max) return [];
  return [`service ${name} has scaling policies, but always ${instances(max)}`];
}

function instances(count: number): string {
  return `${count} ${count === 1 ? 'instance' : 'instances'}`;
}

function overloadWords(load: OfferedLoad): string {
  const zombies = load.isTimed ? ' (it serves those that have given up, too)' : '';
  return `${offeredWords(load)}: its queue grows without bound${zombies}, there is no steady state`;
}

function boundedWords(load: OfferedLoad): string {
  return `${offeredWords(load)}, but its queue has an end: latencies are of those that got through`;
}

function offeredWords(load: OfferedLoad): string {
  const { service, serversInWords, visitsPerSecond, demandMsMean, ratio } = load;
  const work = `${formatRate(visitsPerSecond)} × ${formatDuration(demandMsMean)}`;
  const times = significant(ratio);
  const much = times === '1' ? 'all that' : `${times} times what`;
  return `service ${service} is offered ${much} it can serve (${serversInWords}, ${work})`;
}
