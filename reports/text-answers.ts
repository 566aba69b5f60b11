/** Answers of a replay held against the recorded ones, on a terminal. */
import type { AnswerComparison } from '../simulator/results/answers.ts';
import {
  answersFacts,
  ENDPOINT_HEADS,
  endpointRow,
  fieldHeads,
  fieldRow,
} from './answers-words.ts';
import { cleaned, counted } from './text-clean.ts';
import { heading, painter, shortened, table } from './text-layout.ts';

const MOST_ROWS = 12;
const LONGEST_CELL = 44;

/** Facts, then endpoints with both latencies, then what differs. */
export function answersText(answers: AnswerComparison): string {
  const paint = painter(false);
  const { endpoints, fields, fieldsLeftOut } = answers;
  const facts = answersFacts(answers).map(([name, text]) => `  ${name.padEnd(13)}${cleaned(text)}`);
  const lines = [...heading('Answers', 'recorded and replayed', paint), ...facts];
  if (endpoints.length > 0) {
    const rows = [ENDPOINT_HEADS, ...endpoints.slice(0, MOST_ROWS).map(endpointRow)];
    lines.push('', ...drawn(rows, `l${'r'.repeat(ENDPOINT_HEADS.length - 1)}`));
    lines.push(...more(endpoints.length - MOST_ROWS, 'endpoint'));
  }
  if (fields.length > 0) {
    const rows = [
      fieldHeads(answers),
      ...fields.slice(0, MOST_ROWS).map((one) => fieldRow(one, answers)),
    ];
    lines.push('', ...drawn(rows, 'l'.repeat(rows[0]!.length)));
    lines.push(...more(fields.length - MOST_ROWS + fieldsLeftOut, 'field'));
  }
  return lines.join('\n');
}

function drawn(rows: readonly (readonly string[])[], sides: string): string[] {
  const cells = rows.map((row) => row.map((text) => ({ text: shortened(text, LONGEST_CELL) })));
  return table(cells, sides, painter(false));
}

function more(count: number, noun: string): string[] {
  return count > 0 ? [`  and ${counted(count, noun)} more`] : [];
}
