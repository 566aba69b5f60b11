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
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (lines.length === 0)
    throw new UsageError(`${file}: expected lines of JSON, found an empty file`);
  lines.forEach((line, index) => {
    use(parseLine(file, index + 1, line, schema), index + 1);
  });
  return lines.length;
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
  const issue = result.error.issues[0]!;
  const where = issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
  throw new UsageError(`${file}:${number}: ${where}${issue.message} in ${excerpt(line)}`);
}

const LONGEST_EXCERPT = 60;

/** Enough of a line to find it again; no raw control byte reaches the terminal. */
export function excerpt(line: string): string {
  const text = JSON.stringify(line.slice(0, LONGEST_EXCERPT));
  return line.length > LONGEST_EXCERPT ? `${text.slice(0, -1)}…"` : text;
}
