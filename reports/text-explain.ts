/**
 * Why groups had the size they had, on a terminal: what their control loops saw, the rule, what
 * they decided, and what came of it.
 */
import { formatClock, formatDuration } from '../simulator/model/units.ts';
import type { Explained } from './explain.ts';
import {
  type Change,
  type Explanation,
  type GroupRule,
  reasonWords,
  sizesWords,
} from './explain-group.ts';
import type { PolicySeen } from './rule-words.ts';
import { seenWords } from './seen-words.ts';
import { cleaned, counted, listed } from './text-clean.ts';
import {
  heading,
  type Paint,
  painter,
  shortened,
  type TextOptions,
  wrapped,
} from './text-layout.ts';

const LONGEST_NAME = 40;
/** Of a moment. */
const LATEST_INCIDENTS = 5;
/** Of the words at the left edge, with the room around them. */
const LABEL_WIDTH = 12;

export interface ExplainOptions extends TextOptions {
  /** Where the numbers come from, such as `simulator 0.1.0, seed 1`. */
  readonly origin: string;
}

/** Lines without a line feed at the end; what is not known is said to be so. */
export function renderExplained(explained: Explained, options: ExplainOptions): string {
  const paint = painter(options.color);
  const { width } = options;
  const { rules, warnings } = explained;
  const groups = rules.flatMap((rule) =>
    explained.atMs === null
      ? decisionsOf(explained, rule, width, paint)
      : momentOf(explained, rule, width, paint),
  );
  const doubts = warnings.flatMap((warning) => ['', ...wrapped(warning, width, '! ', '  ')]);
  const lines = [
    ...titleOf(explained, options, paint),
    ...(rules.length === 0 ? ['', 'no group was seen'] : groups),
    ...doubts.map((line) => paint(line, 'doubt')),
  ];
  return lines.join('\n');
}

function titleOf(explained: Explained, { origin, width }: ExplainOptions, paint: Paint): string[] {
  const { name, atMs, durationMs, explanations } = explained;
  const of = formatClock(durationMs);
  const what =
    atMs === null
      ? `${counted(explanations.length, 'decision')} in ${of}`
      : `at ${formatClock(atMs)} of ${of}`;
  const subject = `${shortened(name, LONGEST_NAME)}, ${what}`;
  return [paint(subject, 'strong'), ...wrapped(origin, width).map((line) => paint(line, 'dim'))];
}

/** One group at the moment that was asked for. */
function momentOf(explained: Explained, rule: GroupRule, width: number, paint: Paint): string[] {
  const { explanations, durationMs } = explained;
  const explanation = explanations.find(({ service }) => service === rule.service)!;
  const { said, policies } = explanation;
  const say = labelled(width, paint);
  const title = heading(shortened(rule.service, LONGEST_NAME), sizeWords(explanation, rule), paint);
  const isFixed = rule.scaling !== null && rule.policies.length === 0;
  const happened = say('happened', incidentWords(explained, rule).slice(-LATEST_INCIDENTS));
  if (isFixed) return [...title, ...say('rule', ruleWords(rule, policies)), ...happened];
  return [
    ...title,
    ...say('seen', said === null ? [] : seenWords(said, rule, `at ${formatClock(said.atMs)}: `)),
    ...say('rule', ruleWords(rule, policies)),
    ...say('decision', decisionWords(explanation)),
    ...happened,
    ...say('next', nextWords(explanation, durationMs, rule)),
  ];
}

/** What happened to a group's instances, in order of time. */
function incidentWords({ incidents }: Explained, { service }: GroupRule): string[] {
  const own = incidents.filter((one) => one.service === service);
  return own.map(({ atMs, reason }) => `${formatClock(atMs)}: ${cleaned(reason)}`);
}

/** The rule of a group once, and then its decisions. */
function decisionsOf(explained: Explained, rule: GroupRule, width: number, paint: Paint): string[] {
  const own = explained.explanations.filter(({ service }) => service === rule.service);
  const happened = incidentWords(explained, rule);
  const say = labelled(width, paint);
  const note = own.length === 0 ? 'no decision' : counted(own.length, 'decision');
  return [
    ...heading(shortened(rule.service, LONGEST_NAME), note, paint),
    ...say('rule', ruleWords(rule, [])),
    ...own.flatMap(({ atMs, said, policies, change }) => [
      '',
      ...say(formatClock(atMs), [`${sizesWords(said!)}${byWords(policies)}`, reasonWords(said!)]),
      ...say('seen', seenWords(said!, rule)),
      ...say('then', change === null ? [] : [progressWords(change, rule)]),
    ]),
    ...(happened.length > 0 ? ['', ...say('happened', happened)] : []),
  ];
}

/** Lines with a word at the left edge of the first one; a list in a list is what belongs to it. */
type Words = string | readonly string[];
type Say = (label: string, words: readonly Words[]) => string[];

function labelled(width: number, paint: Paint): Say {
  const edge = ' '.repeat(LABEL_WIDTH);
  const linesOf = (words: Words) =>
    typeof words === 'string'
      ? wrapped(words, width, edge, `${edge}  `)
      : words.flatMap((text) => wrapped(text, width, `${edge}  `, `${edge}    `));
  return (label, words) => {
    const [first, ...rest] = words.flatMap(linesOf);
    if (first === undefined) return [];
    const start = paint(`  ${label}`.padEnd(LABEL_WIDTH), 'dim');
    return [start + first.slice(LABEL_WIDTH), ...rest];
  };
}

/**
 * `desired 2; 1 serving, 1 booting, 1 of the new version at 0:30`,
 * `desired 12 units; 10 units serving at 0:30`
 */
function sizeWords({ desired, actual }: Explanation, { counts: what }: GroupRule): string {
  const units = what === 'units' ? ' units' : '';
  const wanted = `desired ${desired ?? 'not known'}${desired === null ? '' : units}`;
  if (actual === null) return `${wanted}; its instances were not seen`;
  const { serving, booting, draining, sampledAtMs, updated = 0 } = actual;
  const others = [
    ...(booting > 0 ? [`${booting} booting`] : []),
    ...(draining > 0 ? [`${draining} draining`] : []),
    ...(updated > 0 ? [`${updated} of the new version`] : []),
  ];
  const counts = [`${serving}${units} serving`, ...others].join(', ');
  return `${wanted}; ${counts} at ${formatClock(sampledAtMs)}`;
}

function ruleWords(rule: GroupRule, seen: readonly PolicySeen[]): Words[] {
  if (rule.scaling === null) {
    return rule.words.length > 0 ? [...rule.words] : ['not known: these results have no model'];
  }
  const isNumbered = rule.policies.length > 1;
  const policies = rule.policies.flatMap(({ lines: [first = '', ...rest] }, index): Words[] => [
    isNumbered ? `${index + 1}. ${first}` : first,
    [...rest, ...(seen[index]?.lines ?? []).map((line) => `seen: ${line}`)],
  ]);
  const titles = rule.policies.flatMap(({ sources }) => sources.map(({ title }) => title));
  const source = titles.length === 0 ? [] : [`by ${[...new Set(titles)].join('; ')}`];
  return [...policies, ...rule.words, ...source];
}

/** `, by policy 2`; nothing where there is only one, or none is named. */
function byWords(policies: readonly PolicySeen[]): string {
  const named = policies.flatMap(({ isNamed }, index) => (isNamed ? [index + 1] : []));
  return policies.length < 2 || named.length === 0
    ? ''
    : `, by policy ${listed(named.map(String))}`;
}

function decisionWords({ said, latestEvaluationMs, desired, policies }: Explanation): string[] {
  if (said === null) return [`none yet: it begins with ${desired ?? 'a size that is not known'}`];
  const { observation, atMs } = said;
  const isRepeated =
    observation !== null && latestEvaluationMs !== null && latestEvaluationMs > atMs;
  const until = formatClock(latestEvaluationMs ?? atMs);
  return [
    `at ${formatClock(atMs)}: ${sizesWords(said)}${byWords(policies)}`,
    reasonWords(said),
    ...(isRepeated ? [`said again, but for its numbers, until ${until}`] : []),
  ];
}

function nextWords(
  { nextEvaluationMs, change }: Explanation,
  durationMs: number,
  rule: GroupRule,
): string[] {
  const next =
    nextEvaluationMs === null
      ? `no further evaluation: the run ends at ${formatClock(durationMs)}`
      : `the next evaluation is at ${formatClock(nextEvaluationMs)}`;
  return [...(change === null ? [] : [changeWords(change, rule)]), next];
}

/** `2 → 4 at 6:00: 4 serve by 7:30, 1 min 30 s later` */
function changeWords(change: Change, rule: GroupRule): string {
  const { atMs, from, desired } = change;
  return `${from} → ${desired} at ${formatClock(atMs)}: ${progressWords(change, rule)}`;
}

function progressWords(
  { atMs, from, desired, untilMs, doneByMs }: Change,
  { counts }: GroupRule,
): string {
  const isOut = desired > from;
  const isUnits = counts === 'units';
  const [size, gone] = isUnits
    ? [`${desired} units`, 'what may go']
    : [`${desired}`, `${from - desired}`];
  if (doneByMs !== null) {
    const done = isOut ? `${size} serve` : `${gone}${isUnits ? ' is' : ''} gone`;
    const later = doneByMs > atMs ? `, ${formatDuration(doneByMs - atMs)} later` : '';
    return `${done} by ${formatClock(doneByMs)}${later}`;
  }
  const left = isUnits ? 'some that may go was still there' : `not all ${gone} were gone`;
  const open = isOut ? `fewer than ${size} served` : left;
  const end =
    untilMs === null ? 'the run ended' : `the size changed again at ${formatClock(untilMs)}`;
  return `${open} when ${end}`;
}
