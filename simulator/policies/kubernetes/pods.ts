/** Which pods' samples count. Source: kubernetes `replica_calculator.go`, `groupPods`. */
import type { ReadinessTiming } from './hpa-settings.ts';

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';

export interface PodStatus {
  readonly phase: PodPhase;
  /** Whether its deletionTimestamp is set. */
  readonly isDeleted: boolean;
  /** Absent until a kubelet has taken the pod. */
  readonly startMs?: number | undefined;
  /** Its Ready condition, with the time of the last transition. */
  readonly ready?:
    | { readonly status: 'True' | 'False' | 'Unknown'; readonly sinceMs: number }
    | undefined;
}

/** A metric of one pod, over the window that ends at `atMs`. */
export interface Sample {
  readonly usageMilli: bigint;
  readonly atMs: number;
  readonly windowMs: number;
}

export type PodGroup = 'ignored' | 'unready' | 'missing' | 'ready';

/**
 * The group of one pod; the order of the rules matters: a pod without a sample is *missing* before
 * anybody asks whether it is ready, and readiness is asked of CPU only (a starting pod's CPU says
 * nothing about its load, its memory or queue length does).
 *
 * 1. being deleted, failed or succeeded → ignored, its sample too;
 * 2. pending → unready;
 * 3. no sample → missing;
 * 4. CPU of a pod that is not yet to be believed → unready;
 * 5. else ready.
 *
 * Source: kubernetes `replica_calculator.go`, `groupPods`; up to 1.37 a pod that has succeeded is
 * not ignored, which held back both directions (kubernetes#141298).
 * Example: a running pod with a sample of memory and Ready = False → `ready`; of CPU, never ready
 * since its start → `unready`.
 */
export function groupOf(
  pod: PodStatus,
  sample: Sample | undefined,
  isCpu: boolean,
  timing: ReadinessTiming,
  nowMs: number,
): PodGroup {
  if (pod.isDeleted || pod.phase === 'Failed' || pod.phase === 'Succeeded') return 'ignored';
  if (pod.phase === 'Pending') return 'unready';
  if (sample === undefined) return 'missing';
  return isCpu && isCpuUnready(pod, sample, timing, nowMs) ? 'unready' : 'ready';
}

/**
 * While it may still initialise, a pod's CPU counts once a whole window lies behind its becoming
 * ready. Later it counts unless the pod has never been ready, which is told from its condition's
 * last transition: one soon after the start was to False, at creation.
 */
function isCpuUnready(
  { startMs, ready }: PodStatus,
  sample: Sample,
  timing: ReadinessTiming,
  nowMs: number,
): boolean {
  if (ready === undefined || startMs === undefined) return true;
  const isNotReady = ready.status === 'False';
  if (startMs + timing.cpuInitializationMs > nowMs) {
    return isNotReady || sample.atMs < ready.sinceMs + sample.windowMs;
  }
  return isNotReady && startMs + timing.initialReadinessDelayMs > ready.sinceMs;
}

/**
 * Pods that run and are ready: what the ratio of an Object's or External metric is multiplied by.
 * Source: kubernetes `replica_calculator.go`, `getReadyPodsCount`.
 * Example: two running, one of them with Ready = False → 1.
 */
export function countReadyPods(pods: readonly PodStatus[]): number {
  let count = 0;
  for (const { phase, ready } of pods) {
    if (phase === 'Running' && ready?.status === 'True') count++;
  }
  return count;
}
