/**
 * A Flagger canary: one tick of its scheduler.
 * Source: flagger `pkg/controller/scheduler.go`, `pkg/apis/flagger/v1beta1/canary.go`, their tests,
 * and docs "Deployment Strategies".
 *
 *     Initialized ─► Progressing ─► Promoting ─► Finalising ─► Succeeded
 *        new revision    │  weights or iterations     traffic back to the primary, which has the
 *                        ▼                            new version by then; the canary goes to 0
 *                      Failed       too many failed checks, or no progress: all to the primary
 */
import { formatDuration } from '../../model/units.ts';

export interface FlaggerSettings {
  readonly intervalMs: number;
  /** Failed checks that roll back. */
  readonly threshold: number;
  /** Percent added a tick; 0 where `stepWeights` say it. */
  readonly stepWeight: number;
  readonly stepWeights: readonly number[];
  /** 0 is 100. */
  readonly maxWeight: number;
  /** Percent that goes back to the primary a tick; 0 is all at once. */
  readonly stepWeightPromotion: number;
  /** Ticks of an A/B test or of blue/green; 0 for a canary by weight. */
  readonly iterations: number;
  /** Requests are matched by header or cookie: an A/B test. */
  readonly hasMatch: boolean;
  /** One tick of mirrored traffic before the first weight. */
  readonly mirror: boolean;
  readonly skipAnalysis: boolean;
  readonly progressDeadlineMs: number;
}

/** Vendor's defaults. */
export const FLAGGER_DEFAULTS: FlaggerSettings = {
  intervalMs: 60_000,
  threshold: 1,
  stepWeight: 0,
  stepWeights: [],
  maxWeight: 0,
  stepWeightPromotion: 0,
  iterations: 0,
  hasMatch: false,
  mirror: false,
  skipAnalysis: false,
  progressDeadlineMs: 600_000,
};
/** Flagger looks no more often. */
export const LEAST_INTERVAL_MS = 10_000;
const ALL = 100;

export type FlaggerPhase =
  | 'Initialized'
  | 'Progressing'
  | 'WaitingPromotion'
  | 'Promoting'
  | 'Finalising'
  | 'Succeeded'
  | 'Failed';

export interface FlaggerObservation {
  readonly nowMs: number;
  /** Of the target's pod template and of its configuration. */
  readonly revision: string;
  readonly isPrimaryReady: boolean;
  readonly isCanaryReady: boolean;
  /** Whether metrics and webhooks are in order; not asked while the canary has no traffic. */
  readonly isHealthy: boolean;
  /** What a confirm-promotion hook says; true where there is none. */
  readonly mayPromote: boolean;
  /** A rollback hook. */
  readonly rollsBack: boolean;
}

export interface FlaggerState {
  readonly phase: FlaggerPhase;
  /** Revision that was last taken up; null before the first tick. */
  readonly revision: string | null;
  readonly canaryWeight: number;
  readonly isMirrored: boolean;
  readonly failedChecks: number;
  readonly iterations: number;
  /** Since when the canary is not ready; null when it is. */
  readonly unreadySinceMs: number | null;
  readonly tickedAtMs: number | null;
}

export const INITIAL_FLAGGER_STATE: FlaggerState = {
  phase: 'Initialized',
  revision: null,
  canaryWeight: 0,
  isMirrored: false,
  failedChecks: 0,
  iterations: 0,
  unreadySinceMs: null,
  tickedAtMs: null,
};

export interface FlaggerDecision {
  readonly phase: FlaggerPhase;
  readonly canaryWeight: number;
  readonly primaryWeight: number;
  readonly isMirrored: boolean;
  /** Whether the canary has pods at all. */
  readonly isCanaryUp: boolean;
  /** The primary is given the canary's version now. */
  readonly copiesToPrimary: boolean;
  readonly failedChecks: number;
  readonly iterations: number;
  readonly nextAtMs: number;
  readonly reason: string;
  readonly state: FlaggerState;
}

interface Tick {
  readonly state: FlaggerState;
  readonly reason: string;
  readonly copies?: boolean;
}

/**
 * Decides weights and phase. Between ticks nothing changes. The first observation takes the
 * revision for the one that runs.
 * Example: stepWeight 10, maxWeight 50, healthy: 0, 10, 20, … 50, then Promoting, Finalising and
 * Succeeded, a tick each; two failed checks with a threshold of 2: Failed, weight 0.
 */
export function decideFlagger(
  settings: FlaggerSettings,
  observation: FlaggerObservation,
  before: FlaggerState,
): FlaggerDecision {
  const { nowMs } = observation;
  const intervalMs = Math.max(settings.intervalMs, LEAST_INTERVAL_MS);
  const isDue = before.tickedAtMs === null || nowMs >= before.tickedAtMs + intervalMs;
  const ticked = isDue ? tick(settings, observation, before) : undefined;
  const { reason, copies = false } = ticked ?? { reason: 'between two ticks' };
  const state = ticked === undefined ? before : { ...ticked.state, tickedAtMs: nowMs };
  const { phase, canaryWeight, isMirrored, failedChecks, iterations } = state;
  return {
    phase,
    canaryWeight,
    primaryWeight: ALL - canaryWeight,
    isMirrored,
    isCanaryUp: isUnderWay(phase),
    copiesToPrimary: copies,
    failedChecks,
    iterations,
    nextAtMs: state.tickedAtMs! + intervalMs,
    reason: `${phase}: ${reason}`,
    state,
  };
}

function isUnderWay(phase: FlaggerPhase): boolean {
  return phase !== 'Initialized' && phase !== 'Succeeded' && phase !== 'Failed';
}

function tick(
  settings: FlaggerSettings,
  observation: FlaggerObservation,
  before: FlaggerState,
): Tick {
  const { revision } = observation;
  if (before.revision === null) {
    return { state: { ...before, revision }, reason: `revision ${revision} runs` };
  }
  const isNew = revision !== before.revision;
  if (!isUnderWay(before.phase) && !isNew) return { state: before, reason: 'nothing new' };
  if (!settings.skipAnalysis && !observation.isPrimaryReady) {
    return { state: before, reason: 'the primary is not ready' };
  }
  const begun: FlaggerState = { ...INITIAL_FLAGGER_STATE, phase: 'Progressing', revision };
  if (!isUnderWay(before.phase)) {
    return { state: begun, reason: `new revision ${revision}, scaling up` };
  }
  const isAnalysed = before.phase === 'Progressing' || before.phase === 'WaitingPromotion';
  if (isNew && isAnalysed) {
    return { state: begun, reason: `new revision ${revision}, starting again` };
  }
  return readyTick(settings, observation, before, isAnalysed);
}

/** Goes on once the canary is ready; without progress for too long it rolls back. */
function readyTick(
  settings: FlaggerSettings,
  observation: FlaggerObservation,
  before: FlaggerState,
  isAnalysed: boolean,
): Tick {
  const { nowMs, isCanaryReady, rollsBack } = observation;
  const unreadySinceMs = isCanaryReady ? null : (before.unreadySinceMs ?? nowMs);
  const state = { ...before, unreadySinceMs };
  const isLate = unreadySinceMs !== null && nowMs - unreadySinceMs > settings.progressDeadlineMs;
  if (!isCanaryReady && !isLate) return { state, reason: 'the canary is not ready' };
  const deadline = formatDuration(settings.progressDeadlineMs);
  if (settings.skipAnalysis) {
    if (isLate) return rolledBack(state, `not ready for ${deadline}`);
    const done = { ...state, phase: 'Succeeded' as const, canaryWeight: 0 };
    return { state: done, reason: 'promoted without analysis', copies: true };
  }
  if (isAnalysed && rollsBack) return rolledBack(state, 'asked to roll back');
  if (state.phase === 'Promoting') return promotionTick(settings, state);
  if (state.phase === 'Finalising') {
    return { state: { ...state, phase: 'Succeeded' }, reason: 'the canary goes to 0' };
  }
  if (isLate) return rolledBack(state, `not ready for ${deadline}`);
  const { failedChecks } = state;
  if (failedChecks >= settings.threshold) {
    return rolledBack(state, `${failedChecks} failed checks of ${settings.threshold}`);
  }
  return analysisTick(settings, observation, state);
}

function rolledBack(state: FlaggerState, reason: string): Tick {
  const { revision, tickedAtMs } = state;
  const failed = { ...INITIAL_FLAGGER_STATE, phase: 'Failed' as const, revision, tickedAtMs };
  return { state: failed, reason: `all traffic to the primary: ${reason}` };
}

/** Traffic goes back to the primary, at once or in steps. */
function promotionTick({ stepWeightPromotion }: FlaggerSettings, state: FlaggerState): Tick {
  const back = stepWeightPromotion === 0 ? ALL : stepWeightPromotion;
  const canaryWeight = Math.max(0, state.canaryWeight - back);
  const phase = canaryWeight === 0 ? 'Finalising' : 'Promoting';
  const reason = `primary weight ${ALL - canaryWeight}`;
  return { state: { ...state, canaryWeight, phase }, reason };
}

/** The checks are asked once the canary has traffic. */
function analysisTick(
  settings: FlaggerSettings,
  observation: FlaggerObservation,
  state: FlaggerState,
): Tick {
  const hasTraffic = state.canaryWeight > 0 || state.iterations > 0 || state.isMirrored;
  if (hasTraffic && !observation.isHealthy) {
    const failedChecks = state.failedChecks + 1;
    const reason = `check failed, ${failedChecks} of ${settings.threshold}: no advance`;
    return { state: { ...state, failedChecks }, reason };
  }
  if (settings.iterations > 0) return iterationTick(settings, observation, state);
  return weightTick(settings, observation, state);
}

/**
 * A/B: all matched traffic goes to the canary from the first iteration on. Blue/green: none (or a
 * mirror of it) until all iterations are done, then all.
 */
function iterationTick(
  settings: FlaggerSettings,
  observation: FlaggerObservation,
  state: FlaggerState,
): Tick {
  const { iterations, hasMatch, mirror } = settings;
  const done = state.iterations;
  if (done < iterations) {
    const next = { ...state, iterations: done + 1 };
    const routed = hasMatch
      ? { ...next, canaryWeight: ALL }
      : { ...next, isMirrored: mirror || state.isMirrored };
    return { state: routed, reason: `iteration ${done + 1} of ${iterations}` };
  }
  if (!observation.mayPromote) return waiting(state);
  if (hasMatch || done > iterations) return promoted(state);
  const routed = { ...state, iterations: done + 1, canaryWeight: ALL, isMirrored: false };
  return { state: routed, reason: 'all traffic to the canary' };
}

function weightTick(
  settings: FlaggerSettings,
  observation: FlaggerObservation,
  state: FlaggerState,
): Tick {
  const { canaryWeight, isMirrored } = state;
  if (canaryWeight >= mostWeightOf(settings)) {
    return observation.mayPromote ? promoted(state) : waiting(state);
  }
  if (settings.mirror && canaryWeight === 0 && !isMirrored) {
    return { state: { ...state, isMirrored: true }, reason: 'traffic is mirrored' };
  }
  const next = nextWeight(settings, canaryWeight);
  const advanced = { ...state, canaryWeight: next, isMirrored: false };
  return { state: advanced, reason: `canary weight ${next}` };
}

function promoted(state: FlaggerState): Tick {
  const reason = 'the primary gets the new version';
  return { state: { ...state, phase: 'Promoting' }, reason, copies: true };
}

function waiting(state: FlaggerState): Tick {
  return { state: { ...state, phase: 'WaitingPromotion' }, reason: 'promotion is not confirmed' };
}

/**
 * Weight from which on a canary is promoted: the last of `stepWeights`, else `maxWeight`, else 100.
 */
export function mostWeightOf({ stepWeights, maxWeight }: FlaggerSettings): number {
  const last = stepWeights.at(-1);
  if (last !== undefined) return Math.min(ALL, last);
  return maxWeight > 0 ? maxWeight : ALL;
}

/**
 * The weight after a step; never above 100. `stepWeight` comes before `stepWeights`; a weight that
 * is none of the list goes to 100.
 * Example: stepWeights [1, 10, 80]: 0 → 1 → 10 → 80.
 */
export function nextWeight({ stepWeight, stepWeights }: FlaggerSettings, weight: number): number {
  if (stepWeight > 0 || stepWeights.length === 0) return Math.min(ALL, weight + stepWeight);
  if (weight === 0) return Math.min(ALL, stepWeights[0]!);
  const at = stepWeights.indexOf(weight);
  return at < 0 || at === stepWeights.length - 1 ? ALL : Math.min(ALL, stepWeights[at + 1]!);
}
