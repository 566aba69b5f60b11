/**
 * Phase and progress of an Argo Rollouts canary.
 * Source: argo-rollouts `utils/rollout/rolloututil.go` (CalculateRolloutPhase), `utils/conditions/
 * conditions.go` (RolloutProgressing, RolloutTimedOut), `rollout/sync.go`.
 */
import { formatDuration } from '../../model/units.ts';
import {
  actualOf,
  type CanaryObservation,
  type CanarySettings,
  type CanaryStep,
} from './argo-canary-settings.ts';
import {
  type CanaryState,
  currentStep,
  type Progress,
  type Roles,
  rolesOf,
} from './argo-canary-state.ts';

export type CanaryPhase = 'Progressing' | 'Paused' | 'Degraded' | 'Healthy';

function countsOf(roles: Roles): Omit<Progress, 'atMs' | 'step' | 'isPromoted'> {
  const { wanted, stable, older } = roles;
  const others = [stable, ...older.map(({ set }) => set)].filter((set) => set !== undefined);
  const all = wanted === undefined ? others : [wanted, ...others];
  return {
    updated: wanted === undefined ? 0 : actualOf(wanted),
    old: others.reduce((sum, set) => sum + actualOf(set), 0),
    ready: all.reduce((sum, set) => sum + (set.ready ?? set.available), 0),
    available: all.reduce((sum, set) => sum + set.available, 0),
  };
}

/**
 * Notes when something last went on: pods of the new version came, old ones went, some became ready
 * or available, or a step was done. After progressDeadlineSeconds without, the rollout is degraded,
 * and aborted where progressDeadlineAbort says so; not while it waits for somebody or for a run.
 */
export function trackProgress(
  settings: CanarySettings,
  observation: CanaryObservation,
  state: CanaryState,
): CanaryState {
  const { nowMs } = observation;
  const roles = rolesOf(observation, state);
  const seen = { ...countsOf(roles), step: state.step, isPromoted: state.isPromoted };
  const before = state.progress;
  if (before === null || isProgress(before, seen) || isHealthy(settings, roles)) {
    return { ...state, progress: { ...seen, atMs: nowMs }, isTimedOut: false };
  }
  const progress = { ...seen, atMs: before.atMs };
  const isOver = nowMs - before.atMs >= settings.progressDeadlineMs;
  const isTimedOut = state.isTimedOut || (isOver && isTimed(settings, state));
  if (!isTimedOut || !settings.progressDeadlineAbort || state.aborted !== null || roles.isSettled) {
    return { ...state, progress, isTimedOut };
  }
  const aborted = `no progress for ${formatDuration(settings.progressDeadlineMs)}`;
  return { ...state, progress, isTimedOut, aborted, step: 0 };
}

function isProgress(before: Progress, seen: Omit<Progress, 'atMs'>): boolean {
  return (
    seen.updated !== before.updated ||
    seen.old < before.old ||
    seen.ready > before.ready ||
    seen.available > before.available ||
    seen.step !== before.step ||
    seen.isPromoted !== before.isPromoted
  );
}

/** Whether the deadline counts now. */
function isTimed(settings: CanarySettings, state: CanaryState): boolean {
  if (state.aborted !== null || state.pauses.length > 0 || settings.isPaused) return false;
  const step = currentStep(settings, state);
  return step?.pause === undefined && step?.runs === undefined;
}

function isHealthy({ replicas, routing }: CanarySettings, roles: Roles): boolean {
  const { updated, old } = countsOf(roles);
  if (!roles.isSettled || updated !== replicas || roles.wanted?.available !== replicas)
    return false;
  return routing !== undefined || old === 0;
}

/** What the rollout's status shows, and why. */
export function phaseOf(
  settings: CanarySettings,
  observation: CanaryObservation,
  state: CanaryState,
): { phase: CanaryPhase; message: string } {
  const roles = rolesOf(observation, state);
  const { updated, old, available } = countsOf(roles);
  const { replicas, routing } = settings;
  if (state.aborted !== null) {
    return { phase: 'Degraded', message: `RolloutAborted: ${state.aborted}` };
  }
  if (state.isTimedOut) {
    const deadline = formatDuration(settings.progressDeadlineMs);
    return { phase: 'Degraded', message: `ProgressDeadlineExceeded: no progress for ${deadline}` };
  }
  if (settings.isPaused) return { phase: 'Paused', message: 'Paused: by a person' };
  const [pause] = state.pauses;
  if (pause !== undefined) {
    const message = `Paused: ${pause.reason} ${pauseInWords(settings, observation, state)}`;
    return { phase: 'Paused', message: message.trimEnd() };
  }
  const step = stepInWords(settings, state, roles);
  const progressing = (message: string) =>
    ({ phase: 'Progressing', message: `${step}: ${message}` }) as const;
  if (updated < replicas) {
    return progressing(`${updated} of ${replicas} pods are of the new version`);
  }
  if (available < updated) return progressing(`${available} of ${updated} pods are available`);
  if (routing === undefined && old > 0) return progressing(`${old} old pods are to go`);
  if (!roles.isSettled) return progressing('waiting for all steps');
  return { phase: 'Healthy', message: `${step}: all ${replicas} pods are available` };
}

function stepInWords(settings: CanarySettings, state: CanaryState, roles: Roles): string {
  const { length } = settings.steps;
  if (roles.isSettled) return 'stable';
  const step = currentStep(settings, state);
  return step === undefined
    ? `all ${length} steps done`
    : `step ${state.step} of ${length} (${nameOf(step)})`;
}

function nameOf(step: CanaryStep): string {
  if (step.pause !== undefined) return 'pause';
  if (step.setCanaryScale !== undefined) return 'setCanaryScale';
  if (step.setWeight !== undefined) return `setWeight ${step.setWeight}`;
  return step.runs ?? 'route';
}

function pauseInWords(
  settings: CanarySettings,
  { nowMs }: CanaryObservation,
  state: CanaryState,
): string {
  const [pause] = state.pauses;
  const durationMs = currentStep(settings, state)?.pause?.durationMs;
  if (pause?.reason !== 'CanaryPauseStep') return 'until somebody promotes or aborts';
  if (durationMs === undefined) return `of step ${state.step} until somebody promotes`;
  const leftMs = pause.sinceMs + durationMs - nowMs;
  return `of step ${state.step} for ${formatDuration(leftMs)} more`;
}

/** When time alone will change something; null when it will not. */
export function nextMoment(
  settings: CanarySettings,
  observation: CanaryObservation,
  state: CanaryState,
): number | null {
  const { nowMs } = observation;
  const moments = Object.values(state.olderGoAtMs);
  if (state.canaryGoesAtMs !== null) moments.push(state.canaryGoesAtMs);
  const pause = state.pauses.find(({ reason }) => reason === 'CanaryPauseStep');
  const durationMs = currentStep(settings, state)?.pause?.durationMs;
  if (pause !== undefined && durationMs !== undefined) moments.push(pause.sinceMs + durationMs);
  const isWaited = !state.isTimedOut && isTimed(settings, state);
  if (isWaited && !isHealthy(settings, rolesOf(observation, state))) {
    moments.push(state.progress!.atMs + settings.progressDeadlineMs);
  }
  const ahead = moments.filter((ms) => ms > nowMs);
  return ahead.length === 0 ? null : Math.min(...ahead);
}
