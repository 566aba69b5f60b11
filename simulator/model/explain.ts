/**
 * zod's issues → sentences for people: which branch of a choice was meant, what was expected there,
 * what to write instead.
 */
import type { z } from 'zod';
import { nearMiss } from './near-miss.ts';
import { isPlainMap, type Plain } from './placed.ts';
import {
  type Complaint,
  describeFound,
  mismatch,
  nearest,
  type Path,
  quoted,
  unknown,
} from './problem.ts';
import {
  expectationOf,
  hasWords,
  keysOf,
  kindOf,
  optionsOf,
  type Schema,
  schemaAt,
} from './schema-walk.ts';

type Issue = z.core.$ZodIssue;

const NOTHING = 'nothing';

/**
 * One complaint per mistake: a key with a slip in it is not missing, too.
 *
 * @param root the value that the issues' paths start from
 */
export function explain(schema: Schema, issues: readonly Issue[], root: Plain): Complaint[] {
  const all = issues.flatMap((issue) => explainIssue(schema, issue, root, []));
  const meant = new Set(all.flatMap((one) => one.meant ?? []).map((path) => JSON.stringify(path)));
  return all.filter(({ found, path }) => found !== NOTHING || !meant.has(JSON.stringify(path)));
}

function explainIssue(schema: Schema, issue: Issue, root: Plain, base: Path): Complaint[] {
  const relative = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  const path = [...base, ...relative];
  const at = schemaAt(schema, relative);
  const value = valueAt(root, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return isStranger(at, value)
        ? [{ ...wrongValue(at, value, path), meant: keysOf(at).map((key) => [...path, key]) }]
        : issue.keys.map((key) => unknownKey(at, [...path, key], key, value));
    case 'invalid_union':
      return issue.errors.length > 0
        ? explainUnion(at, issue.errors, root, path)
        : [wrongValue(at, value, path)];
    case 'invalid_key':
      return [wrongName(String(path.at(-1)), path)];
    default:
      return [wrongValue(at, value, path)];
  }
}

/** A map without any key of those that are wanted is another thing, and not half of this one. */
function isStranger(at: Schema | undefined, value: Plain | undefined): at is Schema {
  if (at === undefined || !hasWords(at) || !isPlainMap(value)) return false;
  const known = keysOf(at);
  return Object.keys(value).every((key) => nearest(key, known) === undefined);
}

/**
 * A key that is not known; of a choice, those of the branch that the map looks like most. A key of
 * another branch does not go with this one.
 */
function unknownKey(at: Schema | undefined, path: Path, key: string, value: Plain | undefined) {
  const present = isPlainMap(value) ? Object.keys(value) : [];
  const options = at === undefined ? [] : [at, ...optionsOf(at)].filter((one) => isMap(one));
  const own = mostAlike(
    options.filter((option) => !keysOf(option).includes(key)),
    value,
  );
  const known = keysOf(own);
  const companion = present.find((candidate) => known.includes(candidate));
  if (companion !== undefined && keysOf(at).includes(key)) {
    const message = `"${key}" does not go with "${companion}"`;
    return mismatch(path, `no "${key}"`, quoted(key), { about: 'key', message });
  }
  // An overlay's slip stands beside the key that was meant; else only what is still free can be.
  const isSlip = nearest(key, known) !== undefined;
  const left = isSlip ? known : known.filter((candidate) => !present.includes(candidate));
  return unknown('key', path, key, left, 'key');
}

function isMap(schema: Schema): boolean {
  return kindOf(schema) === 'object';
}

function mostAlike(options: readonly Schema[], value: Plain | undefined): Schema | undefined {
  const ranked = options.map((option) => ({ option, points: likeness(option, value) }));
  return ranked.sort((a, b) => b.points - a.points)[0]?.option;
}

function wrongName(word: string, path: Path): Complaint {
  const expected = 'a name in lower case such as feed or open-feed';
  return mismatch(path, expected, quoted(word), { about: 'key' });
}

function wrongValue(at: Schema | undefined, value: Plain | undefined, path: Path): Complaint {
  const expected = expectationOf(at);
  if (value === undefined) {
    const message = `missing: expected ${expected}`;
    return { path, about: 'key', expected, found: NOTHING, message };
  }
  const found = describeFound(value, wantsUnit(expected));
  const better = at === undefined ? undefined : nearMiss(at, value);
  const hint = better === undefined ? '' : ` (write \`${better}\`)`;
  return mismatch(path, expected, found, {
    message: `expected ${expected}, found ${found}${hint}`,
  });
}

/**
 * The branch that the author most likely meant: for a map, the one whose keys it has; for a scalar,
 * or when no branch is anywhere near, the whole choice is named.
 */
function explainUnion(
  at: Schema | undefined,
  branches: readonly (readonly Issue[])[],
  root: Plain,
  path: Path,
): Complaint[] {
  const options = optionsOf(at);
  const value = valueAt(root, path);
  const best = branches
    .map((issues, index) => ({ issues, option: options[index]! }))
    .map((branch) => ({ ...branch, likeness: likeness(branch.option, value) }))
    .filter(({ likeness: points }) => points > 0)
    .sort((a, b) => b.likeness - a.likeness || a.issues.length - b.issues.length)[0];
  if (best === undefined) return [wrongValue(at, value, path)];
  return best.issues.flatMap((issue) => {
    const isOwnKeys = issue.code === 'unrecognized_keys' && issue.path.length === 0;
    return explainIssue(isOwnKeys ? at! : best.option, issue, root, path);
  });
}

/** How much a value looks like a branch: for a map, keys that it has, nearly or exactly. */
function likeness(option: Schema, value: Plain | undefined): number {
  if (Array.isArray(value)) return kindOf(option) === 'array' ? 1 : 0;
  if (!isPlainMap(value)) return 0;
  const known = keysOf(option);
  return Object.keys(value).reduce((points, key) => {
    if (known.includes(key)) return points + 2;
    return nearest(key, known) === undefined ? points : points + 1;
  }, 0);
}

function wantsUnit(expected: string): boolean {
  return /^a (duration|rate|percentage|price|time)\b/.test(expected);
}

function valueAt(root: Plain, path: Path): Plain | undefined {
  let value: Plain | undefined = root;
  for (const part of path) {
    if (Array.isArray(value)) value = value[Number(part)];
    else value = isPlainMap(value) ? value[part] : undefined;
  }
  return value;
}
