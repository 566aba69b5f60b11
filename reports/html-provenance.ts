/** Where the numbers come from, what casts doubt on them, and what a run costs. */
import { formatDuration, formatMoney } from '../simulator/model/units.ts';
import type { Results } from '../simulator/results/results.ts';
import { type Section, section, table } from './html-elements.ts';
import { markup, NOTHING } from './html-markup.ts';
import { isMeasurement, type Pair } from './html-series.ts';
import { type Bill, billOf } from './text-findings.ts';
import { estimateBy, formatDate, formatEstimate, formatHours, formatTool } from './text-numbers.ts';

/** Machine hours and cost of a run as predicted; nothing where the model is not known. */
export function costSection(predicted: Results): Section[] {
  const { lines, total } = billOf(predicted);
  if (lines.length === 0) return [];
  const all = lines.length > 1 ? [...lines, total] : lines;
  const isPriced = total.dollars !== undefined;
  const hasNodes = lines.some(({ requested }) => requested !== undefined);
  const content = table({
    caption: 'Of one run as predicted, with 95 % intervals',
    heads: [
      'service',
      'machine hours',
      ...(isPriced ? ['cost'] : []),
      ...(hasNodes ? ['CPU requested', 'memory requested'] : []),
    ],
    rows: all.map((line) => billRow(line, isPriced, hasNodes)),
    isNarrow: true,
  });
  return [section('cost', isPriced ? 'Machine hours and cost' : 'Machine hours', '', [content])];
}

function billRow(
  { service, hours, dollars, requested }: Bill,
  isPriced: boolean,
  hasNodes: boolean,
): string[] {
  const cost = dollars === undefined ? 'no price' : estimateBy(formatMoney, dollars);
  const shares = [requested?.cpu, requested?.memory].map((share) =>
    share === undefined ? '–' : formatEstimate(share, 'ratio'),
  );
  return [
    service,
    estimateBy(formatHours, hours),
    ...(isPriced ? [cost] : []),
    ...(hasNodes ? shares : []),
  ];
}

export function warningsSection({ predicted, measured }: Pair): Section {
  const items = [
    ...predicted.warnings.map((text) => markup`<li><b>${sideOf(predicted)}:</b> ${text}</li>`),
    ...(measured?.warnings ?? []).map((text) => markup`<li><b>measurement:</b> ${text}</li>`),
  ];
  const list =
    items.length === 0
      ? markup`<p class="lead">none</p>`
      : markup`<ul class="warnings">${items}</ul>`;
  return section('warnings', 'Warnings', '', [list]);
}

function sideOf(results: Results): string {
  return isMeasurement(results) ? 'measurement' : 'prediction';
}

export function provenanceSection(
  { predicted, measured }: Pair,
  command: string | undefined,
): Section {
  const sides = [predicted, ...(measured ? [measured] : [])];
  const isModelled = sides.some((side) => !isMeasurement(side));
  const facts = isModelled ? FACTS : FACTS.filter(({ isOfModel }) => !isOfModel);
  const rows = facts.map(({ name, of }) => [name, ...sides.map(of)]);
  const content = table({
    caption: 'Where each side comes from',
    heads: ['what', sideOf(predicted), 'measurement'].slice(0, sides.length + 1),
    rows,
    words: [1, 2],
    isNarrow: measured === undefined,
  });
  const again =
    command === undefined
      ? NOTHING
      : markup`<p class="again">The same again: <code>${command}</code></p>`;
  const lead = isModelled
    ? 'Model, seed, replications and version give the same prediction on any machine.'
    : '';
  return section('provenance', 'Provenance', lead, [content, again]);
}

interface Fact {
  readonly name: string;
  readonly of: (results: Results) => string;
  /** Means nothing of a measurement alone. */
  readonly isOfModel?: true;
}

const FACTS: readonly Fact[] = [
  { name: 'model', of: ({ name }) => name },
  { name: 'model digest', of: ({ provenance }) => provenance.modelDigest, isOfModel: true },
  { name: 'seed', of: ({ provenance }) => String(provenance.seed), isOfModel: true },
  { name: 'runs', of: ({ runs }) => String(runs.length) },
  { name: 'tool', of: ({ provenance }) => formatTool(provenance) },
  { name: 'plimsoll', of: ({ provenance }) => provenance.version },
  { name: 'duration', of: ({ durationMs }) => formatDuration(durationMs) },
  { name: 'warm-up', of: ({ warmUpMs }) => formatDuration(warmUpMs), isOfModel: true },
  { name: 'bucket', of: ({ bucketMs }) => formatDuration(bucketMs) },
  {
    name: 'started',
    of: ({ provenance }) => formatDate(provenance.startedAtMs) ?? 'in virtual time',
  },
];
