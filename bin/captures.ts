/** What commands that read a capture have in common: options, warnings, books, exit codes. */
import { statSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { overdue } from '../replay/capture/manifest.ts';
import type { CaptureSource, ReadReport } from '../replay/formats/capture.ts';
import type { ReadOptions } from '../replay/formats/format.ts';
import {
  expandPaths,
  formatNames,
  type OpenOptions,
  openCapture,
} from '../replay/formats/formats.ts';
import { parseFieldMap } from '../replay/formats/logs/field-map.ts';
import { counted } from '../reports/text-clean.ts';
import { parsePercent } from '../simulator/model/units.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import { shown } from './files.ts';
import { percentage, wholeNumber } from './options.ts';
import { say } from './progress.ts';

const MOST_BAD = '5%';
const MOST_WINDOW = 1_000_000;

/** How a capture is to be read. */
export interface LogFlags {
  readonly from?: string;
  readonly window?: number;
  readonly logFormat?: string;
  readonly fields?: string;
}

export interface CaptureFlags extends LogFlags {
  readonly mostBad: number;
}

/** Adds `--from`, `--log-format`, `--fields`, `--window` and `--most-bad`. */
export function addCaptureOptions(command: Command): Command {
  return addLogOptions(command)
    .option('--from <format>', `format of the capture: ${formatNames()} (default: by its content)`)
    .addOption(
      new Option(
        '--window <n>',
        'records may be out of order by so many (default: the format’s)',
      ).argParser(wholeNumber(0, MOST_WINDOW)),
    )
    .addOption(
      new Option('--most-bad <share>', 'exit code 2 where more records than this are bad')
        .argParser(badShare)
        .default(parsePercent(MOST_BAD), MOST_BAD),
    );
}

/** Adds `--log-format` and `--fields`, for logs that nobody else knows. */
export function addLogOptions(command: Command): Command {
  return command
    .option('--log-format <string>', "the server's own format, as its configuration has it")
    .option('--fields <map>', 'where JSON lines have what, such as time=ts,latency=dur:ms');
}

/** Throws a UsageError for a map of fields that is none. */
export function readOptions({ from, window, logFormat, fields }: LogFlags): OpenOptions {
  const implied =
    logFormat !== undefined ? 'log-format' : fields !== undefined ? 'json-lines' : undefined;
  return {
    from: from ?? implied,
    ...(window !== undefined && { window }),
    ...(logFormat !== undefined && { logFormat }),
    ...(fields !== undefined && { fields: parseFieldMap(fields) }),
  };
}

function badShare(text: string): number {
  const ratio = percentage(text);
  if (ratio <= 1) return ratio;
  throw new InvalidArgumentError('Expected a percentage from 0% to 100%.');
}

/**
 * Opens captures, and says what is wrong with having them. Throws a UsageError where there is
 * nothing to read.
 *
 * @param own what the command itself wants of formats
 */
export async function openRequested(
  patterns: readonly string[],
  flags: CaptureFlags,
  own: ReadOptions = {},
): Promise<CaptureSource> {
  keepHeapSmall();
  const source = await openCapture(patterns, { ...readOptions(flags), ...own });
  warnOfCaptures(patterns, Date.now());
  return source;
}

/** What lives is 60 MB, of any capture; V8 would let 400 MB of garbage lie beside it. */
function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=30');
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** Says on stderr which can be read by others than their owner, and which are past their time. */
export function warnOfCaptures(patterns: readonly string[], nowMs: number): void {
  const paths = expandPaths(patterns);
  const open = paths.filter(isReadableByOthers);
  if (open.length > 0) {
    say(`${andMore(open)} can be read by others; chmod 600 is what a capture should have`);
  }
  const said = new Set<string>();
  for (const path of paths) {
    const day = overdue(path, nowMs);
    if (day === undefined || said.has(day.manifest)) continue;
    said.add(day.manifest);
    say(`${shown(path)} was to be kept until ${day.retainUntil}; it should have been deleted`);
  }
}

/** A capture is everybody's traffic: nobody else should be able to read it. */
function isReadableByOthers(path: string): boolean {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  return (mode & 0o077) !== 0 && process.platform !== 'win32';
}

/** Chunks are many, and all alike. */
function andMore([first, ...others]: readonly string[]): string {
  const more = others.length === 0 ? '' : ` and ${counted(others.length, 'more file')}`;
  return `${shown(first!)}${more}`;
}

/**
 * Why a capture must not be taken for what was recorded, or undefined: nothing usable in it, too
 * many bad records, or a file that ends before its end.
 */
export function unsound(report: ReadReport, mostBadRatio: number): string | undefined {
  const bad = sum(report.rejected);
  const [cut] = report.incomplete ?? [];
  if (cut !== undefined) return `${cut.file}, byte ${cut.offset}: ${cut.reason}`;
  if (report.used === 0) return `no usable record: ${firstBad(report) ?? 'there is none at all'}`;
  const ratio = bad / report.read;
  if (ratio <= mostBadRatio) return undefined;
  return `${percent(ratio)} of ${counted(report.read, 'record')} are bad: ${firstBad(report)}`;
}

/** Throws a UsageError where it is `unsound`; whatever was made of it stays. */
export function judgeBooks(report: ReadReport, mostBadRatio: number): void {
  const reason = unsound(report, mostBadRatio);
  if (reason !== undefined) throw new UsageError(reason);
}

function firstBad({ examples }: ReadReport): string | undefined {
  const [first] = examples;
  return first && `${first.file}, byte ${first.offset}: ${first.reason}`;
}

/** `{ a: 1, b: 2 }` → 3 */
export function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}
