/**
 * A chart over time with its heading, its key, a line for the numbers under the pointer, and the
 * same numbers as a table.
 */
import type { Results } from '../simulator/results/results.ts';
import type { Side } from './charts/mark.ts';
import { linearScale, type Scale } from './charts/scale.ts';
import { type Layer, type Tag, type TimeChart, timeChart } from './charts/time-chart.ts';
import type { CheckUnit } from './comparison.ts';
import { details, empty, table } from './html-elements.ts';
import { key, sideItem, WARM_UP_ITEM } from './html-key.ts';
import { type Markup, markup, NOTHING } from './html-markup.ts';
import { middles, type Spread, samples } from './html-series.ts';
import {
  estimateBy,
  formatMoment,
  formatValue,
  isKnown,
  NO_DATA,
  rangeOf,
} from './text-numbers.ts';

/** A table with more rows than this shows every second, third … bucket. */
const MOST_ROWS = 150;
const LARGE_PX = 200;
const SMALL_PX = 140;

/** One line of a chart, with or without a band, and one column of its table. */
export interface Series {
  /** `p95`: its column is `predicted p95`; empty where a side has but one. */
  readonly name: string;
  readonly side: Side;
  /** Where it was simulated or measured. */
  readonly results: Results;
  readonly spread: Spread;
  /** A part of the side's other line: finer, and without a band. */
  readonly isPart?: boolean;
}

export interface TimeFigure {
  readonly id: string;
  /** Of the figure: a journey's or a service's name. */
  readonly heading: string;
  /** `Latency`: in the chart's title. */
  readonly what: string;
  readonly unit: CheckUnit;
  readonly shape: Layer['shape'];
  readonly series: readonly Series[];
  readonly y?: (values: readonly number[]) => Scale;
  readonly marks?: NonNullable<TimeChart['marks']>;
  /** Names of the lines at their right end. */
  readonly isTagged?: boolean;
  /** One of several under a key that they share. */
  readonly isSmall?: boolean;
  /** What is to be said about the chart, such as `not measured`. */
  readonly note?: string;
  /** Tables below the numbers of the lines. */
  readonly below?: Markup;
}

export function timeFigure(figure: TimeFigure): Markup {
  const { id, heading, series, note = '' } = figure;
  const values = series.flatMap(({ spread }) => [...spread.middle, ...spread.low, ...spread.high]);
  const hasData = values.some(isKnown);
  const content = hasData ? chartAndTable(figure, values) : empty('no data');
  const words = note === '' ? NOTHING : markup`<p class="note">${note}</p>`;
  return markup`<figure id="${id}"${figure.isSmall ? NOTHING : markup` class="large"`}>
<figcaption>${heading}</figcaption>
${hasData && !figure.isSmall ? keyOf(figure) : NOTHING}${words}${content}
</figure>
`;
}

function chartAndTable(figure: TimeFigure, values: readonly number[]): Markup {
  return markup`${chart(figure, values)}
<p class="readout" hidden aria-hidden="true"></p>
${details('Numbers', numbers(figure))}${figure.below ?? NOTHING}`;
}

function chart(figure: TimeFigure, values: readonly number[]): Markup {
  const { id, heading, what, unit, series, marks = [] } = figure;
  const runs = series.map(({ results }) => results);
  const scale = figure.y ?? ((all) => linearScale(rangeOf(all)[1]));
  return timeChart({
    id: `${id}-chart`,
    title: `${what} of ${heading} over time`,
    description: description(figure),
    durationMs: durationOf(series),
    warmUpMs: Math.max(...runs.map(({ warmUpMs }) => warmUpMs)),
    phases: runs[0]?.phases ?? [],
    y: scale([...values, ...marks.map(({ y }) => y)]),
    format: (value) => formatValue(value, unit),
    layers: series.map((one) => layer(one, figure.shape)),
    marks,
    tags: figure.isTagged ? tagsOf(series) : [],
    rowShare: rowMsOf(series) / durationOf(series),
    plotPx: figure.isSmall ? SMALL_PX : LARGE_PX,
  });
}

function durationOf(series: readonly Series[]): number {
  return Math.max(1, ...series.map(({ results }) => results.durationMs));
}

function layer({ side, results, spread, isPart }: Series, shape: Layer['shape']): Layer {
  const place = shape === 'step' ? samples : middles;
  const edges = { low: place(spread.low, results), high: place(spread.high, results) };
  const hasBand = side === 'predicted' && results.runs.length > 1 && !isPart;
  const points = place(spread.middle, results);
  return { side, shape, points, edges: hasBand ? edges : undefined, isPart };
}

/** One tag a name: at the measured line where there is one. */
function tagsOf(series: readonly Series[]): Tag[] {
  const values = new Map<string, number>();
  for (const { name, spread } of series) {
    const latest = spread.middle.findLast(isKnown);
    if (latest !== undefined) values.set(name, latest);
  }
  return [...values].map(([word, value]) => ({ word, value }));
}

/** `predicted p95: 21 ms to 218 ms, highest at 32 s; …; windows: calm 0 s to 15 s, …` */
function description({ series, unit, shape }: TimeFigure): string {
  const windows = (series[0]?.results.phases ?? [])
    .map(({ name, startMs, endMs }) => `${name} ${formatMoment(startMs)} to ${formatMoment(endMs)}`)
    .join(', ');
  const parts = series.map((one) => `${one.side} ${one.name}`.trim() + extent(one, unit, shape));
  return [...parts, ...(windows === '' ? [] : [`windows: ${windows}`])].join('; ');
}

function extent({ results, spread }: Series, unit: CheckUnit, shape: Layer['shape']): string {
  const [low, high] = rangeOf(spread.middle);
  if (!isKnown(low)) return `: ${NO_DATA}`;
  if (low === high) return `: ${formatValue(low, unit)} throughout`;
  const bucket = spread.middle.indexOf(high) + (shape === 'step' ? 1 : 0);
  const range = `${formatValue(low, unit)} to ${formatValue(high, unit)}`;
  return `: ${range}, highest at ${formatMoment(bucket * results.bucketMs)}`;
}

function keyOf({ series }: TimeFigure): Markup {
  const sides = [...new Set(series.map(({ side }) => side))];
  const items = sides.map((side) =>
    sideItem(side, series.find((one) => one.side === side)!.results.runs.length),
  );
  const hasWarmUp = series.some(({ results }) => results.warmUpMs > 0);
  return key([...items, ...(hasWarmUp ? [WARM_UP_ITEM] : [])]);
}

/** Width of a row in time: a bucket, or several of them. */
function rowMsOf(series: readonly Series[]): number {
  const bucketMs = Math.max(1, ...series.map(({ results }) => results.bucketMs));
  return bucketMs * Math.max(1, Math.ceil(durationOf(series) / bucketMs / MOST_ROWS));
}

function numbers({ what, heading, series, unit, shape }: TimeFigure): Markup {
  const rowMs = rowMsOf(series);
  const count = Math.ceil(durationOf(series) / rowMs);
  const rows = Array.from({ length: count }, (_, row) => [
    formatMoment(row * rowMs),
    ...series.map((one) => valueAt(one, bucketAt(one, row * rowMs, shape), unit)),
  ]);
  return table({
    caption: `${what} of ${heading}, from each moment on for ${formatMoment(rowMs)}`,
    heads: ['from', ...series.map(({ name, side }) => `${side} ${name}`)],
    rows,
  });
}

/** What was sampled at the end of a bucket holds from then on, as the chart draws it. */
function bucketAt({ results }: Series, ms: number, shape: Layer['shape']): number {
  const bucket = Math.floor(ms / results.bucketMs);
  return shape === 'step' ? Math.max(0, bucket - 1) : bucket;
}

function valueAt({ results, spread }: Series, bucket: number, unit: CheckUnit): string {
  const at = (values: readonly number[]) => values[bucket] ?? Number.NaN;
  const hasBand = results.runs.length > 1;
  const [low, high] = hasBand ? [at(spread.low), at(spread.high)] : [Number.NaN, Number.NaN];
  return estimateBy((value) => formatValue(value, unit), { value: at(spread.middle), low, high });
}
