/**
 * Patterns that users write, in RE2's syntax (https://github.com/google/re2/wiki/Syntax): matched in
 * time linear in the text, whatever the pattern. No look-around, no back-references.
 */
import { RE2JS } from 're2js';
import { UsageError } from '../../simulator/model/usage-error.ts';

const MOST_CHARACTERS = 1000;
/** Between the pattern and what it is replaced by. */
const ARROW = ' => ';

/** Throws a UsageError for what is no such pattern. `pattern('^/a')('/abc')` is true. */
export function pattern(text: string): (value: string) => boolean {
  const compiled = compile(text);
  return (value) => compiled.test(value);
}

/**
 * The first match is replaced; `$1` is a group of it. Throws as `pattern` does.
 * `replacement('/v1/(.*) => /v2/$1')('/v1/a')` is `/v2/a`.
 */
export function replacement(rule: string): (value: string) => string {
  const at = rule.indexOf(ARROW);
  if (at < 0) throw new UsageError(`expected a rule such as "/v1/ => /v2/", found ${rule}`);
  const compiled = compile(rule.slice(0, at));
  const by = rule.slice(at + ARROW.length);
  return (value) => compiled.matcher(value).replaceFirst(by);
}

/** Where the pattern's first group stands (or the whole match, of a pattern without one). */
export function groupSpan(
  text: string,
): (value: string) => { readonly from: number; readonly to: number } | undefined {
  const compiled = compile(text);
  const group = compiled.groupCount() > 0 ? 1 : 0;
  return (value) => {
    const matcher = compiled.matcher(value);
    if (!matcher.find() || matcher.start(group) < 0) return undefined;
    return { from: matcher.start(group), to: matcher.end(group) };
  };
}

function compile(text: string): RE2JS {
  if (text.length > MOST_CHARACTERS) {
    throw new UsageError(`pattern: expected at most ${MOST_CHARACTERS} characters`);
  }
  try {
    return RE2JS.compile(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`pattern ${text}: ${why}`);
  }
}
