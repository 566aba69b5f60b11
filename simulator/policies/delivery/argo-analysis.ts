/**
 * An Argo Rollouts AnalysisRun: what the measurements so far mean, and when the next are due.
 * Source: argo-rollouts `analysis/analysis.go`, `utils/analysis/helpers.go` and their tests;
 * consecutiveSuccessLimit: pull request 3970 and docs/features/analysis.md.
 *
 *     measurement ─► metric: limits, count ─► run: the worst of the metrics
 *                                                 │ one that did not succeed ends the others
 */
import { formatDuration } from '../../model/units.ts';
import type { RunPhase } from './argo-canary-settings.ts';
import { judge, type Measured } from './argo-evaluate.ts';

export interface MetricSettings {
  readonly name: string;
  /** Between measurements; undefined: one measurement, or as many as errors need. */
  readonly intervalMs: number | undefined;
  /** From the start of the run to the first measurement. */
  readonly initialDelayMs: number;
  /** Measurements that end the metric; 0 is none with an interval, 1 without. */
  readonly count: number;
  readonly successCondition: string | undefined;
  readonly failureCondition: string | undefined;
  /** More failed measurements than this fail the metric; negative: none do. */
  readonly failureLimit: number;
  readonly inconclusiveLimit: number;
  readonly consecutiveErrorLimit: number;
  /** So many successes in a row end the metric; 0: they do not. */
  readonly consecutiveSuccessLimit: number;
  /** Measured and reported, without a say in the run. */
  readonly isDryRun: boolean;
}

/** Vendor's defaults. */
export const METRIC_DEFAULTS = { failureLimit: 0, inconclusiveLimit: 0, consecutiveErrorLimit: 4 };
const ERROR_RETRY_MS = 10_000;

/** One measurement: its phase, or the value that the conditions judge. */
export interface Measurement {
  readonly metric: string;
  readonly phase: RunPhase | undefined;
  readonly value: Measured | undefined;
  readonly message: string;
  readonly finishedAtMs: number;
}

export interface AnalysisObservation {
  readonly nowMs: number;
  /** Since the observation before, in the order in which they ended. */
  readonly measurements: readonly Measurement[];
  /** Somebody, or the rollout, ends the run. */
  readonly isTerminated: boolean;
}

export interface MetricState {
  readonly phase: RunPhase;
  /** Measurements without those that were errors. */
  readonly count: number;
  readonly successful: number;
  readonly failed: number;
  readonly inconclusive: number;
  readonly error: number;
  readonly consecutiveError: number;
  readonly consecutiveSuccess: number;
  /** Of the last measurement; null before the first. */
  readonly last: { readonly phase: RunPhase; readonly finishedAtMs: number } | null;
  readonly message: string;
}

export interface AnalysisState {
  readonly startedAtMs: number | null;
  readonly phase: RunPhase;
  readonly isTerminated: boolean;
  readonly metrics: Readonly<Record<string, MetricState>>;
}

export interface MetricAnswer extends MetricState {
  readonly name: string;
  readonly isDryRun: boolean;
  /** When it is to be measured next; null when it is not. */
  readonly dueAtMs: number | null;
}

export interface AnalysisDecision {
  readonly phase: RunPhase;
  readonly metrics: readonly MetricAnswer[];
  readonly nextAtMs: number | null;
  /** Measurements that no metric takes any more, or that no metric knows. */
  readonly ignored: readonly string[];
  readonly reason: string;
  readonly state: AnalysisState;
}

export const INITIAL_ANALYSIS_STATE: AnalysisState = {
  startedAtMs: null,
  phase: 'Running',
  isTerminated: false,
  metrics: {},
};

const UNMEASURED: MetricState = {
  phase: 'Pending',
  count: 0,
  successful: 0,
  failed: 0,
  inconclusive: 0,
  error: 0,
  consecutiveError: 0,
  consecutiveSuccess: 0,
  last: null,
  message: '',
};

/** From best to worst. */
const ORDER: readonly RunPhase[] = [
  'Successful',
  'Running',
  'Pending',
  'Inconclusive',
  'Error',
  'Failed',
];

export function isCompleted(phase: RunPhase): boolean {
  return phase !== 'Pending' && phase !== 'Running';
}

/** Whether a run that stands so is ending because a metric did not succeed. */
function isBad(phase: RunPhase): boolean {
  return phase === 'Failed' || phase === 'Error' || phase === 'Inconclusive';
}

/**
 * Takes the measurements and assesses every metric, then the run. Pure: `observation.nowMs` is its
 * only clock. A completed run stays what it is.
 * Example: interval 60 s, failureLimit 1, the second failed measurement: Failed.
 */
export function decideAnalysis(
  metrics: readonly MetricSettings[],
  observation: AnalysisObservation,
  before: AnalysisState,
): AnalysisDecision {
  const { nowMs, measurements } = observation;
  const startedAtMs = before.startedAtMs ?? nowMs;
  const isTerminated = before.isTerminated || observation.isTerminated;
  const ignored: string[] = [];
  const isOver = isCompleted(before.phase);
  const states = new Map(metrics.map(({ name }) => [name, before.metrics[name] ?? UNMEASURED]));
  for (const measurement of measurements) {
    const settings = metrics.find(({ name }) => name === measurement.metric);
    const state = states.get(measurement.metric);
    if (isOver || settings === undefined || state === undefined || isCompleted(state.phase)) {
      ignored.push(measurement.metric);
      continue;
    }
    // Assessed one by one: what comes after a limit was passed is not measured any more.
    const measured = take(settings, state, measurement);
    states.set(settings.name, { ...measured, phase: assess(settings, measured, false) });
  }
  const ends = isTerminated || metrics.some((one) => !one.isDryRun && isBad(phaseIn(states, one)));
  if (ends && !isOver) {
    for (const one of metrics) states.set(one.name, terminated(one, states.get(one.name)!));
  }
  const phase = isOver ? before.phase : runPhase(metrics, states, ends);
  const answers = metrics.map((one) => {
    const state = states.get(one.name)!;
    const dueAtMs = isCompleted(phase) || ends ? null : dueAt(one, state, startedAtMs);
    return { name: one.name, isDryRun: one.isDryRun, ...state, dueAtMs };
  });
  const due = answers.flatMap(({ dueAtMs }) => (dueAtMs === null ? [] : [dueAtMs]));
  const nextAtMs = due.length === 0 ? null : Math.min(...due);
  return {
    phase,
    metrics: answers,
    nextAtMs,
    ignored,
    reason: reasonOf(metrics, answers, phase, nextAtMs, observation),
    state: { startedAtMs, phase, isTerminated, metrics: Object.fromEntries(states) },
  };
}

function phaseIn(states: ReadonlyMap<string, MetricState>, { name }: MetricSettings): RunPhase {
  return states.get(name)!.phase;
}

/** Counts one measurement. An error is not counted: it is measured again. */
function take(settings: MetricSettings, state: MetricState, measurement: Measurement): MetricState {
  const { successCondition, failureCondition } = settings;
  const judged =
    measurement.phase === undefined
      ? judge(measurement.value ?? null, successCondition, failureCondition)
      : { phase: measurement.phase, message: measurement.message };
  const { phase, message } = judged;
  return counted(state, { phase, finishedAtMs: measurement.finishedAtMs }, message);
}

function counted(
  state: MetricState,
  last: NonNullable<MetricState['last']>,
  message: string,
): MetricState {
  const { phase } = last;
  const next = { ...state, last, message };
  if (!isCompleted(phase)) return next;
  const isError = phase === 'Error';
  return {
    ...next,
    count: state.count + (isError ? 0 : 1),
    successful: state.successful + (phase === 'Successful' ? 1 : 0),
    failed: state.failed + (phase === 'Failed' ? 1 : 0),
    inconclusive: state.inconclusive + (phase === 'Inconclusive' ? 1 : 0),
    error: state.error + (isError ? 1 : 0),
    consecutiveError: isError ? state.consecutiveError + 1 : 0,
    consecutiveSuccess: phase === 'Successful' ? state.consecutiveSuccess + 1 : 0,
  };
}

/**
 * Phase of a metric. The limits come first, the last of them that is passed says what it is; then
 * the successes in a row, then the count. A count that is reached without enough successes in a row
 * is a failure where successes alone decide, inconclusive where failures have a limit, too.
 */
export function assess(
  settings: MetricSettings,
  state: MetricState,
  isTerminating: boolean,
): RunPhase {
  if (isCompleted(state.phase)) return state.phase;
  if (state.last === null) return isTerminating ? 'Successful' : 'Pending';
  if (!isCompleted(state.last.phase)) return 'Running';
  const passed = passedLimit(settings, state);
  if (passed !== undefined) return passed.phase;
  const { consecutiveSuccessLimit, failureLimit } = settings;
  const wantsSuccesses = consecutiveSuccessLimit > 0;
  if (wantsSuccesses && state.consecutiveSuccess >= consecutiveSuccessLimit) return 'Successful';
  const count = effectiveCount(settings);
  if (count !== undefined && state.count >= count) {
    if (!wantsSuccesses) return 'Successful';
    return failureLimit < 0 ? 'Failed' : 'Inconclusive';
  }
  return isTerminating ? 'Successful' : 'Running';
}

interface PassedLimit {
  readonly phase: RunPhase;
  readonly words: string;
}

function passedLimit(settings: MetricSettings, state: MetricState): PassedLimit | undefined {
  const { failureLimit, inconclusiveLimit, consecutiveErrorLimit } = settings;
  if (state.consecutiveError > consecutiveErrorLimit) {
    const words = `consecutiveErrors ${state.consecutiveError} > ${consecutiveErrorLimit}`;
    return { phase: 'Error', words };
  }
  if (state.inconclusive > inconclusiveLimit) {
    const words = `inconclusive ${state.inconclusive} > inconclusiveLimit ${inconclusiveLimit}`;
    return { phase: 'Inconclusive', words };
  }
  if (failureLimit < 0 || state.failed <= failureLimit) return undefined;
  return { phase: 'Failed', words: `failed ${state.failed} > failureLimit ${failureLimit}` };
}

/** Measurements that end a metric; undefined when it is measured until the run ends. */
function effectiveCount({ count, intervalMs }: MetricSettings): number | undefined {
  if (count > 0) return count;
  return intervalMs === undefined ? 1 : undefined;
}

/** A measurement that is under way when the run ends is called off, which succeeds. */
function terminated(settings: MetricSettings, state: MetricState): MetricState {
  if (isCompleted(state.phase)) return state;
  const isUnderWay = state.last !== null && !isCompleted(state.last.phase);
  const ended = isUnderWay
    ? counted(state, { ...state.last!, phase: 'Successful' }, state.message)
    : state;
  return { ...ended, phase: assess(settings, ended, true) };
}

/** The worst of the metrics that have a say, once all are completed or the run ends. */
function runPhase(
  metrics: readonly MetricSettings[],
  states: ReadonlyMap<string, MetricState>,
  ends: boolean,
): RunPhase {
  const all = metrics.map((one) => phaseIn(states, one));
  if (!ends && !all.every(isCompleted)) return 'Running';
  const heard = metrics.filter(({ isDryRun }) => !isDryRun).map((one) => phaseIn(states, one));
  return heard.reduce<RunPhase>(worse, 'Successful');
}

function worse(a: RunPhase, b: RunPhase): RunPhase {
  return ORDER.indexOf(b) > ORDER.indexOf(a) ? b : a;
}

/** When a metric is to be measured next: after an error sooner than its interval says. */
function dueAt(settings: MetricSettings, state: MetricState, startedAtMs: number): number | null {
  if (isCompleted(state.phase)) return null;
  if (state.last === null) return startedAtMs + settings.initialDelayMs;
  if (!isCompleted(state.last.phase)) return null;
  if (state.last.phase === 'Error') return state.last.finishedAtMs + ERROR_RETRY_MS;
  return settings.intervalMs === undefined ? null : state.last.finishedAtMs + settings.intervalMs;
}

function reasonOf(
  metrics: readonly MetricSettings[],
  answers: readonly MetricAnswer[],
  phase: RunPhase,
  nextAtMs: number | null,
  { nowMs, isTerminated }: AnalysisObservation,
): string {
  const worst = answers.find((one) => one.phase === phase && !one.isDryRun);
  const settings = metrics.find(({ name }) => name === worst?.name);
  const limit = settings && worst && passedLimit(settings, worst);
  if (isBad(phase)) {
    const why = limit?.words ?? 'too few successes in a row within its count';
    const message = worst?.message ? `: ${worst.message}` : '';
    return `${phase}: metric ${worst?.name}: ${why}${message}`;
  }
  const taken = answers.reduce((sum, { count, error }) => sum + count + error, 0);
  if (phase === 'Successful') {
    return `Successful: ${taken} measurements${isTerminated ? ', terminated' : ''}`;
  }
  if (nextAtMs === null) return `Running: ${taken} measurements, one under way`;
  const waitMs = Math.max(0, nextAtMs - nowMs);
  return `Running: ${taken} measurements, next due in ${formatDuration(waitMs)}`;
}
