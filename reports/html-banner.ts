/** The verdict, before anything else: in a word, a sentence, and with its reasons. */
import type { ObjectiveVerdict, Verdict } from '../simulator/analysis/objectives.ts';
import { formatCount, formatDuration } from '../simulator/model/units.ts';
import type { ReplayOutcome, Results } from '../simulator/results/results.ts';
import type { Comparison } from './comparison.ts';
import { badge, classOf } from './html-elements.ts';
import { type Markup, markup, NOTHING } from './html-markup.ts';
import { isMeasurement, replications } from './html-series.ts';
import { counted } from './text-clean.ts';
import { brokenWords, firstSaturated, groupsOf, objectivesOf } from './text-findings.ts';
import { formatDate, formatEstimate, formatTool, formatValue } from './text-numbers.ts';
import { MARK, tally, worstOf } from './text-verdicts.ts';

const MOST_REASONS = 8;

export interface BannerParts {
  readonly predicted: Results;
  readonly measured: Results | undefined;
  readonly comparison: Comparison | undefined;
}

export function banner(parts: BannerParts): Markup {
  if (parts.comparison !== undefined) return ofComparison(parts.comparison);
  const { predicted, measured } = parts;
  if (predicted.replay !== undefined && measured === undefined) return ofReplay(predicted.replay);
  return ofPrediction(predicted, measured !== undefined);
}

const REPLAYED: Readonly<Record<Verdict, string>> = {
  pass: 'The replay is sound: the load went out as it was asked for.',
  fail: 'The replay failed.',
  inconclusive: 'The load was not the one that was asked for: what was measured proves nothing.',
  'no data': 'Too little was measured to judge by.',
};

/** What it sent, where to, and why that is not sound. */
function ofReplay({ verdict, reasons, target, sent, records }: ReplayOutcome): Markup {
  const sentence = `${REPLAYED[verdict]} ${formatCount(sent)} of ${counted(records, 'record')} were sent to ${target} and answered.`;
  return box(
    verdict,
    sentence,
    reasons.slice(0, MOST_REASONS).map((reason) => markup`<li>${reason}</li>`),
  );
}

const SENTENCES: Readonly<Record<Verdict, string>> = {
  pass: 'The measurement lies where the prediction allows it.',
  fail: 'The measurement does not agree with the prediction, or breaks an objective.',
  inconclusive: 'This measurement can neither confirm nor refute the prediction.',
  'no data': 'Something that had to be measured was not: nothing is proved.',
};

function ofComparison({ verdict, reasons, checks }: Comparison): Markup {
  const counts = tally(checks.map((check) => check.verdict));
  const all = counted(checks.length, 'check');
  const sentence = `${SENTENCES[verdict]} ${counts === '' ? all : `${all}: ${counts}`}.`;
  const items = reasons.slice(0, MOST_REASONS).map((reason) => markup`<li>${reason}</li>`);
  const more = reasons.length - items.length;
  if (more > 0) items.push(markup`<li><a href="#checks">${more} more</a></li>`);
  return box(verdict, sentence, items);
}

const PREDICTED: Readonly<Record<Verdict, string>> = {
  pass: 'Every objective is held, as far as the replications can tell.',
  fail: 'Not every objective is held.',
  inconclusive: 'The replications do not tell whether every objective is held.',
  'no data': 'For some objective there is nothing to judge it by.',
};

function ofPrediction(predicted: Results, isMeasured: boolean): Markup {
  const objectives = objectivesOf(predicted);
  const verdict = worstOf(objectives.map((one) => one.verdict)) ?? 'no data';
  const sentence = objectives.length === 0 ? nothingToJudgeBy(predicted) : PREDICTED[verdict];
  const compared = isMeasured ? ' The measurement was not compared.' : '';
  const saturated = firstSaturated(groupsOf(predicted));
  const items = [
    ...objectives.map(objectiveItem),
    ...(saturated === undefined ? [] : [markup`<li>${saturated}</li>`]),
  ];
  return box(verdict, sentence + compared, items);
}

/** A replay has warnings of its own, but no model that says what it should have been. */
function nothingToJudgeBy(results: Results): string {
  return isMeasurement(results)
    ? 'A measurement alone: there is no prediction to judge it by.'
    : 'There are no objectives to judge by.';
}

function objectiveItem(objective: ObjectiveVerdict): Markup {
  const { journey, statistic, unit, estimate, verdict } = objective;
  const words = brokenWords(objective);
  const broken = words === '' ? NOTHING : markup`, ${words}`;
  const allowed = formatValue(objective.objective, unit);
  const numbers = `${formatEstimate(estimate, unit)}, allowed ≤ ${allowed}`;
  return markup`<li>${badge(verdict)} ${journey} ${statistic}: ${numbers}${broken}</li>`;
}

function box(verdict: Verdict, sentence: string, items: readonly Markup[]): Markup {
  const list = items.length === 0 ? NOTHING : markup`<ul>${items}</ul>`;
  return markup`<div class="verdict ${classOf(verdict)}">
<p class="word"><span aria-hidden="true">${MARK[verdict]}</span> ${verdict}</p>
<div><p>${sentence}</p>${list}</div>
</div>`;
}

/** One line of what this is about: model, seed, runs, tool, duration, date. */
export function subject({ predicted, measured, comparison }: BannerParts): Markup {
  const { provenance, durationMs } = predicted;
  const tolerance =
    comparison === undefined
      ? []
      : [`${formatValue(comparison.toleranceRatio, 'ratio')} tolerance`];
  const about = isMeasurement(predicted)
    ? [`${formatTool(provenance)} of ${predicted.name}`]
    : [`model ${predicted.name}`, `seed ${provenance.seed}`, replications(predicted)];
  const parts = [
    ...about,
    `plimsoll ${provenance.version}`,
    ...(measured === undefined ? [] : [`measured by ${formatTool(measured.provenance)}`]),
    formatDuration(durationMs),
    formatDate((measured ?? predicted).provenance.startedAtMs) ?? [],
    ...tolerance,
  ].flat();
  return markup`<p class="subject">${parts.map((part) => markup`<span>${part}</span> `)}</p>`;
}
