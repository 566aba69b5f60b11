/**
 * An Argo Rollouts canary: one decision of its controller.
 * Source: argo-rollouts `rollout/{canary,trafficrouting,analysis,pause,sync}.go` and their tests.
 *
 *     router's weight ─► analysis ─► replica counts ─► pause ─► step done? ─► next step
 *
 * The controller goes through this once for every change, and each step that it finishes is such a
 * change: a decision here goes through it until nothing changes any more.
 */

import { type DesiredSets, scaleSets } from './argo-canary-sets.ts';
import type { CanaryObservation, CanarySettings } from './argo-canary-settings.ts';
import {
  type CanaryState,
  currentStep,
  INITIAL_CANARY_STATE,
  isAtWantedCounts,
  mostWeight,
  type Pause,
  type PauseReason,
  type Roles,
  rolesOf,
  stepWeight,
  wantedCounts,
  weightUpTo,
} from './argo-canary-state.ts';
import { type CanaryPhase, nextMoment, phaseOf, trackProgress } from './argo-canary-status.ts';

export interface CanaryDecision {
  readonly desired: DesiredSets;
  /** Of the new version: what the router has, else what the steps ask for. */
  readonly weight: number;
  /** Of the new version: share of the available pods, in percent, where there is no router. */
  readonly actualWeight: number;
  /** Index of the current step; the number of steps when all are done. */
  readonly step: number;
  readonly steps: number;
  readonly phase: CanaryPhase;
  readonly isAborted: boolean;
  readonly isPromoted: boolean;
  readonly pauses: readonly PauseReason[];
  /** When time alone will change something; null when it will not. */
  readonly nextAtMs: number | null;
  readonly reason: string;
  readonly state: CanaryState;
}

/**
 * Decides the replica counts, the weight and the step of a canary. Pure: `observation.nowMs` is its
 * only clock. A pause or a delay is over at the moment that it ends.
 * Example: 10 replicas, steps setWeight 20 and pause, maxSurge 2, stable 10 of 10, canary 0:
 * canary 2, stable 10, step 0, Progressing.
 */
export function decideCanary(
  settings: CanarySettings,
  observation: CanaryObservation,
  before: CanaryState,
): CanaryDecision {
  const acted = act(settings, observation, begin(observation, before));
  let state = settle(settings, observation, acted, acted.step);
  state = trackProgress(settings, observation, state);
  // A deadline that passes may abort, and an abort takes the traffic away at once.
  state = settle(settings, observation, state, acted.step);
  const { desired, ...delays } = scaleSets(settings, observation, state);
  state = { ...state, ...delays };
  const { phase, message } = phaseOf(settings, observation, state);
  const isPromoted = rolesOf(observation, state).isSettled;
  return {
    desired,
    ...weights(settings, observation, state),
    step: isPromoted ? settings.steps.length : state.step,
    steps: settings.steps.length,
    phase,
    isAborted: state.aborted !== null,
    isPromoted,
    pauses: state.pauses.map(({ reason }) => reason),
    nextAtMs: nextMoment(settings, observation, state),
    reason: `${message}${movesInWords(observation, desired)}`,
    state,
  };
}

/** Passes until nothing changes; every step may be finished, and a pause begun on the way. */
function settle(
  settings: CanarySettings,
  observation: CanaryObservation,
  before: CanaryState,
  begun: number,
): CanaryState {
  let state = before;
  for (let pass = 0; pass < 2 * settings.steps.length + 8; pass++) {
    const next = reconcile(settings, observation, state, begun);
    if (JSON.stringify(next) === JSON.stringify(state)) break;
    state = next;
  }
  return state;
}

/** A new version starts from the first step; when none is wanted, the next one will. */
function begin({ canary }: CanaryObservation, state: CanaryState): CanaryState {
  const revision = canary?.revision ?? null;
  const isNew = canary === undefined || (revision !== null && revision !== state.revision);
  if (!isNew) return state;
  const { olderGoAtMs, weight } = state;
  const isFirst = state.revision === null && canary !== undefined;
  return isFirst
    ? { ...state, revision }
    : { ...INITIAL_CANARY_STATE, revision, olderGoAtMs, weight: canary ? weight : null };
}

/**
 * What a person asks for. `promote` ends the pause, or skips the current step where there is none.
 */
function act(
  settings: CanarySettings,
  observation: CanaryObservation,
  state: CanaryState,
): CanaryState {
  const { action } = observation;
  if (action === undefined || rolesOf(observation, state).isSettled) return state;
  const isStaleRun = true;
  const unpaused = { ...state, pauses: [], progress: resumed(observation, state) };
  const skipping = { ...unpaused, isControllerPaused: false, isStaleRun };
  switch (action) {
    case 'abort':
      return { ...state, aborted: 'aborted by a person' };
    case 'retry':
      if (state.aborted === null) return state;
      return { ...unpaused, aborted: null, isStaleRun, isTimedOut: false };
    case 'promote-full':
      return { ...unpaused, aborted: null, isPromotingFully: true };
    case 'promote':
      if (state.pauses.length > 0) return { ...unpaused, isStaleRun };
      return { ...unpaused, step: Math.min(state.step + 1, settings.steps.length) };
    case 'skip-current-step':
      return { ...skipping, step: Math.min(state.step + 1, settings.steps.length) };
    case 'skip-all-steps':
      return { ...skipping, step: settings.steps.length };
    default:
      throw new Error(`unknown action ${action satisfies never}`);
  }
}

/** Waiting for a person is no lack of progress. */
function resumed({ nowMs }: CanaryObservation, { progress }: CanaryState): CanaryState['progress'] {
  return progress === null ? null : { ...progress, atMs: nowMs };
}

/** One pass of the controller. `begun` is the step with which the decision began. */
function reconcile(
  settings: CanarySettings,
  observation: CanaryObservation,
  before: CanaryState,
  begun: number,
): CanaryState {
  const roles = rolesOf(observation, before);
  if (roles.isSettled) return settled(settings, observation, before);
  const weight = routerWeight(settings, before, roles);
  let state = judged({ ...before, weight }, observation);
  if (state.pauses.length > before.pauses.length) return state;
  state = paused(settings, observation, state, roles);

  if (state.isPromotingFully) {
    state = { ...state, pauses: [], aborted: null, step: settings.steps.length };
  }
  if (mayPromote(settings, state, roles)) return settled(settings, observation, state);
  if (state.aborted !== null) return { ...state, step: 0, pauses: [], isControllerPaused: false };
  if (!isStepDone(settings, observation, state, roles, begun)) return keepPause(state);
  const pauses = state.pauses.filter(({ reason }) => reason !== 'CanaryPauseStep');
  return keepPause({ ...state, pauses, step: state.step + 1 });
}

/** The new version is the stable one. */
function settled(
  settings: CanarySettings,
  observation: CanaryObservation,
  state: CanaryState,
): CanaryState {
  return {
    ...state,
    // Without a canary the next one is awaited, which begins with the first step.
    step: observation.canary === undefined ? 0 : settings.steps.length,
    isControllerPaused: false,
    pauses: [],
    aborted: null,
    isPromotingFully: false,
    isPromoted: observation.canary !== undefined,
    weight: settings.routing === undefined ? null : mostWeight(settings),
  };
}

/**
 * The weight that the router gets: never any for a canary without an available pod, and that of the
 * steps before until the canary has the size for more. After an abort none at once; with
 * dynamicStableScale only as fast as stable pods are available to take the traffic back.
 */
function routerWeight(settings: CanarySettings, state: CanaryState, roles: Roles): number | null {
  const { routing, replicas } = settings;
  if (routing === undefined) return null;
  const most = routing.maxTrafficWeight;
  const available = roles.wanted!.available;
  const share = (pods: number) => Math.min(most, Math.trunc((most * pods) / Math.max(1, replicas)));
  if (state.aborted !== null) {
    if (!routing.dynamicStableScale) return 0;
    return Math.min(most - share(roles.stable!.available), state.weight ?? most);
  }
  if (available === 0) return 0;
  if (state.isPromotingFully) {
    return routing.dynamicStableScale ? share(available) : (state.weight ?? 0);
  }
  if (settings.steps.length === 0) return 0;
  if (!isAtWantedCounts(settings, state, roles, undefined)) {
    return weightUpTo(settings, state.step - 1);
  }
  return stepWeight(settings, state);
}

/** What a finished analysis or experiment means: to abort, or to pause for somebody to look. */
function judged(before: CanaryState, observation: CanaryObservation): CanaryState {
  const { backgroundAnalysis, stepRun, nowMs } = observation;
  const phases = [backgroundAnalysis, stepRun];
  const isBad = (phase: unknown) =>
    phase === 'Failed' || phase === 'Error' || phase === 'Inconclusive';
  const isStaleRun = before.isStaleRun && phases.some(isBad);
  const state = { ...before, isStaleRun };
  if (isStaleRun || state.aborted !== null || state.isPromotingFully) return state;
  const bad = phases.find((phase) => phase === 'Failed' || phase === 'Error');
  if (bad !== undefined) return { ...state, aborted: `analysis ${bad}` };
  if (!phases.includes('Inconclusive')) return state;
  return withPause(state, 'InconclusiveAnalysisRun', nowMs);
}

function withPause(state: CanaryState, reason: PauseReason, sinceMs: number): CanaryState {
  if (state.pauses.some((pause) => pause.reason === reason)) return state;
  return { ...state, isControllerPaused: true, pauses: [...state.pauses, { reason, sinceMs }] };
}

/** A pause step begins when no set is on the move any more. */
function paused(
  settings: CanarySettings,
  { nowMs }: CanaryObservation,
  state: CanaryState,
  roles: Roles,
): CanaryState {
  const isPauseStep = currentStep(settings, state)?.pause !== undefined;
  if (!isPauseStep || settings.isPaused || state.isControllerPaused) return state;
  if (state.aborted !== null || state.isPromotingFully) return state;
  const { canary, stable } = wantedCounts(settings, state, roles, state.weight ?? undefined);
  const isMoving = canary !== roles.wanted!.desired || stable !== roles.stable!.desired;
  return isMoving ? state : withPause(state, 'CanaryPauseStep', nowMs);
}

/** The controller's own mark goes with the last pause. */
function keepPause(state: CanaryState): CanaryState {
  return { ...state, isControllerPaused: state.isControllerPaused && state.pauses.length > 0 };
}

/** All steps are done, or somebody asked for it, and the new version is available in full. */
function mayPromote(settings: CanarySettings, state: CanaryState, roles: Roles): boolean {
  if (state.aborted !== null || roles.wanted!.available !== settings.replicas) return false;
  return state.isPromotingFully || state.step >= settings.steps.length;
}

function isStepDone(
  settings: CanarySettings,
  { nowMs, stepRun, isWeightVerified }: CanaryObservation,
  state: CanaryState,
  roles: Roles,
  begun: number,
): boolean {
  const step = currentStep(settings, state);
  if (step === undefined || settings.isPaused) return false;
  if (step.pause !== undefined) {
    const pause = state.pauses.find(({ reason }) => reason === 'CanaryPauseStep');
    if (pause === undefined) return state.isControllerPaused;
    return isOver(pause, step.pause.durationMs, nowMs);
  }
  const isAtCounts = () => isAtWantedCounts(settings, state, roles, state.weight ?? undefined);
  if (step.setCanaryScale !== undefined) return isAtCounts();
  if (step.setWeight !== undefined) return isAtCounts() && isWeightVerified !== false;
  // A phase that is seen now is of the run that the step with which the decision began has started.
  if (step.runs !== undefined) return stepRun === 'Successful' && state.step === begun;
  return step.setsRoute === true;
}

function isOver({ sinceMs }: Pause, durationMs: number | undefined, nowMs: number): boolean {
  return durationMs !== undefined && nowMs >= sinceMs + durationMs;
}

function weights(
  settings: CanarySettings,
  observation: CanaryObservation,
  state: CanaryState,
): { weight: number; actualWeight: number } {
  const { canary, stable, older } = observation;
  const isSettled = rolesOf(observation, state).isSettled;
  if (state.weight !== null) return { weight: state.weight, actualWeight: state.weight };
  const weight = isSettled ? mostWeight(settings) : stepWeight(settings, state);
  const wanted = (canary ?? stable)?.available ?? 0;
  const sets = canary === undefined ? [stable, ...older] : [canary, stable, ...older];
  const all = sets.reduce((sum, set) => sum + (set?.available ?? 0), 0);
  return { weight, actualWeight: all === 0 ? 0 : Math.trunc((wanted * 100) / all) };
}

/** `; canary 0 → 2, stable 10 → 8`: the sets that are told something new. */
function movesInWords(observation: CanaryObservation, desired: DesiredSets): string {
  const older = observation.older.map((set, index) => [set, desired.older[index]] as const);
  const sets = [
    ['canary', observation.canary, desired.canary],
    ['stable', observation.stable, desired.stable],
    ...older.map(([set, pods], index) => [`older ${index}`, set, pods] as const),
  ] as const;
  const moves = sets.flatMap(([name, set, pods]) =>
    set === undefined || pods === null || pods === undefined || set.desired === pods
      ? []
      : [`${name} ${set.desired} → ${pods}`],
  );
  return moves.length === 0 ? '' : `; ${moves.join(', ')}`;
}
