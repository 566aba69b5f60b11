/** The part of a printed prediction about what happened to instances. */
import type { Incident, Results } from '../simulator/results/results.ts';

import { cleaned } from './text-clean.ts';
import { heading, type Paint, shortened, table, widthOf, wrapped } from './text-layout.ts';
import { formatMoment } from './text-numbers.ts';

const MOST = 20;
/** Longest name in a column of a table. */
const LONGEST_NAME = 18;

/** Of the first replication; nothing where nothing happened. */
export function incidents({ runs }: Results, width: number, paint: Paint): string[] {
  const all = runs[0]?.incidents ?? [];
  if (all.length === 0) return [];
  const shown = all.slice(0, MOST);
  const rows = table(shown.map(row), 'rl', paint);
  const more = all.length - shown.length;
  return [
    ...heading('Incidents', `${all.length} in the first replication`, paint),
    ...rows.flatMap((line, index) => withWords(line, shown[index]!, width)),
    ...(more > 0 ? [`  … ${more} more`] : []),
  ];
}

function row({ atMs, service }: Incident) {
  return [{ text: formatMoment(atMs) }, { text: shortened(service, LONGEST_NAME) }];
}

/** What happened, beside its row where it fits, else in lines below. */
function withWords(line: string, { reason }: Incident, width: number): string[] {
  const words = cleaned(reason);
  const whole = `${line}  ${words}`;
  return widthOf(whole) <= width ? [whole] : [line, ...wrapped(words, width, '      ')];
}
