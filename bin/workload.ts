/** `plimsoll workload`: from a capture to the traffic of a model. */
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { BadRecord, CaptureSource, ReadReport } from '../replay/formats/capture.ts';
import { parseFieldMap } from '../replay/formats/logs/field-map.ts';
import type { ReadOptions, TextFormat } from '../replay/formats/text/text-format.ts';
import { fileInput, INPUT_CUT } from '../replay/formats/text/until-cut.ts';
import { TEXT_FORMATS } from '../replay/formats/text-formats.ts';
import { ArrivalsWriter } from '../replay/workload/arrivals-file.ts';
import { modelText } from '../replay/workload/model-text.ts';
import { type Workload, workloadOf } from '../replay/workload/workload.ts';
import { formatCount, formatDuration, formatPercent } from '../simulator/model/units.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import { prepareToWrite, print, shown } from './files.ts';
import { interruption } from './interrupt.ts';
import { percentage, wholeNumber } from './options.ts';
import { startProgress } from './progress.ts';

const HEAD_BYTES = 65_536;
const WRONG_USE = 2;

const EXAMPLES = `
Bodies are not needed, and no id is kept: access logs are enough. Endpoints are found by folding ids
out of paths. What is printed lays over a model (--overlay), or is one by itself (--whole).

Examples:
  plimsoll workload access.log > captured.yaml
  plimsoll workload access.log.gz --whole --arrivals arrivals.jsonl
  plimsoll workload app.jsonl --fields time=ts,target=request.uri,latency=took:ms --json
  plimsoll workload access.log --log-format '$msec $remote_addr "$request" $status $request_time'`;

interface WorkloadFlags {
  readonly from?: string;
  readonly logFormat?: string;
  readonly fields?: string;
  readonly seed: number;
  readonly service: string;
  readonly whole?: true;
  readonly arrivals?: string;
  readonly mostBad: number;
  readonly json?: true;
}

/** Registers the command. */
export function workloadCommand(program: Command): void {
  program
    .command('workload')
    .argument('<capture>', 'access log, HAR or targets; .gz as well')
    .description("turn a capture into a model's traffic: curve, mix, keys, sessions")
    .addOption(
      new Option('--from <format>', 'format (default: by the first bytes)').choices(
        TEXT_FORMATS.map(({ name }) => name),
      ),
    )
    .option('--log-format <string>', "the server's own format, as its configuration has it")
    .option('--fields <map>', 'where JSON lines have what, such as time=ts,latency=dur:ms')
    .addOption(
      new Option('--seed <n>', 'of the moments inside coarse stamps')
        .argParser(wholeNumber(0, 999_999_999))
        .default(1),
    )
    .addOption(
      new Option('--service <name>', 'the service that is called').argParser(name).default('web'),
    )
    .option('--whole', 'a whole model, whose endpoints take the times that were recorded')
    .option('--arrivals <file>', "write the capture's own arrivals, to drive a model with")
    .addOption(
      new Option('--most-bad <percent>', 'of the records may be unsound')
        .argParser(percentage)
        .default(0.05, '5%'),
    )
    .option('--json', 'print everything as JSON')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

function name(text: string): string {
  if (/^[a-z][a-z0-9-]{0,39}$/.test(text)) return text;
  throw new InvalidArgumentError('Expected a name such as web.');
}

async function run(path: string, flags: WorkloadFlags): Promise<void> {
  const format = await formatOf(path, flags);
  const options: ReadOptions = {
    seed: flags.seed,
    everyMethod: true,
    ...(flags.logFormat === undefined ? {} : { logFormat: flags.logFormat }),
    ...(flags.fields === undefined ? {} : { fields: parseFieldMap(flags.fields) }),
  };
  const source = format.read({ ...fileInput(path), file: shown(path) }, options);
  const workload = await workloadAnd(source, flags.arrivals);
  const report = source.report();
  if (workload === undefined) throw new UsageError(`${shown(path)}: ${nothing(report)}`);
  if (flags.json) print(JSON.stringify({ ...workload, reading: report }));
  else {
    const { service, whole } = flags;
    print(modelText(workload, { service, isWhole: whole === true, capture: shown(path) }));
  }
  sayReport(report, workload);
  const bad = sum(report.rejected) / report.read;
  if (bad > flags.mostBad) {
    process.stderr.write(
      `plimsoll: ${formatPercent(bad)} of the records are unsound, ` +
        `more than --most-bad ${formatPercent(flags.mostBad)}\n`,
    );
    process.exitCode = WRONG_USE;
  }
  if ((report.incomplete ?? []).length > 0) process.exitCode = WRONG_USE;
}

async function formatOf(path: string, flags: WorkloadFlags): Promise<TextFormat> {
  const { from, logFormat, fields } = flags;
  const implied =
    logFormat !== undefined ? 'log-format' : fields !== undefined ? 'json-lines' : undefined;
  const named = TEXT_FORMATS.find((format) => format.name === (from ?? implied));
  if (named !== undefined) return named;
  const head = await headOf(path);
  const found = TEXT_FORMATS.find((format) => format.looksLike(head));
  if (found !== undefined) return found;
  const names = TEXT_FORMATS.map((format) => format.name).join(', ');
  throw new UsageError(
    `${shown(path)}: expected a capture (${names}), found something else; --from says which it is`,
  );
}

/** The first bytes, decompressed; none where the file is damaged before them. */
async function headOf(path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of fileInput(path).bytes) {
      chunks.push(Buffer.from(chunk));
      bytes += chunk.length;
      if (bytes >= HEAD_BYTES) break;
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === INPUT_CUT)) throw error;
  }
  return Buffer.concat(chunks).subarray(0, HEAD_BYTES);
}

/** The workload, and its arrivals written beside it where somebody wants them. */
async function workloadAnd(
  source: CaptureSource,
  arrivals: string | undefined,
): Promise<Workload | undefined> {
  const signal = interruption();
  const progress = startProgress();
  let count = 0;
  const look = () => {
    if (++count % 10_000 !== 0) return;
    signal.throwIfAborted();
    progress.update(`${formatCount(count)} requests read`);
  };
  try {
    if (arrivals === undefined) return await workloadOf(source, look);
    return await writeArrivals(source, arrivals, look);
  } finally {
    progress.clear();
  }
}

/** Beside its place, and renamed when it is whole. */
async function writeArrivals(
  source: CaptureSource,
  path: string,
  look: () => void,
): Promise<Workload | undefined> {
  prepareToWrite(path);
  const beside = `${path}.${process.pid}`;
  const file = openSync(beside, 'w');
  try {
    const writer = new ArrivalsWriter((line) => writeSync(file, line));
    const workload = await workloadOf(source, ({ atNs }, atMs) => {
      look();
      writer.add(atMs, atNs);
    });
    writer.end(workload?.durationMs ?? 0);
    renameSync(beside, path);
    return workload;
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

function nothing(report: ReadReport): string {
  const reasons = [...Object.entries(report.rejected), ...Object.entries(report.skipped)];
  const words = reasons.slice(0, 3).map(([reason, count]) => `${formatCount(count)} × ${reason}`);
  const first = report.examples[0];
  const place = first === undefined ? '' : ` (the first at byte ${first.offset})`;
  return `expected requests, found ${words.length === 0 ? 'nothing' : words.join('; ')}${place}`;
}

/** On stderr, so that what is printed can be piped into a file. */
function sayReport(report: ReadReport, workload: Workload): void {
  const lines = [`${formatCount(report.used)} of ${formatCount(report.read)} records used`];
  const kinds = { skipped: report.skipped, unsound: report.rejected, noted: report.noted ?? {} };
  for (const [kind, counts] of Object.entries(kinds)) {
    for (const [reason, count] of Object.entries(counts)) {
      lines.push(`  ${kind} ${formatCount(count)} × ${reason}`);
    }
  }
  for (const one of report.examples.slice(0, 3)) lines.push(`  ${placed(one)}`);
  for (const one of report.incomplete ?? []) lines.push(`  not read to its end: ${placed(one)}`);
  if (workload.far > 0) {
    lines.push(`  ${formatCount(workload.far)} are a day and more from all others: left out`);
  }
  lines.push(...sessionLines(workload));
  process.stderr.write(`${lines.join('\n')}\n`);
}

function placed({ file, offset, reason }: BadRecord): string {
  return `${file}, byte ${offset}: ${reason}`;
}

function sessionLines({ sessions }: Workload): string[] {
  if (sessions.count === 0) return [];
  const { count, requestsMean, requestsMedian, requestsP95, thinking } = sessions;
  const lines = [
    `${formatCount(count)} sessions of ${requestsMean.toFixed(1)} requests in the mean ` +
      `(median ${requestsMedian}, p95 ${requestsP95})`,
  ];
  if (thinking !== undefined) {
    const { medianMs, p99Ms, sigma, distance } = thinking;
    lines.push(
      `  think times: median ${formatDuration(medianMs)}, p99 ${formatDuration(p99Ms)}; ` +
        `lognormal of σ ${sigma.toFixed(2)}, at most ${formatPercent(distance)} off`,
    );
  }
  return lines;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
