/**
 * Kubernetes' readiness, liveness and startup probes of one container.
 * Source: kubelet `prober/worker.go` and the page "Configure Liveness, Readiness and Startup
 * Probes": initial delay 0 s, period 10 s, time-out 1 s, 1 success, 3 failures.
 *
 *     startup ──success──► readiness and liveness run;  startup or liveness fails ──► restart
 */
import type { Verdict } from './probe-answers.ts';

export interface KubernetesProbe {
  readonly type: 'readiness' | 'liveness' | 'startup';
  /** Since the container started; default 0. */
  readonly initialDelaySeconds?: number;
  /** Default 10. */
  readonly periodSeconds?: number;
  /** Default 1. */
  readonly timeoutSeconds?: number;
  /** Default 1, and always 1 but for readiness. */
  readonly successThreshold?: number;
  /** Default 3. */
  readonly failureThreshold?: number;
}

export interface ProbeState {
  /** What the kubelet has published; a startup probe has nothing at first. */
  readonly result: 'success' | 'failure' | 'unknown';
  readonly last: 'success' | 'failure' | null;
  /** Equal answers in a row. */
  readonly run: number;
  /** After a failure that restarts the container nothing is probed until it is a new one. */
  readonly onHold: boolean;
}

export interface ProbeDecision {
  readonly result: ProbeState['result'];
  /** Whether the container is to be restarted. */
  readonly restarts: boolean;
  readonly reason: string;
  readonly state: ProbeState;
}

/** A new container is alive, not ready, and has not said whether it has started. */
export function initialProbe(type: KubernetesProbe['type']): ProbeState {
  const result = ({ readiness: 'failure', liveness: 'success', startup: 'unknown' } as const)[type];
  return { result, last: null, run: 0, onHold: false };
}

/**
 * Whether the probe is made at its tick, `sinceStartMs` after the container started.
 *
 * @param started what the startup probe has said; true without one
 */
export function isProbed(
  { type, initialDelaySeconds = 0 }: KubernetesProbe,
  state: ProbeState,
  sinceStartMs: number,
  started: boolean,
): boolean {
  if (state.onHold || sinceStartMs < initialDelaySeconds * 1000) return false;
  return (type === 'startup') !== started;
}

/**
 * Counts one verdict of a probe that was made.
 * Example: a liveness probe restarts its container at the third failure in a row.
 */
export function kubernetesProbe(
  settings: KubernetesProbe,
  verdict: Verdict,
  before: ProbeState,
): ProbeDecision {
  const { type, failureThreshold = 3, successThreshold = 1 } = settings;
  const answer = verdict === 'success' ? 'success' : 'failure';
  const run = answer === before.last ? before.run + 1 : 1;
  const threshold = answer === 'success' ? successThreshold : failureThreshold;
  const isSettled = run >= threshold;
  const result = isSettled ? answer : before.result;
  const restarts = isSettled && answer === 'failure' && type !== 'readiness';
  const state = { result, last: answer, run: restarts ? 0 : run, onHold: restarts } as const;
  const consequence = restarts ? ': the container is restarted' : '';
  const reason = `${type} ${result}: ${verdict}, ${run} in a row of ${threshold}${consequence}`;
  return { result, restarts, reason, state };
}

/** What a probe may not say; the vendor's limits. */
export function probeProblems(settings: KubernetesProbe): string[] {
  const { type, successThreshold = 1, initialDelaySeconds = 0 } = settings;
  const problems: string[] = [];
  if (type !== 'readiness' && successThreshold !== 1) {
    problems.push(
      `expected a successThreshold of 1 (Kubernetes: ${type} probe), found ${successThreshold}`,
    );
  }
  if (initialDelaySeconds < 0) {
    problems.push(`expected initialDelaySeconds of 0 or more, found ${initialDelaySeconds}`);
  }
  for (const key of ['periodSeconds', 'timeoutSeconds', 'failureThreshold'] as const) {
    const value = settings[key] ?? 1;
    if (value < 1) problems.push(`expected ${key} of 1 or more (Kubernetes), found ${value}`);
  }
  return problems;
}
