/**
 * A Kubernetes Deployment with the strategy RollingUpdate: one pass of its controller.
 * Source: kubernetes `pkg/controller/deployment/{rolling,sync,progress}.go`,
 * `util/deployment_util.go` and their tests.
 *
 *     size changed meanwhile ─► all sets in proportion
 *     else                    ─► new set up to replicas + maxSurge in all
 *                             ─► old sets down: first pods that are not available, then others,
 *                                as long as replicas − maxUnavailable stay
 */

import { type Complaint, mismatch, type Path } from '../../model/problem.ts';
import { formatDuration } from '../../model/units.ts';
import {
  type Fenceposts,
  fencepostComplaints,
  type IntOrPercent,
  minAvailable,
  resolveFenceposts,
} from './fenceposts.ts';
import { proportionalCounts, type SetSize } from './proportional-scaling.ts';

export interface RollingSettings {
  readonly replicas: number;
  readonly maxSurge: IntOrPercent;
  readonly maxUnavailable: IntOrPercent;
  readonly minReadyMs: number;
  readonly progressDeadlineMs: number;
}

/** Vendor's defaults (apps/v1). */
export const ROLLING_DEFAULTS = {
  replicas: 1,
  maxSurge: '25%',
  maxUnavailable: '25%',
  minReadyMs: 0,
  progressDeadlineMs: 600_000,
} as const;

export interface RollingSet {
  /** Of the pod template; names the set from one observation to the next. */
  readonly revision: string;
  readonly desired: number;
  /** Ready for minReadySeconds; see `availableCount`. */
  readonly available: number;
  readonly ready: number;
}

export interface RollingObservation {
  readonly nowMs: number;
  /** Of the version that is wanted; undefined until it is made. */
  readonly newSet: RollingSet | undefined;
  /** Oldest first. */
  readonly oldSets: readonly RollingSet[];
}

export interface RollingState {
  /** For what size each set was last scaled. */
  readonly scaledFor: Readonly<Record<string, SetSize>>;
  /** When something last went on, and what there was then; null at first. */
  readonly progress: RollingProgress | null;
  readonly isTimedOut: boolean;
}

export interface RollingProgress {
  readonly atMs: number;
  readonly updated: number;
  readonly old: number;
  readonly ready: number;
  readonly available: number;
}

export const INITIAL_ROLLING_STATE: RollingState = {
  scaledFor: {},
  progress: null,
  isTimedOut: false,
};

export interface RollingDecision {
  readonly desired: { readonly newSet: number; readonly oldSets: readonly number[] };
  readonly isComplete: boolean;
  readonly reason: string;
  readonly state: RollingState;
}

/**
 * Decides the size of every set. Pure: `observation.nowMs` is its only clock. The controller scales
 * up or down in a pass, never both; here as there the next observation goes on.
 * Example: 10 replicas, surge 3, unavailable 2, old set 10 of 10, new set 0: new 3, old 10; then
 * old 8, as 8 of the old stay available.
 */
export function decideRolling(
  settings: RollingSettings,
  observation: RollingObservation,
  before: RollingState,
): RollingDecision {
  const { replicas, maxSurge, maxUnavailable } = settings;
  const fence = resolveFenceposts(maxSurge, maxUnavailable, replicas);
  const size = { replicas, most: replicas + fence.surge };
  const { newSet, oldSets } = observation;
  const all = newSet === undefined ? oldSets : [...oldSets, newSet];
  const isResized = all.some(
    ({ revision, desired }) =>
      desired > 0 && (before.scaledFor[revision]?.replicas ?? replicas) !== replicas,
  );
  const written = isResized
    ? proportionalCounts(size, newSet, oldSets, before.scaledFor)
    : changedIn(rollingCounts(replicas, fence, newSet, oldSets), all);
  const desired: Counts = new Map(
    all.map(({ revision, desired: had }) => [revision, written.get(revision) ?? had]),
  );
  const scaledFor = Object.fromEntries(
    all.map(({ revision }) => {
      const known = before.scaledFor[revision];
      return [revision, written.has(revision) || known === undefined ? size : known];
    }),
  );
  const isComplete = isDone(settings, observation);
  const progress = progressOf(settings, observation, before, isComplete);
  return {
    desired: {
      newSet: newSet === undefined ? 0 : desired.get(newSet.revision)!,
      oldSets: oldSets.map(({ revision }) => desired.get(revision)!),
    },
    isComplete,
    reason: reasonOf(settings, observation, desired, { isResized, isComplete, ...progress }),
    state: { scaledFor, ...progress },
  };
}

type Counts = Map<string, number>;

function changedIn(counts: Counts, sets: readonly RollingSet[]): Counts {
  const changed = sets.filter(({ revision, desired }) => counts.get(revision) !== desired);
  return new Map(changed.map(({ revision }) => [revision, counts.get(revision)!]));
}

/** Up if there is room, else down if enough is available. */
export function rollingCounts(
  replicas: number,
  fence: Fenceposts,
  newSet: RollingSet | undefined,
  oldSets: readonly RollingSet[],
): Counts {
  const counts: Counts = new Map(oldSets.map(({ revision, desired }) => [revision, desired]));
  if (newSet !== undefined) {
    const wanted = newSetCount(replicas, fence, newSet, oldSets);
    counts.set(newSet.revision, wanted);
    if (wanted !== newSet.desired) return counts;
  }
  for (const [revision, desired] of oldSetCounts(replicas, fence, newSet, oldSets)) {
    counts.set(revision, desired);
  }
  return counts;
}

/**
 * Pods of the new set: as many as there is room for.
 * Example: 10 replicas, surge 2: with 5 old pods 7, with 10 old ones 2.
 */
function newSetCount(
  replicas: number,
  { surge }: Fenceposts,
  newSet: RollingSet,
  oldSets: readonly RollingSet[],
): number {
  if (newSet.desired >= replicas) return replicas;
  const all = oldSets.reduce((sum, { desired }) => sum + desired, newSet.desired);
  const room = replicas + surge - all;
  return room <= 0 ? newSet.desired : newSet.desired + Math.min(room, replicas - newSet.desired);
}

/**
 * Pods of the old sets, oldest first. What the new set has not got available is kept: a new version
 * that does not start takes no old pod away.
 */
function oldSetCounts(
  replicas: number,
  fence: Fenceposts,
  newSet: RollingSet | undefined,
  oldSets: readonly RollingSet[],
): Counts {
  const counts: Counts = new Map();
  const all = oldSets.reduce((sum, { desired }) => sum + desired, newSet?.desired ?? 0);
  const least = minAvailable(replicas, fence);
  const missing = (newSet?.desired ?? 0) - (newSet?.available ?? 0);
  let mayGo = all - least - missing;
  if (mayGo <= 0) return counts;
  for (const { revision, desired, available } of oldSets) {
    const unhealthy = Math.max(0, desired - available);
    const goes = Math.min(mayGo, unhealthy);
    counts.set(revision, desired - goes);
    mayGo -= goes;
  }
  const available = oldSets.reduce((sum, set) => sum + set.available, newSet?.available ?? 0);
  let surplus = available - least;
  for (const { revision } of oldSets) {
    if (surplus <= 0) break;
    const desired = counts.get(revision)!;
    const goes = Math.min(desired, surplus);
    counts.set(revision, desired - goes);
    surplus -= goes;
  }
  return counts;
}

/**
 * Pods that have been ready for minReadySeconds.
 *
 * @param readySinceMs by pod; null is not ready
 * Example: ready since 0 and since 8000, at 10 s with 5 s: 1.
 */
export function availableCount(
  readySinceMs: readonly (number | null)[],
  minReadyMs: number,
  nowMs: number,
): number {
  return readySinceMs.filter((since) => since !== null && since + minReadyMs <= nowMs).length;
}

function countsOf({ newSet, oldSets }: RollingObservation): Omit<RollingProgress, 'atMs'> {
  const all = newSet === undefined ? oldSets : [...oldSets, newSet];
  return {
    updated: newSet?.desired ?? 0,
    old: oldSets.reduce((sum, { desired }) => sum + desired, 0),
    ready: all.reduce((sum, { ready }) => sum + ready, 0),
    available: all.reduce((sum, { available }) => sum + available, 0),
  };
}

function isDone({ replicas }: RollingSettings, observation: RollingObservation): boolean {
  const { updated, old, available } = countsOf(observation);
  return updated === replicas && old === 0 && available === replicas;
}

/** Progress is a new pod, an old one gone, one more ready or available. */
function progressOf(
  { progressDeadlineMs }: RollingSettings,
  observation: RollingObservation,
  { progress, isTimedOut }: RollingState,
  isComplete: boolean,
): { progress: RollingProgress; isTimedOut: boolean } {
  const seen = countsOf(observation);
  const { nowMs } = observation;
  const goesOn =
    progress === null ||
    isComplete ||
    seen.updated > progress.updated ||
    seen.old < progress.old ||
    seen.ready > progress.ready ||
    seen.available > progress.available;
  if (goesOn) return { progress: { ...seen, atMs: nowMs }, isTimedOut: false };
  const isLate = nowMs - progress.atMs >= progressDeadlineMs;
  return { progress: { ...seen, atMs: progress.atMs }, isTimedOut: isTimedOut || isLate };
}

function reasonOf(
  { replicas, progressDeadlineMs }: RollingSettings,
  { newSet, oldSets }: RollingObservation,
  desired: Counts,
  { isResized, isComplete, isTimedOut }: Record<'isResized' | 'isComplete' | 'isTimedOut', boolean>,
): string {
  const all = newSet === undefined ? oldSets : [newSet, ...oldSets];
  const moves = all.flatMap(({ revision, desired: had }) => {
    const gets = desired.get(revision)!;
    return had === gets ? [] : [`${revision} ${had} → ${gets}`];
  });
  const available = all.reduce((sum, set) => sum + set.available, 0);
  const head = isComplete
    ? 'NewReplicaSetAvailable'
    : isTimedOut
      ? `ProgressDeadlineExceeded: no progress for ${formatDuration(progressDeadlineMs)}`
      : isResized
        ? 'scaled in proportion'
        : 'ReplicaSetUpdated';
  const what = moves.length === 0 ? 'nothing moves' : moves.join(', ');
  return `${head}: ${what}; ${available} of ${replicas} available`;
}

/**
 * What the settings may not say.
 * Source: kubernetes `pkg/apis/apps/validation/validation.go`.
 */
export function rollingComplaints(settings: RollingSettings, base: Path): Complaint[] {
  const { maxSurge, maxUnavailable, minReadyMs, progressDeadlineMs } = settings;
  const strategy = [...base, 'strategy', 'rollingUpdate'];
  const complaints = fencepostComplaints(maxSurge, maxUnavailable, strategy, 'Kubernetes');
  if (progressDeadlineMs > minReadyMs) return complaints;
  const expected = `more than minReadySeconds, ${minReadyMs / 1000} s (Kubernetes)`;
  const path = [...base, 'progressDeadlineSeconds'];
  return [...complaints, mismatch(path, expected, String(progressDeadlineMs / 1000))];
}
