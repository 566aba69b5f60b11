/**
 * A replay by itself: was it sound, did the load go out as it was asked for, and what did clients
 * wait, from the moment they would have sent and from the moment they did.
 */
import { formatCount, formatDuration, formatPercent } from '../simulator/model/units.ts';
import { Histogram, type HistogramData, mergeHistograms } from '../simulator/results/histogram.ts';
import type { JourneySeries, ReplayOutcome, Results } from '../simulator/results/results.ts';
import { cdfChart, type Quantiles } from './charts/cdf.ts';
import type { Side } from './charts/mark.ts';
import { empty, type Section, section, table } from './html-elements.ts';
import { timeFigure } from './html-figure.ts';
import { generatorSection } from './html-generator.ts';
import { key, MARKS_ITEM, sideItem } from './html-key.ts';
import { latencySection } from './html-latency.ts';
import { loadSection } from './html-load.ts';
import { markup } from './html-markup.ts';
import { rateOf, spreadOf } from './html-series.ts';
import { counted } from './text-clean.ts';
import { formatValue, isKnown } from './text-numbers.ts';

const ALL = 'all requests';
const MARKED: readonly number[] = [0.5, 0.95, 0.99];
const CURVE_POINTS = 100;
const DEEPEST = 0.999;
const FEWEST_BEYOND = 10;
/** More would be a page of charts that nobody looks at: the table has them all. */
const MOST_FIGURES = 8;

/** Of results of a replay. */
export function replayedSections(results: Results, replay: ReplayOutcome): Section[] {
  const together = ofAll(results);
  const names = Object.keys(journeysIn(results)).sort(byArrivals(results));
  const shown = names.length > 1 ? [ALL, ...names.slice(0, MOST_FIGURES)] : names;
  const journeys = { ...journeysIn(results), ...together.journeys };
  const all = { ...results, runs: [{ ...together, journeys }] };
  const figures = { predicted: all, measured: undefined };
  return [
    rateSection(results, replay, together.journeys[ALL]!),
    ...generatorSection(results),
    endpointsSection(results, names, together.journeys[ALL]!, replay),
    waitSection(together.journeys[ALL]!, replay),
    errorsSection(replay),
    latencySection(figures, shown),
    ...(names.length > 1 ? [loadSection(figures, shown.slice(1))] : []),
  ];
}

function journeysIn({ runs }: Results): Readonly<Record<string, JourneySeries>> {
  return runs[0]?.journeys ?? {};
}

function byArrivals(results: Results) {
  const arrived = (name: string) => journeysIn(results)[name]!.counters.arrived;
  return (a: string, b: string) => arrived(b) - arrived(a) || (a < b ? -1 : 1);
}

/** The run with one journey for all of its endpoints. */
function ofAll(results: Results) {
  const all = Object.values(journeysIn(results));
  const sum = (of: (one: JourneySeries) => number) =>
    all.reduce((total, one) => total + of(one), 0);
  const buckets = Array.from({ length: Math.max(0, ...all.map(({ arrived }) => arrived.length)) });
  const sums = (of: (one: JourneySeries) => readonly number[]) =>
    buckets.map((_, bucket) => sum((one) => of(one)[bucket] ?? 0));
  const journey: JourneySeries = {
    counters: {
      arrived: sum(({ counters }) => counters.arrived),
      completed: sum(({ counters }) => counters.completed),
      failed: sum(({ counters }) => counters.failed),
      timedOut: sum(({ counters }) => counters.timedOut),
      shed: sum(({ counters }) => counters.shed),
      inside: sum(({ counters }) => counters.inside),
    },
    latencyMs: buckets.map((_, bucket) =>
      mergeHistograms(all.flatMap(({ latencyMs }) => latencyMs[bucket] ?? [])).toData(),
    ),
    arrived: sums(({ arrived }) => arrived),
    completed: sums(({ completed }) => completed),
    errors: sums(({ errors }) => errors),
  };
  return { seed: 0, journeys: { [ALL]: journey }, services: {}, decisions: [] };
}

function rateSection(results: Results, replay: ReplayOutcome, all: JourneySeries): Section {
  const { durationMs } = results;
  const departed = all.arrived.map((_, bucket) => replay.departed[bucket] ?? 0);
  const line = (side: Side, counts: readonly number[]) => ({
    name: '',
    side,
    results,
    spread: spreadOf([rateOf(counts, results)], 'mean'),
  });
  const late = replay.departed.slice(departed.length).reduce((sum, count) => sum + count, 0);
  const seconds = durationMs / 1000;
  const gone = departed.reduce((sum, count) => sum + count, 0);
  const after = late === 0 ? '' : ` ${counted(late, 'request')} went out after the last was due.`;
  const lead =
    `Asked for ${formatValue(all.counters.arrived / seconds, 'per-second')} in the mean; ` +
    `${formatValue(gone / seconds, 'per-second')} went out in time.${after} ` +
    'Asked is by the moment at which a request was due, measured by the one at which it went out.';
  return section('rate', 'Rate asked and reached', lead, [
    timeFigure({
      id: 'rate-chart',
      heading: ALL,
      what: 'Requests per second',
      unit: 'per-second',
      shape: 'line',
      series: [line('asked', all.arrived), line('measured', departed)],
    }),
  ]);
}

function endpointsSection(
  results: Results,
  names: readonly string[],
  all: JourneySeries,
  { serviceMs }: ReplayOutcome,
): Section {
  const journeys = journeysIn(results);
  const rows = names.map((name) => endpointRow(name, journeys[name]!, results));
  const total = endpointRow(ALL, { ...all, serviceMs }, results);
  const lead =
    'Latency is what a client would have waited: from the intended moment to the last byte, of ' +
    'requests that succeeded. Service is from the send, of all that were answered.';
  const quantiles = ['p50', 'p95', 'p99'];
  const heads = [...quantiles, ...quantiles.map((name) => `service ${name}`)];
  return section('endpoints', 'Endpoints', lead, [
    table({
      caption: 'By endpoint, the whole run',
      heads: ['endpoint', 'requests', 'rate', 'errors', ...heads],
      rows: names.length > 1 ? [...rows, total] : rows,
    }),
  ]);
}

function endpointRow(name: string, journey: JourneySeries, { durationMs }: Results): string[] {
  const { counters, latencyMs, serviceMs } = journey;
  const errors = counters.failed + counters.timedOut + counters.shed;
  const latency = mergeHistograms(latencyMs);
  const service = new Histogram();
  if (serviceMs !== undefined) service.merge(serviceMs);
  return [
    name,
    formatCount(counters.arrived),
    formatValue((counters.arrived * 1000) / durationMs, 'per-second'),
    counters.arrived === 0 ? '–' : formatPercent(errors / counters.arrived),
    ...MARKED.map((q) => shown(latency.quantile(q))),
    ...MARKED.map((q) => shown(service.quantile(q))),
  ];
}

function shown(ms: number): string {
  return isKnown(ms) ? formatDuration(ms) : '–';
}

function waitSection(all: JourneySeries, { serviceMs }: ReplayOutcome): Section {
  const latency = mergeHistograms(all.latencyMs);
  const lead =
    'Share of requests that were answered within a time. Where the curves part, requests went ' +
    'out late, or waited for their turn: a user would have waited, the service did not.';
  const sides: [Side, HistogramData][] = [
    ['service', serviceMs],
    ['measured', latency.toData()],
  ];
  const known = sides.filter(([, { count }]) => count > 0);
  const title = 'From the intended moment, and from the send';
  if (known.length === 0) return section('distribution', title, lead, [empty('no data')]);
  const fewest = Math.min(...known.map(([, { count }]) => count));
  const deepest = Math.max(0.99, Math.min(DEEPEST, 1 - FEWEST_BEYOND / fewest));
  const chart = cdfChart({
    id: 'distribution-chart',
    title: 'Latency and service time of all requests',
    description: known.map(([side, data]) => describe(side, data)).join('; '),
    mostShare: deepest,
    format: formatDuration,
    formatShare: (share) => formatValue(share, 'ratio'),
    curves: known.map(([side, data]) => curveOf(side, data, deepest)),
  });
  const items = known.map(([side]) => sideItem(side, 1));
  return section('distribution', title, lead, [
    markup`<figure id="distribution"><figcaption>${ALL}</figcaption>
${key([...items, MARKS_ITEM])}${chart}</figure>`,
  ]);
}

function marksOf(side: Side, data: HistogramData) {
  const all = new Histogram().merge(data);
  return MARKED.map((share) => {
    const value = all.quantile(share);
    return { share, value, words: `${side} p${share * 100}: ${formatDuration(value)}` };
  });
}

function describe(side: Side, data: HistogramData): string {
  return marksOf(side, data)
    .map(({ words }) => words)
    .join(', ');
}

function curveOf(side: Side, data: HistogramData, deepest: number): Quantiles {
  const all = new Histogram().merge(data);
  const shares = Array.from(
    { length: CURVE_POINTS + 1 },
    (_, step) => 1 - 10 ** ((Math.log10(1 - deepest) * step) / CURVE_POINTS),
  );
  const values = shares.map((share) => all.quantile(share));
  return { side, shares, values, marks: marksOf(side, data) };
}

function errorsSection({ records, sent, failed, heldBack, statuses }: ReplayOutcome): Section {
  const bad = Object.entries(statuses).filter(([status]) => Number(status) >= 400);
  const kinds = (counts: Readonly<Record<string, number>>, what: string) =>
    Object.entries(counts).map(([reason, count]) => [what, reason, count] as const);
  const rows = [
    ...bad.map(([status, count]) => ['answered with an error', `status ${status}`, count] as const),
    ...kinds(failed, 'no answer'),
    ...kinds(heldBack, 'not sent'),
  ].sort(([, , a], [, , b]) => b - a);
  const lead = `Of ${counted(records, 'record')} of the capture ${formatCount(sent)} were sent and answered.`;
  const content =
    rows.length === 0
      ? empty('every record was sent, and answered without an error')
      : table({
          caption: 'What did not end well, by kind',
          heads: ['what', 'kind', 'requests', 'of all records'],
          rows: rows.map(([what, kind, count]) => [
            what,
            kind,
            formatCount(count),
            formatPercent(count / records),
          ]),
          words: [1],
          isNarrow: true,
        });
  return section('errors', 'Errors by kind', lead, [content]);
}
