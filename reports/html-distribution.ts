/** All requests after the warm-up: how many were answered within how long. */
import {
  confidenceInterval,
  type Estimate,
  predictionInterval,
} from '../simulator/analysis/estimate.ts';
import { estimatesOf, LATENCY } from '../simulator/analysis/statistics.ts';
import { sampleOf, WHOLE_RUN, type Window, windowsOf } from '../simulator/analysis/windows.ts';
import { formatDuration } from '../simulator/model/units.ts';
import { type Histogram, mergeHistograms } from '../simulator/results/histogram.ts';
import type { Results, Run } from '../simulator/results/results.ts';
import { cdfChart, type Quantiles } from './charts/cdf.ts';
import type { Side } from './charts/mark.ts';
import { details, empty, type Section, section, table } from './html-elements.ts';
import { key, MARKS_ITEM, sideItem } from './html-key.ts';
import { type Markup, markup } from './html-markup.ts';
import { journeyNames, type Pair, sidesOf, spreadOf } from './html-series.ts';
import { formatEstimate, formatValue } from './text-numbers.ts';

const MARKED: readonly { readonly name: string; readonly share: number }[] = [
  { name: 'p50', share: 0.5 },
  { name: 'p95', share: 0.95 },
  { name: 'p99', share: 0.99 },
];
const DEEPEST = 0.999;
/** A quantile with fewer requests beyond it is chance. */
const FEWEST_BEYOND = 10;
const CURVE_POINTS = 100;
const TABLE_SHARES: readonly number[] = [
  0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999,
];

export function distributionSection(pair: Pair): Section {
  const figures = journeyNames(pair).map((journey, index) => figureOf(pair, journey, index));
  const lead =
    'Share of all requests after the warm-up that were answered within a time. Where the curves ' +
    'lie on each other, the model is right about the tail as well as the middle.';
  return section('distribution', 'Latency distribution', lead, figures);
}

interface Distribution {
  readonly side: Side;
  readonly results: Results;
  readonly window: Window;
  /** One a run. */
  readonly runs: readonly Histogram[];
}

function figureOf(pair: Pair, journey: string, index: number): Markup {
  const sides = sidesOf(pair)
    .map(({ side, results }) => distributionOf(side, results, journey))
    .filter(({ runs }) => runs.some(({ count }) => count > 0));
  const content = sides.length === 0 ? empty('no data') : chartAndTables(sides, journey, index);
  return markup`<figure id="distribution-${index}">
<figcaption>${journey}</figcaption>
${content}
</figure>
`;
}

/** Only the runs that have the journey, which may be called `constructor`. */
function ownRuns({ runs }: Results, journey: string): Run[] {
  return runs.filter(({ journeys }) => Object.hasOwn(journeys, journey));
}

function distributionOf(side: Side, results: Results, journey: string): Distribution {
  const window = windowsOf(results).find(({ name }) => name === WHOLE_RUN)!;
  const samples = ownRuns(results, journey).map((run) =>
    sampleOf(run, journey, window, results.bucketMs),
  );
  return { side, results, window, runs: samples.map(({ latencyMs }) => latencyMs) };
}

function chartAndTables(sides: readonly Distribution[], journey: string, index: number): Markup {
  const deepest = deepestShare(sides);
  const shares = Array.from(
    { length: CURVE_POINTS + 1 },
    (_, step) => 1 - 10 ** ((Math.log10(1 - deepest) * step) / CURVE_POINTS),
  );
  const chart = cdfChart({
    id: `distribution-${index}-chart`,
    title: `Latency distribution of ${journey}`,
    description: sides.map(describe).join('; '),
    mostShare: deepest,
    format: formatDuration,
    formatShare: (share) => formatValue(share, 'ratio'),
    curves: sides.map((side) => curveOf(side, shares)),
  });
  const items = sides.map(({ side, runs }) => sideItem(side, runs.length));
  return markup`${key([...items, MARKS_ITEM])}<div class="beside"><div>${chart}</div>
${summary(sides, journey)}</div>
${details('Numbers', quantileTable(sides, journey, deepest))}`;
}

/** At least ten requests of the smallest sample lie beyond it. */
function deepestShare(sides: readonly Distribution[]): number {
  const fewest = Math.min(...sides.map(({ runs }) => Math.max(...runs.map(({ count }) => count))));
  return Math.max(0.99, Math.min(DEEPEST, 1 - FEWEST_BEYOND / fewest));
}

function curveOf({ side, runs }: Distribution, shares: readonly number[]): Quantiles {
  const all = mergeHistograms(runs.map((run) => run.toData()));
  const spread = spreadOf(
    runs.map((run) => shares.map((share) => run.quantile(share))),
    'median',
  );
  const hasBand = side === 'predicted' && runs.length > 1;
  return {
    side,
    shares,
    values: shares.map((share) => all.quantile(share)),
    ...(hasBand && { low: spread.low, high: spread.high }),
    marks: MARKED.map(({ name, share }) => {
      const value = all.quantile(share);
      return { share, value, words: `${side} ${name}: ${formatDuration(value)}` };
    }),
  };
}

function describe({ side, runs }: Distribution): string {
  const all = mergeHistograms(runs.map((run) => run.toData()));
  const words = MARKED.map(({ name, share }) => `${name} ${formatDuration(all.quantile(share))}`);
  return `${side}: ${words.join(', ')}`;
}

/** Mean and quantiles of the whole run side by side: what most readers came for. */
function summary(sides: readonly Distribution[], journey: string): Markup {
  const isPair = sides.length > 1;
  const interval = isPair ? predictionInterval : confidenceInterval;
  const columns = sides.map(({ results, window }) =>
    estimatesOf(
      { ...results, runs: ownRuns(results, journey) },
      journey,
      window,
      LATENCY,
      interval,
    ),
  );
  const rows = LATENCY.map(({ name }, row) => [
    name,
    ...columns.map((column) => stacked(column[row]!)),
  ]);
  return table({
    caption: `After the warm-up, 95 % intervals of ${isPair ? 'one further run' : 'the mean'}`,
    heads: ['latency', ...sides.map(({ side }) => side)],
    rows,
  });
}

/** The interval below its value. */
function stacked(estimate: Estimate): Markup {
  const [value, range] = formatEstimate(estimate, 'ms').split(' (');
  return range === undefined
    ? markup`${value}`
    : markup`${value}<small>${range.slice(0, -1)}</small>`;
}

function quantileTable(sides: readonly Distribution[], journey: string, deepest: number): Markup {
  const all = sides.map(({ runs }) => mergeHistograms(runs.map((run) => run.toData())));
  const shares = TABLE_SHARES.filter((share) => share <= deepest);
  return table({
    caption: `Latency distribution of ${journey}, all runs of a side taken together`,
    heads: ['answered', ...sides.map(({ side }) => `${side} within`)],
    rows: shares.map((share) => [
      share === 0 ? 'fastest' : formatValue(share, 'ratio'),
      ...all.map((histogram) => formatValue(histogram.quantile(share), 'ms')),
    ]),
  });
}
