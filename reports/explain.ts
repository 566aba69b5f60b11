/**
 * What a control loop saw, said and brought about at a moment of a run: simulated or live, from its
 * Results alone.
 */
import { formatClock } from '../simulator/model/units.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import { decisionTimes } from '../simulator/policies/scaling-control.ts';
import { MOST_EVALUATIONS } from '../simulator/results/evaluation-log.ts';
import type { Incident, Results, Run } from '../simulator/results/results.ts';
import {
  changesOf,
  type Explanation,
  type GroupRule,
  groupAt,
  nextOf,
  ruleOf,
  scalingOf,
} from './explain-group.ts';
import { groupNames } from './node-groups.ts';
import { serviceNames } from './text-findings.ts';

export const EXPLANATION_FORMAT = 'plimsoll-explanation/1';

/** What `plimsoll explain` gives out. */
export interface Explained {
  readonly format: typeof EXPLANATION_FORMAT;
  readonly name: string;
  /** From 1 on. */
  readonly run: number;
  readonly durationMs: number;
  /** The moment that was asked for; null for all decisions. */
  readonly atMs: number | null;
  readonly rules: readonly GroupRule[];
  /** One a group at a moment, or one a decision, by group and in order of time. */
  readonly explanations: readonly Explanation[];
  /** What happened to instances of these groups, up to the moment where one was asked for. */
  readonly incidents: readonly Incident[];
  /** What cannot be told. */
  readonly warnings: readonly string[];
}

export interface Question {
  /** From 1 on. */
  readonly run: number;
  /** Undefined: every decision. */
  readonly atMs: number | undefined;
  /** Undefined: all. */
  readonly service: string | undefined;
}

/**
 * Explains a moment of a run, or every decision of it. Times are in ms since the run began.
 *
 * @throws UsageError for what the results cannot tell; it says what would
 * Example: of a run in which `web` went from 1 to 2 at 30 s, `atMs: 42_000` is explained by
 * `{ said: { atMs: 30_000, from: 1, desired: 2, … }, nextEvaluationMs: 50_000, … }`.
 */
export function explain(results: Results, question: Question): Explained {
  const { name, durationMs } = results;
  const { run: number, atMs } = question;
  const run = runOf(results, number);
  checkMoment(results, atMs);
  const services = servicesAsked(results, question.service);
  checkIsKnown(results, run, number);
  const moments = services.flatMap((service) =>
    (atMs === undefined ? changesOf(run, service).map((change) => change.atMs) : [atMs]).map(
      (moment) => ({ service, moment }),
    ),
  );
  return {
    format: EXPLANATION_FORMAT,
    name,
    run: number,
    durationMs,
    atMs: atMs ?? null,
    rules: services.map((service) => ruleOf(results, run, service)),
    explanations: moments.map(({ service, moment }) => groupAt(results, run, service, moment)),
    incidents: (run.incidents ?? []).filter(
      (one) => services.includes(one.service) && one.atMs <= (atMs ?? durationMs),
    ),
    warnings: warningsOf(run, atMs),
  };
}

function runOf({ runs }: Results, number: number): Run {
  const run = runs[number - 1];
  if (run !== undefined) return run;
  throw new UsageError(`expected a --run from 1 to ${runs.length}, found ${number}`);
}

function checkMoment({ durationMs }: Results, atMs: number | undefined): void {
  if (atMs === undefined || atMs <= durationMs) return;
  throw new UsageError(
    `expected a moment from 0:00 to ${formatClock(durationMs)}, where the run ends, ` +
      `found ${formatClock(atMs)}`,
  );
}

function servicesAsked(results: Results, asked: string | undefined): string[] {
  const names = groupNames(results);
  if (asked === undefined) return names;
  if (names.includes(asked)) return [asked];
  const known = names.length > 0 ? `one of ${names.join(', ')}` : 'none: no group was seen';
  throw new UsageError(`expected a --service, ${known}, found ${JSON.stringify(asked)}`);
}

/** Throws where the loops of a run must have said something, and the file has nothing of it. */
function checkIsKnown(results: Results, run: Run, number: number): void {
  const { provenance, name, durationMs } = results;
  if (provenance.tool !== 'simulator' && run.scaling === undefined) {
    throw new UsageError(
      `${name}: nobody noted what the control loops of this load saw. Load a system that ` +
        '`plimsoll staging up` has started, or give the log of its controller: ' +
        '`plimsoll read <output> --plan <plan> --staging <log>`',
    );
  }
  if (number !== 1 || run.evaluations !== undefined) return;
  const isSilent = serviceNames(results).every((service) => {
    const scaling = scalingOf(results, run, service);
    const first = scaling === undefined ? null : nextOf(decisionTimes(scaling), 0);
    return first === null || first > durationMs;
  });
  if (isSilent) return;
  throw new UsageError(
    `${name}: expected evaluations of its control loops, found none: an older version wrote ` +
      'these results. Make them again: `plimsoll simulate <system> -o <file>`, or ' +
      '`plimsoll read … --staging <log>` for a live run',
  );
}

function warningsOf({ evaluations = [] }: Run, atMs: number | undefined): string[] {
  const last = evaluations.at(-1);
  if (evaluations.length < MOST_EVALUATIONS || last === undefined) return [];
  if (atMs !== undefined && atMs <= last.atMs) return [];
  const most = `the first ${MOST_EVALUATIONS} evaluations that said something new`;
  return [`${most} were kept: what was seen after ${formatClock(last.atMs)} is not known`];
}
