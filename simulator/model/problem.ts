/** What is wrong with a model file, and where: made by every stage of parsing, shown at once. */

export type Path = readonly (string | number)[];

/** A mistake in a file; plain data. */
export interface Problem {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  /** Dotted, such as `services.api.endpoints.feed[1].timeout`; empty for the whole document. */
  readonly path: string;
  /** What would be right, such as `a duration such as 800ms, 90s, 5m or 1h`. */
  readonly expected: string;
  /** What stands there, such as `800 without a unit`. */
  readonly found: string;
  /** The whole sentence. */
  readonly message: string;
  /** The line of the file, as it is. */
  readonly sourceLine: string;
}

/** A mistake in a document, before it has a place in a file. */
export interface Complaint {
  readonly path: Path;
  /** Whether the key is meant (unknown, superfluous) rather than its value. */
  readonly about: 'key' | 'value';
  readonly expected: string;
  readonly found: string;
  readonly message: string;
  /**
   * Values that contradict this one: the place shown is that of the one that was written last, so
   * that an overlay's mistake is found in the overlay.
   */
  readonly against?: readonly Path[];
  /** The spot inside a text, where it is not its beginning: characters before it. */
  readonly within?: { readonly text: string; readonly offset: number };
  /** Keys that an unknown key is a slip away from, as paths. */
  readonly meant?: readonly Path[];
}

/** The usual complaint: `expected …, found …`. */
export function mismatch(
  path: Path,
  expected: string,
  found: string,
  more: Partial<Complaint> = {},
): Complaint {
  const message = `expected ${expected}, found ${found}`;
  return { path, about: 'value', expected, found, message, ...more };
}

/** A name that stands for nothing: `unknown service "fead" (did you mean `feed`?)`. */
export function unknown(
  what: string,
  path: Path,
  word: string,
  known: readonly string[],
  about: Complaint['about'] = 'value',
): Complaint {
  const found = quoted(word);
  const few = known.length > 0 && known.length <= FEW;
  const expected = few ? `one of ${known.join(', ')}` : `a known ${what}`;
  const message = `unknown ${what} ${found}${suggestion(word, known)}`;
  const near = about === 'key' ? nearest(word, known) : undefined;
  const meant = near === undefined ? [] : [[...path.slice(0, -1), near]];
  return { path, about, expected, found, message, meant };
}

/** So many names can be listed in a message. */
const FEW = 12;
/** Among so many names the nearest is looked for. */
const MANY = 200;
const MOST_COLUMNS = 100;
const COLUMNS_BEFORE = 60;

/**
 * `file:line:column: path: message`, then the source line and a caret under the spot:
 *
 *     model.yaml:12:8: hop: expected a duration such as 800ms, found 5 without a unit
 *       hop: 5
 *            ^
 *
 * Control characters are replaced, so that a file cannot write on a terminal; of a long line the
 * part around the spot is shown.
 */
export function formatProblem(problem: Problem): string {
  const { file, line, column, path, message, sourceLine } = problem;
  const label = path === '' ? '' : `${path}: `;
  const first = printable(`${file}:${line}:${column}: ${label}${message}`);
  if (sourceLine.trim() === '') return first;
  const from = column > MOST_COLUMNS ? column - COLUMNS_BEFORE : 0;
  const shown = printable(sourceLine.slice(from, from + MOST_COLUMNS)).trimEnd();
  return `${first}\n  ${shown}\n  ${' '.repeat(column - 1 - from)}^`;
}

/** Text without control characters and without marks that turn the direction of writing. */
function printable(text: string): string {
  return text.replace(/\t/g, ' ').replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '?');
}

/** `['services', 'api', 'steps', 1]` is `services.api.steps[1]`. */
export function formatPath(path: Path): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : index > 0 ? `.${part}` : part))
    .join('');
}

/** Text in quotation marks, shortened and made printable. */
export function quoted(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 57)}…` : text;
  return `"${printable(short)}"`;
}

/**
 * ` (did you mean `timeout`?)` when a known word is near, else the known words when they are few,
 * else nothing.
 */
export function suggestion(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  if (near !== undefined) return ` (did you mean \`${near}\`?)`;
  return known.length > 0 && known.length <= FEW ? ` (known here: ${known.join(', ')})` : '';
}

/**
 * The known word that is a slip away (at most a third of its letters differ), else the only one
 * that begins like it.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > 64 || known.length > MANY) return undefined;
  const lower = word.toLowerCase();
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(lower, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  const most = Math.max(1, Math.floor(word.length / 3));
  if (best !== undefined && best.distance <= most) return best.candidate;
  const longer = known.filter((candidate) => lower.length >= 3 && candidate.startsWith(lower));
  return longer.length === 1 ? longer[0] : undefined;
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + cost);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) best = Math.min(best, beforePrevious[j - 2]! + 1);
      current.push(best);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length]!;
}

/** A value as it stands in a message: `"80 ms"`, `800 without a unit`, `a list`, `nothing`. */
export function describeFound(value: unknown, isUnitExpected: boolean): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'number') return isUnitExpected ? `${value} without a unit` : String(value);
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return describeMap(Object.keys(value));
  return String(value);
}

function describeMap(keys: readonly string[]): string {
  if (keys.length === 0) return 'an empty map';
  const shown = keys.slice(0, 3).map(quoted).join(', ');
  return `a map of ${shown}${keys.length > 3 ? ', …' : ''}`;
}
