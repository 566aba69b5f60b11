/** What happened to instances, and what became of roll-outs: tables of the report. */
import type { Incident, Results } from '../simulator/results/results.ts';
import { details, type Section, section, table } from './html-elements.ts';
import type { Markup } from './html-markup.ts';
import { type Pair, sidesOf } from './html-series.ts';
import { cleaned, counted } from './text-clean.ts';
import { rolloutRows } from './text-happenings.ts';
import { formatMoment } from './text-numbers.ts';

/** More than that are there, but not open at once. */
const MOST_OPEN = 12;
const MOST_ROWS = 500;

/** Nothing where nothing happened. */
export function happeningsSection(pair: Pair): Section[] {
  const content = sidesOf(pair).flatMap(({ side, results }) => [
    ...rolloutTable(side, results),
    ...incidentTables(side, results.runs[0]?.incidents ?? []),
  ]);
  if (content.length === 0) return [];
  const lead = 'Faults, checks and roll-outs of the first replication, and what was done about it.';
  return [section('happenings', 'What happened to instances', lead, content)];
}

function rolloutTable(side: string, results: Results): Markup[] {
  const rows = rolloutRows(results).map(({ name, words }) => [name, words]);
  if (rows.length === 0) return [];
  const caption = `Roll-outs (${side}), over all replications`;
  return [table({ caption, heads: ['roll-out', 'what became of it'], rows, words: [1] })];
}

function incidentTables(side: string, incidents: readonly Incident[]): Markup[] {
  if (incidents.length === 0) return [];
  const rows = incidents
    .slice(0, MOST_ROWS)
    .map(({ atMs, service, reason }) => [unbroken(formatMoment(atMs)), service, cleaned(reason)]);
  const parts = { heads: ['at', 'service', 'what'], words: [2] };
  const caption = `In order of time (${side})`;
  const open = table({ ...parts, caption, rows: rows.slice(0, MOST_OPEN) });
  const rest = rows.slice(MOST_OPEN);
  if (rest.length === 0) return [open];
  const further = table({ ...parts, caption: `${caption}, continued`, rows: rest });
  const notShown = incidents.length - rows.length;
  const summary = `${rest.length} more${notShown > 0 ? `; ${counted(notShown, 'row')} left out` : ''}`;
  return [open, details(summary, further)];
}

/** `5 min 30 s` on one line. */
function unbroken(text: string): string {
  return text.replaceAll(' ', '\u00a0');
}
