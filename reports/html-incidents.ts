/** What happened to instances, and what was done about it: faults, ejections, breakers. */
import type { Incident } from '../simulator/results/results.ts';
import { type Section, section, table } from './html-elements.ts';
import type { Pair } from './html-series.ts';
import { cleaned } from './text-clean.ts';
import { formatMoment } from './text-numbers.ts';

const MOST_ROWS = 200;

/** Those of the first run of either side; nothing where nothing happened. */
export function incidentsSection({ predicted, measured }: Pair): Section[] {
  const sides = [
    { side: 'predicted', incidents: predicted.runs[0]?.incidents ?? [] },
    { side: 'measured', incidents: measured?.runs[0]?.incidents ?? [] },
  ].filter(({ incidents }) => incidents.length > 0);
  if (sides.length === 0) return [];
  const tables = sides.map(({ side, incidents }) =>
    table({
      caption: measured ? `In order of time, ${side}` : 'In order of time',
      heads: ['moment', 'service', 'what happened'],
      rows: rowsOf(incidents),
      words: [2],
    }),
  );
  const lead = 'Of the first run: what happened to instances, and what was done about it.';
  return [section('incidents', 'Incidents', lead, tables)];
}

function rowsOf(incidents: readonly Incident[]): string[][] {
  const rows = incidents
    .slice(0, MOST_ROWS)
    .map(({ atMs, service, reason }) => [formatMoment(atMs), service, cleaned(reason)]);
  const more = incidents.length - rows.length;
  return more > 0 ? [...rows, ['', '', `… ${more} more`]] : rows;
}
