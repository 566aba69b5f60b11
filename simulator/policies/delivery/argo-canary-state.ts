/** What an Argo Rollouts canary remembers, and what its current step asks for. */

import { basicCounts } from './argo-basic-canary.ts';
import {
  actualOf,
  CANARY_DEFAULTS,
  type CanaryCounts,
  type CanaryObservation,
  type CanaryScale,
  type CanarySettings,
  type CanaryStep,
  type ReplicaSetSeen,
} from './argo-canary-settings.ts';
import { routedCounts } from './argo-routed-canary.ts';
import { resolveFenceposts } from './fenceposts.ts';

export type PauseReason = 'CanaryPauseStep' | 'InconclusiveAnalysisRun';

export interface Pause {
  readonly reason: PauseReason;
  readonly sinceMs: number;
}

/** The rollout's status; plain JSON. */
export interface CanaryState {
  /** Revision of the canary that this is about; null as long as none was named. */
  readonly revision: string | null;
  /** Index of the current step; the number of steps when all are done. */
  readonly step: number;
  /** Set with the first pause, off when it is over: tells resumed from not yet paused. */
  readonly isControllerPaused: boolean;
  readonly pauses: readonly Pause[];
  /** Why the update was aborted; null when it was not. */
  readonly aborted: string | null;
  readonly isPromotingFully: boolean;
  /** Whether the canary has become the stable version. */
  readonly isPromoted: boolean;
  /** Weight of the canary that the router has; null before the first, and without a router. */
  readonly weight: number | null;
  /** When an aborted canary goes. */
  readonly canaryGoesAtMs: number | null;
  /** When former stable sets go, by revision or place. */
  readonly olderGoAtMs: Readonly<Record<string, number>>;
  /** Phases that are of a run before a retry or a resume, and say nothing any more. */
  readonly isStaleRun: boolean;
  readonly progress: Progress | null;
  readonly isTimedOut: boolean;
}

/** When something last went on, and what there was then. */
export interface Progress {
  readonly atMs: number;
  readonly step: number;
  readonly isPromoted: boolean;
  readonly updated: number;
  readonly old: number;
  readonly ready: number;
  readonly available: number;
}

export const INITIAL_CANARY_STATE: CanaryState = {
  revision: null,
  step: 0,
  isControllerPaused: false,
  pauses: [],
  aborted: null,
  isPromotingFully: false,
  isPromoted: false,
  weight: null,
  canaryGoesAtMs: null,
  olderGoAtMs: {},
  isStaleRun: false,
  progress: null,
  isTimedOut: false,
};

export interface OlderSet {
  /** What its delay is kept under: its revision, else its place in the observation. */
  readonly key: string;
  readonly set: ReplicaSetSeen;
}

/** The sets by what they are to the rollout now. */
export interface Roles {
  /** The set of the version that is wanted. */
  readonly wanted: ReplicaSetSeen | undefined;
  /** The version before, while an update is under way. */
  readonly stable: ReplicaSetSeen | undefined;
  /** Newest first. */
  readonly older: readonly OlderSet[];
  /** Nothing is under way: the version that is wanted is the stable one. */
  readonly isSettled: boolean;
}

/** Once promoted, what the observation still calls stable is an older set. */
export function rolesOf(observation: CanaryObservation, state: CanaryState): Roles {
  const { canary, stable } = observation;
  const older = observation.older.map((set, index) => keyed(set, `older-${index}`));
  if (canary === undefined) return { wanted: stable, stable: undefined, older, isSettled: true };
  const isSame = canary.revision !== undefined && canary.revision === stable?.revision;
  if (isSame) return { wanted: canary, stable: undefined, older, isSettled: true };
  if (!state.isPromoted) return { wanted: canary, stable, older, isSettled: stable === undefined };
  const former = stable === undefined ? older : [keyed(stable, 'stable'), ...older];
  return { wanted: canary, stable: undefined, older: former, isSettled: true };
}

function keyed(set: ReplicaSetSeen, place: string): OlderSet {
  return { key: set.revision ?? place, set };
}

/** The step that is under way; undefined without steps or when all are done. */
export function currentStep(settings: CanarySettings, state: CanaryState): CanaryStep | undefined {
  return settings.steps[state.step];
}

/** What stands for all of the traffic. */
export function mostWeight({ routing }: CanarySettings): number {
  return routing?.maxTrafficWeight ?? CANARY_DEFAULTS.maxTrafficWeight;
}

/**
 * Weight that the steps ask for: that of the last setWeight up to the current step, 0 before the
 * first and after an abort, all of it when no step is left.
 */
export function stepWeight(settings: CanarySettings, state: CanaryState): number {
  if (state.aborted !== null) return 0;
  if (currentStep(settings, state) === undefined) return mostWeight(settings);
  return weightUpTo(settings, state.step);
}

/** Weight of the last setWeight up to a step; 0 where there is none. */
export function weightUpTo(settings: CanarySettings, step: number): number {
  const passed = settings.steps.slice(0, step + 1);
  return passed.findLast(({ setWeight }) => setWeight !== undefined)?.setWeight ?? 0;
}

/**
 * The setCanaryScale in force: the last one up to the current step, none where it says
 * matchTrafficWeight. An abort ends it, unless abortScaleDownDelaySeconds is 0.
 */
function scaleInForce(settings: CanarySettings, state: CanaryState): CanaryScale | undefined {
  const { routing, steps } = settings;
  if (routing === undefined || currentStep(settings, state) === undefined) return undefined;
  if (state.aborted !== null && routing.abortScaleDownDelayMs !== 0) return undefined;
  const passed = steps.slice(0, state.step + 1);
  const scale = passed.findLast((step) => step.setCanaryScale !== undefined)?.setCanaryScale;
  return scale?.matchTrafficWeight ? undefined : scale;
}

/**
 * Counts that the current step asks of the two sets, within the limits of one move.
 *
 * @param actualWeight what the router has, as far as the counts may look at it
 */
export function wantedCounts(
  settings: CanarySettings,
  state: CanaryState,
  roles: Roles,
  actualWeight: number | undefined,
): CanaryCounts {
  const { replicas, routing } = settings;
  if (routing !== undefined && roles.isSettled) return { canary: replicas, stable: 0 };
  const isWhole = roles.isSettled || state.isPromotingFully;
  const scale = isWhole ? undefined : scaleInForce(settings, state);
  const most = mostWeight(settings);
  const weight = isWhole ? most : (scale?.weight ?? stepWeight(settings, state));
  if (routing === undefined) {
    const fence = resolveFenceposts(settings.maxSurge, settings.maxUnavailable, replicas);
    const olderDesired = roles.older.reduce((sum, { set }) => sum + set.desired, 0);
    const { wanted: canary, stable } = roles;
    return basicCounts({ replicas, weight, fence, canary, stable, olderDesired });
  }
  return routedCounts({
    replicas,
    routing,
    weight,
    fixedReplicas: scale?.replicas,
    actualWeight,
    isAborted: state.aborted !== null,
  });
}

/**
 * Whether the sets are where the step wants them: the canary available in full, the stable set
 * created in full (not asked with dynamicStableScale), and for a basic canary no pod of an older
 * set available, because it would serve.
 */
export function isAtWantedCounts(
  settings: CanarySettings,
  state: CanaryState,
  roles: Roles,
  actualWeight: number | undefined,
): boolean {
  const { canary, stable } = wantedCounts(settings, state, roles, actualWeight);
  const { wanted, stable: other, older } = roles;
  if (wanted?.desired !== canary || wanted.available !== canary) return false;
  if (!settings.routing?.dynamicStableScale) {
    if (other?.desired !== stable || actualOf(other) !== stable) return false;
  }
  return settings.routing !== undefined || older.every(({ set }) => set.available === 0);
}
