/** `plimsoll replay`: sends recorded traffic again, at its own times, to a system that may have it. */
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CaptureSource, RecordedRequest } from '../replay/formats/capture.ts';
import type { OpenOptions } from '../replay/formats/formats.ts';
import { SecretCounter } from '../replay/inspect/secrets.ts';
import type { OpenCapture } from '../replay/run/planner.ts';
import { type Prepared, prepare } from '../replay/run/prepare.ts';
import { type Replay, replay } from '../replay/run/replay.ts';
import { parseDuration, parseRate } from '../simulator/model/units.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import type { Results } from '../simulator/results/results.ts';
import { addLogOptions, readOptions, warnOfCaptures } from './captures.ts';
import { addElsewhere } from './elsewhere.ts';
import { prepareToWrite, print, shown, writeJson, writeWhole } from './files.ts';
import { interruption } from './interrupt.ts';
import { watchMachine } from './machine.ts';
import { many, percentage, wholeNumber } from './options.ts';
import { say, startProgress } from './progress.ts';
import { interruptible, keepCaptures } from './replay-captures.ts';
import { addCompareOptions } from './replay-compare.ts';
import { type ReplayFlags, replayOptions } from './replay-flags.ts';
import { checkMiddleware, sayBooks, type Through, throughIts } from './replay-middleware.ts';
import { nothingText, summaryJson, summaryText, surveyText } from './replay-text.ts';

const NOT_PASSED = 1;

const HELP = `
Sends GET, HEAD and OPTIONS only, unless a route is opened. The target is this machine, unless a
host is allowed by name; then the four ceilings have to be set, and the target has to serve the
token at /.well-known/plimsoll-replay as {"token": "…", "expires": "2026-12-01T00:00:00Z"}.
Arguments show in the list of processes: PLIMSOLL_TOKEN or --token @file does not, nor --set-header
@file.
Nobody is redirected, nothing is sent twice, no proxy of the environment is used, certificates are
checked. Every request carries x-plimsoll-run. The first Ctrl-C lets what is under way end, the
second does not.

--compare holds every answer against the recorded one. No value of an answer is written anywhere:
fields, counts and shapes are. What --second gets is all that the target gets, so the same checks
hold for it, and every ceiling counts both; its differences from what was recorded are the noise.

With --users, a file such as

  recorded: [{ header: X-User }, { path: "^/users/([^/]+)" }, { json: user.email, field: email }]
  test-users: { seed: 7 }      # made by faker; or list: [...], or file: users.jsonl
  login: { path: /login, body: { email: "{email}", password: "{password}" }, token: token }

whoever was recorded is a test user of its own: the same one in every run. Each logs in when its
first request comes up, and anew before its token expires (expires-in) or after a 401.

A middleware gets requests and recorded answers (types 1 and 2, as GoReplay's do), and what it gives
back is filtered, rewritten, checked and sent. The look before is of the capture as it was. With
--track-answers it also gets what the target answers (type 3), and requests no more than half a
second before they are due: what an answer said, such as a token, can be put into later requests.

Ends with 0 for a pass; 1 where the run failed or cannot be trusted; 2 for wrong use and unusable
captures; 130 when it was interrupted.

Examples:
  plimsoll replay monday.gor --target http://127.0.0.1:4100 --dry-run
  plimsoll replay monday.gor --target http://127.0.0.1:4100 --speed 2 -o replayed.json
  plimsoll replay monday.gor --target http://127.0.0.1:4100 --pace "1m@0.5 5m@1 10m@2"
  plimsoll replay monday.gor --target http://127.0.0.1:4100 --rate 500/s --loop 10m
  plimsoll replay monday.gor --target http://127.0.0.1:4100 --allow "POST /cart/*" --csv out.csv
  plimsoll replay monday.gor --target http://127.0.0.1:4100 --compare --second http://127.0.0.1:4200
  plimsoll replay monday.gor --target http://127.0.0.1:4100 --compare --max-differences 1%
  plimsoll replay monday.gor --target http://127.0.0.1:4100 --middleware ./own --track-answers`;

/** Opens captures by their paths, in whatever format they are. Throws a UsageError. */
export type OpenFiles = (
  files: readonly string[],
  options: OpenOptions,
) => CaptureSource | Promise<CaptureSource>;

/** Registers the command. */
export function replayCommand(program: Command, open: OpenFiles): void {
  const command = program
    .command('replay')
    .argument('<capture...>', 'recorded traffic')
    .description('send recorded traffic again, at its own times')
    .requiredOption('--target <url>', 'base URL of the system');
  addSafetyOptions(command);
  addTimeOptions(command);
  addShapeOptions(command);
  addCompareOptions(command);
  addLogOptions(command)
    .option('--dry-run', 'say what would be sent, and send nothing')
    .option('-o, --output <file>', 'the measurement', 'replayed.json')
    .option('--log <file>', 'a line of JSON for every request')
    .option('--csv <file>', "the same in vegeta's columns, for `vegeta report`")
    .option('--json', 'print as JSON')
    .addHelpText('after', HELP)
    .exitOverride()
    .action((files: readonly string[], flags: ReplayFlags) => run(files, flags, open));
}

function addSafetyOptions(command: Command): void {
  addElsewhere(command)
    .addOption(many('--allow-source <host>', 'a host that may be both source and target'))
    .addOption(many('--allow <route>', 'open a route, such as "POST /cart/*"'))
    .addOption(count('--max-rate <n>', 'requests in any second, at most', 1, 1_000_000))
    .addOption(count('--max-in-flight <n>', 'requests at once, at most', 1, 60_000))
    .addOption(count('--max-requests <n>', 'requests in all, at most', 1, 999_999_999))
    .addOption(time('--max-duration <time>', 'of the run, at most'))
    .option('--error-budget <share/time>', 'stop where more fails for so long; or off', '50%/10s')
    .addOption(time('--max-lateness <time>', 'a p99 beyond it is inconclusive').default(5, '5ms'))
    .addOption(
      new Option('--max-bad <share>', 'of records that cannot be read')
        .argParser(percentage)
        .default(0.05, '5%'),
    );
}

function addTimeOptions(command: Command): void {
  command
    .addOption(new Option('--speed <n>', 'times the recorded speed').argParser(factor))
    .addOption(new Option('--rate <rate>', 'evenly at such as 500/s').argParser(rate))
    .option('--pace <phases>', 'such as "1m@0.5 5m@1 10m@2"; the last may be "@2"')
    .option('--loop <n or time>', 'how often, or for how long')
    .option('--from <moment>', 'such as 10m, or 2026-11-26T20:00:00Z')
    .option('--to <moment>', 'the first moment that is left out')
    .addOption(time('--max-gap <time>', 'longer gaps are cut to it'))
    .option('--sessions', 'one request of a recorded session after the other')
    .addOption(count('--threads <n>', 'that send; by recorded session', 1, 64).default(1))
    .option('--precise', 'look at the clock all the time: punctual to 0.1 ms, for a core a thread')
    .addOption(time('--timeout <time>', 'of a request').default(30_000, '30s'));
}

function addShapeOptions(command: Command): void {
  command
    .addOption(many('--method <name>', 'only these methods'))
    .addOption(many('--path <pattern>', 'only what matches one of them; RE2 syntax'))
    .addOption(many('--not-path <pattern>', 'and none of these'))
    .addOption(many('--header <name: pattern>', 'only where the header matches'))
    .addOption(count('--max-body <bytes>', 'only bodies up to it', 0, 999_999_999))
    .option('--sample <share>', 'of the sessions, as 10%, or of a header, as "X-User: 10%"')
    .addOption(many('--rewrite-path <rule>', 'such as "^/v1/(.*) => /v2/$1"'))
    .option('--host <name>', "sent as Host instead of the target's own")
    .addOption(many('--set-header <name: value>', 'on every request; or @file, of such lines'))
    .addOption(many('--drop-header <name>', 'from every request'))
    .addOption(many('--set-query <name=value>', 'on every request'))
    .addOption(many('--set-json <field=value>', 'in JSON bodies that have it, as "user.id=42"'))
    .option('--login <file>', 'log in: method, path, body, token (its place in the answer)')
    .option('--users <file>', 'recorded users become test users: recorded, test-users, login')
    .option('--test-users <file>', 'write the test users that are used, as lines of JSON')
    .option('--middleware <command>', 'of GoReplay: gets every record before it is planned')
    .option('--track-answers', "give it the target's answers, too")
    .addOption(many('--interceptor <module>', 'exports `interceptor`, a dispatch → dispatch'));
}

async function run(files: readonly string[], flags: ReplayFlags, open: OpenFiles): Promise<void> {
  const signal = interruption();
  const options = replayOptions(files, flags);
  checkMiddleware(flags);
  const reading = readingOf(flags);
  const openAll: OpenCapture = () => open(files, reading);
  prepareOutputs(files, flags);
  warnOfCaptures(files, Date.now());
  const seen = new SecretsSeen(openAll);
  const looked = interruptible(flags.dryRun ? seen.open : openAll, signal);
  const prepared = await prepare(looked, options);
  const { survey, target } = prepared;
  if (flags.testUsers !== undefined) writeTestUsers(flags.testUsers, prepared);
  if (flags.dryRun) {
    const users = prepared.users?.report;
    const secrets = seen.counter.summary();
    const text = surveyText(survey, target, users, secrets);
    print(flags.json ? JSON.stringify({ target, ...survey, users, secrets }) : text);
  }
  if (survey.planned === 0) throw new UsageError(nothingText(survey));
  if (flags.dryRun) return;
  say(surveyText(survey, target, prepared.users?.report));
  const through = await throughIts(flags, openAll);
  const { summary, results } = await watched(() => play(through, options, prepared));
  const books = through.books();
  sayBooks(books);
  // Before it is written: a full disk should not take an hour's run away.
  print(flags.json ? summaryJson(summary, survey, books) : summaryText(summary));
  writeJson(flags.output, results);
  if (!flags.json) print(shown(flags.output));
  if (summary.isInterrupted) signal.throwIfAborted();
  if (summary.verdict !== 'pass') process.exitCode = NOT_PASSED;
}

/** Whatever is written is neither a capture nor in a place where nothing can be written. */
function prepareOutputs(files: readonly string[], flags: ReplayFlags): void {
  const { output, log, csv, testUsers, dryRun } = flags;
  const written = dryRun ? [testUsers] : [output, log, csv, testUsers];
  const paths = written.filter((path) => path !== undefined);
  const twice = paths.find((path, at) => paths.some((other, i) => i < at && same(path, other)));
  if (twice !== undefined) throw new UsageError(`${shown(twice)} would be written twice`);
  keepCaptures(files, paths);
  for (const path of paths) prepareToWrite(path);
}

function same(path: string, other: string): boolean {
  return resolve(path) === resolve(other);
}

/** `--from` is a moment here, and says no format. */
function readingOf({ logFormat, fields }: ReplayFlags): OpenOptions {
  return readOptions({
    ...(logFormat !== undefined && { logFormat }),
    ...(fields !== undefined && { fields }),
  });
}

/** Counts the secrets of a capture whenever it is read: of the last reading. */
class SecretsSeen {
  counter: SecretCounter = new SecretCounter();
  readonly open: OpenCapture;

  constructor(open: OpenCapture) {
    this.open = async () => {
      const source = await open();
      this.counter = new SecretCounter();
      return { ...source, batches: this.look(source.batches) };
    };
  }

  private async *look(
    batches: CaptureSource['batches'],
  ): AsyncGenerator<readonly RecordedRequest[]> {
    for await (const batch of batches) {
      for (const request of batch) this.counter.add(request);
      yield batch;
    }
  }
}

async function play(
  { open, hooks, end }: Through,
  options: ReturnType<typeof replayOptions>,
  prepared: Prepared,
): Promise<Replay> {
  const progress = startProgress();
  const { requests, durationMs } = prepared.survey;
  try {
    return await replay(
      open,
      options,
      {
        ...hooks,
        signal: interruption(),
        onProgress: ({ atMs, ended, bad, inFlight }) => {
          const seconds = `${Math.max(0, Math.floor(atMs / 1000))} of ${Math.ceil(durationMs / 1000)} s`;
          progress.update(
            `replaying: ${seconds}, ${ended} of ${requests} ended, ${bad} failed, ${inFlight} under way`,
          );
        },
      },
      prepared,
    );
  } finally {
    progress.clear();
    await end();
  }
}

/** With what was seen of the machine meanwhile. */
async function watched(work: () => Promise<Replay>): Promise<Replay> {
  const watch = watchMachine();
  try {
    const { summary, results } = await work();
    const { machineCpuRatio, loopDelayMsP99 } = watch.stop();
    const generator = { ...results.generator!, machineCpuRatio, loopDelayMsP99 };
    const whole: Results = { ...results, generator };
    return { summary, results: whole };
  } finally {
    watch.stop();
  }
}

/** For whoever has to make them known to the target: they have passwords. */
function writeTestUsers(path: string, { users }: Prepared): void {
  if (users === undefined) throw new UsageError('--test-users: expected --users as well');
  prepareToWrite(path);
  const lines = Array.from(users.all(), (user) => `${JSON.stringify(user)}\n`);
  writeWhole(path, lines.join(''), 0o600);
}

function count(flags: string, description: string, least: number, most: number): Option {
  return new Option(flags, description).argParser(wholeNumber(least, most));
}

function time(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    const ms = parseDuration(text);
    if (ms !== undefined && ms > 0) return ms;
    throw new InvalidArgumentError('Expected a time such as 500ms or 10m.');
  });
}

function factor(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0) return value;
  throw new InvalidArgumentError('Expected a number such as 2 or 0.5.');
}

function rate(text: string): number {
  const perSecond = parseRate(text);
  if (perSecond !== undefined && perSecond > 0) return perSecond;
  throw new InvalidArgumentError('Expected a rate such as 500/s.');
}
