/**
 * Lines of JSON, or one JSON text, with the place of every mistake. Numbers that a double cannot
 * hold are refused, never rounded.
 */
import { readDocument } from '../model/document.ts';
import { type Plain, placeOf } from '../model/placed.ts';
import { type Complaint, mismatch, type Problem } from '../model/problem.ts';
import { type ModelSource, problemAt } from '../model/source.ts';

/** A value, or what is wrong with the text. */
export type ReadJson =
  | { readonly value: Plain; readonly problem?: never }
  | { readonly value?: never; readonly problem: Problem };

/** A piece of a text that begins on the line before which `linesBefore` others stand. */
export interface JsonText {
  readonly file: string;
  readonly text: string;
  readonly linesBefore: number;
}

/**
 * Reads one JSON value.
 * Example: `{"a": 9007199254740993}` → a problem at column 7: not a number that is kept exactly.
 */
export function readJson(json: JsonText): ReadJson {
  const { text } = json;
  const inexact = inexactAt(text);
  if (inexact !== undefined) {
    const { offset, number } = inexact;
    const expected = 'an integer of at most 2^53 − 1 (9007199254740991), larger ones as text';
    return { problem: problemAtOffset(json, offset, mismatch([], expected, number)) };
  }
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    const { message } = error as SyntaxError; // JSON.parse throws nothing else.
    const offset = Number(/at position (\d+)/.exec(message)?.[1] ?? text.length);
    return { problem: problemAtOffset(json, offset, mismatch([], 'JSON', whatIsAt(text, offset))) };
  }
}

/** A complaint about a value of the text, at its place. */
export function placedProblem(json: JsonText, complaint: Complaint): Problem {
  const source = sourceOf(json);
  // JSON is YAML; what is too large for a model is shown without its column.
  const { placed } = readDocument(source);
  const fallback = { source, line: json.linesBefore + 1, column: 1 };
  const { path, about } = complaint;
  return problemAt(placed === undefined ? fallback : placeOf(placed, path, about), complaint);
}

function sourceOf({ file, text, linesBefore }: JsonText): ModelSource {
  return { file, text: '\n'.repeat(linesBefore) + text };
}

function problemAtOffset(json: JsonText, offset: number, complaint: Complaint): Problem {
  const before = json.text.slice(0, offset);
  const line = json.linesBefore + before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  return problemAt({ source: sourceOf(json), line, column }, complaint);
}

function whatIsAt(text: string, offset: number): string {
  const rest = text.slice(offset, offset + 20).split('\n')[0]!;
  return rest === '' ? 'its end' : JSON.stringify(rest);
}

const WORDS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** The first number outside of texts that is too large to be kept exactly. */
function inexactAt(text: string): { offset: number; number: string } | undefined {
  for (const match of text.matchAll(WORDS)) {
    const [word] = match;
    if (word.startsWith('"')) continue;
    if (Math.abs(Number(word)) > Number.MAX_SAFE_INTEGER) {
      return { offset: match.index, number: word };
    }
  }
  return undefined;
}
