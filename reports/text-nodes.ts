/** Pools of nodes over time, on a terminal. */
import { meanOf, meanSeries } from '../simulator/analysis/groups.ts';
import type { NodeSeries, Results } from '../simulator/results/results.ts';
import { poolIn, poolNames } from './node-groups.ts';
import { counted } from './text-clean.ts';
import { type Cell, heading, type Paint, shortened, table, widthOf } from './text-layout.ts';
import { formatMoment, formatValue, isKnown, rangeOf } from './text-numbers.ts';
import { sparkline } from './text-sparkline.ts';

const LONGEST_NAME = 16;

/** Nodes, what pods ask of them, and pods that find no room; nothing of a model without nodes. */
export function nodes(results: Results, width: number, paint: Paint): string[] {
  const names = poolNames(results);
  if (names.length === 0) return [];
  const longestName = Math.max(0, ...names.map(widthOf));
  const columns = Math.max(10, Math.min(60, width - 60 - longestName));
  const rows = names.flatMap((name) => poolRows(results, name, columns));
  const note = `0 s to ${formatMoment(results.durationMs)}, mean of ${counted(results.runs.length, 'replication')}`;
  return [...heading('Nodes', note, paint), ...table(rows, 'llll', paint)];
}

function poolRows(results: Results, group: string, columns: number): Cell[][] {
  const runs = poolIn(results, group);
  const of = (series: (run: NodeSeries) => readonly (number | null)[]) => meanSeries(runs, series);
  const [ready, cpu, memory, pending] = [
    of((run) => run.ready),
    of((run) => run.allocatedCpuRatio),
    of((run) => run.allocatedMemoryRatio),
    of((run) => run.pending),
  ];
  const row = (
    name: string,
    what: string,
    values: readonly number[],
    most: number,
    words: string,
  ) => [
    { text: name },
    { text: what },
    { text: sparkline(values, columns, most) },
    { text: words },
  ];
  const isWaiting = rangeOf(pending)[1] > 0;
  return [
    row(shortened(group, LONGEST_NAME), 'nodes', ready, rangeOf(ready)[1], extremes(runs)),
    row('', 'CPU requested', cpu, 1, meanWords(cpu)),
    row('', 'memory requested', memory, 1, meanWords(memory)),
    ...(isWaiting
      ? [row('', 'pods pending', pending, rangeOf(pending)[1], mostWords(pending, results))]
      : []),
  ];
}

function extremes(runs: readonly NodeSeries[]): string {
  const [low, high] = rangeOf(runs.flatMap(({ ready }) => ready));
  if (!isKnown(low)) return 'no data';
  return low === high ? `${low} throughout` : `${low} to ${high}`;
}

function meanWords(values: readonly number[]): string {
  return `${formatValue(meanOf(values.filter(isKnown)), 'ratio')} in the mean`;
}

function mostWords(values: readonly number[], { bucketMs }: Results): string {
  const [, most] = rangeOf(values);
  const at = formatMoment(values.indexOf(most) * bucketMs);
  return `up to ${formatValue(most, 'instances')}, at ${at}`;
}
