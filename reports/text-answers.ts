/** Answers of a replay held against the recorded ones, on a terminal. */
import type {
  AnswerComparison,
  EndpointAnswers,
  FieldDifference,
} from '../simulator/results/answers.ts';
import {
  answersFacts,
  countWords,
  fieldHeads,
  fieldRow,
  latencyChanges,
  QUANTILE_NAMES,
} from './answers-words.ts';
import { cleaned, counted } from './text-clean.ts';
import { heading, painter, shortened, table } from './text-layout.ts';

const MOST_ROWS = 12;
const LONGEST_CELL = 44;
const PLAIN = painter(false);

/** Facts, then endpoints with both latencies, then two lines for each field that differs. */
export function answersText(answers: AnswerComparison): string {
  const { endpoints, fields, fieldsLeftOut } = answers;
  const facts = answersFacts(answers).map(([name, text]) => `  ${name.padEnd(13)}${cleaned(text)}`);
  const told = fields.slice(0, MOST_ROWS).flatMap((field) => fieldLines(field, answers));
  return [
    ...heading('Answers', 'recorded → replayed', PLAIN),
    ...facts,
    ...(endpoints.length > 0 ? ['', ...endpointLines(endpoints)] : []),
    ...(fields.length > 0 ? ['', ...told] : []),
    ...more(fields.length - MOST_ROWS + fieldsLeftOut, 'field'),
  ].join('\n');
}

function endpointLines(endpoints: readonly EndpointAnswers[]): string[] {
  const rows = endpoints
    .slice(0, MOST_ROWS)
    .map((one) => [one.endpoint, countWords(one.differing), ...latencyChanges(one)]);
  const cells = [['endpoint', 'differing', ...QUANTILE_NAMES], ...rows].map((row) =>
    row.map((text) => ({ text: shortened(text, LONGEST_CELL) })),
  );
  return [...table(cells, 'lrrrr', PLAIN), ...more(endpoints.length - MOST_ROWS, 'endpoint')];
}

function fieldLines(difference: FieldDifference, answers: AnswerComparison): string[] {
  const [field = '', endpoint = '', differing = '', ...rest] = fieldRow(difference, answers);
  const names = fieldHeads(answers).slice(3);
  const facts = rest.flatMap((text, index) =>
    names[index] === 'verdict' ? [] : [NAMED.has(names[index]!) ? `${names[index]} ${text}` : text],
  );
  const verdict = difference.verdict === 'noise unknown' ? '' : `  ${difference.verdict}`;
  return [`  ${field}  ${endpoint}${verdict}`, `      ${[differing, ...facts].join('; ')}`];
}

const NAMED: ReadonlySet<string> = new Set(['noise', 'beyond noise']);

function more(count: number, noun: string): string[] {
  return count > 0 ? [`  and ${counted(count, noun)} more`] : [];
}
