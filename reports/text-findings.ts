/** What a prediction comes to, in words: for the terminal and for the page alike. */
import { confidenceInterval, type Estimate } from '../simulator/analysis/estimate.ts';
import { type GroupSummary, summarizeGroups } from '../simulator/analysis/groups.ts';
import {
  judgeObjectives,
  type ObjectiveVerdict,
  type Stretch,
} from '../simulator/analysis/objectives.ts';
import { servicesOf } from '../simulator/analysis/statistics.ts';
import type { InstanceMix } from '../simulator/model/mix-settings.ts';
import type { Scaling } from '../simulator/model/model.ts';
import type {
  JourneySeries,
  NodeSeries,
  Results,
  ServiceSeries,
} from '../simulator/results/results.ts';
import { cleaned, listed } from './text-clean.ts';
import { formatMoment, isKnown } from './text-numbers.ts';

const MOST_STRETCHES = 3;

/** The model's objectives as predicted; none where the model is not known. */
export function objectivesOf(results: Results): ObjectiveVerdict[] {
  return results.model === undefined ? [] : judgeObjectives(results.model, results);
}

/** Names of all services, the model's first and in its order. */
export function serviceNames(...all: readonly Results[]): string[] {
  const modelled = all.flatMap(({ model }) => model?.services.map(({ name }) => name) ?? []);
  return [...new Set([...modelled, ...all.flatMap(servicesOf)])];
}

/** A journey in every run that has it; a name such as `constructor` is in none by accident. */
export function journeyIn({ runs }: Results, name: string): JourneySeries[] {
  return runs.flatMap(({ journeys }) => (Object.hasOwn(journeys, name) ? journeys[name]! : []));
}

/** The same of a service. */
export function serviceIn({ runs }: Results, name: string): ServiceSeries[] {
  return runs.flatMap(({ services }) => (Object.hasOwn(services, name) ? services[name]! : []));
}

/** One summary per service that every run has seen; none where the model is not known. */
export function groupsOf(results: Results): GroupSummary[] {
  const { model, runs } = results;
  if (model === undefined || runs.length === 0) return [];
  const services = model.services.filter(({ name }) =>
    runs.every((run) => Object.hasOwn(run.services, name)),
  );
  return summarizeGroups({ ...model, services }, results);
}

/** The service that was saturated first, and from when; undefined where none was. */
export function firstSaturated(groups: readonly GroupSummary[]): string | undefined {
  const first = groups
    .filter(({ saturatedFromMs }) => saturatedFromMs !== undefined)
    .toSorted((a, b) => a.saturatedFromMs! - b.saturatedFromMs!)
    .at(0);
  if (first === undefined) return undefined;
  return `${cleaned(first.service)} saturated first, at ${formatMoment(first.saturatedFromMs!)}`;
}

/** `broken for 3 min in all: 4 min to 6 min and 8 min to 9 min`; empty where it never was. */
export function brokenWords({ broken }: ObjectiveVerdict): string {
  if (broken.length === 0) return '';
  const totalMs = broken.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  const words = broken.slice(0, MOST_STRETCHES).map(stretch);
  const more = broken.length - words.length;
  if (more > 0) words.push(`${more} more`);
  return `broken for ${formatMoment(totalMs)} in all: ${listed(words)}`;
}

function stretch({ startMs, endMs }: Stretch): string {
  return `${formatMoment(startMs)} to ${formatMoment(endMs)}`;
}

export interface Bill {
  /** A service, or a pool of nodes by `nodes/` and its name. */
  readonly service: string;
  readonly hours: Estimate;
  /** Undefined where the instance kind has no price. */
  readonly dollars: Estimate | undefined;
  /** Of a pool: what of its CPU and memory pods asked for; the rest is stranded. */
  readonly requested?: { readonly cpu: Estimate; readonly memory: Estimate };
}

/**
 * Machine hours and cost per run: a line a service, a line a pool of nodes, then the sum of those
 * with a price. Pods are paid for through their nodes.
 */
export function billOf(results: Results): { lines: Bill[]; total: Bill } {
  const payers = [...servicePayers(results), ...poolPayers(results)];
  const lines = payers.map(({ service, hours, price, requested }) => ({
    service,
    hours: confidenceInterval(hours),
    dollars: price === undefined ? undefined : confidenceInterval(hours.map((h) => h * price)),
    ...(requested !== undefined && { requested }),
  }));
  const sumOf = (weight: (payer: Payer) => number) =>
    confidenceInterval(
      results.runs.map((_, run) =>
        payers.reduce((sum, payer) => sum + payer.hours[run]! * weight(payer), 0),
      ),
    );
  const hasPrice = lines.some(({ dollars }) => isKnown(dollars?.value));
  const dollars = hasPrice ? sumOf(({ price }) => price ?? 0) : undefined;
  return { lines, total: { service: 'in all', hours: sumOf(() => 1), dollars } };
}

interface Payer {
  readonly service: string;
  /** By run. */
  readonly hours: readonly number[];
  readonly price: number | undefined;
  readonly requested?: NonNullable<Bill['requested']>;
}

function servicePayers(results: Results): Payer[] {
  const { model, runs } = results;
  return groupsOf(results).flatMap(({ service }) => {
    const { on, scaling } = model!.services.find(({ name }) => name === service)!;
    if (on.pod !== undefined) return [];
    const all = runs.map(({ services }) => services[service]!);
    const hours = all.map(({ instanceHours }) => instanceHours);
    if (on.mix !== undefined) return typePayers(service, on.mix, all);
    const own = { service, hours, price: on.dollarsPerHour };
    return [own, ...warmPoolPayers(own, all, scaling)];
  });
}

/** Each type of a group by itself. */
function typePayers(
  service: string,
  { types }: InstanceMix,
  runs: readonly ServiceSeries[],
): Payer[] {
  return types.map(({ name, dollarsPerHour: price }) => {
    const hours = runs.map(({ mix }) => mix?.hours[name] ?? Number.NaN);
    return { service: `${service}, ${name}`, hours, price };
  });
}

/** Prepared as machines of the group are, then waiting at a price of its own. */
function warmPoolPayers(
  { service, price }: Payer,
  runs: readonly ServiceSeries[],
  { warmPool }: Scaling,
): Payer[] {
  const pools = runs.flatMap((run) => run.warmPool ?? []);
  if (warmPool === undefined || pools.length < runs.length) return [];
  const waitingPrice = price === undefined ? undefined : (warmPool.dollarsPerHour ?? price);
  const preparing = pools.map(({ preparingHours }) => preparingHours);
  const waiting = pools.map(({ waitingHours }) => waitingHours);
  return [
    { service: `${service}, preparing`, hours: preparing, price },
    { service: `${service}, warm pool`, hours: waiting, price: waitingPrice },
  ];
}

function poolPayers({ model, runs }: Results): Payer[] {
  const pools = model?.nodes ?? [];
  return pools.flatMap(({ name, dollarsPerHour: price }) => {
    const all = runs.flatMap(({ nodes = {} }) => (Object.hasOwn(nodes, name) ? nodes[name]! : []));
    if (all.length < runs.length) return [];
    const hours = all.map(({ nodeHours }) => nodeHours);
    const share = (used: (series: NodeSeries) => number) =>
      confidenceInterval(all.map((one) => used(one) / one.nodeHours));
    const requested = {
      cpu: share(({ allocatedCpuHours }) => allocatedCpuHours),
      memory: share(({ allocatedMemoryHours }) => allocatedMemoryHours),
    };
    return [{ service: `nodes/${name}`, hours, price, requested }];
  });
}
