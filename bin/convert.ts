/** `plimsoll convert`: a capture in another format, in other chunks, or compressed. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CaptureSource, ReadReport } from '../replay/formats/capture.ts';
import { CaptureWriter } from '../replay/formats/capture-writer.ts';
import type { Format } from '../replay/formats/format.ts';
import { formatNamed, formatNames, formatOfName } from '../replay/formats/formats.ts';
import type { WriteOptions } from '../replay/formats/text/text-format.ts';
import { counted } from '../reports/text-clean.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import { addCaptureOptions, type CaptureFlags, judgeBooks, openRequested } from './captures.ts';
import { booksText } from './captures-text.ts';
import { prepareToWrite, print, shown } from './files.ts';
import { interruption } from './interrupt.ts';
import { wholeNumber } from './options.ts';
import { startProgress } from './progress.ts';

const EXAMPLES = `
The name of <out> tells its format; .gz compresses it. As GoReplay does, %Y %m %d %H %M %S %NS (the
records' own time, UTC), %r (id), %t (type) and %i in it make many files, numbered before the last
extension, and so do the limits of a chunk. Several captures are merged by time. What is written has
all that was recorded, secrets too; only its owner can read it. What a format has no room for, such
as bodies in a log, or parts of its seconds, is counted, and said on stderr and in --json. Logs have
what their server writes, escaped as it does; a field that nothing is known of is "-".

Examples:
  plimsoll convert fixtures/captures/shop.gor dist/shop.gor.gz
  plimsoll convert fixtures/captures/shop.gor 'dist/%H/shop.gor' --chunk-records 256
  plimsoll convert fixtures/captures/shop.gor dist/shop.har
  plimsoll convert fixtures/captures/shop.gor dist/access.log --to combined
  plimsoll convert fixtures/captures/shop.gor dist/a.log --to-log-format '%t %D "%r" %>s'
  plimsoll convert 'captures/*.gor.gz' all.gor`;

const LOG_FORMAT = 'log-format';

interface ConvertFlags extends CaptureFlags {
  readonly to?: string;
  readonly toLogFormat?: string;
  readonly chunkRecords?: number;
  readonly chunkSize?: number;
  readonly json?: true;
}

/** Registers the command. */
export function convertCommand(program: Command): void {
  const command = program
    .command('convert')
    .argument('<captures...>', 'files, or patterns of them, and last the one to write')
    .description('write a capture in another format, in chunks, or compressed');
  addCaptureOptions(command)
    .option('--to <format>', `format to write: ${formatNames()} (default: by the name)`)
    .option('--to-log-format <string>', 'write logs as nginx or Apache do with that format')
    .addOption(
      new Option('--chunk-records <n>', 'records of a file').argParser(wholeNumber(1, 999_999_999)),
    )
    .addOption(
      new Option('--chunk-size <size>', 'size of a file before compression').argParser(byteSize),
    )
    .option('--json', 'print what was done as JSON')
    .addHelpText('after', EXAMPLES)
    .action(convert);
}

const BYTES: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

function byteSize(text: string): number {
  const found = /^([1-9]\d{0,5})(KiB|MiB|GiB)$/.exec(text);
  if (found !== null) return Number(found[1]) * BYTES[found[2]!]!;
  throw new InvalidArgumentError('Expected a size such as 32MiB.');
}

async function convert(paths: readonly string[], flags: ConvertFlags): Promise<void> {
  const out = paths.at(-1)!;
  const inputs = paths.slice(0, -1);
  if (inputs.length === 0) throw new UsageError('expected a capture and a file to write');
  const format = target(out, flags);
  const encoder = format.encoder(writeOptions(flags));
  prepareToWrite(out);
  const source = await openRequested(inputs, flags);
  const limits = { records: flags.chunkRecords, bytes: flags.chunkSize };
  const writer = new CaptureWriter(out, encoder, limits);
  await copy(source, writer);
  const report = source.report();
  tell(source, writer, flags);
  judgeBooks(report, flags.mostBad);
  judgeWritten(writer, format);
}

function writeOptions({ toLogFormat }: ConvertFlags): WriteOptions {
  return toLogFormat === undefined ? {} : { logFormat: toLogFormat };
}

/** Throws a UsageError where nothing of a sound capture could be written. */
function judgeWritten({ files, heldBack }: CaptureWriter, { name }: Format): void {
  const [reason] = Object.keys(heldBack);
  if (reason === undefined || files.some(({ records }) => records > 0)) return;
  throw new UsageError(`no request can be written as ${name}: ${reason}`);
}

function target(out: string, { to, toLogFormat }: ConvertFlags): Format {
  if (toLogFormat !== undefined && to !== undefined && to !== LOG_FORMAT) {
    throw new UsageError(`--to-log-format: expected no other --to than ${LOG_FORMAT}`);
  }
  if (to === LOG_FORMAT && toLogFormat === undefined) {
    throw new UsageError(`--to ${LOG_FORMAT}: expected --to-log-format as well`);
  }
  const name = toLogFormat === undefined ? to : LOG_FORMAT;
  if (name !== undefined) return formatNamed(name);
  if (/\.log(_\d+)?(\.gz)?$/.test(out)) {
    throw new UsageError(`${out}: expected --to, as logs are in many formats (${formatNames()})`);
  }
  const format = formatOfName(out);
  if (format !== undefined) return format;
  throw new UsageError(`${out}: expected a name that tells a format, or --to (${formatNames()})`);
}

/** Leaves nothing unfinished behind, whatever happens. */
async function copy(source: CaptureSource, writer: CaptureWriter): Promise<void> {
  const signal = interruption();
  const progress = startProgress();
  let count = 0;
  try {
    for await (const batch of source.batches) {
      signal.throwIfAborted();
      for (const request of batch) await writer.add(request);
      count += batch.length;
      progress.update(`converting: ${counted(count, 'request')}`);
    }
    await writer.close();
  } catch (error) {
    await writer.discard();
    throw error;
  } finally {
    progress.clear();
  }
}

function tell(source: CaptureSource, writer: CaptureWriter, flags: ConvertFlags): void {
  const { files, heldBack, lost } = writer;
  const report: ReadReport = source.report();
  for (const line of lossText(lost)) process.stderr.write(`${line}\n`);
  if (flags.json) {
    const all = { format: 'plimsoll-conversion/1', from: source.format, files, heldBack, lost };
    print(JSON.stringify({ ...all, report }));
    return;
  }
  const names = files.map(({ path, records }) => `${shown(path)}: ${counted(records, 'record')}`);
  const shownNames = names.length > 10 ? [...names.slice(0, 9), `… ${names.length} files`] : names;
  print([...shownNames, ...booksText(report, { 'held back': heldBack })].join('\n'));
}

function lossText(lost: CaptureWriter['lost']): string[] {
  const parts = Object.entries(lost).sort(([, a], [, b]) => b - a);
  return parts.map(([what, count]) => `not kept: ${what}, of ${counted(count, 'request')}`);
}
