/** What commands that read a capture have in common: options, books in words, exit codes. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CaptureSource, ReadReport } from '../replay/formats/capture.ts';
import type { ReadOptions } from '../replay/formats/format.ts';
import { formatNames, type OpenOptions, openCapture } from '../replay/formats/formats.ts';
import { parseFieldMap } from '../replay/formats/logs/field-map.ts';
import { counted } from '../reports/text-clean.ts';
import { parsePercent } from '../simulator/model/units.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import { percentage, wholeNumber } from './options.ts';

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
 * Throws a UsageError where there is nothing to read.
 *
 * @param own what the command itself wants of formats
 */
export function openRequested(
  patterns: readonly string[],
  flags: CaptureFlags,
  own: ReadOptions = {},
): Promise<CaptureSource> {
  return openCapture(patterns, { ...readOptions(flags), ...own });
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
