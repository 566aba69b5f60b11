/** Names of the files that a capture is written to, as GoReplay's `--output-file` makes them. */
import { basename, dirname, join } from 'node:path';

export interface NameParts {
  /** When, ns since the Unix epoch. */
  readonly atNs: bigint;
  readonly id: string;
  readonly type: string;
  /** Random letters of this process. */
  readonly instance: string;
}

const PLACEHOLDER = /%(NS|[YmdHMSrti])/g;

/** Whether a name stands for several. */
export function hasPlaceholders(template: string): boolean {
  return template.search(PLACEHOLDER) >= 0;
}

/**
 * Fills in `%Y %m %d %H %M %S %NS` (UTC), `%r` the record's id, `%t` its type, `%i` the process.
 * An id comes from outside: what could lead to another folder becomes `_`.
 */
export function expandName(template: string, { atNs, id, type, instance }: NameParts): string {
  if (!hasPlaceholders(template)) return template;
  const [, year, month, day, hour, minute, second] = /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)/.exec(
    new Date(Number(atNs / 1_000_000n)).toISOString(),
  )!;
  const words: Readonly<Record<string, string>> = {
    Y: year!,
    m: month!,
    d: day!,
    H: hour!,
    M: minute!,
    S: second!,
    NS: String(atNs % 1_000_000_000n),
    r: id.slice(0, 100).replace(/[^0-9A-Za-z-]/g, '_'),
    t: type,
    i: instance,
  };
  return template.replace(PLACEHOLDER, (_, key: string) => words[key]!);
}

/**
 * The name of a chunk: its number stands before the last extension. `x.gor` → `x_0.gor`,
 * `x.gor.gz` → `x.gor_0.gz`.
 */
export function withIndex(path: string, index: number): string {
  const [stem, extension] = splitName(path);
  return join(dirname(path), `${stem}_${index}${extension}`);
}

/** Of the chunk `name` of the capture `path`; undefined for another file. */
export function indexIn(path: string, name: string): number | undefined {
  const [stem, extension] = splitName(path);
  const [start, end] = [`${stem}_`, extension];
  if (!name.startsWith(start) || !name.endsWith(end)) return undefined;
  const digits = name.slice(start.length, name.length - end.length);
  return /^\d{1,9}$/.test(digits) ? Number(digits) : undefined;
}

function splitName(path: string): [stem: string, extension: string] {
  const name = basename(path);
  const dot = name.lastIndexOf('.');
  return dot < 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot)];
}
