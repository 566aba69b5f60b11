/** What a prediction comes to, in words: for the terminal and for the page alike. */
import { confidenceInterval, type Estimate } from '../simulator/analysis/estimate.ts';
import { type GroupSummary, summarizeGroups } from '../simulator/analysis/groups.ts';
import {
  judgeObjectives,
  type ObjectiveVerdict,
  type Stretch,
} from '../simulator/analysis/objectives.ts';
import { servicesOf } from '../simulator/analysis/statistics.ts';
import type { JourneySeries, Results, ServiceSeries } from '../simulator/results/results.ts';
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
  readonly service: string;
  readonly hours: Estimate;
  /** Undefined where the instance kind has no price. */
  readonly dollars: Estimate | undefined;
}

/** Machine hours and cost per run: a line a service, then the sum of those with a price. */
export function billOf(results: Results): { lines: Bill[]; total: Bill } {
  const groups = groupsOf(results);
  const lines = groups.map(({ service, instanceHours, dollars }) => ({
    service,
    hours: instanceHours,
    dollars,
  }));
  const price = (name: string) =>
    results.model?.services.find((service) => service.name === name)?.on.dollarsPerHour;
  const sumOf = (weight: (service: string) => number) =>
    confidenceInterval(
      results.runs.map(({ services }) =>
        groups.reduce(
          (sum, { service }) => sum + services[service]!.instanceHours * weight(service),
          0,
        ),
      ),
    );
  const hasPrice = groups.some(({ dollars }) => isKnown(dollars?.value));
  const dollars = hasPrice ? sumOf((service) => price(service) ?? 0) : undefined;
  return { lines, total: { service: 'in all', hours: sumOf(() => 1), dollars } };
}
