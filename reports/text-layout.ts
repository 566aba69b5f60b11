/** Tables, wrapped lines and colours for a terminal; no line ends in a space. */
import { cleaned } from './text-clean.ts';

export interface TextOptions {
  /** Escape codes for colour; without them the text says the same. */
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

export type Tone = 'plain' | 'strong' | 'dim' | 'good' | 'bad' | 'doubt';

const CODES: Readonly<Record<Tone, string>> = {
  plain: '',
  strong: '1',
  dim: '2',
  good: '32',
  bad: '1;31',
  doubt: '33',
};

/** Returns a painter: `(text, tone) => text`, with escape codes only when asked for. */
export function painter(color: boolean): (text: string, tone: Tone) => string {
  return (text, tone) =>
    color && tone !== 'plain' && text !== '' ? `\u001b[${CODES[tone]}m${text}\u001b[0m` : text;
}

export type Paint = ReturnType<typeof painter>;

export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

/** Characters, not UTF-16 units. */
export function widthOf(text: string): number {
  return [...text].length;
}

/** The text itself, or its beginning and an ellipsis. `shortened('abcdef', 4)` is `abc…`. */
export function shortened(text: string, width: number): string {
  const characters = [...cleaned(text)];
  if (characters.length <= width) return characters.join('');
  return `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

/**
 * Rows under each other, two spaces between columns.
 *
 * @param sides one letter a column: `l` left, `r` right
 */
export function table(
  rows: readonly (readonly Cell[])[],
  sides: string,
  paint: Paint,
  indent = '  ',
): string[] {
  const widths = [...sides].map((_, column) =>
    Math.max(0, ...rows.map((row) => widthOf(row[column]?.text ?? ''))),
  );
  return rows.map((row) => {
    const cells = row.map((cell, column) => padded(cell, widths[column]!, sides[column]!, paint));
    return `${indent}${cells.join('  ')}`.trimEnd();
  });
}

function padded({ text, tone }: Cell, width: number, side: string, paint: Paint): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  const painted = paint(text, tone ?? 'plain');
  return side === 'r' ? space + painted : painted + space;
}

/** A number stays beside its unit. */
const BETWEEN_WORDS = / (?!%|(?:ms|s|min|h|d)\b)/u;

/**
 * Lines of at most `width` columns, broken between words; a word that is longer stays whole.
 *
 * @param first before the first line, `rest` before the others; both count as columns
 */
export function wrapped(text: string, width: number, first = '', rest: string = first): string[] {
  const lines: string[] = [];
  for (const word of cleaned(text).split(BETWEEN_WORDS)) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && widthOf(longer) <= width) lines.splice(-1, 1, longer);
    else lines.push((lines.length === 0 ? first : rest) + word);
  }
  return lines;
}

/** A heading, a line of blank before it. */
export function heading(text: string, note: string, paint: Paint): string[] {
  return ['', `${paint(text, 'strong')}${note === '' ? '' : `  ${paint(note, 'dim')}`}`];
}
