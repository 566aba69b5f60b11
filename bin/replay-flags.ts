/** What `plimsoll replay` is told on the command line, as options of a replay. */
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ReplayOptions } from '../replay/run/options.ts';
import { parsePace, type Tempo } from '../replay/run/pacer.ts';
import type { Edge, Loop } from '../replay/run/planner.ts';
import type { Step } from '../replay/run/step.ts';
import { USUAL_BUDGET } from '../replay/safety/error-budget.ts';
import { parseRoute } from '../replay/safety/methods.ts';
import {
  mostBody,
  notPaths,
  onlyHeader,
  onlyMethods,
  onlyPaths,
  sampleByHeader,
  sampleBySession,
} from '../replay/shape/filters.ts';
import { dropHeader, rewritePath, setHeader, setJson, setQuery } from '../replay/shape/rewrites.ts';
import { parseCount, parseDuration, parseMoment, parsePercent } from '../simulator/model/units.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import { fromFiles } from './elsewhere.ts';
import { shown } from './files.ts';
import { type CompareFlags, compareOptions } from './replay-compare.ts';
import type { MiddlewareFlags } from './replay-middleware.ts';
import { readLogin, readUsers } from './replay-users.ts';

export interface ReplayFlags extends CompareFlags, MiddlewareFlags {
  readonly target: string;
  readonly allowHost?: readonly string[];
  readonly allowSource?: readonly string[];
  readonly allow?: readonly string[];
  readonly token?: string;
  readonly speed?: number;
  readonly rate?: number;
  readonly pace?: string;
  readonly loop?: string;
  readonly from?: string;
  readonly to?: string;
  readonly maxGap?: number;
  readonly sessions?: true;
  readonly threads: number;
  readonly precise?: true;
  readonly timeout: number;
  readonly maxRate?: number;
  readonly maxInFlight?: number;
  readonly maxRequests?: number;
  readonly maxDuration?: number;
  readonly errorBudget: string;
  readonly maxLateness: number;
  readonly maxBad: number;
  readonly method?: readonly string[];
  readonly path?: readonly string[];
  readonly notPath?: readonly string[];
  readonly header?: readonly string[];
  readonly maxBody?: number;
  readonly sample?: string;
  readonly rewritePath?: readonly string[];
  readonly host?: string;
  readonly setHeader?: readonly string[];
  readonly dropHeader?: readonly string[];
  readonly setQuery?: readonly string[];
  readonly setJson?: readonly string[];
  readonly login?: string;
  readonly users?: string;
  readonly testUsers?: string;
  readonly interceptor?: readonly string[];
  readonly log?: string;
  readonly csv?: string;
  readonly logFormat?: string;
  readonly fields?: string;
  readonly dryRun?: true;
  readonly output: string;
  readonly json?: true;
}

/** Throws a UsageError for what is no such option, or contradicts another. */
export function replayOptions(files: readonly string[], flags: ReplayFlags): ReplayOptions {
  const { target, allowHost = [], allowSource = [], allow = [] } = flags;
  const name = basename(files[0]!).replace(/\.[\w.]*$/, '');
  return {
    target,
    allowedHosts: allowHost,
    allowedSources: allowSource,
    routes: allow.map(parseRoute),
    filters: filtersOf(flags),
    rewrites: rewritesOf(flags),
    host: hostOf(flags.host),
    ...whoOf(flags),
    interceptors: (flags.interceptor ?? []).map(moduleUrl),
    tempo: tempoOf(flags),
    loop: loopOf(flags.loop),
    mostGapMs: flags.maxGap,
    from: edgeOf('--from', flags.from),
    to: edgeOf('--to', flags.to),
    caps: {
      mostPerSecond: flags.maxRate,
      mostInFlight: flags.maxInFlight,
      mostRequests: flags.maxRequests,
      mostDurationMs: flags.maxDuration,
    },
    keepsOrder: flags.sessions === true,
    shards: flags.threads,
    isPrecise: flags.precise === true,
    timeoutMs: flags.timeout,
    budget: budgetOf(flags.errorBudget),
    compare: compareOptions(flags),
    mostLatenessMs: flags.maxLateness,
    mostBadRatio: flags.maxBad,
    token: flags.token,
    runId: `replay-${Date.now().toString(36)}`,
    name: name === '' ? 'replay' : name,
    ndjson: flags.log,
    csv: flags.csv,
  };
}

const HOST = /^(\[[\da-f:.]+\]|[\w.-]+)(:\d{1,5})?$/i;

function hostOf(host: string | undefined): string | undefined {
  if (host === undefined || HOST.test(host)) return host;
  throw new UsageError(
    `--host: expected a name such as shop.example:8080, found ${JSON.stringify(host)}`,
  );
}

/** Who sends: the login of `--users` is each test user's, that of `--login` everybody's. */
function whoOf({ users, login }: ReplayFlags): Pick<ReplayOptions, 'users' | 'login'> {
  if (users === undefined) return login === undefined ? {} : { login: readLogin(login) };
  const read = readUsers(users);
  if (read.login === undefined || login === undefined) {
    return { ...read, ...(login !== undefined && { login: readLogin(login) }) };
  }
  throw new UsageError(`expected one login, found one in ${shown(users)} and --login`);
}

function tempoOf({ speed, rate, pace }: ReplayFlags): Tempo {
  if ([speed, rate, pace].filter((each) => each !== undefined).length > 1) {
    throw new UsageError('expected one of --speed, --rate and --pace');
  }
  if (rate !== undefined) return { type: 'rate', perSecond: rate };
  if (pace !== undefined) return { type: 'phases', phases: parsePace(pace) };
  return { type: 'speed', factor: speed ?? 1 };
}

function loopOf(text: string | undefined): Loop {
  if (text === undefined) return { type: 'passes', passes: 1 };
  const passes = parseCount(text);
  if (passes !== undefined && passes > 0) return { type: 'passes', passes };
  const durationMs = parseDuration(text);
  if (durationMs !== undefined && durationMs > 0) return { type: 'duration', durationMs };
  throw new UsageError(`--loop: expected how often or how long, such as 3 or 10m, found ${text}`);
}

const CALENDAR = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?Z$/;

/** A moment by the calendar in UTC, or since the first record. */
function edgeOf(flag: string, text: string | undefined): Edge | undefined {
  if (text === undefined) return undefined;
  const afterMs = parseMoment(text);
  if (afterMs !== undefined) return { afterMs };
  const [, seconds, fraction = ''] = CALENDAR.exec(text) ?? [];
  const epochMs = seconds === undefined ? Number.NaN : Date.parse(`${seconds}Z`);
  // 30 February is a day in March to Date.
  const isDay = !Number.isNaN(epochMs) && new Date(epochMs).toISOString().startsWith(seconds!);
  if (isDay) return { atNs: BigInt(epochMs) * 1_000_000n + BigInt(fraction.padEnd(9, '0')) };
  throw new UsageError(
    `${flag}: expected a moment such as 10m or 2026-11-26T20:00:00Z, found ${text}`,
  );
}

function budgetOf(text: string): ReplayOptions['budget'] {
  if (text === 'off') return undefined;
  const [percent = '', duration] = text.split('/');
  const mostRatio = parsePercent(percent);
  const windowMs = duration === undefined ? USUAL_BUDGET.windowMs : parseDuration(duration);
  if (mostRatio !== undefined && mostRatio <= 1 && windowMs !== undefined && windowMs >= 100) {
    return { mostRatio, windowMs };
  }
  throw new UsageError(
    `--error-budget: expected a share and a time such as 50%/10s, found ${text}`,
  );
}

function filtersOf(flags: ReplayFlags): Step[] {
  const { method, path, notPath, header = [], maxBody, sample } = flags;
  const steps: Step[] = [];
  if (method !== undefined) steps.push(onlyMethods(method));
  if (path !== undefined) steps.push(onlyPaths(path));
  if (notPath !== undefined) steps.push(notPaths(notPath));
  for (const each of header) steps.push(onlyHeader(...pair('--header', each, ':')));
  if (maxBody !== undefined) steps.push(mostBody(maxBody));
  if (sample !== undefined) steps.push(sampleOf(sample));
  return steps;
}

/** `10%` is of the sessions, `X-User: 10%` of the header's values. */
function sampleOf(text: string): Step {
  const [name, share] = text.includes(':') ? pair('--sample', text, ':') : [undefined, text];
  const ratio = parsePercent(share);
  if (ratio === undefined || ratio > 1) {
    throw new UsageError(`--sample: expected "10%" or "X-User: 10%", found ${text}`);
  }
  return name === undefined ? sampleBySession(100 * ratio) : sampleByHeader(name, 100 * ratio);
}

/** In this order, however they were given. */
function rewritesOf(flags: ReplayFlags): Step[] {
  return [
    ...(flags.rewritePath ?? []).map(rewritePath),
    ...(flags.setQuery ?? []).map((each) => setQuery(...pair('--set-query', each, '='))),
    ...(flags.dropHeader ?? []).map(dropHeader),
    ...fromFiles(flags.setHeader ?? []).map((each) =>
      setHeader(...pair('--set-header', each, ':')),
    ),
    ...(flags.setJson ?? []).map((each) => setJson(...pair('--set-json', each, '='))),
  ];
}

/** Two parts of a text, at the first separator. */
function pair(flag: string, text: string, separator: ':' | '='): [string, string] {
  const at = text.indexOf(separator);
  if (at > 0) return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  // A value that is set may be a secret.
  const found = flag.startsWith('--set-') ? '' : `, found ${text}`;
  throw new UsageError(`${flag}: expected a name, "${separator}" and a value${found}`);
}

function moduleUrl(path: string): string {
  if (!existsSync(path)) throw new UsageError(`cannot read ${shown(path)}: there is no such file`);
  return pathToFileURL(resolve(path)).href;
}
