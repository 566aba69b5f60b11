/** Plays a load plan with k6, as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type AllowedHost, hostOf, nameOf } from '../replay/guard.ts';
import type { LoadTotals } from '../reports/load-totals.ts';
import type { MachineHealth } from '../reports/measured.ts';
import { readK6Json } from '../reports/read-k6-json.ts';
import { readLoadLog } from '../reports/read-load-log.ts';
import type { LoadPlan } from '../simulator/traffic/load-plan.ts';
import { buildScenario, scenarioNames } from './build.ts';
import { MOST_DATA_BYTES, readText, shown } from './files.ts';
import { type K6, K6_ENV } from './k6.ts';
import { watchMachine } from './machine.ts';

export interface PlayedLoad {
  readonly totals: LoadTotals;
  readonly machine: MachineHealth;
  readonly toolVersion: string;
  /** What the generator itself has to say: thresholds that were crossed, why requests failed. */
  readonly doubts: readonly string[];
}

export interface PlayOptions {
  readonly planFile: string;
  readonly target: string;
  readonly allowedHosts: readonly AllowedHost[];
  readonly startAtMs: number;
  /** The generator's own output; it stays for whoever wants to read it. */
  readonly log: string;
  readonly signal: AbortSignal;
}

const THRESHOLDS_CROSSED = 99;
const STOP_MS = 8000;
const KEPT_LINES = 8;

/** What k6's other exit codes mean (k6 `errext/exitcodes`). */
const EXIT_WORDS: Readonly<Record<number, string>> = {
  100: 'setup took too long',
  102: 'it took too long',
  104: 'its configuration was refused',
  105: 'it was stopped by a signal',
  107: 'the scenario threw an exception',
  108: 'the scenario aborted the test',
  109: 'k6 crashed',
};

/** The world's news: k6 could not do its work. `code` is stable. */
export class K6Error extends Error {
  override readonly name = 'K6Error';
  readonly code = 'ERR_K6';
}

/** Scenario of a model: its own where it has one, else the generic one. */
export function scenarioOf(name: string): string {
  return scenarioNames().includes(name) ? name : 'generic';
}

/** Throws a K6Error where k6 fails, or the signal's reason. */
export async function playWithK6(
  k6: K6,
  plan: LoadPlan,
  options: PlayOptions,
): Promise<PlayedLoad> {
  const { bundle } = await buildScenario(scenarioOf(plan.name));
  // A signal that has aborted already tells nobody who begins to listen now.
  options.signal.throwIfAborted();
  const summary = options.log.replace(/(\.ndjson)?$/, '.summary.json');
  rmSync(options.log, { force: true });
  rmSync(summary, { force: true });
  const child = start(k6, bundle, summary, options);
  const watch = watchMachine(k6.hasPlimsollOutput ? undefined : child.pid);
  const stop = () => stopGently(child);
  const kill = () => child.kill('SIGKILL');
  options.signal.addEventListener('abort', stop);
  // It has a group of its own, so that nothing else ends it when this process has to.
  process.once('exit', kill);
  try {
    const ended = await untilEnd(child);
    options.signal.throwIfAborted();
    if (ended.status !== 0 && ended.status !== THRESHOLDS_CROSSED) throw k6Error(ended);
    const file = shown(options.log);
    const text = readText(options.log, 'a load log', MOST_DATA_BYTES);
    const totals = k6.hasPlimsollOutput ? readLoadLog(file, text) : readK6Json(file, text);
    return {
      totals,
      machine: watch.stop(),
      toolVersion: k6.version,
      doubts: crossedThresholds(summary),
    };
  } finally {
    watch.stop();
    options.signal.removeEventListener('abort', stop);
    process.removeListener('exit', kill);
  }
}

function start(k6: K6, bundle: string, summary: string, options: PlayOptions): ChildProcess {
  const output = k6.hasPlimsollOutput ? 'plimsoll' : 'json';
  const args = ['run', '--quiet', '--no-color', '--out', `${output}=${options.log}`, bundle];
  // The scenario takes one: that of the target, which has been checked against all of them.
  const { hostname } = new URL(options.target);
  const allowed = options.allowedHosts.find((each) => nameOf(each) === hostOf(options.target));
  const address = typeof allowed === 'object' ? allowed.addresses[0] : undefined;
  return spawn(k6.path, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    // A group of its own: Ctrl-C reaches it through us, once.
    detached: true,
    env: {
      // Hundreds of virtual users are a large heap: its collections stop the clock for 20 ms.
      GOGC: '400',
      ...withoutOverrides(process.env),
      ...K6_ENV,
      PLIMSOLL_PLAN: resolve(options.planFile),
      PLIMSOLL_TARGET: options.target,
      PLIMSOLL_START_AT: String(Math.round(options.startAtMs)),
      PLIMSOLL_SUMMARY: summary,
      ...(allowed !== undefined && { PLIMSOLL_ALLOW_HOST: hostname }),
      ...(address !== undefined && { PLIMSOLL_ADDRESS: address }),
    },
  });
}

/** k6 puts its variables above the scenario, and goes by the proxies of an environment. */
const OVERRIDES = /^(K6_.*|(HTTPS?|ALL|NO)_PROXY)$/i;

function withoutOverrides(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OVERRIDES.test(name)));
}

interface Ended {
  readonly status: number | null;
  readonly lines: readonly string[];
  readonly cause?: Error;
}

function untilEnd(child: ChildProcess): Promise<Ended> {
  const lines: string[] = [];
  createInterface({ input: child.stderr! }).on('line', (line) => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
  });
  return new Promise((resolve) => {
    child.once('error', (cause) => resolve({ status: null, lines, cause }));
    child.once('close', (status) => resolve({ status, lines }));
  });
}

function k6Error({ status, lines, cause }: Ended): K6Error {
  const what = EXIT_WORDS[status ?? -1] ?? `exit code ${status ?? 'unknown'}`;
  const last = lines.map((line) => `\n  ${line}`).join('');
  return new K6Error(`k6 failed: ${what}${last}`, { cause });
}

function stopGently(child: ChildProcess): void {
  child.kill('SIGINT');
  setTimeout(() => child.kill('SIGKILL'), STOP_MS).unref();
}

/** In k6's summary `ok: true` means held. */
function crossedThresholds(summary: string): string[] {
  if (!existsSync(summary)) return [];
  // k6 wrote it a moment ago, by our own scenario.
  const { metrics } = JSON.parse(readFileSync(summary, 'utf8')) as {
    metrics: Record<string, { thresholds?: Record<string, { ok: boolean }> }>;
  };
  return Object.entries(metrics).flatMap(([metric, { thresholds = {} }]) =>
    Object.entries(thresholds).flatMap(([rule, { ok }]) =>
      ok ? [] : [`threshold crossed while it ran: ${metric} ${rule}`],
    ),
  );
}
