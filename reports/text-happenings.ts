/** What happened to instances, and what became of roll-outs, in words for a terminal. */
import { meanOf } from '../simulator/analysis/groups.ts';
import { formatPercent } from '../simulator/model/units.ts';
import type { Incident, Results, RolloutOutcome } from '../simulator/results/results.ts';
import { cleaned } from './text-clean.ts';
import { serviceIn, serviceNames } from './text-findings.ts';
import { heading, type Paint, shortened, wrapped } from './text-layout.ts';
import { formatMoment, formatValue } from './text-numbers.ts';

const LONGEST_NAME = 16;
const MOST_INCIDENTS = 12;

/** A line a roll-out: how the replications ended, and what the users of the new version saw. */
export function rollouts(results: Results, width: number, paint: Paint): string[] {
  const rows = rolloutRows(results);
  if (rows.length === 0) return [];
  return [
    ...heading('Roll-outs', 'of all replications', paint),
    ...rows.flatMap(({ name, words }) => wrapped(`${name}: ${words}`, width, '  ', '      ')),
  ];
}

/** `feed, roll-out 1` and what became of it. */
export function rolloutRows(results: Results): { name: string; words: string }[] {
  return serviceNames(results).flatMap((service) => {
    const runs = serviceIn(results, service).map((series) => series.rollouts ?? []);
    const most = Math.max(0, ...runs.map(({ length }) => length));
    return Array.from({ length: most }, (_, index) => {
      const all = runs.flatMap((outcomes) => outcomes[index] ?? []);
      const type = typeOf(results, service, index);
      const name = `${shortened(service, LONGEST_NAME)}, roll-out ${index + 1}${type}`;
      return { name, words: outcomeWords(all) };
    });
  });
}

function typeOf({ model }: Results, service: string, index: number): string {
  const found = model?.services.find(({ name }) => name === service)?.rollouts?.[index];
  return found === undefined ? '' : ` (${found.strategy.type})`;
}

/** `rolled back at 2:20; 402 requests saw it, 15 of them failed (3.73 %)` */
export function outcomeWords(all: readonly RolloutOutcome[]): string {
  const phases = [...new Set(all.map(({ phase }) => phase))];
  const ends = phases.map((phase) => {
    const own = all.filter((one) => one.phase === phase);
    const times = own.flatMap(({ endedAtMs }) => endedAtMs ?? []);
    const at = times.length === 0 ? '' : ` at ${formatMoment(meanOf(times))}`;
    const count = all.length === own.length ? '' : `${own.length} of ${all.length} `;
    return `${count}${phase}${at}${times.length > 1 ? ' in the mean' : ''}`;
  });
  const requests = meanOf(all.map((one) => one.requests));
  const errors = meanOf(all.map((one) => one.errors));
  const share = requests > 0 ? ` (${formatPercent(errors / requests)})` : '';
  const seen = `${formatValue(requests, 'requests')} requests saw it`;
  return `${ends.join(', ')}; ${seen}, ${formatValue(errors, 'requests')} of them failed${share}`;
}

/** What happened in the first replication, in order of time. */
export function happenings({ runs }: Results, width: number, paint: Paint): string[] {
  const all = runs[0]?.incidents ?? [];
  if (all.length === 0) return [];
  const more = all.length - MOST_INCIDENTS;
  return [
    ...heading('What happened', 'in the first replication', paint),
    ...all.slice(0, MOST_INCIDENTS).flatMap((one) => incidentLines(one, width)),
    ...(more > 0 ? [`  … ${more} more, all of them: plimsoll explain`] : []),
  ];
}

function incidentLines({ atMs, service, reason }: Incident, width: number): string[] {
  const when = `${formatMoment(atMs)}  ${shortened(service, LONGEST_NAME)}: `;
  return wrapped(`${when}${cleaned(reason)}`, width, '  ', '      ');
}
