/** Two answers' headers. */
import { DROPPED_HEADER, SESSION_HEADER } from '../redact/redactor.ts';
import { NEVER_KEPT, redactionOf, USUAL_RULES } from '../redact/rules.ts';
import { HOP_BY_HOP } from '../run/wire.ts';
import { type Differences, differingFields, type Ignored } from './json-fields.ts';

/**
 * Besides what is of one connection only: framing, which follows from the body, clocks, and what no
 * capture has.
 */
const NOT_COMPARED: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  ...NEVER_KEPT,
  'content-length',
  'date',
  'age',
  DROPPED_HEADER.toLowerCase(),
  SESSION_HEADER.toLowerCase(),
]);
const PLAIN_NAME = /^[a-z][a-z0-9-]{0,39}$/;
const usual = redactionOf(USUAL_RULES);

/** `header etag`, or `header :name` for what looks like nobody's name for a header. */
export function headerField(name: string): string {
  return `header ${PLAIN_NAME.test(name) && !/\d{5}/.test(name) ? name : ':name'}`;
}

/**
 * Fields such as `header etag` in which two lists of names and values differ. A header that only
 * the replayed answer has counts where a capture would have kept it: most leave others out.
 */
export function differingHeaders(
  recorded: readonly string[],
  replayed: readonly string[],
  isIgnored: Ignored,
): Differences {
  const found: Differences = new Map();
  // Logs have no headers of answers.
  if (recorded.length === 0) return found;
  const [before, after] = [valuesOf(recorded), valuesOf(replayed)];
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const field = headerField(name);
    if (isIgnored(field)) continue;
    if (!before.has(name) && usual.header(name) !== 'keep') continue;
    for (const [at, difference] of differingFields(field, before.get(name), after.get(name))) {
      if (!found.has(at)) found.set(at, difference);
    }
  }
  return found;
}

/** Values of one name as one list, as RFC 9110 §5.3 joins them. */
function valuesOf(headers: readonly string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i]!.toLowerCase();
    if (NOT_COMPARED.has(name)) continue;
    const before = values.get(name);
    const value = headers[i + 1]!.trim();
    values.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return values;
}
