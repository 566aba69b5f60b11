/** Latency over time, a figure a journey. */

import { formatDuration } from '../simulator/model/units.ts';
import type { Results } from '../simulator/results/results.ts';
import { magnitudeScale } from './charts/scale.ts';
import { type Section, section } from './html-elements.ts';
import { type Series, timeFigure } from './html-figure.ts';
import type { Markup } from './html-markup.ts';
import { journeyNames, latencyOf, type Pair, sidesOf, spreadOf } from './html-series.ts';
import { counted, listed } from './text-clean.ts';
import { journeyIn } from './text-findings.ts';
import { isKnown } from './text-numbers.ts';

const QUANTILES: readonly { readonly name: string; readonly q: number }[] = [
  { name: 'p50', q: 0.5 },
  { name: 'p95', q: 0.95 },
];

/** @param journeys those that are shown */
export function latencySection(
  pair: Pair,
  journeys: readonly string[] = journeyNames(pair),
): Section {
  const figures = journeys.map((journey, index) => figureOf(pair, journey, index));
  const lead =
    'What clients waited for an answer. A point stands for the requests that started within ' +
    `${formatDuration(pair.predicted.bucketMs)} of each other; where a line is missing, none ` +
    'was answered.';
  return section('latency', 'Latency over time', lead, figures);
}

function figureOf(pair: Pair, journey: string, index: number): Markup {
  const series = sidesOf(pair)
    .filter(({ results }) => journeyIn(results, journey).length > 0)
    .flatMap(({ side, results }) =>
      QUANTILES.map(({ name, q }) => ({
        name,
        side,
        results,
        spread: spread(results, journey, q),
      })),
    );
  return timeFigure({
    id: `latency-${index}`,
    heading: journey,
    what: 'Latency',
    unit: 'ms',
    shape: 'line',
    series,
    y: magnitudeScale,
    isTagged: true,
    note: insideWords(series),
  });
}

function spread(results: Results, journey: string, q: number): Series['spread'] {
  return spreadOf(
    journeyIn(results, journey).map((run) => latencyOf(run, q)),
    'median',
  );
}

/** How often the measured line lies within the band, after the warm-up. */
function insideWords(series: readonly Series[]): string {
  const parts = QUANTILES.flatMap(({ name }) => {
    const [predicted, measured] = series.filter((one) => one.name === name);
    if (predicted === undefined || measured === undefined) return [];
    if (predicted.results.runs.length < 2) return [];
    if (predicted.results.bucketMs !== measured.results.bucketMs) return [];
    const inside = bucketsInside(predicted, measured);
    const words = `${inside.filter(Boolean).length} of ${counted(inside.length, 'point')}`;
    return inside.length === 0 ? [] : [`${name} in ${words}`];
  });
  return parts.length === 0 ? '' : `Measured within the predicted band: ${listed(parts)}.`;
}

function bucketsInside({ spread: band, results }: Series, measured: Series): boolean[] {
  const first = Math.ceil(results.warmUpMs / results.bucketMs);
  return measured.spread.middle.flatMap((value, bucket) => {
    const [low, high] = [band.low[bucket], band.high[bucket]];
    if (bucket < first || !isKnown(value) || !isKnown(low) || !isKnown(high)) return [];
    return [value >= low && value <= high];
  });
}
