/** `plimsoll load`: plays a plan against a system and measures what its clients see. */
import { rmSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { findStack, type Stack } from '../fixtures/staging/stack.ts';
import { checkedTarget, isOnThisMachine } from '../replay/guard.ts';
import { checkOwnership } from '../replay/safety/ownership.ts';
import { measuredResults } from '../reports/measured.ts';
import { readStagingLog } from '../reports/read-staging-log.ts';
import { LATENCY } from '../simulator/analysis/statistics.ts';
import { sampleOf, windowsOf } from '../simulator/analysis/windows.ts';
import { formatCount, formatDuration, formatPercent } from '../simulator/model/units.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import { Histogram } from '../simulator/results/histogram.ts';
import type { Results } from '../simulator/results/results.ts';
import type { LoadPlan } from '../simulator/traffic/load-plan.ts';
import { addElsewhere } from './elsewhere.ts';
import {
  MOST_DATA_BYTES,
  prepareToWrite,
  print,
  readText,
  STACKS,
  shown,
  writeJson,
} from './files.ts';
import { interruption } from './interrupt.ts';
import { findK6, type K6 } from './k6.ts';
import { playBuiltIn } from './load-built-in.ts';
import { type PlayedLoad, type PlayOptions, playWithK6 } from './load-k6.ts';
import { say, startProgress } from './progress.ts';
import { readPlan } from './results-files.ts';

/** From the command to moment 0: the generator starts, and its users take their places. */
const LEAD_MS = 5000;
const LEAD_PER_USER_MS = 3;
const PROGRESS_MS = 250;

const EXAMPLES = `
A target on another machine is allowed by name and serves the token, as for \`replay\`.
Without --target the load goes to the system of that name which \`plimsoll staging up\` started, else
to the plan's target.

Examples:
  plimsoll load plan.json -o measured.json
  plimsoll load plan.json --engine built-in
  plimsoll load plan.json --target http://127.0.0.1:4100`;

export type EngineChoice = 'auto' | 'k6' | 'built-in';

/** A k6, or the word for our own. */
export type Engine = K6 | 'built-in';

export interface MeasureOptions {
  readonly planFile: string;
  readonly engine: Engine;
  /** Results as JSON; the generator's own log lies beside it. */
  readonly output: string;
  readonly target?: string | undefined;
  readonly stack?: Stack | undefined;
  readonly allowedHosts: readonly string[];
  /** Of a target elsewhere; see `checkOwnership`. */
  readonly token?: string | undefined;
}

interface LoadFlags {
  readonly engine: EngineChoice;
  readonly target?: string;
  readonly allowHost?: readonly string[];
  readonly token?: string;
  readonly output: string;
  readonly json?: true;
}

/** Registers the command. */
export function loadCommand(program: Command): void {
  const command = program
    .command('load')
    .argument('<plan>', 'a load plan')
    .description('play a load plan and measure')
    .addOption(engineOption())
    .option('--target <url>', 'base URL of the system');
  addElsewhere(command)
    .option('-o, --output <file>', 'the measurement', 'measured.json')
    .option('--json', 'print the measurement as JSON')
    .addHelpText('after', EXAMPLES)
    .action(load);
}

/** `--engine` */
export function engineOption(): Option {
  return new Option('--engine <name>', 'auto takes k6, and the built-in generator without k6')
    .choices(['auto', 'k6', 'built-in'])
    .default('auto');
}

async function load(planFile: string, flags: LoadFlags): Promise<void> {
  const plan = readPlan(planFile);
  prepareToWrite(flags.output);
  const engine = await chooseEngine(flags.engine);
  const stack = flags.target === undefined ? findStack(plan.name, STACKS) : undefined;
  const { target, output, token } = flags;
  const allowedHosts = flags.allowHost ?? [];
  const measured = await measure(plan, {
    planFile,
    engine,
    output,
    target,
    stack,
    allowedHosts,
    token,
  });
  print(flags.json ? JSON.stringify(measured) : `${measuredText(measured)}\n${shown(output)}`);
}

/**
 * Throws a UsageError where k6 is asked for and neither it nor a Go to build it is there; without
 * being asked for, its absence is one line.
 */
export async function chooseEngine(choice: EngineChoice): Promise<Engine> {
  if (choice === 'built-in') return choice;
  const k6 = await findK6();
  if (k6 !== undefined) return k6;
  if (choice === 'k6') {
    throw new UsageError(
      'expected k6 2.0 or newer on PATH, or Go 1.25 or newer to build it with, found neither: ' +
        'install one of them, or use --engine built-in',
    );
  }
  say('neither k6 nor Go is here: the built-in generator plays the same arrivals');
  return 'built-in';
}

/** Loads, waits for the last answer, and writes the Results. */
export async function measure(plan: LoadPlan, options: MeasureOptions): Promise<Results> {
  const { engine, output, stack } = options;
  const wanted = options.target ?? stack?.entryUrl ?? plan.target;
  const target = checkedTarget(wanted, options.allowedHosts);
  const allowedHosts = isOnThisMachine(target)
    ? options.allowedHosts
    : await checkOwnership(target, options.token, { ...options, nowMs: Date.now() });
  const startAtMs = await armed(plan, stack);
  const endProgress = showProgress(plan, startAtMs, target);
  const log = output.replace(/(\.json)?$/, '.ndjson');
  rmSync(log, { force: true });
  const play: PlayOptions = {
    ...options,
    allowedHosts,
    target,
    startAtMs,
    log,
    signal: interruption(),
  };
  const played = await (engine === 'built-in'
    ? playBuiltIn(plan, play)
    : playWithK6(engine, plan, play)
  ).finally(endProgress);
  const other = await otherModel(plan, stack);
  const measured = resultsOf(plan, { ...played, doubts: [...other, ...played.doubts] }, stack);
  writeJson(output, measured);
  return measured;
}

/**
 * Moment 0, of which a staged system knows: its groups are back at their sizes by then. That may
 * take longer than any lead, for what drains from the run before; so the lead is counted from when
 * they are.
 */
async function armed(plan: LoadPlan, stack: Stack | undefined): Promise<number> {
  await stack?.prepare();
  const users = Math.max(...plan.loads.map(({ virtualUsers }) => virtualUsers));
  const startAtMs = Math.ceil(Date.now() + LEAD_MS + users * LEAD_PER_USER_MS);
  await stack?.run(startAtMs);
  interruption().throwIfAborted();
  return startAtMs;
}

/** A stack is found by its name: it may have been started from another model than the plan. */
async function otherModel({ modelDigest }: LoadPlan, stack: Stack | undefined): Promise<string[]> {
  const running = await stack?.status();
  if (running === undefined || running.modelDigest === modelDigest) return [];
  return [`what was loaded runs model ${running.modelDigest}, the plan is for ${modelDigest}`];
}

function showProgress(plan: LoadPlan, startAtMs: number, target: string): () => void {
  const progress = startProgress();
  const planned = plan.loads.reduce((sum, { arrivalCount }) => sum + arrivalCount, 0);
  const timer = setInterval(() => {
    const atMs = Date.now() - startAtMs;
    const { durationMs } = plan;
    const what = `${formatCount(planned)} requests to ${target}`;
    const seconds = (ms: number) => `${Math.floor(ms / 1000)} s`;
    if (atMs < 0) progress.update(`loading: ${what}, in ${seconds(-atMs)}`);
    else if (atMs > durationMs) progress.update(`loading: ${what}, waiting for the last answers`);
    else progress.update(`loading: ${what}, ${seconds(atMs)} of ${seconds(durationMs)}`);
  }, PROGRESS_MS);
  return () => {
    clearInterval(timer);
    progress.clear();
  };
}

function resultsOf(plan: LoadPlan, played: PlayedLoad, stack: Stack | undefined): Results {
  const { totals, machine, toolVersion, doubts } = played;
  const text = stack && readText(stack.logPath, 'a staging log', MOST_DATA_BYTES);
  const staging =
    text === undefined || totals.startAtMs === undefined
      ? undefined
      : readStagingLog(shown(stack!.logPath), text, totals.startAtMs, plan.durationMs);
  const measured = measuredResults({ plan, totals, machine, toolVersion, staging });
  return { ...measured, warnings: [...measured.warnings, ...doubts] };
}

/** A few lines of what was measured. */
function measuredText(measured: Results): string {
  const [whole] = windowsOf(measured);
  const [run] = measured.runs;
  const journeys = Object.entries(run!.journeys).map(([journey, { counters }]) => {
    const sample = sampleOf(run!, journey, whole!, measured.bucketMs);
    const latency = LATENCY.map(({ name, of }) => `${name} ${formatDuration(of(sample))}`);
    const errors = (counters.failed + counters.timedOut) / counters.arrived;
    return (
      `${journey}: ${formatCount(counters.arrived)} requests, ${latency.join(', ')}, ` +
      `errors ${formatPercent(errors)}`
    );
  });
  const { latenessMs } = measured.generator!;
  const lateness = new Histogram().merge(latenessMs).quantile(0.99);
  return [...journeys, `sent late by ${formatDuration(lateness)} (p99)`, ...measured.warnings].join(
    '\n',
  );
}
