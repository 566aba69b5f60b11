/** Does it make sense to ask for a steady state? Said in words, before anything is run. */
import type { BurstyArrivals } from '../model/arrival-settings.ts';
import type { Model, Service, Traffic } from '../model/model.ts';
import {
  formatCount,
  formatDuration,
  formatRate,
  significant,
  writeDuration,
} from '../model/units.ts';
import { journeyRates, type OfferedLoad, offeredLoads } from './offered-load.ts';

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
 * queue without an end none under a load of 1 and more, bursts and calms together.
 *
 * It refuses only what is certain: what is shed at an overloaded service never comes to those
 * behind it, so where one sheds, nobody is refused for its load, and the run has to tell.
 * Example: 144/s of 100 ms at 12 threads: "service api is offered 1.2 times what it can serve …".
 */
export function questionSteadyState(
  model: Model,
  mostRequests: number = Number.POSITIVE_INFINITY,
): SteadyQuestion {
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
    refusals: [
      ...rates,
      ...visited.flatMap(groupRefusals),
      ...hopeless.map(overloadWords),
      ...burstRefusals(model, mostRequests),
    ],
    notes: [
      ...visited.flatMap(groupNotes),
      ...bounded.map(boundedWords),
      ...burstNotes(model, loads),
    ],
    loads,
  };
}

function rateRefusals({ traffic }: Model): string[] {
  const changing = traffic.flatMap((one) => {
    if (typeof one.arrivals === 'object' && one.arrivals.type === 'replayed') {
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

/** With fewer a run does not know what bursts are like, and may be very sure of the calm. */
const FEWEST_BURSTS = 100;

/** Arrivals in the mean, of all traffic, while everybody who comes in bursts has 100 of them. */
export function fewestRequests(model: Model): number {
  const everyMs = Math.max(0, ...model.traffic.map((one) => burstsIn(one)?.everyMs ?? 0));
  const perSecond = [...journeyRates(model).values()].reduce((sum, rate) => sum + rate, 0);
  return Math.ceil((FEWEST_BURSTS * everyMs * perSecond) / 1000);
}

function burstsIn({ arrivals }: Traffic): BurstyArrivals | undefined {
  return typeof arrivals === 'object' && arrivals.type === 'bursts' ? arrivals : undefined;
}

function burstRefusals(model: Model, mostRequests: number): string[] {
  const requests = fewestRequests(model);
  if (requests <= mostRequests) return [];
  const most = `runs of ${formatCount(mostRequests)} are too short (--most-requests)`;
  return [
    `bursts are rare: ${FEWEST_BURSTS} of them take ${formatCount(requests)} requests, ${most}`,
  ];
}

/** Who has enough in the mean may have too much in every burst. */
function burstNotes(model: Model, loads: readonly OfferedLoad[]): string[] {
  const traffic = model.traffic.map((one) => {
    const times = burstsIn(one)?.times ?? 1;
    const rate = one.rate.map((piece) => ({
      ...piece,
      fromPerSecond: times * piece.fromPerSecond,
      toPerSecond: times * piece.toPerSecond,
    }));
    return { ...one, rate };
  });
  const calm = loads.filter(({ ratio }) => ratio < 1 - ROUNDING);
  return offeredLoads({ ...model, traffic }).flatMap((load) => {
    const isNew =
      load.ratio >= 1 - ROUNDING && calm.some(({ service }) => service === load.service);
    return isNew ? [`in bursts ${offeredWords(load)}: its queue grows as long as they last`] : [];
  });
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
