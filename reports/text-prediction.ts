/**
 * A prediction on a terminal: are the objectives held, and if not, when, for how long and what gave
 * way first; then latency, services, cost and what to make of it.
 */
import { confidenceInterval } from '../simulator/analysis/estimate.ts';
import type { ObjectiveVerdict } from '../simulator/analysis/objectives.ts';
import { estimatesOf, journeysOf, LATENCY } from '../simulator/analysis/statistics.ts';
import { windowsOf } from '../simulator/analysis/windows.ts';
import type { Results } from '../simulator/results/results.ts';
import { cleaned, counted } from './text-clean.ts';
import { brokenWords, firstSaturated, groupsOf, objectivesOf } from './text-findings.ts';
import { happenings, rollouts } from './text-happenings.ts';
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
import { nodes } from './text-nodes.ts';
import { formatEstimate, formatRange, formatValue } from './text-numbers.ts';
import { bill, caches, counters, decisions, services } from './text-prediction-parts.ts';
import { MARK, TONE, tally, worstOf } from './text-verdicts.ts';

/** Longest name in a column of a table. */
const LONGEST_NAME = 18;

export interface PredictionOptions extends TextOptions {
  /** The question that a what-if asks. */
  readonly question?: string;
  /** Command that gives the same numbers again. */
  readonly command?: string;
}

/** Lines without a line feed at the end; missing numbers are `no data`. */
export function renderPrediction(results: Results, options: PredictionOptions): string {
  const { color, width } = options;
  const paint = painter(color);
  const lines = [
    verdictLine(results, paint),
    ...question(options, paint),
    ...objectives(results, width, paint),
    ...journeysOf(results).flatMap((journey) => latency(results, journey, paint)),
    ...services(results, width, paint),
    ...nodes(results, width, paint),
    ...caches(results, paint),
    ...bill(results, paint),
    ...decisions(results, width, paint),
    ...rollouts(results, width, paint),
    ...happenings(results, width, paint),
    ...counters(results, width, paint),
    ...warnings(results, width, paint),
    ...origin(results, options, paint),
  ];
  return lines.join('\n');
}

function verdictLine(results: Results, paint: Paint): string {
  const name = shortened(results.name, LONGEST_NAME);
  const verdicts = objectivesOf(results).map(({ verdict }) => verdict);
  const worst = worstOf(verdicts);
  if (worst === undefined) return `${paint(name, 'strong')}: no objectives to hold`;
  const word = paint(`${MARK[worst]} ${worst.toUpperCase()}`, TONE[worst]);
  return `${word}  ${name}, ${counted(verdicts.length, 'objective')}: ${tally(verdicts)}`;
}

function question({ question: asked, width }: PredictionOptions, paint: Paint): string[] {
  if (asked === undefined) return [];
  return wrapped(asked, width).map((line) => paint(line, 'dim'));
}

function objectives(results: Results, width: number, paint: Paint): string[] {
  const judged = objectivesOf(results);
  if (judged.length === 0) return [];
  const rows = table(judged.map(objectiveRow), 'llllr', paint);
  const lines = rows.flatMap((row, index) => {
    const words = brokenWords(judged[index]!);
    return words === '' ? [row] : [row, ...wrapped(words, width, '      ')];
  });
  const first = firstSaturated(groupsOf(results));
  const replications = counted(results.runs.length, 'replication');
  return [
    ...heading('Objectives', `95 % intervals over ${replications}`, paint),
    ...lines,
    `  ${first ?? 'no service was saturated'}`,
  ];
}

function objectiveRow({
  journey,
  statistic,
  objective,
  unit,
  estimate,
  verdict,
}: ObjectiveVerdict) {
  return [
    { text: MARK[verdict], tone: TONE[verdict] },
    { text: shortened(journey, LONGEST_NAME) },
    { text: `${statistic} ≤ ${formatValue(objective, unit)}` },
    { text: formatEstimate(estimate, unit) },
    { text: verdict, tone: TONE[verdict] },
  ];
}

/** One row per window, its intervals beneath. */
function latency(results: Results, journey: string, paint: Paint): string[] {
  const heads: Cell[] = ['', ...LATENCY.map(({ name }) => name)].map((text) => ({
    text,
    tone: 'dim',
  }));
  const rows = windowsOf(results).flatMap((window) => {
    const estimates = estimatesOf(results, journey, window, LATENCY, confidenceInterval);
    const values = estimates.map(({ value }): Cell => ({ text: formatValue(value, 'ms') }));
    const ranges = estimates.map(
      ({ low, high }): Cell => ({ text: formatRange(low, high, 'ms'), tone: 'dim' }),
    );
    const hasRange = ranges.some(({ text }) => text !== '');
    const row = [{ text: shortened(window.name, LONGEST_NAME) }, ...values];
    return hasRange ? [row, [{ text: '' }, ...ranges]] : [row];
  });
  const title = heading(`Latency of ${shortened(journey, 40)}`, 'as clients see it', paint);
  return [...title, ...table([heads, ...rows], 'lrrrr', paint)];
}

function warnings(results: Results, width: number, paint: Paint): string[] {
  if (results.warnings.length === 0) return [];
  const lines = results.warnings.flatMap((warning) => wrapped(warning, width, '  ! ', '    '));
  return [...heading('Warnings', '', paint), ...lines.map((line) => paint(line, 'doubt'))];
}

function origin(
  { provenance, runs }: Results,
  { command, width }: PredictionOptions,
  paint: Paint,
): string[] {
  const { seed, version, modelDigest } = provenance;
  const words =
    `seed ${seed}, ${counted(runs.length, 'replication')}, plimsoll ${version}, model ` +
    `${modelDigest}: the same four give the same numbers on any machine`;
  const again = command === undefined ? [] : [`again: ${cleaned(command)}`];
  return ['', ...[...wrapped(words, width), ...again].map((line) => paint(line, 'dim'))];
}
