/** Files of one JSON object a line, as untrusted input. */
import type { z } from 'zod';
import { UsageError } from '../simulator/model/usage-error.ts';

/**
 * Parses each line and hands it on with its number. Throws a UsageError that names file, line, what
 * was expected and what was found; an empty file is one, too.
 */
export function forEachLine<T>(
  file: string,
  text: string,
  schema: z.ZodType<T>,
  use: (line: T, number: number) => void,
): number {
  if (text === '') throw new UsageError(`${file}: expected lines of JSON, found an empty file`);
  let number = 0;
  // Line by line: a list of all lines would take as much memory again as the text.
  for (let start = 0; start < text.length; ) {
    const feed = text.indexOf('\n', start);
    const end = feed < 0 ? text.length : feed;
    use(parseLine(file, ++number, text.slice(start, end), schema), number);
    start = end + 1;
  }
  return number;
}

function parseLine<T>(file: string, number: number, line: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new UsageError(`${file}:${number}: expected a JSON object, found ${excerpt(line)}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const what = issueText(result.error.issues[0]!);
  throw new UsageError(`${file}:${number}: ${what} in ${excerpt(line)}`);
}

/** `runs.0.seed: expected number, found string`: what zod says, in the words of the house. */
export function issueText({ path, message, input }: z.core.$ZodIssue): string {
  const where = path.length > 0 ? `${path.join('.')}: ` : '';
  const text = message.replace(/^Invalid input: /, '').replace(/, received /, ', found ');
  const isComplete = input === undefined || typeof input === 'object' || text.includes('found');
  return isComplete ? where + text : `${where}${text}, found ${excerpt(String(input))}`;
}

const LONGEST_EXCERPT = 60;

/** Enough of a line to find it again; no raw control byte reaches the terminal. */
export function excerpt(line: string): string {
  const text = JSON.stringify(line.slice(0, LONGEST_EXCERPT));
  return line.length > LONGEST_EXCERPT ? `${text.slice(0, -1)}…"` : text;
}
