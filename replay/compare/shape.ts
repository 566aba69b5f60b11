/**
 * What a value of an answer looks like, in words that tell nothing of the value itself: reports of
 * a comparison are read by people who must not see what is in the answers.
 */

/** Marks numbers whose digits are more than a float holds; see `parseExact`. */
export const LONG_NUMBER = '\u0000number ';

export type Kind = 'nothing' | 'null' | 'boolean' | 'number' | 'text' | 'list' | 'object';

/** Kind of a JSON value; undefined is `nothing`: there was no such field. */
export function kindOf(value: unknown): Kind {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  switch (typeof value) {
    case 'boolean':
    case 'number':
    case 'object':
      return typeof value as Kind;
    default:
      return isLongNumber(value) ? 'number' : 'text';
  }
}

/**
 * `shapeOf('abc', false)` is `text of 3`, `shapeOf(12.5, false)` `number of 4`, of undefined
 * `nothing`. Of what has a sensitive name not even the length is told.
 */
export function shapeOf(value: unknown, isSensitive: boolean): string {
  const kind = kindOf(value);
  if (isSensitive) return kind;
  switch (kind) {
    case 'number':
      return `number of ${isLongNumber(value) ? value.length - LONG_NUMBER.length : String(value).length}`;
    case 'text':
      return `text of ${(value as string).length}`;
    case 'list':
      return `list of ${(value as readonly unknown[]).length}`;
    default:
      return kind;
  }
}

function isLongNumber(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith(LONG_NUMBER);
}
