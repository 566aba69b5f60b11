/**
 * The fields of a line that are parted by single spaces, quoted (`"…"`) or in brackets (`[…]`) where
 * they may have spaces in them. Undefined where a quote or bracket is never closed.
 * `fieldsOf('a "b c" [d e] -')` is `['a', 'b c', 'd e', '-']`.
 */
import { closingQuote, unescaped } from '../text/escapes.ts';

export function fieldsOf(line: string): string[] | undefined {
  const fields: string[] = [];
  for (let at = 0; at < line.length; ) {
    const first = line[at];
    const to = endOfField(line, at, first);
    if (to < 0) return undefined;
    const isWrapped = first === '"' || first === '[';
    const field = line.slice(isWrapped ? at + 1 : at, to);
    fields.push(first === '"' ? unescaped(field) : field);
    at = isWrapped ? to + 2 : to + 1;
  }
  return fields;
}

function endOfField(line: string, from: number, first: string | undefined): number {
  if (first === '"') return closingQuote(line, from + 1, line.length);
  if (first === '[') return line.indexOf(']', from);
  const space = line.indexOf(' ', from);
  return space < 0 ? line.length : space;
}
