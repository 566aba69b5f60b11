/**
 * Scaling decisions with their reasons, and what held groups back: beside each group's chart in
 * order of time, and for all groups together, model and measurement side by side.
 */
import { meanOf } from '../simulator/analysis/groups.ts';
import { isHeldBack } from '../simulator/policies/scaling.ts';
import type { Results } from '../simulator/results/results.ts';
import { reasonWords, type Said, saidBy, sizesWords } from './explain-group.ts';
import { details, empty, type Section, section, type TableParts, table } from './html-elements.ts';
import { type Markup, markup, NOTHING } from './html-markup.ts';
import { type Pair, replications, sidesOf } from './html-series.ts';
import { groupNames } from './node-groups.ts';
import { counted } from './text-clean.ts';
import { formatMoment, formatValue } from './text-numbers.ts';

/** A group that flaps decides hundreds of times: the rest is counted, not listed. */
const MOST_ROWS = 100;
/** More than that are there, but not open at once. */
const MOST_OPEN = 12;

/** What a group's loop said in the first run. */
interface Story {
  /** Changes of the size. */
  readonly changes: readonly Said[];
  /** Where something stood in the way of a policy. */
  readonly held: readonly Said[];
}

export function storyOf({ runs: [run] }: Results, service: string): Story {
  const all = run === undefined ? [] : saidBy(run, service);
  const isChange = ({ from, desired }: Said) => from !== desired;
  return {
    changes: all.filter(isChange),
    held: all.filter((said) => !isChange(said) && isHeldBack(said.reason)),
  };
}

/** Whether a group's sizes are in units of weight. */
export function countsUnits(pair: Pair, service: string): boolean {
  return sidesOf(pair).some(({ results }) =>
    results.runs.some(({ services }) => services[service]?.mix !== undefined),
  );
}

/** All marks of a group's chart in order of time, closed at first; nothing where there are none. */
export function storyTable(pair: Pair, service: string): Markup {
  const all = sidesOf(pair).flatMap(({ side, results }) => {
    const { changes, held } = storyOf(results, service);
    return [...changes, ...held].map((said) => ({ side, said }));
  });
  if (all.length === 0) return NOTHING;
  const sorted = all.toSorted((a, b) => a.said.atMs - b.said.atMs);
  const content = table({
    caption: `Decisions on ${service}, and what held them back, in order of time`,
    heads: ['at', 'decision'],
    rows: shortened(
      sorted.map(({ side, said }) => [
        formatMoment(said.atMs),
        sizesAndWhy(pair.measured === undefined ? '' : `${side}: `, said),
      ]),
    ),
    words: [1],
  });
  const decisions = all.filter(({ said }) => said.from !== said.desired).length;
  const held = all.length - decisions;
  const summary = held === 0 ? '' : `, ${held} held back`;
  return details(`${counted(decisions, 'decision')}${summary}`, content);
}

export function decisionsSection(pair: Pair): Section {
  const names = groupNames(...sidesOf(pair).map(({ results }) => results));
  const changes = names.flatMap((name) => changeRows(pair, name));
  const held = names.flatMap((name) => heldRows(pair, name));
  if (changes.length + held.length === 0) {
    const none = empty('no scaling decisions');
    return section('decisions', 'Scaling decisions', '', [none]);
  }
  const sides = sidesOf(pair).map(({ side }) => side);
  const isMixed = names.some((name) => countsUnits(pair, name));
  const sizes = isMixed ? 'instances or units' : 'instances';
  const content = [
    ...longTable(changes, {
      caption: pair.measured
        ? 'By service, the n-th decisions beside each other'
        : 'By service, in order of time',
      heads: ['service', ...sides.flatMap((side) => [side, sizes, 'reason'])],
      words: [3, 6],
    }),
    ...longTable(held, {
      caption: 'Held back: a policy wanted another size, and something stood in its way',
      heads: ['service', 'by', 'at', sizes, 'reason'],
      words: [1, 4],
    }),
  ];
  return section('decisions', 'Scaling decisions', lead(pair), content);
}

function lead({ predicted }: Pair): string {
  const perRun = meanOf(predicted.runs.map(({ decisions }) => decisions.length));
  return (
    `${formatValue(perRun, 'instances')} a run in the mean of ${replications(predicted)}. Listed ` +
    'are those of the first one. What each of them saw, and by which rule it was made: plimsoll ' +
    'explain.'
  );
}

type Row = readonly (string | Markup)[];

/** The first rows, and the others closed at first; nothing without rows. */
function longTable(rows: readonly Row[], parts: Omit<TableParts, 'rows'>): Markup[] {
  if (rows.length === 0) return [];
  const rest = rows.slice(MOST_OPEN);
  const open = table({ ...parts, rows: rows.slice(0, MOST_OPEN) });
  if (rest.length === 0) return [open];
  const caption = `${parts.caption}, continued`;
  return [open, details(`${rest.length} more`, table({ ...parts, caption, rows: rest }))];
}

function changeRows(pair: Pair, service: string): Row[] {
  const sides = sidesOf(pair).map(({ results }) => storyOf(results, service).changes);
  const count = Math.max(...sides.map(({ length }) => length));
  const rows = Array.from({ length: count }, (_, index) => [
    service,
    ...sides.flatMap((decisions) => cells(decisions[index])),
  ]);
  return shortened(rows, service);
}

function heldRows(pair: Pair, service: string): Row[] {
  const rows = sidesOf(pair).flatMap(({ side, results }) =>
    storyOf(results, service).held.map((said) => [service, side, ...cells(said)]),
  );
  return shortened(rows, service);
}

function cells(said: Said | undefined): Row {
  if (said === undefined) return ['none', '–', '–'];
  return [formatMoment(said.atMs), sizesWords(said), why(reasonWords(said))];
}

/** In one cell, so that it fits beside a small chart. */
function sizesAndWhy(by: string, said: Said): Markup {
  return markup`${by + sizesWords(said)}<small>${reasonWords(said)}</small>`;
}

function why(words: string): Markup {
  return markup`<span class="why">${words}</span>`;
}

/** @param name of the row that counts the rest */
function shortened(rows: readonly Row[], name = ''): Row[] {
  const more = rows.length - MOST_ROWS;
  if (more <= 0) return [...rows];
  const words = `… ${more} more`;
  return [...rows.slice(0, MOST_ROWS), name === '' ? [words] : [name, words]];
}
