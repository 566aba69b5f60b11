/**
 * KEDA's ScaledJob: how many Jobs a pass of its loop creates. It never stops any. Source: KEDA 2.21
 * `pkg/scaling/executor/scale_jobs.go`, `pkg/scaling/scaledjob/metrics.go`,
 * `apis/keda/v1alpha1/scaledjob_types.go`; documentation "ScaledJob specification".
 */
import { approximated } from './external-metrics.ts';
import type { Condition } from './scaled-object.ts';
import type { Trigger } from './trigger-types.ts';

/** Each strategy by its name in the manifest. */
export type JobStrategy =
  | { readonly type: 'default' }
  | {
      readonly type: 'custom';
      readonly queueLengthDeduction: number;
      /** Share of the running jobs that is deducted. */
      readonly runningJobRatio: number;
    }
  | { readonly type: 'accurate' }
  | { readonly type: 'eager' };

export interface ScaledJob {
  readonly pollingIntervalMs: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Whether the manifest says the maximum; the default is not lowered by the minimum. */
  readonly isMaxGiven: boolean;
  readonly strategy: JobStrategy;
  readonly calculation: 'max' | 'min' | 'avg' | 'sum';
  readonly isPaused: boolean;
  readonly triggers: readonly Trigger[];
}

/** What a trigger reports; without a queue length it failed. */
export interface JobReading {
  readonly queueLength?: number | undefined;
  readonly active?: boolean | undefined;
}

export interface ScaledJobObservation {
  readonly nowMs: number;
  /** Jobs that have not finished, pending ones among them. */
  readonly runningJobs: number;
  readonly pendingJobs: number;
  readonly readings: readonly JobReading[];
}

export interface ScaledJobState {
  readonly lastActiveAtMs: number | null;
}

export interface ScaledJobDecision {
  /** Jobs to create now. */
  readonly create: number;
  readonly queueLength: number;
  /** Jobs that the queue is worth, at most the maximum. */
  readonly maxScale: number;
  readonly effectiveMaxScale: number;
  readonly conditions: Readonly<Record<'Ready' | 'Active' | 'Paused', Condition>>;
  readonly reason: string;
  readonly state: ScaledJobState;
}

/** The minimum that holds: no more than a maximum that is given. */
export function minJobs({ minReplicas, maxReplicas, isMaxGiven }: ScaledJob): number {
  return isMaxGiven ? Math.min(minReplicas, maxReplicas) : minReplicas;
}

/**
 * The maximum that the strategies see: what a given maximum leaves above the minimum. With a
 * minimum above the maximum, the maximum itself, as the vendor has it.
 * Example: min 2, max 10 → 8; min 2 and no max → 100.
 */
export function maxJobs(settings: ScaledJob): number {
  const { minReplicas, maxReplicas, isMaxGiven } = settings;
  return isMaxGiven && minReplicas <= maxReplicas ? maxReplicas - minReplicas : maxReplicas;
}

/** What the triggers say together. */
export interface QueueDemand {
  readonly isActive: boolean;
  readonly queueLength: number;
  readonly maxScale: number;
}

/**
 * Queue length and maximal scale of the active triggers, combined; both rounded up.
 * Example (sum): queues 10 and 5, targets 2 and 5 → length 15, scale 6; (avg) → 8 and 3.
 */
export function queueDemand(settings: ScaledJob, readings: readonly JobReading[]): QueueDemand {
  const most = maxJobs(settings);
  const active = settings.triggers.flatMap((trigger, index) => {
    const { queueLength, active: isSaid } = readings[index] ?? {};
    if (queueLength === undefined) return [];
    const length = approximated(queueLength);
    const isActive = isSaid ?? queueLength > trigger.activationThreshold;
    return isActive ? [{ length, scale: scaleOf(trigger, length, most) }] : [];
  });
  const { length, scale } = combined(settings.calculation, active);
  return {
    // An active trigger with an empty queue is overlooked by `max`, as the vendor has it.
    isActive:
      minJobs(settings) > 0 || (settings.calculation === 'max' ? length > 0 : active.length > 0),
    queueLength: Math.ceil(length),
    maxScale: Math.ceil(Math.min(scale, most)),
  };
}

/** A target that is no average counts for nothing, as the vendor has it. */
function scaleOf({ metricType, target }: Trigger, length: number, most: number): number {
  if (metricType !== 'AverageValue') return 0;
  return Math.min(length / approximated(target), most);
}

interface Demand {
  readonly length: number;
  readonly scale: number;
}

function combined(calculation: ScaledJob['calculation'], active: readonly Demand[]): Demand {
  if (active.length === 0) return { length: 0, scale: 0 };
  const length = active.reduce((sum, one) => sum + one.length, 0);
  const scale = active.reduce((sum, one) => sum + one.scale, 0);
  switch (calculation) {
    case 'sum':
      return { length, scale };
    case 'avg':
      return { length: length / active.length, scale: scale / active.length };
    case 'min':
      // A length of 0 counts as none yet, as the vendor has it.
      return active.reduce((least, one) =>
        least.length === 0 || one.length < least.length ? one : least,
      );
    case 'max':
      return active.reduce((most, one) => (one.length > most.length ? one : most));
    default:
      throw new Error(`unknown calculation ${calculation satisfies never}`);
  }
}

export interface StrategyQuestion {
  readonly maxScale: number;
  /** Running jobs above the minimum. */
  readonly running: number;
  readonly pending: number;
  readonly maxReplicas: number;
}

/**
 * How many jobs a strategy lets be created; may be negative. `accurate` is as of KEDA pull request
 * 7417 (2026): before it, pending jobs were overlooked where the maximum was in reach.
 * Examples: default, 3 wanted and 2 running → 1; accurate, 3 wanted, 4 running of which 2 pending,
 * max 10 → 1; eager, 4 wanted, 7 running, max 10 → 3.
 */
export function effectiveMaxScale(strategy: JobStrategy, question: StrategyQuestion): number {
  const { maxScale, running, pending, maxReplicas } = question;
  switch (strategy.type) {
    case 'default':
      return maxScale - running;
    case 'custom': {
      const deduction = Math.trunc(running * strategy.runningJobRatio);
      return Math.min(maxScale - strategy.queueLengthDeduction - deduction, maxReplicas);
    }
    case 'accurate':
      return Math.min(maxScale - pending, maxReplicas - running);
    case 'eager':
      return Math.min(maxReplicas - running - pending, maxScale);
    default:
      throw new Error(`unknown strategy ${JSON.stringify(strategy satisfies never)}`);
  }
}

/**
 * One pass of KEDA's loop. Below the minimum it only tops up; above it the strategy decides, and
 * never more jobs are created than there are messages.
 * Example: default, queue 10 at 1 a job, max 3, one running → 2.
 */
export function decideScaledJob(
  settings: ScaledJob,
  observation: ScaledJobObservation,
  state: ScaledJobState,
): ScaledJobDecision {
  const demand = queueDemand(settings, observation.readings);
  const { queueLength, maxScale } = demand;
  const isError = settings.triggers.some(
    (_, index) => observation.readings[index]?.queueLength === undefined,
  );
  const paused = settings.isPaused;
  const active = demand.isActive && !paused;
  const conditions = conditionsOf(active, isError, paused);
  const { effective, wanted } = allowed(settings, observation, demand);
  const create = active ? Math.max(0, Math.min(wanted, effective)) : 0;
  const lastActiveAtMs = active ? observation.nowMs : state.lastActiveAtMs;
  const words = wordsOf(settings, observation, queueLength, active);
  return {
    create,
    queueLength,
    maxScale,
    effectiveMaxScale: Math.max(0, effective),
    conditions,
    reason: active ? `${words} ${create}` : words,
    state: { lastActiveAtMs },
  };
}

function wordsOf(
  settings: ScaledJob,
  { runningJobs: running, pendingJobs: pending }: ScaledJobObservation,
  queueLength: number,
  isActive: boolean,
): string {
  if (settings.isPaused) return 'ScaledJobPaused: no job is created';
  const seen = `queue ${queueLength}, ${running} running, ${pending} pending`;
  if (!isActive) return `ScalerNotActive: ${seen}`;
  const least = minJobs(settings);
  if (running < least) return `ScalerActive: ${running} running, min ${least}: tops up by`;
  return `ScalerActive: ${settings.strategy.type}: ${seen}: creates`;
}

function allowed(
  settings: ScaledJob,
  { runningJobs, pendingJobs }: ScaledJobObservation,
  { queueLength, maxScale }: QueueDemand,
): { effective: number; wanted: number } {
  const least = minJobs(settings);
  if (runningJobs < least) {
    return { effective: least - runningJobs, wanted: least - runningJobs };
  }
  const maxReplicas = maxJobs(settings);
  const running = runningJobs - least;
  const question = { maxScale, running, pending: pendingJobs, maxReplicas };
  const effective = effectiveMaxScale(settings.strategy, question);
  return { effective, wanted: settings.strategy.type === 'eager' ? maxReplicas : queueLength };
}

function conditionsOf(
  isActive: boolean,
  isError: boolean,
  isPaused: boolean,
): ScaledJobDecision['conditions'] {
  const ready: Condition = !isError
    ? { status: 'True', reason: 'ScaledJobReady' }
    : isActive
      ? { status: 'Unknown', reason: 'PartialTriggerError' }
      : { status: 'False', reason: 'TriggerError' };
  return {
    Ready: ready,
    Active: isActive
      ? { status: 'True', reason: 'ScalerActive' }
      : { status: 'False', reason: 'ScalerNotActive' },
    Paused: isPaused
      ? { status: 'True', reason: 'ScaledJobPaused' }
      : { status: 'False', reason: 'ScaledJobUnpaused' },
  };
}

/** What a Job's pods look like. */
export interface JobPods {
  readonly isFinished: boolean;
  readonly pods: readonly {
    readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
    /** Types of the conditions that are True. */
    readonly conditions: readonly string[];
  }[];
}

/**
 * Running and pending jobs. A job runs until it has finished. It is pending while none of its pods
 * runs or has succeeded or, with `pendingPodConditions`, while none has all of these conditions.
 * Example: conditions Ready and PodScheduled, one pod with PodScheduled only → pending.
 */
export function countJobs(
  jobs: readonly JobPods[],
  pendingPodConditions: readonly string[],
): { readonly runningJobs: number; readonly pendingJobs: number } {
  const running = jobs.filter(({ isFinished }) => !isFinished);
  const pending = running.filter(({ pods }) => {
    if (pendingPodConditions.length === 0) {
      return !pods.some(({ phase }) => phase === 'Running' || phase === 'Succeeded');
    }
    return !pods.some(({ conditions }) =>
      pendingPodConditions.every((condition) => conditions.includes(condition)),
    );
  });
  return { runningJobs: running.length, pendingJobs: pending.length };
}
