/** Answers of a replay held against the recorded ones, as texts for tables. */
import { formatCount, formatDuration, formatPercent } from '../simulator/model/units.ts';
import type {
  AnswerComparison,
  EndpointAnswers,
  FieldDifference,
  Share,
  ShareEstimate,
} from '../simulator/results/answers.ts';
import { Histogram, type HistogramData } from '../simulator/results/histogram.ts';
import { quantileWithError } from './sampling-error.ts';
import { cleaned } from './text-clean.ts';
import { formatRange, formatValue, NO_DATA } from './text-numbers.ts';

const QUANTILES = [0.5, 0.95, 0.99] as const;
export const QUANTILE_NAMES: readonly string[] = QUANTILES.map((q) => `p${100 * q}`);
/** A difference may be below 0. */
const MINUS = '−';

/** `12 of 400: 3 % (1.7–5.2 %)` */
export function estimateWords(share: ShareEstimate): string {
  const { value, low, high, count, of } = share;
  if (value === null || low === null || high === null) return NO_DATA;
  return `${countWords({ count, of })}: ${percent(value)} (${rangeWords(low, high)})`;
}

/** `12 of 400` */
export function countWords({ count, of }: Share): string {
  return `${formatCount(count)} of ${formatCount(of)}`;
}

function percent(ratio: number): string {
  return ratio < 0 ? `${MINUS}${formatPercent(-ratio)}` : formatPercent(ratio);
}

function rangeWords(low: number, high: number): string {
  return `${percent(low)} to ${percent(high)}`;
}

/** What was compared, and what was not, as names and texts. */
export function answersFacts(answers: AnswerComparison): [string, string][] {
  const { recorded, differing, notCompared, bodies, noise, ignored } = answers;
  const rows: [string, string][] = [
    ['compared', `${countWords({ count: differing.of, of: recorded })}${because(notCompared)}`],
    [
      'bodies',
      `${countWords({ count: bodies.compared, of: bodies.expected })}${because(bodies.notCompared)}`,
    ],
    ['differing', estimateWords(differing)],
  ];
  if (noise !== undefined) {
    const failed = noise.failed > 0 ? `, ${formatCount(noise.failed)} without an answer` : '';
    rows.push(
      ['second', `${formatCount(noise.compared)} compared${failed}`],
      ['beyond noise', beyondWords(noise.differing)],
    );
  }
  const all = [...ignored.headers.map((name) => `header ${name}`), ...ignored.fields];
  if (all.length > 0) rows.push(['ignored', all.join(', ')]);
  return rows;
}

/** A difference of shares: how many there are of the first tells little. */
function beyondWords({ value, low, high }: ShareEstimate): string {
  if (value === null || low === null || high === null) return NO_DATA;
  return `${percent(value)} (${rangeWords(low, high)})`;
}

function because(counts: Readonly<Record<string, number>>): string {
  const all = Object.entries(counts).map(([reason, count]) => `${formatCount(count)} × ${reason}`);
  return all.length === 0 ? '' : `; not compared: ${all.join(', ')}`;
}

export const ENDPOINT_HEADS: readonly string[] = [
  'endpoint',
  'differing',
  ...QUANTILE_NAMES.flatMap((name) => [`${name} recorded`, `${name} replayed`]),
];

/** A number, and the 95 % interval of its sampling error; empty where it is as narrow as it. */
export interface Shown {
  readonly text: string;
  readonly range: string;
}

/** In the order of `ENDPOINT_HEADS`, without the first two. */
export function latencyCells({ recordedMs, replayedMs }: EndpointAnswers): Shown[] {
  const [recorded, replayed] = [quantiles(recordedMs), quantiles(replayedMs)];
  return QUANTILES.flatMap((_, index) => [recorded[index]!, replayed[index]!]);
}

/** `4 ms → 4.14 ms` at each quantile: recorded, then replayed, without their intervals. */
export function latencyChanges({ recordedMs, replayedMs }: EndpointAnswers): string[] {
  const [before, after] = [recordedMs, replayedMs].map((data) => new Histogram().merge(data));
  return QUANTILES.map((q) => {
    const shown = (all: Histogram) => (all.count === 0 ? NO_DATA : formatDuration(all.quantile(q)));
    return `${shown(before!)} → ${shown(after!)}`;
  });
}

function quantiles(data: HistogramData): Shown[] {
  const histogram = new Histogram().merge(data);
  return QUANTILES.map((q) => {
    const { value, low, high } = quantileWithError(histogram, q);
    const text = formatValue(value, 'ms');
    const range = formatRange(low, high, 'ms');
    return { text, range: range === text ? '' : range };
  });
}

export function fieldHeads({ noise }: AnswerComparison): string[] {
  const ofNoise = noise === undefined ? [] : ['noise', 'beyond noise', 'verdict'];
  return ['field', 'endpoint', 'differing', ...ofNoise, 'how', 'first seen'];
}

/** In the order of `fieldHeads`. */
export function fieldRow(
  difference: FieldDifference,
  { noise: second }: AnswerComparison,
): string[] {
  const { field, endpoint, raw, noise, beyond, verdict, changes, example } = difference;
  const ofNoise =
    second === undefined
      ? []
      : [
          noise === undefined ? NO_DATA : shareWords(noise),
          beyond ? `${percent(beyond.value)} (${rangeWords(beyond.low, beyond.high)})` : NO_DATA,
          verdict,
        ];
  const how = Object.entries(changes).map(([change, count]) => `${formatCount(count)} × ${change}`);
  const first = `#${example.sequence}: ${example.recorded} → ${example.replayed}`;
  return [field, endpoint, shareWords(raw), ...ofNoise, how.join(', '), first].map(cleaned);
}

function shareWords(share: Share): string {
  const ratio = share.of === 0 ? NO_DATA : formatPercent(share.count / share.of);
  return `${countWords(share)} (${ratio})`;
}
