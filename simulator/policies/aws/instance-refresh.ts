/**
 * Instance refresh: the instances of a group are replaced by new ones, a few at a time. Source: EC2
 * Auto Scaling user guide, "Instance refresh", "Add checkpoints" and "Undo changes with a
 * rollback"; API reference, RefreshPreferences.
 *
 *     InProgress ──► checkpoint (waits) ──► … ──► Baking ──► Successful
 *         │ no progress for an hour, or an alarm
 *         └──► Failed, or with AutoRollback
 *              RollbackInProgress ──► RollbackSuccessful | RollbackFailed
 */
import { showSeconds } from './words.ts';

export interface RefreshRule {
  /** `MinHealthyPercentage` of the desired capacity, rounded up (AWS: 90). */
  readonly minHealthyPercent: number;
  /** `MaxHealthyPercentage`: instances that there may be at once (AWS: 100). */
  readonly maxHealthyPercent: number;
  /** `CheckpointPercentages`, ascending; the last is where the refresh ends. Empty: [100]. */
  readonly checkpointPercents: readonly number[];
  /** `CheckpointDelay` (AWS: 3600 s). */
  readonly checkpointDelayMs: number;
  /** `SkipMatching`: instances that have the new configuration already stay. */
  readonly skipMatching: boolean;
  /** `AutoRollback`. */
  readonly autoRollback: boolean;
  /** `BakeTime`: how long the result is watched before it counts (AWS: 0). */
  readonly bakeMs: number;
}

export interface RefreshInstance {
  readonly id: number;
  readonly launchedAtMs: number;
  /** Whether it has the configuration that the refresh brings. */
  readonly matches: boolean;
  /** `warming` comes into service still; `ready` has passed health checks and warm-up. */
  readonly health: 'warming' | 'ready' | 'unhealthy';
}

export interface RefreshObservation {
  readonly nowMs: number;
  readonly desired: number;
  readonly instances: readonly RefreshInstance[];
  /** Whether one of the alarms in `AlarmSpecification` is in ALARM. */
  readonly isAlarmed: boolean;
}

export type RefreshStatus =
  | 'InProgress'
  | 'Baking'
  | 'Successful'
  | 'Failed'
  | 'RollbackInProgress'
  | 'RollbackSuccessful'
  | 'RollbackFailed';

export interface RefreshState {
  readonly status: RefreshStatus;
  /** Begin of the refresh, or of its rollback. */
  readonly startedAtMs: number;
  /** Instances replaced so far, ready ones. */
  readonly replaced: number;
  readonly progressedAtMs: number;
  /** Checkpoints that are behind it. */
  readonly passed: number;
  /** When the checkpoint it waits at was reached, or baking began; null: it goes on. */
  readonly waitsSinceMs: number | null;
}

export interface RefreshDecision {
  /** Instances with the wanted configuration to launch now. */
  readonly launch: number;
  /** Instances to end now. */
  readonly terminate: readonly number[];
  readonly percentComplete: number;
  readonly reason: string;
  readonly state: RefreshState;
}

const PATIENCE_MS = 3_600_000;

/** State of a refresh that starts now. */
export function startRefresh(nowMs: number): RefreshState {
  const progress = { replaced: 0, progressedAtMs: nowMs, passed: 0, waitsSinceMs: null };
  return { status: 'InProgress', startedAtMs: nowMs, ...progress };
}

/**
 * One step; to be called whenever an instance changes, and as time goes by.
 * Example: 10 instances, 90 % → ends one old and launches one new; the next when that is ready.
 */
export function stepRefresh(
  rule: RefreshRule,
  observation: RefreshObservation,
  before: RefreshState,
): RefreshDecision {
  const isOver = before.status !== 'InProgress' && before.status !== 'RollbackInProgress';
  if (isOver && before.status !== 'Baking') {
    const percentComplete = percentOf(before.replaced, observation.desired);
    return { launch: 0, terminate: [], percentComplete, reason: before.status, state: before };
  }
  const state = progress(rule, observation, before);
  if (observation.isAlarmed) return fail(rule, observation, state, 'an alarm is in ALARM');
  if (state.status === 'Baking') return bake(rule, observation, state);
  if (state.waitsSinceMs === null && observation.nowMs - state.progressedAtMs >= PATIENCE_MS) {
    return fail(rule, observation, state, 'no instance was replaced for an hour');
  }
  return advance(rule, observation, state);
}

/** Replaces nothing; olds that the new ones made superfluous (a surge) still go. */
function idle(
  rule: RefreshRule,
  observation: RefreshObservation,
  state: RefreshState,
  reason: string,
): RefreshDecision {
  const { desired, instances } = observation;
  const olds = instances.filter((one) => !isNew(rule, state, one));
  const isMoving = state.status !== 'Failed' && state.status !== 'RollbackFailed';
  const surplus = isMoving ? Math.max(0, instances.length - desired) : 0;
  const ready = instances.filter(({ health }) => health === 'ready').length;
  const terminate = pickEnded(olds, surplus, Math.max(0, ready - desired));
  const percentComplete = percentOf(state.replaced, desired);
  return { launch: 0, terminate, percentComplete, reason, state };
}

function percentOf(replaced: number, desired: number): number {
  return desired === 0 ? 100 : Math.min(100, Math.floor((100 * replaced) / desired));
}

/** Whether an instance is one that the refresh, or its rollback, wants. */
function isNew(rule: RefreshRule, state: RefreshState, instance: RefreshInstance): boolean {
  if (state.status === 'RollbackInProgress') return !instance.matches;
  if (!instance.matches) return false;
  return rule.skipMatching || instance.launchedAtMs >= state.startedAtMs;
}

function progress(
  rule: RefreshRule,
  { instances, nowMs }: RefreshObservation,
  state: RefreshState,
): RefreshState {
  const replaced = instances.filter(
    (one) => one.health === 'ready' && isNew(rule, state, one),
  ).length;
  return {
    ...state,
    replaced,
    progressedAtMs: replaced > state.replaced ? nowMs : state.progressedAtMs,
  };
}

function fail(
  rule: RefreshRule,
  observation: RefreshObservation,
  state: RefreshState,
  why: string,
): RefreshDecision {
  const { nowMs } = observation;
  if (state.status === 'RollbackInProgress') {
    return idle(
      rule,
      observation,
      { ...state, status: 'RollbackFailed' },
      `RollbackFailed: ${why}`,
    );
  }
  if (!rule.autoRollback) {
    return idle(rule, observation, { ...state, status: 'Failed' }, `Failed: ${why}`);
  }
  const back: RefreshState = { ...startRefresh(nowMs), status: 'RollbackInProgress' };
  return idle(rule, observation, progress(rule, observation, back), `RollbackInProgress: ${why}`);
}

function bake(rule: RefreshRule, observation: RefreshObservation, state: RefreshState) {
  const leftMs = (state.waitsSinceMs ?? observation.nowMs) + rule.bakeMs - observation.nowMs;
  if (leftMs > 0) return idle(rule, observation, state, `Baking: for ${showSeconds(leftMs)} more`);
  return idle(rule, observation, { ...state, status: 'Successful' }, 'Successful');
}

/** Checkpoints of the way; a rollback has none. */
function goalsOf(rule: RefreshRule, state: RefreshState): readonly number[] {
  const isBack = state.status === 'RollbackInProgress' || rule.checkpointPercents.length === 0;
  return isBack ? [100] : rule.checkpointPercents;
}

function advance(
  rule: RefreshRule,
  observation: RefreshObservation,
  state: RefreshState,
): RefreshDecision {
  const { nowMs, desired } = observation;
  const goals = goalsOf(rule, state);
  const countOf = (percent: number) => Math.ceil((desired * percent) / 100);
  const reached = goals.findLastIndex((percent) => state.replaced >= countOf(percent)) + 1;
  if (reached >= goals.length) return finish(rule, observation, state);
  if (reached > state.passed) {
    const waits = { ...state, passed: reached, waitsSinceMs: nowMs };
    return waitAt(rule, observation, waits, goals[reached - 1]!);
  }
  if (state.waitsSinceMs !== null && nowMs - state.waitsSinceMs < rule.checkpointDelayMs) {
    return waitAt(rule, observation, state, goals[state.passed - 1]!);
  }
  const goesOn =
    state.waitsSinceMs === null ? state : { ...state, waitsSinceMs: null, progressedAtMs: nowMs };
  // A group that grew may come to a checkpoint again.
  const passed = Math.min(goesOn.passed, reached);
  return replaceSome(rule, observation, { ...goesOn, passed }, countOf(goals[passed] ?? 100));
}

function finish(rule: RefreshRule, observation: RefreshObservation, state: RefreshState) {
  if (state.status === 'RollbackInProgress') {
    return idle(
      rule,
      observation,
      { ...state, status: 'RollbackSuccessful' },
      'RollbackSuccessful',
    );
  }
  const baking: RefreshState = { ...state, status: 'Baking', waitsSinceMs: observation.nowMs };
  return bake(rule, observation, baking);
}

function waitAt(
  rule: RefreshRule,
  observation: RefreshObservation,
  state: RefreshState,
  percent: number,
): RefreshDecision {
  const leftMs = (state.waitsSinceMs ?? 0) + rule.checkpointDelayMs - observation.nowMs;
  const left = showSeconds(Math.max(0, leftMs));
  return idle(rule, observation, state, `${state.status}: waits at ${percent} % for ${left} more`);
}

/** Ends and launches as many as the healthy percentages allow, up to `goal` new instances. */
function replaceSome(
  rule: RefreshRule,
  observation: RefreshObservation,
  state: RefreshState,
  goal: number,
): RefreshDecision {
  const { desired, instances } = observation;
  const fresh = instances.filter((one) => isNew(rule, state, one)).length;
  const olds = instances.filter((one) => !isNew(rule, state, one));
  const ready = instances.filter(({ health }) => health === 'ready').length;
  const toEnd = Math.max(0, olds.length - Math.max(0, desired - goal));
  const spare = Math.max(0, ready - Math.ceil((desired * rule.minHealthyPercent) / 100));
  const most = Math.max(desired, Math.floor((desired * rule.maxHealthyPercent) / 100));
  // 100 % of both: one at a time, or nothing would ever move.
  const isStuck =
    spare === 0 && most <= desired && ready >= desired && instances.length === desired;
  const terminate = pickEnded(olds, toEnd, isStuck ? 1 : spare);
  const total = instances.length - terminate.length;
  const launch = Math.max(0, Math.min(most - total, goal - fresh));
  const counts = `${state.replaced} of ${goal} replaced`;
  const moves = `ends ${terminate.length}, launches ${launch}`;
  const percentComplete = percentOf(state.replaced, desired);
  return {
    launch,
    terminate,
    percentComplete,
    reason: `${state.status}: ${counts}, ${moves}`,
    state,
  };
}

/** Those that serve nobody go first, and cost no healthy capacity. */
function pickEnded(olds: readonly RefreshInstance[], count: number, spare: number): number[] {
  const isReady = ({ health }: RefreshInstance) => health === 'ready';
  const byAge = olds.toSorted((a, b) => a.launchedAtMs - b.launchedAtMs || a.id - b.id);
  const useless = byAge.filter((one) => !isReady(one)).slice(0, count);
  const serving = byAge.filter(isReady).slice(0, Math.min(spare, count - useless.length));
  return [...useless, ...serving].map(({ id }) => id);
}
