/** Where a model's text comes from, and places in it. */
import { type Complaint, formatPath, mismatch, type Problem, quoted } from './problem.ts';

/** A file of the model's language: the model itself, or an overlay on it. */
export interface ModelSource {
  /** Name for messages, such as a path. */
  readonly file: string;
  readonly text: string;
  /**
   * Given for a setting of the command line, whose text is `path=value`: the keys of the path. The
   * document is then the value inside those keys.
   */
  readonly setting?: readonly string[];
}

/** A spot in a source; line and column count from 1. */
export interface Place {
  readonly source: ModelSource;
  readonly line: number;
  readonly column: number;
}

/** The problem that a complaint is when it stands at a place. */
export function problemAt(place: Place, complaint: Complaint): Problem {
  const { source, line } = place;
  const { path, expected, found, message } = complaint;
  const sourceLine = lineOf(source.text, line);
  const column = place.column + offsetIn(sourceLine.slice(place.column - 1), complaint);
  const file = source.file;
  return { file, line, column, path: formatPath(path), expected, found, message, sourceLine };
}

/** Characters to the spot that is meant, where the text stands in this line as it is. */
function offsetIn(rest: string, { within }: Complaint): number {
  if (within === undefined) return 0;
  const { text, offset } = within;
  const mark = /^["']/.exec(rest)?.[0].length ?? 0;
  return rest.startsWith(text.slice(0, offset), mark) ? mark + offset : 0;
}

function lineOf(text: string, line: number): string {
  let start = 0;
  for (let i = 1; i < line; i++) start = text.indexOf('\n', start) + 1;
  const end = text.indexOf('\n', start);
  return text.slice(start, end < 0 ? text.length : end).replace(/\r$/, '');
}

const KEY = String.raw`p\d+\.\d+|[a-z][a-z0-9-]*`;
const SETTING = new RegExp(`^((?:${KEY})(?:\\.(?:${KEY}))*)=(.*)$`, 's');

/**
 * A setting of the command line as an overlay: `traffic.learners.rate=300/s`. `null` as value takes
 * the key away; a quantile such as p99.9 is one key.
 *
 * @returns the overlay, or what is wrong with the text
 */
export function sourceFromSetting(text: string): ModelSource | Problem {
  const source = { file: '--set', text };
  const [, path, value] = SETTING.exec(text) ?? [];
  const at = { source, line: 1, column: 1 };
  if (path === undefined) return problemAt(at, badSetting('a setting', quoted(text)));
  if (value?.trim() === '') {
    return problemAt({ ...at, column: text.length + 1 }, badSetting('a value', 'nothing'));
  }
  return { ...source, setting: path.match(new RegExp(KEY, 'g')) ?? [] };
}

function badSetting(what: string, found: string): Complaint {
  return mismatch([], `${what} such as traffic.learners.rate=300/s`, found);
}

/** Whether `sourceFromSetting` gave a problem. */
export function isProblem(value: ModelSource | Problem): value is Problem {
  return 'message' in value;
}
