/** `plimsoll workload`: from a capture to the traffic of a model. */

import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { BadRecord, CaptureSource, ReadReport } from '../replay/formats/capture.ts';
import { ArrivalsWriter } from '../replay/workload/arrivals-file.ts';
import { modelText } from '../replay/workload/model-text.ts';
import { type Workload, workloadOf } from '../replay/workload/workload.ts';
import { formatCount } from '../simulator/model/units.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import { addCaptureOptions, type CaptureFlags, judgeBooks, openRequested } from './captures.ts';
import { prepareToWrite, print, shown } from './files.ts';
import { interruption } from './interrupt.ts';
import { wholeNumber } from './options.ts';
import { startProgress } from './progress.ts';

const EXAMPLES = `
Bodies are not needed, and no id is kept: access logs are enough. Endpoints are found by folding ids
out of paths. What is printed lays over a model (--overlay), or is one by itself (--whole).

Examples:
  plimsoll workload access.log > captured.yaml
  plimsoll workload 'captures/*.gor.gz' --whole
  plimsoll workload access.log.gz --whole --arrivals arrivals.jsonl
  plimsoll workload app.jsonl --fields time=ts,target=request.uri,latency=took:ms --json
  plimsoll workload access.log --log-format '$msec $remote_addr "$request" $status $request_time'`;

interface WorkloadFlags extends CaptureFlags {
  readonly seed: number;
  readonly service: string;
  readonly whole?: true;
  readonly arrivals?: string;
  readonly json?: true;
}

/** Registers the command. */
export function workloadCommand(program: Command): void {
  const command = program
    .command('workload')
    .argument('<captures...>', 'files, or patterns of them: chunks are one capture')
    .description("turn a capture into a model's traffic: curve, bursts, mix, keys, sessions");
  addCaptureOptions(command)
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
    .option('--json', 'print everything as JSON')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

function name(text: string): string {
  if (/^[a-z][a-z0-9-]{0,39}$/.test(text)) return text;
  throw new InvalidArgumentError('Expected a name such as web.');
}

async function run(captures: readonly string[], flags: WorkloadFlags): Promise<void> {
  const source = await openRequested(captures, flags, { seed: flags.seed, everyMethod: true });
  const workload = await workloadAnd(source, flags.arrivals);
  const report = source.report();
  const capture = captures.map(shown).join(', ');
  if (workload === undefined) throw new UsageError(`${capture}: ${nothing(report)}`);
  if (flags.json) print(JSON.stringify({ ...workload, reading: report }));
  else {
    const { service, whole } = flags;
    print(modelText(workload, { service, isWhole: whole === true, capture }));
  }
  sayReport(report, workload);
  judgeBooks(report, flags.mostBad);
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
export async function writeArrivals(
  source: CaptureSource,
  path: string,
  look: () => void,
): Promise<Workload | undefined> {
  prepareToWrite(path);
  const beside = `${path}.${process.pid}`;
  const file = openSync(beside, 'w');
  try {
    const writer = new ArrivalsWriter((line) => writeSync(file, line));
    let names: readonly string[] = [];
    const workload = await workloadOf(
      source,
      ({ atNs }, atMs, endpoint) => {
        look();
        writer.add(atMs, endpoint, atNs);
      },
      (all) => {
        names = all;
      },
    );
    writer.end(workload?.durationMs ?? 0, names);
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
  process.stderr.write(`${lines.join('\n')}\n`);
}

function placed({ file, offset, reason }: BadRecord): string {
  return `${file}, byte ${offset}: ${reason}`;
}
