/** The formats of captures, and which of them a file is in. */
import { globSync, statSync } from 'node:fs';
import { UsageError } from '../../simulator/model/usage-error.ts';
import { peek } from './byte-input.ts';
import type { CaptureSource } from './capture.ts';
import type { Format, ReadOptions } from './format.ts';
import { GOR } from './gor/format.ts';
import { ofText } from './text-format-files.ts';
import { TEXT_FORMATS } from './text-formats.ts';

/** In the order in which a file's first bytes are held against them. */
export const FORMATS: readonly Format[] = [GOR, ...TEXT_FORMATS.map(ofText)];

const PEEK_BYTES = 8192;

/** `'gor, har'` */
export function formatNames(): string {
  return FORMATS.map(({ name }) => name).join(', ');
}

/** Throws a UsageError for a name that is none. */
export function formatNamed(name: string): Format {
  const format = FORMATS.find((one) => one.name === name);
  if (format !== undefined) return format;
  throw new UsageError(`expected a format (${formatNames()}), found ${JSON.stringify(name)}`);
}

/**
 * The format that a file's name tells, whatever chunk or compression it is: of `a.gor`, `a_3.gor`,
 * `a.gor.gz` and `a.gor_3.gz` it is gor. Undefined where it tells none.
 */
export function formatOfName(path: string): Format | undefined {
  const name = path.replace(/\.gz$/, '').replace(/_\d+$/, '');
  return FORMATS.find(({ suffixes }) => suffixes.some((suffix) => name.endsWith(suffix)));
}

/** `x_2.gor` stands before `x_10.gor`. */
const BY_NUMBER = new Intl.Collator('en', { numeric: true });

/**
 * Files, and patterns of files (`captures/*.gor.gz`), as paths; chunks in the order of their
 * numbers, whatever the shell made of them: records of one moment stay in their order. Throws a
 * UsageError where there is none.
 */
export function expandPaths(patterns: readonly string[]): string[] {
  const paths = patterns.flatMap((pattern) => {
    const found = statSync(pattern, { throwIfNoEntry: false });
    if (found?.isDirectory()) {
      throw new UsageError(`cannot read ${pattern}: it is a folder; ${pattern}/* are its files`);
    }
    if (found !== undefined || !/[*?[{]/.test(pattern)) return [pattern];
    const matches = globSync(pattern);
    if (matches.length === 0) throw new UsageError(`no file matches ${pattern}`);
    return matches;
  });
  return [...new Set(paths)].sort(BY_NUMBER.compare);
}

export type OpenOptions = ReadOptions & { readonly from?: string | undefined };

/**
 * Opens captures, several as one. Their format is the one of their first bytes, or the one that
 * their name tells. Throws a UsageError where nobody can tell, or where they are not all the same.
 *
 * @param from name of the format, where it is known
 */
export async function openCapture(
  patterns: readonly string[],
  options: OpenOptions = {},
): Promise<CaptureSource> {
  const paths = expandPaths(patterns);
  const from = options.from ?? implied(options);
  if (from !== undefined) return formatNamed(from).read(paths, options);
  const [first, ...others] = paths as [string, ...string[]]; // A pattern has a match, or throws.
  const format = await detect(first);
  for (const path of others) {
    // Chunks are many, and have the same name but for their number.
    if (formatOfName(path) === format) continue;
    const other = await detect(path);
    if (other === format) continue;
    throw new UsageError(
      `${first} is ${format.name}, ${path} is ${other.name}: convert one of them`,
    );
  }
  return format.read(paths, options);
}

/** The format that only such a description makes readable. */
function implied({ logFormat, fields }: ReadOptions): string | undefined {
  if (logFormat !== undefined) return 'log-format';
  return fields === undefined ? undefined : 'json-lines';
}

async function detect(path: string): Promise<Format> {
  const head = await peek(path, PEEK_BYTES);
  const byName = formatOfName(path);
  if (byName?.recognizes(head)) return byName;
  const format = FORMATS.find(({ recognizes }) => recognizes(head)) ?? byName;
  if (format !== undefined) return format;
  throw new UsageError(
    `${path}: expected a capture (${formatNames()}), found something else; --from says which it is`,
  );
}
