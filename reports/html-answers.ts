/** Answers of a replay held against the recorded ones: how many differ, where, and how fast. */
import type { AnswerComparison } from '../simulator/results/answers.ts';
import type { Results } from '../simulator/results/results.ts';
import {
  answersFacts,
  countWords,
  ENDPOINT_HEADS,
  fieldHeads,
  fieldRow,
  latencyCells,
  type Shown,
} from './answers-words.ts';
import { empty, type Section, section, table } from './html-elements.ts';
import { type Markup, markup } from './html-markup.ts';

/** Nothing for results without compared answers. */
export function answersSections(...sides: readonly (Results | undefined)[]): Section[] {
  const answers = sides.find((results) => results?.answers !== undefined)?.answers;
  if (answers === undefined) return [];
  const content = [factsTable(answers), endpointsTable(answers), fieldsTable(answers)];
  return [section('answers', 'Answers, recorded and replayed', lead(answers), content)];
}

function lead({ noise }: AnswerComparison): string {
  const what =
    'Each answer is held against the one that was recorded: status, headers, bodies by field. ' +
    'No value is in this report, only shapes. ';
  if (noise === undefined) {
    return `${what}Without a second system nobody knows which differences are noise.`;
  }
  return (
    `${what}Noise is what also differs at a second system that runs what was recorded; a field ` +
    'differs beyond it where the interval of the difference lies above 0, at a confidence at ' +
    'which all fields together are right in 95 of 100 runs.'
  );
}

function factsTable(answers: AnswerComparison): Markup {
  const rows = answersFacts(answers);
  const heads = ['what', 'how many'];
  return table({ caption: 'Answers', heads, rows, words: [1], isNarrow: true });
}

function endpointsTable({ endpoints }: AnswerComparison): Markup {
  if (endpoints.length === 0) return empty('no answers were compared');
  const rows = endpoints.map((one) => [
    one.endpoint,
    countWords(one.differing),
    ...latencyCells(one).map(stacked),
  ]);
  const what =
    'Latency of requests of which both are known: recorded from arrival to last byte, replayed ' +
    'from send to last byte, with the 95 % interval of the sampling error.';
  const caption = 'Endpoints, as recorded and as replayed';
  return markup`${table({ caption, heads: ENDPOINT_HEADS, rows })}<p class="note">${what}</p>`;
}

/** The interval below its value. */
function stacked({ text, range }: Shown): Markup {
  return range === '' ? markup`${text}` : markup`${text} <small>${range}</small>`;
}

function fieldsTable(answers: AnswerComparison): Markup {
  const { fields, fieldsLeftOut } = answers;
  if (fields.length === 0) return empty('no field differs');
  const heads = fieldHeads(answers);
  const rows = fields.map((field) => fieldRow(field, answers));
  const left = fieldsLeftOut > 0 ? `; ${fieldsLeftOut} more are not listed` : '';
  const caption = `Fields that differ, the most telling first${left}`;
  const words = heads.flatMap((head, column) => (WORDS.has(head) ? [column] : []));
  return table({ caption, heads, rows, words });
}

const WORDS: ReadonlySet<string> = new Set(['endpoint', 'verdict', 'how', 'first seen']);
