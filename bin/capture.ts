/** `plimsoll capture`: records the traffic that goes by, without its secrets. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import type { Capture } from '../replay/capture/capture.ts';
import { startCapture } from '../replay/capture/capture.ts';
import { manifestPath } from '../replay/capture/manifest.ts';
import { captureMiddleware } from '../replay/capture/middleware-source.ts';
import type { OutboxLimits } from '../replay/capture/outbox.ts';
import type { RecordingOptions, SeenCounts } from '../replay/capture/recording.ts';
import type { Address } from '../replay/capture/tunnel.ts';
import { formatCount } from '../simulator/model/units.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import { VERSION } from '../simulator/simulate.ts';
import { prepareToWrite, print, shown } from './files.ts';
import { interruption } from './interrupt.ts';
import { percentage, wholeNumber } from './options.ts';
import { say, startProgress } from './progress.ts';
import {
  addListen,
  byteCount,
  collect,
  milliseconds,
  shownAddress,
  upstreamAddress,
} from './proxy-options.ts';

const LOOK_MS = 500;
/** How long connections may take to end what is under way on them. */
const DRAIN_MS = 4000;
const FAILED = 3;

const EXAMPLES = `
Bytes pass through as they are, in both directions; what is recorded of them is redacted before it
is written (headers by a list of those that are kept; secrets by name and by shape). Beside the
capture lies its manifest: what is in it, what was skipped or lost, until when it may be kept.

Examples:
  plimsoll capture --upstream http://127.0.0.1:9000 -o req.gor
  plimsoll capture --listen 127.0.0.1:8080 --upstream http://127.0.0.1:9000 -o req.gor.gz --for 10m
  plimsoll capture --upstream http://127.0.0.1:9000 -o req.gor --sample 10% --session-by cookie:sid
  plimsoll capture --upstream http://127.0.0.1:9000 -o req.gor --rotate-size 256MiB --rotate-every 1h
  gor --input-raw :9000 --output-null --middleware "plimsoll capture --middleware -o req.gor"`;

interface CaptureFlags {
  readonly listen: Address;
  readonly upstream?: string;
  readonly middleware?: true;
  readonly output: string;
  readonly answers: 'none' | 'head' | 'full';
  readonly sample: number;
  readonly sessionBy: readonly string[];
  readonly keepHeader: readonly string[];
  readonly pseudonymHeader: readonly string[];
  readonly redactName: readonly string[];
  readonly keepName: readonly string[];
  readonly rotateSize?: number;
  readonly rotateEvery?: number;
  readonly maxBody: number;
  readonly maxSize: number;
  readonly queue: number;
  readonly retain: number;
  readonly for?: number;
  readonly keepLoad?: true;
  readonly json?: true;
}

/** Registers the command. */
export function captureCommand(program: Command): void {
  const command = addListen(program.command('capture'))
    .description('record traffic that goes by, without its secrets')
    .option('--upstream <url>', 'the server that clients are passed on to')
    .addOption(
      new Option('--middleware', 'record what GoReplay sends on standard input').conflicts([
        'upstream',
        'listen',
      ]),
    )
    .requiredOption('-o, --output <file>', 'the capture: a .gor or .gor.gz file')
    .addOption(
      new Option('--answers <what>', 'what is recorded of answers')
        .choices(['none', 'head', 'full'])
        .default('head'),
    )
    .option('--keep-load', "record Plimsoll's own load as well, as of a system that is only tested")
    .option('--for <time>', 'end after this (default: at Ctrl-C)', milliseconds);
  addSampling(addLimits(addRedaction(command)))
    .option('--json', 'print the counts as JSON at the end')
    .addHelpText('after', EXAMPLES)
    .action(capture);
}

function addRedaction(command: Command): Command {
  const name = 'name';
  return command
    .option(`--keep-header <${name}>`, 'keep this header as well; repeatable', collect, [])
    .option(`--pseudonym-header <${name}>`, 'keep it as a pseudonym; repeatable', collect, [])
    .option(`--redact-name <${name}>`, 'a field or key that is secret; repeatable', collect, [])
    .option(`--keep-name <${name}>`, 'a field or key that is not; repeatable', collect, []);
}

function addLimits(command: Command): Command {
  return command
    .option('--rotate-size <size>', 'begin a new file after this much', byteCount)
    .option('--rotate-every <time>', 'begin a new file after this long', milliseconds)
    .addOption(size('--max-body <size>', 'larger bodies are left out', '1MiB'))
    .addOption(size('--max-size <size>', 'of all files; nothing is recorded after it', '10GiB'))
    .addOption(size('--queue <size>', 'waiting to be written; beyond it records are lost', '64MiB'))
    .addOption(
      new Option('--retain <days>', 'how long the capture may be kept')
        .argParser(wholeNumber(1, 3650))
        .default(30),
    );
}

function size(flags: string, description: string, usual: string): Option {
  return new Option(flags, description).argParser(byteCount).default(byteCount(usual), usual);
}

function addSampling(command: Command): Command {
  return command
    .addOption(
      new Option('--sample <percent>', 'share of sessions; a session is recorded whole')
        .argParser(percentage)
        .default(1, '100%'),
    )
    .option(
      '--session-by <what>',
      'cookie:<name> or header:<name> that tells sessions apart; repeatable ' +
        '(default: Authorization, or a cookie with the name of a session, or the connection)',
      collect,
      [],
    );
}

async function capture(flags: CaptureFlags): Promise<void> {
  if (flags.sample > 1) throw new UsageError('expected a --sample of at most 100%');
  if (flags.middleware) return recordMiddleware(flags);
  if (flags.upstream === undefined) {
    throw new UsageError('expected --upstream http://host:port, or --middleware');
  }
  const upstream = upstreamAddress(flags.upstream, flags.listen);
  prepareToWrite(flags.output);
  const { listen, answers, maxBody: mostBodyBytes } = flags;
  const source = `${shownAddress(listen)} → ${shownAddress(upstream)}`;
  const signal = interruption();
  const started = await startCapture({
    listen,
    upstream,
    recording: recordingOptions(flags, source),
    answers,
    mostBodyBytes,
    mostOpenBytes: flags.queue,
    queue: queueOf(flags),
    keepsLoad: flags.keepLoad === true,
  }).catch((error: Error) => {
    throw 'syscall' in error ? new UsageError(`cannot listen: ${error.message}`) : error;
  });
  say(`recording ${source} to ${shown(flags.output)} (port ${started.port}); Ctrl-C ends it`);
  await watch(started, flags.for, signal);
  await started.close(DRAIN_MS);
  conclude(started.counts(), started.failure(), flags);
  signal.throwIfAborted();
}

async function recordMiddleware(flags: CaptureFlags): Promise<void> {
  prepareToWrite(flags.output);
  const signal = interruption();
  const { input, output } = { input: process.stdin, output: process.stdout };
  const recording = recordingOptions(flags, 'GoReplay middleware');
  const done = await captureMiddleware({
    input,
    output,
    recording,
    answers: flags.answers,
    mostBodyBytes: flags.maxBody,
    queue: queueOf(flags),
    signal,
  });
  // Standard output is GoReplay's.
  const { seen, recorded } = done;
  say(`recorded ${formatCount(recorded)} of ${formatCount(seen)} requests`);
}

function recordingOptions(
  flags: CaptureFlags,
  source: string,
): Omit<RecordingOptions, 'startedNs'> {
  return {
    file: { path: flags.output, rotateBytes: flags.rotateSize, rotateMs: flags.rotateEvery },
    rules: {
      redact: flags.redactName,
      keep: flags.keepName,
      keepHeaders: flags.keepHeader,
      pseudonymHeaders: flags.pseudonymHeader,
      sessionBy: flags.sessionBy,
    },
    mostBytes: flags.maxSize,
    source,
    version: VERSION,
    retainDays: flags.retain,
    sampledRatio: flags.sample,
  };
}

function queueOf({ queue }: CaptureFlags): OutboxLimits {
  return { mostItems: 100_000, mostBytes: queue };
}

/** Says how it goes until the time is over or somebody wants it to end. */
async function watch(
  capture: Capture,
  forMs: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const progress = startProgress();
  const endMs = performance.now() + (forMs ?? Number.POSITIVE_INFINITY);
  let hasFailed = false;
  while (!signal.aborted && performance.now() < endMs) {
    const waitMs = Math.min(LOOK_MS, endMs - performance.now());
    await sleep(Math.max(1, waitMs), undefined, { signal }).catch(() => {});
    const failure = capture.failure();
    if (failure !== undefined && !hasFailed) {
      hasFailed = true;
      say(`recording has ended (${failure.message}); the traffic goes on`);
    }
    progress.update(summary(capture.counts()));
  }
  progress.clear();
}

/** `1,234 requests: 1,200 taken, 30 skipped, 4 lost` */
function summary(counts: SeenCounts): string {
  const skipped = sum(counts.skipped);
  const lost = sum(counts.lost);
  const taken = counts.seen - skipped - lost;
  const parts = [`${formatCount(taken)} taken`, `${formatCount(skipped)} skipped`];
  return `${formatCount(counts.seen)} requests: ${parts.join(', ')}, ${formatCount(lost)} lost`;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function conclude(
  counts: ReturnType<Capture['counts']>,
  failure: Error | undefined,
  flags: CaptureFlags,
): void {
  const manifest = manifestPath(flags.output);
  if (flags.json) print(JSON.stringify({ ...counts, manifest }));
  else print(`${summary(counts)}; see ${shown(manifest)}`);
  if (failure !== undefined) process.exitCode = FAILED;
}
