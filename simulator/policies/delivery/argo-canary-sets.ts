/**
 * What an Argo Rollouts canary tells its replica sets to have.
 * Source: argo-rollouts `rollout/canary.go` (scaleDownOldReplicaSetsForCanary), `rollout/
 * replicaset.go` (reconcileNewReplicaSet, cleanupUnhealthyReplicas, scaleDownDelayHelper).
 */
import {
  CANARY_DEFAULTS,
  type CanaryObservation,
  type CanaryRouting,
  type CanarySettings,
} from './argo-canary-settings.ts';
import {
  type CanaryState,
  type OlderSet,
  type Roles,
  rolesOf,
  wantedCounts,
} from './argo-canary-state.ts';
import { minAvailable, resolveFenceposts } from './fenceposts.ts';

/** Desired pods by set, as the observation names the sets; null where there is no such set. */
export interface DesiredSets {
  readonly stable: number | null;
  readonly canary: number | null;
  readonly older: readonly number[];
}

export interface ScaledSets {
  readonly desired: DesiredSets;
  readonly canaryGoesAtMs: number | null;
  readonly olderGoAtMs: Readonly<Record<string, number>>;
}

/** Whether the sets stay as they are: a person has paused the rollout, or has to look at it. */
export function isHalted(settings: CanarySettings, state: CanaryState): boolean {
  return (
    settings.isPaused || state.pauses.some(({ reason }) => reason === 'InconclusiveAnalysisRun')
  );
}

/** One pass over all sets. Delays that begin now are in the answer. */
export function scaleSets(
  settings: CanarySettings,
  observation: CanaryObservation,
  state: CanaryState,
): ScaledSets {
  const { canary, stable, older } = observation;
  const { canaryGoesAtMs, olderGoAtMs } = state;
  if (isHalted(settings, state)) {
    const desired = {
      stable: stable?.desired ?? null,
      canary: canary?.desired ?? null,
      older: older.map((set) => set.desired),
    };
    return { desired, canaryGoesAtMs, olderGoAtMs };
  }
  const roles = rolesOf(observation, state);
  const counts = wantedCounts(settings, state, roles, state.weight ?? undefined);
  const olders = scaleOlder(settings, state, roles, observation.nowMs);
  const olderDesired = older.map((_, index) => {
    const at = roles.older.findIndex(({ set }) => set === older[index]);
    return olders.desired[at]!;
  });
  if (roles.isSettled) {
    const former = roles.older.findIndex(({ set }) => set === stable);
    const onStable = canary === undefined ? counts.canary : olders.desired[former];
    const desired = {
      stable: stable === undefined ? null : (onStable ?? counts.canary),
      canary: canary === undefined ? null : counts.canary,
      older: olderDesired,
    };
    return { desired, canaryGoesAtMs: null, olderGoAtMs: olders.goAtMs };
  }
  const leaving = leavingCanary(settings, observation, state, counts.canary);
  return {
    desired: { stable: counts.stable, canary: leaving.desired, older: olderDesired },
    canaryGoesAtMs: leaving.goesAtMs,
    olderGoAtMs: olders.goAtMs,
  };
}

/**
 * An aborted canary behind a router stays until the stable set is available in full, and then for
 * abortScaleDownDelaySeconds. With dynamicStableScale only where that delay was set.
 */
function leavingCanary(
  { routing, replicas }: CanarySettings,
  { canary, stable, nowMs }: CanaryObservation,
  state: CanaryState,
  wanted: number,
): { desired: number; goesAtMs: number | null } {
  if (routing === undefined || state.aborted === null || !isDelayedOnAbort(routing)) {
    return { desired: wanted, goesAtMs: null };
  }
  const delayMs = routing.abortScaleDownDelayMs ?? CANARY_DEFAULTS.abortScaleDownDelayMs;
  const begins = stable!.available === replicas ? nowMs + delayMs : null;
  const goesAtMs = state.canaryGoesAtMs ?? begins;
  const isGone = goesAtMs !== null && nowMs >= goesAtMs;
  return { desired: isGone ? 0 : canary!.desired, goesAtMs };
}

function isDelayedOnAbort({ abortScaleDownDelayMs, dynamicStableScale }: CanaryRouting): boolean {
  if (abortScaleDownDelayMs === 0) return false;
  return abortScaleDownDelayMs !== undefined || !dynamicStableScale;
}

interface ScaledOlder {
  /** In the order of the roles. */
  readonly desired: readonly number[];
  readonly goAtMs: Readonly<Record<string, number>>;
}

/**
 * Older sets lose first the pods that are not available. Then, as far as replicas − maxUnavailable
 * pods stay available, newest first: a basic canary takes them all, because they serve; behind a
 * router a former stable set waits for scaleDownDelaySeconds, any other goes at once.
 */
function scaleOlder(
  settings: CanarySettings,
  state: CanaryState,
  roles: Roles,
  nowMs: number,
): ScaledOlder {
  const fence = resolveFenceposts(settings.maxSurge, settings.maxUnavailable, settings.replicas);
  const seen = [roles.wanted, roles.stable, ...roles.older.map(({ set }) => set)];
  const available = seen.reduce((sum, set) => sum + (set?.available ?? 0), 0);
  let mayGo = available - minAvailable(settings.replicas, fence);
  let delayed = 0;
  const goAtMs: Record<string, number> = {};
  const desired = roles.older.map((older) => {
    const healthy = Math.min(older.set.desired, older.set.available);
    const known = state.olderGoAtMs[older.key];
    if (healthy === 0 || mayGo <= 0) {
      if (known !== undefined && healthy > 0) goAtMs[older.key] = known;
      return healthy;
    }
    const goal =
      settings.routing === undefined
        ? { pods: Math.max(0, healthy - mayGo), goesAtMs: undefined }
        : routedGoal(settings.routing, roles, older, known, delayed, nowMs);
    if (goal.goesAtMs !== undefined) delayed++;
    if (goal.goesAtMs !== undefined && goal.pods > 0) goAtMs[older.key] = goal.goesAtMs;
    mayGo -= healthy - goal.pods;
    return goal.pods;
  });
  return { desired, goAtMs };
}

/** How many pods an older set keeps behind a router, and when they go. */
function routedGoal(
  routing: CanaryRouting,
  roles: Roles,
  { set }: OlderSet,
  known: number | undefined,
  delayed: number,
  nowMs: number,
): { pods: number; goesAtMs: number | undefined } {
  const isFormerStable = roles.isSettled || known !== undefined;
  const limit = routing.scaleDownDelayRevisionLimit ?? Number.POSITIVE_INFINITY;
  if (!isFormerStable || routing.dynamicStableScale || delayed >= limit) {
    return { pods: 0, goesAtMs: undefined };
  }
  const goesAtMs = known ?? nowMs + routing.scaleDownDelayMs;
  const healthy = Math.min(set.desired, set.available);
  return { pods: nowMs >= goesAtMs ? 0 : healthy, goesAtMs };
}
