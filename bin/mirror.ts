/** `plimsoll mirror`: a copy of live traffic for a second system, at no cost to the first. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import type { Address } from '../replay/capture/tunnel.ts';
import { checkedShadow } from '../replay/mirror/check-shadow.ts';
import { type Mirror, type MirrorCounts, startMirror } from '../replay/mirror/mirror.ts';
import { formatCount } from '../simulator/model/units.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import { addElsewhere } from './elsewhere.ts';
import { print } from './files.ts';
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
const DRAIN_MS = 4000;
const FAILED = 3;

const EXAMPLES = `
Clients and primary exchange their bytes as they are. The shadow gets a copy when the primary has
got the whole request: GET, HEAD and OPTIONS, and the routes that are opened; without headers that
are credentials by their names, unless they are asked for (what is in URLs and bodies goes along);
marked with x-plimsoll-run. Whatever it does, nobody waits for it. One on another machine is allowed
by name, has a ceiling and an end, and serves the token at /.well-known/plimsoll-replay as
{"token": "…", "expires": "2026-12-01T00:00:00Z"}.

Examples:
  plimsoll mirror --primary http://127.0.0.1:9000 --shadow http://127.0.0.1:9100
  plimsoll mirror --primary http://127.0.0.1:9000 --shadow http://127.0.0.1:9100 --percent 10%
  plimsoll mirror --primary http://127.0.0.1:9000 --shadow http://127.0.0.1:9100 \\
    --listen 127.0.0.1:8081 --open "POST /search*"
  plimsoll mirror --primary http://127.0.0.1:9000 --shadow http://staging.example \\
    --allow-host staging.example --token @token --max-rate 200 --for 1h`;

interface MirrorFlags {
  readonly listen: Address;
  readonly primary: string;
  readonly shadow: string;
  readonly allowHost?: readonly string[];
  readonly percent: number;
  readonly sessionBy: readonly string[];
  readonly open: readonly string[];
  readonly withCredentials?: true;
  readonly hostSuffix: string;
  readonly maxBody: number;
  readonly queue: number;
  readonly queueBytes: number;
  readonly inFlight: number;
  readonly timeout: number;
  readonly slow: number;
  readonly maxRate?: number;
  readonly token?: string;
  readonly for?: number;
  readonly json?: true;
}

/** Registers the command. */
export function mirrorCommand(program: Command): void {
  const command = addListen(program.command('mirror'))
    .description('send a copy of live traffic to a second system')
    .requiredOption('--primary <url>', 'the server that answers clients')
    .requiredOption('--shadow <url>', 'the server that gets the copies');
  addBounds(addChoice(addElsewhere(command)))
    .option('--for <time>', 'end after this (default: at Ctrl-C)', milliseconds)
    .option('--json', 'print the counts as JSON at the end')
    .addHelpText('after', EXAMPLES)
    .action(mirror);
}

function addChoice(command: Command): Command {
  return command
    .addOption(
      new Option('--percent <percent>', 'share of sessions; always the same ones')
        .argParser(percentage)
        .default(1, '100%'),
    )
    .option(
      '--session-by <what>',
      'cookie:<name> or header:<name> that tells sessions apart; repeatable',
      collect,
      [],
    )
    .option('--open <route>', 'mirror this, too, such as "POST /search*"; repeatable', collect, [])
    .option('--with-credentials', 'send Authorization, Cookie and the like along')
    .addOption(
      new Option('--host-suffix <text>', 'behind the name in Host; empty leaves it').default(
        '-shadow',
      ),
    );
}

function addBounds(command: Command): Command {
  const number = (flags: string, words: string, most: number, usual: number) =>
    new Option(flags, words).argParser(wholeNumber(1, most)).default(usual);
  const ms = (flags: string, words: string, usual: string) =>
    new Option(flags, words).argParser(milliseconds).default(milliseconds(usual), usual);
  const size = (flags: string, words: string, usual: string) =>
    new Option(flags, words).argParser(byteCount).default(byteCount(usual), usual);
  const rate = new Option('--max-rate <n>', 'copies in any second, at most').argParser(
    wholeNumber(1, 1_000_000),
  );
  return command
    .addOption(size('--max-body <size>', 'requests with larger bodies are not mirrored', '1MiB'))
    .addOption(number('--queue <n>', 'copies that wait; more are dropped', 1_000_000, 1000))
    .addOption(size('--queue-bytes <size>', 'bytes on the way to the shadow', '32MiB'))
    .addOption(rate)
    .addOption(number('--in-flight <n>', 'copies under way at once', 10_000, 64))
    .addOption(ms('--timeout <time>', 'a copy that takes longer is given up', '5s'))
    .addOption(ms('--slow <time>', 'half of the copies slower than this open the breaker', '2s'));
}

async function mirror(flags: MirrorFlags): Promise<void> {
  if (flags.percent > 1) throw new UsageError('expected a --percent of at most 100%');
  if (!/^[\w.-]{0,63}$/.test(flags.hostSuffix)) {
    throw new UsageError('expected a --host-suffix such as -shadow');
  }
  const primary = upstreamAddress(flags.primary, flags.listen);
  const checked = await checkedShadow({
    ...flags,
    primary,
    allowedHosts: flags.allowHost ?? [],
    mostPerSecond: flags.maxRate,
    durationMs: flags.for,
    nowMs: Date.now(),
  });
  const signal = interruption();
  const started = await startMirror({
    listen: flags.listen,
    primary,
    shadow: { ...shadowBounds(flags), ...checked },
    headers: {
      runId: `mirror-${randomBytes(6).toString('hex')}`,
      withCredentials: flags.withCredentials === true,
      hostSuffix: flags.hostSuffix,
    },
    routes: flags.open,
    ratio: flags.percent,
    sessionBy: flags.sessionBy,
    mostBodyBytes: flags.maxBody,
    queue: { mostItems: flags.queue, mostBytes: flags.queueBytes },
  }).catch((error: Error) => {
    throw 'syscall' in error ? new UsageError(`cannot listen: ${error.message}`) : error;
  });
  const ways = `${shownAddress(flags.listen)} → ${shownAddress(primary)}, copies → ${checked.target}`;
  say(`mirroring ${ways} (port ${started.port}); Ctrl-C ends it`);
  await watch(started, flags.for, signal);
  await started.close(DRAIN_MS);
  const counts = started.counts();
  print(flags.json ? JSON.stringify(counts) : summary(counts));
  if (started.failure() !== undefined) process.exitCode = FAILED;
  signal.throwIfAborted();
}

function shadowBounds({ inFlight, queue, timeout, slow, maxRate }: MirrorFlags) {
  return {
    mostPerSecond: maxRate,
    mostInFlight: inFlight,
    mostWaiting: queue,
    timeoutMs: timeout,
    mostAnswerBytes: byteCount('1MiB'),
    slowMs: slow,
    openMs: 10_000,
  };
}

async function watch(mirror: Mirror, forMs: number | undefined, signal: AbortSignal) {
  const progress = startProgress();
  const endMs = performance.now() + (forMs ?? Number.POSITIVE_INFINITY);
  let hasFailed = false;
  while (!signal.aborted && performance.now() < endMs) {
    const waitMs = Math.min(LOOK_MS, endMs - performance.now());
    await sleep(Math.max(1, waitMs), undefined, { signal }).catch(() => {});
    const failure = mirror.failure();
    if (failure !== undefined && !hasFailed) {
      hasFailed = true;
      say(`mirroring has ended (${failure.message}); the primary's traffic goes on`);
    }
    progress.update(summary(mirror.counts()));
  }
  progress.clear();
}

/** `1,000 requests: 900 answered by the shadow, 20 failed, 80 not mirrored (…); breaker closed` */
function summary({ seen, skipped, dropped, shadow }: MirrorCounts): string {
  const reasons = Object.entries({ ...skipped, ...dropped });
  const why = reasons.map(([reason, count]) => `${reason} ${formatCount(count)}`).join(', ');
  const left = formatCount(sum(skipped) + sum(dropped));
  const answered = `${formatCount(shadow.answered)} answered by the shadow`;
  const failed = `${formatCount(sum(shadow.failed))} failed`;
  const not = `${left} not mirrored${why === '' ? '' : ` (${why})`}`;
  return `${formatCount(seen)} requests: ${answered}, ${failed}, ${not}; breaker ${shadow.breaker}`;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
