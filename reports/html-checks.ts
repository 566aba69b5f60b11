/** Every check, grouped by kind; kinds and rows that did not pass come first. */
import type { ObjectiveVerdict } from '../simulator/analysis/objectives.ts';
import type { Check, CheckUnit, Comparison, Value } from './comparison.ts';
import { badge, classOf, empty, type Section, section, table } from './html-elements.ts';
import { type Markup, markup, NOTHING } from './html-markup.ts';
import { brokenWords } from './text-findings.ts';
import { formatAllowed, formatEstimate, formatRange, formatValue } from './text-numbers.ts';
import {
  checksOf,
  KIND_WORDS,
  KINDS,
  type Kind,
  severity,
  tally,
  worstOf,
} from './text-verdicts.ts';

export function checksSection(
  comparison: Comparison | undefined,
  objectives: readonly ObjectiveVerdict[],
): Section {
  if (comparison === undefined) return objectivesSection(objectives);
  const groups = KINDS.map((kind) => ({ kind, checks: checksOf(comparison.checks, kind) }))
    .filter(({ checks }) => checks.length > 0)
    .toSorted((a, b) => worst(a.checks) - worst(b.checks));
  const lead =
    `Allowed is the interval that one further run lies in 95 of 100 times, widened by ` +
    `${formatValue(comparison.toleranceRatio, 'ratio')} for what no model has in it.`;
  const content = groups.length === 0 ? [empty('no checks')] : groups.map(group);
  return section('checks', 'Checks', lead, content);
}

function worst(checks: readonly Check[]): number {
  return severity(worstOf(checks.map(({ verdict }) => verdict)) ?? 'pass');
}

/**
 * A table that turns into cards on a narrow page; the roles keep it a table to those who hear it.
 */
function group({ kind, checks }: { kind: Kind; checks: readonly Check[] }): Markup {
  const { name, asks } = KIND_WORDS[kind];
  const isPredicted = checks.some(({ predicted }) => predicted !== null);
  const heads = ['what', ...(isPredicted ? ['predicted'] : []), 'allowed', 'measured', 'verdict'];
  const head = heads.map((text) => markup`<th scope="col" role="columnheader">${text}</th>`);
  const verdicts = checks.map(({ verdict }) => verdict);
  return markup`<table class="checks" role="table">
<caption><strong>${name}</strong>: ${asks} <span class="tally">${tally(verdicts)}</span></caption>
<thead role="rowgroup"><tr role="row">${head}</tr></thead>
<tbody role="rowgroup">
${checks.map((check) => row(check, isPredicted))}</tbody>
</table>
`;
}

function row(check: Check, isPredicted: boolean): Markup {
  const { subject, window, statistic, unit, predicted, allowed, verdict, reason } = check;
  const why = reason === '' ? NOTHING : markup`<small class="reason">${reason}</small>`;
  const where = markup`<span class="where">${subject}, ${window}</span>`;
  return markup`<tr role="row" class="${classOf(verdict)}">
<th scope="row" role="rowheader">${statistic} ${where}${why}</th>
${isPredicted ? cell('predicted', stacked(predicted, unit)) : NOTHING}
${cell('allowed', markup`${formatAllowed(allowed, unit)}`)}
${cell('measured', stacked(check.measured, unit))}
<td role="cell">${badge(verdict)}</td></tr>
`;
}

function cell(label: string, content: Markup): Markup {
  return markup`<td role="cell" class="number" data-label="${label}">${content}</td>`;
}

/** The interval below its value. */
function stacked(value: Value | null, unit: CheckUnit): Markup {
  if (value === null) return markup`–`;
  const text = formatValue(value.value, unit);
  const range = formatRange(value.low, value.high, unit);
  return range === '' || range === text ? markup`${text}` : markup`${text} <small>${range}</small>`;
}

/** Of a prediction alone. */
function objectivesSection(objectives: readonly ObjectiveVerdict[]): Section {
  if (objectives.length === 0) {
    return section('checks', 'Objectives', '', [empty('no objectives in the model')]);
  }
  const rows = objectives.map((one) => [
    `${one.journey} ${one.statistic}`,
    formatEstimate(one.estimate, one.unit),
    `≤ ${formatValue(one.objective, one.unit)}`,
    badge(one.verdict),
    brokenWords(one) || 'never, in any bucket of the run',
  ]);
  const caption = 'Objectives of the model as predicted, with 95 % intervals of the mean';
  const heads = ['objective', 'predicted', 'allowed', 'verdict', 'broken'];
  return section('checks', 'Objectives', '', [table({ caption, heads, rows, words: [3, 4] })]);
}
