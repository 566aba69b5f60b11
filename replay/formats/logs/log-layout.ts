/**
 * Lines of a log as fields with text between them: what a log format is compiled into, read and
 * written by the same table.
 *
 *     [$time_local] "$request" $status      start `[`, time `] "`, request `" `, status ``
 */
import { closingQuote } from '../text/escapes.ts';
import type { Field } from './format-fields.ts';

export interface Part {
  readonly field: Field;
  /** What stands behind the field; empty for the end of the line. */
  readonly textAfter: string;
}

/** Latin-1, as lines are. */
export interface Layout {
  /** What stands before the first field. */
  readonly start: string;
  readonly parts: readonly Part[];
}

/**
 * Cuts a format at its fields.
 *
 * @param pattern of fields, global
 * @param fieldOf undefined for what is text after all, a percent sign
 */
export function layoutOf(
  format: string,
  pattern: RegExp,
  fieldOf: (match: RegExpExecArray) => Field | undefined,
): Layout {
  const parts: { field: Field; textAfter: string }[] = [];
  let start = '';
  let from = 0;
  const add = (text: string) => {
    const last = parts.at(-1);
    if (last === undefined) start += text;
    else last.textAfter += text;
  };
  for (const match of format.matchAll(pattern)) {
    add(format.slice(from, match.index));
    const field = fieldOf(match);
    const last = parts.at(-1);
    // `%U%q` and `$uri$is_args$args` are one target, written in pieces.
    const isMore = last?.textAfter === '' && last.field.role === 'target' && isQuery(field);
    if (field === undefined) add('%');
    else if (isMore) last.field = { ...last.field, isPath: false };
    else parts.push({ field, textAfter: '' });
    from = match.index + match[0].length;
  }
  add(format.slice(from));
  return { start, parts };
}

/** A layout whose fields stand in it as `{name}`; everything else is text. */
export function namedLayout(
  format: string,
  fields: Readonly<Record<string, Omit<Field, 'name'>>>,
): Layout {
  return layoutOf(format, /\{([a-z]+)\}/g, ([, name]) => ({ name: name!, ...fields[name!]! }));
}

function isQuery(field: Field | undefined): boolean {
  return field?.role === 'query' || field?.name === '$is_args';
}

/** Where the field ends that begins at `from`; −1 where it has no end. */
export function endOf(line: string, from: number, { field, textAfter }: Part): number {
  if (field.width !== undefined) {
    const to = from + field.width;
    return line.startsWith(textAfter, to) && to <= line.length ? to : -1;
  }
  if (textAfter === '') return line.length;
  if (textAfter.startsWith('"')) return endOfQuoted(line, from, textAfter);
  let to = line.indexOf(textAfter, from);
  // `0.003, 0.120`: one value for each server that was asked.
  while (field.isList && to > from && ',:'.includes(line[to - 1]!)) {
    to = line.indexOf(textAfter, to + 1);
  }
  return to;
}

function endOfQuoted(line: string, from: number, textAfter: string): number {
  let to = closingQuote(line, from, line.length);
  while (to >= 0 && !line.startsWith(textAfter, to)) to = closingQuote(line, to + 1, line.length);
  return to;
}
