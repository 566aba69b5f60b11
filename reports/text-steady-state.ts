/** A steady state on a terminal: may it be trusted, what is it, and what was it made of. */
import type { OfferedLoad } from '../simulator/analysis/offered-load.ts';
import type { SteadyJourney, SteadyState } from '../simulator/analysis/steady-state.ts';
import {
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
} from '../simulator/model/units.ts';
import { cleaned } from './text-clean.ts';
import {
  type Cell,
  heading,
  type Paint,
  painter,
  shortened,
  type TextOptions,
  table,
  wrapped,
} from './text-layout.ts';
import { formatRange, formatValue } from './text-numbers.ts';
import { MARK, TONE } from './text-verdicts.ts';

const LONGEST_NAME = 18;
const NUMBERS = ['mean', 'p50', 'p95', 'p99'] as const;

export interface SteadyTextOptions extends TextOptions {
  /** Command that gives the same numbers again. */
  readonly command?: string;
}

/** Lines without a line feed at the end; missing numbers are `no data`. */
export function renderSteadyState(answer: SteadyState, options: SteadyTextOptions): string {
  const paint = painter(options.color);
  const { width } = options;
  return [
    verdictLine(answer, paint),
    ...answer.journeys.flatMap((journey) => latency(journey, width, paint)),
    ...loads(answer.loads, paint),
    ...notes(answer.notes, width, paint),
    ...origin(answer, options, paint),
  ].join('\n');
}

function verdictLine({ name, verdict, wish }: SteadyState, paint: Paint): string {
  const [mark, tone] = markOf(verdict);
  const word = paint(`${mark} ${verdict.toUpperCase()}`, tone);
  const asked = `mean and p99 to ± ${formatPercent(wish.relativeHalfWidth)}`;
  return `${word}  ${shortened(name, LONGEST_NAME)} in steady state, ${asked}`;
}

function markOf(verdict: SteadyJourney['verdict']) {
  const like = verdict === 'trustworthy' ? 'pass' : 'inconclusive';
  return [MARK[like], TONE[like]] as const;
}

/** The four numbers, their intervals beneath, and why they may be believed. */
function latency(journey: SteadyJourney, width: number, paint: Paint): string[] {
  const estimates = NUMBERS.map((name) => journey.latencyMs[name]);
  const heads = NUMBERS.map((text): Cell => ({ text, tone: 'dim' }));
  const values = estimates.map(({ value }): Cell => ({ text: formatValue(value, 'ms') }));
  const ranges = estimates.map(
    ({ low, high }): Cell => ({ text: formatRange(low, high, 'ms'), tone: 'dim' }),
  );
  const rows = ranges.some(({ text }) => text !== '') ? [heads, values, ranges] : [heads, values];
  const [mark, tone] = markOf(journey.verdict);
  const reason = wrapped(`${mark} ${journey.verdict}: ${journey.reason}`, width, '  ', '    ');
  return [
    ...heading(`Latency of ${shortened(journey.journey, 40)}`, '95 % intervals', paint),
    ...table(rows, 'rrrr', paint),
    ...reason.map((line) => paint(line, tone)),
    ...wrapped(basis(journey), width, '  ', '    '),
  ];
}

function basis({ completed, warmUp, errorRatio }: SteadyJourney): string {
  const front = warmUp > 0 ? `, without the first ${formatCount(warmUp)}` : '';
  const errors = errorRatio > 0 ? formatPercent(errorRatio) : 'none';
  return `from ${formatCount(completed)} completed requests${front}; errors: ${errors}`;
}

function loads(all: readonly OfferedLoad[], paint: Paint): string[] {
  const rows = all.map((load): Cell[] => [
    { text: shortened(load.service, LONGEST_NAME) },
    { text: formatPercent(load.ratio) },
    { text: `${formatRate(load.visitsPerSecond)} × ${formatDuration(load.demandMsMean)}` },
    { text: `on ${load.serversInWords}` },
  ]);
  return [...heading('Services', 'offered load', paint), ...table(rows, 'lrrl', paint)];
}

function notes(all: readonly string[], width: number, paint: Paint): string[] {
  if (all.length === 0) return [];
  const lines = all.flatMap((note) => wrapped(note, width, '  ! ', '    '));
  return [...heading('Notes', '', paint), ...lines.map((line) => paint(line, 'doubt'))];
}

function origin(answer: SteadyState, options: SteadyTextOptions, paint: Paint): string[] {
  const { seed, version, modelDigest } = answer.provenance;
  const words =
    `seed ${seed}, a run of ${formatCount(answer.requests)} requests, plimsoll ${version}, ` +
    `model ${modelDigest}: the same four give the same numbers on any machine`;
  const again = options.command === undefined ? [] : [`again: ${cleaned(options.command)}`];
  return ['', ...[...wrapped(words, options.width), ...again].map((line) => paint(line, 'dim'))];
}
