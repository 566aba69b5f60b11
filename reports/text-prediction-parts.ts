/** The parts of a printed prediction about services: load, caches, cost, decisions, fates. */
import { summarizeCaches } from '../simulator/analysis/caches.ts';
import { meanOf, meanSeries } from '../simulator/analysis/groups.ts';
import { journeysOf } from '../simulator/analysis/statistics.ts';
import { formatMoney } from '../simulator/model/units.ts';
import type {
  Counters,
  Results,
  ScalingDecision,
  ServiceSeries,
} from '../simulator/results/results.ts';
import { cleaned, counted } from './text-clean.ts';
import { type Bill, billOf, journeyIn, serviceIn, serviceNames } from './text-findings.ts';
import {
  type Cell,
  heading,
  type Paint,
  shortened,
  table,
  widthOf,
  wrapped,
} from './text-layout.ts';
import {
  estimateBy,
  formatEstimate,
  formatHours,
  formatMoment,
  formatValue,
  isKnown,
  rangeOf,
} from './text-numbers.ts';
import { sparkline } from './text-sparkline.ts';

const LONGEST_NAME = 16;
const MOST_DECISIONS = 8;

/** Instances and utilisation of every service over time. */
export function services(results: Results, width: number, paint: Paint): string[] {
  const names = serviceNames(results);
  if (names.length === 0) return [];
  const longestName = Math.max(0, ...names.map(widthOf));
  const columns = Math.max(10, Math.min(60, width - 60 - longestName));
  const rows = names.flatMap((name) => serviceRows(results, name, columns));
  const replications = counted(results.runs.length, 'replication');
  const note = `0 s to ${formatMoment(results.durationMs)}, mean of ${replications}`;
  return [...heading('Services', note, paint), ...table(rows, 'llll', paint)];
}

function serviceRows(results: Results, name: string, columns: number): Cell[][] {
  const runs = serviceIn(results, name);
  const serving = meanSeries(runs, (run) => run.serving);
  const busy = meanSeries(runs, (run) => run.utilizationRatio);
  return [
    [
      { text: shortened(name, LONGEST_NAME) },
      { text: 'instances' },
      { text: sparkline(serving, columns, rangeOf(serving)[1]) },
      { text: extremes(runs.flatMap((run) => run.serving)) },
    ],
    ...unitRows(runs, columns),
    ...updatedRows(runs, columns, rangeOf(serving)[1]),
    [
      { text: '' },
      { text: 'utilisation' },
      { text: sparkline(busy, columns, 1) },
      { text: busiest(busy, results.bucketMs) },
    ],
  ];
}

/** Capacity of a group that counts in units. */
function unitRows(runs: readonly ServiceSeries[], columns: number): Cell[][] {
  const mixes = runs.flatMap(({ mix }) => mix ?? []);
  if (mixes.length === 0) return [];
  const units = meanSeries(mixes, ({ serving }) => serving);
  return [
    [
      { text: '' },
      { text: 'units' },
      { text: sparkline(units, columns, rangeOf(units)[1]) },
      { text: extremes(mixes.flatMap((mix) => mix.serving)) },
    ],
  ];
}

/** How many are of the version that rolls out; nothing where none does. */
function updatedRows(runs: readonly ServiceSeries[], columns: number, most: number): Cell[][] {
  const updated = runs.flatMap((run) => run.updated ?? []);
  if (!updated.some((count) => count > 0)) return [];
  const mean = meanSeries(runs, (run) => run.updated ?? []);
  const line = sparkline(mean, columns, Math.max(most, rangeOf(mean)[1]));
  return [[{ text: '' }, { text: 'new version' }, { text: line }, { text: extremes(updated) }]];
}

function extremes(counts: readonly number[]): string {
  const [low, high] = rangeOf(counts);
  if (!isKnown(low)) return 'no data';
  return low === high ? `${low} throughout` : `${low} to ${high}`;
}

function busiest(busy: readonly number[], bucketMs: number): string {
  const [, most] = rangeOf(busy);
  if (!isKnown(most)) return 'no data';
  const at = formatMoment(busy.indexOf(most) * bucketMs);
  const mean = formatValue(meanOf(busy.filter(isKnown)), 'ratio');
  return `${mean} in the mean, ${formatValue(most, 'ratio')} at ${at}`;
}

/** Hits and look-ups of every cache; nothing of a model without caches. */
export function caches(results: Results, paint: Paint): string[] {
  const all = summarizeCaches(results);
  if (all.length === 0) return [];
  const heads: Cell[] = ['', 'hit ratio', 'look-ups'].map((text) => ({ text, tone: 'dim' }));
  const rows = all.map(({ cache, hitRatio, lookUpsPerSecond }): Cell[] => [
    { text: shortened(cache, LONGEST_NAME) },
    { text: formatEstimate(hitRatio, 'ratio') },
    { text: formatEstimate(lookUpsPerSecond, 'per-second') },
  ]);
  const note = `of the whole run, 95 % intervals over ${counted(results.runs.length, 'replication')}`;
  return [...heading('Caches', note, paint), ...table([heads, ...rows], 'lll', paint)];
}

/** Machine hours and, where anything has a price, cost of a run. */
export function bill(results: Results, paint: Paint): string[] {
  const { lines, total } = billOf(results);
  if (lines.length === 0) return [];
  const all = lines.length > 1 ? [...lines, total] : lines;
  const title = total.dollars === undefined ? 'Machine hours' : 'Machine hours and cost';
  return [...heading(title, 'of a run', paint), ...table(all.map(billRow), 'llll', paint)];
}

function billRow({ service, hours, dollars, requested }: Bill): Cell[] {
  return [
    { text: shortened(service, LONGEST_NAME) },
    { text: estimateBy(formatHours, hours) },
    { text: dollars === undefined ? '' : estimateBy(formatMoney, dollars) },
    { text: requestedWords(requested) },
  ];
}

/** `62 % of CPU and 40 % of memory requested`; empty where it is no pool. */
function requestedWords(requested: Bill['requested']): string {
  if (requested === undefined || !isKnown(requested.cpu.value)) return '';
  const [cpu, memory] = [requested.cpu, requested.memory].map(({ value }) =>
    formatValue(value, 'ratio'),
  );
  return `${cpu} of CPU and ${memory} of memory requested`;
}

/** How many a run, and what the first replication decided and why. */
export function decisions(results: Results, width: number, paint: Paint): string[] {
  const { runs } = results;
  const first = runs[0]?.decisions ?? [];
  const perRun = meanOf(runs.map((run) => run.decisions.length));
  if (!isKnown(perRun)) return [];
  const note = `${formatValue(perRun, 'instances')} a run in the mean; the first replication's:`;
  const title = heading('Scaling decisions', perRun === 0 ? 'none' : note, paint);
  const shown = first.slice(0, MOST_DECISIONS);
  const rows = table(shown.map(decisionRow), 'rll', paint);
  const more = first.length - shown.length;
  return [
    ...title,
    ...rows.flatMap((row, index) => withReason(row, shown[index]!, width)),
    ...(more > 0 ? [`  … ${more} more`] : []),
  ];
}

function decisionRow({ atMs, service, from, desired }: ScalingDecision): Cell[] {
  return [
    { text: formatMoment(atMs) },
    { text: shortened(service, LONGEST_NAME) },
    { text: `${from} → ${desired}` },
  ];
}

/** The reason beside its row where it fits, else in lines below. */
function withReason(row: string, { reason, from, desired }: ScalingDecision, width: number) {
  const words = cleaned(reason).replace(`: ${from} → ${desired}`, '');
  const line = `${row}  ${words}`;
  if (widthOf(line) <= width) return [line];
  return [row, ...wrapped(words, width, '      ')];
}

const FATES: readonly { readonly key: keyof Counters; readonly name: string }[] = [
  { key: 'arrived', name: 'arrived' },
  { key: 'completed', name: 'completed' },
  { key: 'failed', name: 'failed' },
  { key: 'timedOut', name: 'timed out' },
  { key: 'shed', name: 'shed' },
  { key: 'inside', name: 'unfinished' },
];

/** What became of the requests, and work done for callers that no longer waited. */
export function counters(results: Results, width: number, paint: Paint): string[] {
  const heads: Cell[] = ['', ...FATES.map(({ name }) => name)].map((text) => ({
    text,
    tone: 'dim',
  }));
  const rows = journeysOf(results).map((journey) => fates(results, journey));
  if (rows.length === 0) return [...heading('Requests', 'no data', paint)];
  const title = heading('Requests', 'mean of a run', paint);
  return [...title, ...table([heads, ...rows], 'lrrrrrr', paint), ...zombies(results, width)];
}

function fates(results: Results, journey: string): Cell[] {
  const all = journeyIn(results, journey).map(({ counters: all }) => all);
  const counts = FATES.map(({ key }) => meanOf(all.map((one) => one[key])));
  const cells = counts.map((count): Cell => ({ text: formatValue(count, 'requests') }));
  return [{ text: shortened(journey, LONGEST_NAME) }, ...cells];
}

function zombies(results: Results, width: number): string[] {
  const found = serviceNames(results).flatMap((name) => {
    const mean = meanOf(serviceIn(results, name).map((run) => run.zombies));
    return mean > 0 ? [`${shortened(name, LONGEST_NAME)} ${formatValue(mean, 'requests')}`] : [];
  });
  const words = found.length === 0 ? 'none' : `${found.join(', ')} requests a run`;
  return wrapped(`zombie work (finished for callers that no longer waited): ${words}`, width, '  ');
}
