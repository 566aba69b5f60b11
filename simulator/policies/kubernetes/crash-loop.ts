/**
 * CrashLoopBackOff: when the kubelet starts a container again that has ended.
 * Source: kubelet `kuberuntime_manager.go`, `doBackOff`, and client-go `flowcontrol.Backoff`.
 *
 *     ends ─ at once ─► runs, ends ─ 10 s ─► runs, ends ─ 20 s ─► runs …  at most 300 s
 *
 * Forgotten once a container has run for more than 10 min.
 */

const FIRST_MS = 10_000;
const LONGEST_MS = 300_000;
/** Twice the longest pause. */
const STABLE_MS = 2 * LONGEST_MS;

/** What the kubelet knows of one container; undefined: it has never ended. */
export interface CrashLoop {
  /** The pause after its next end. */
  readonly pauseMs: number;
  /** When it was last started again. */
  readonly restartedMs: number;
}

export interface Restart {
  /** From its end until it is started. */
  readonly waitMs: number;
  readonly state: CrashLoop;
}

/**
 * The next start of a container that ended at `endedMs`.
 * Example: restarted at 0 for the first time, it ends at 30 s: it waits for 10 s, then for 20 s.
 */
export function nextRestart(endedMs: number, before: CrashLoop | undefined): Restart {
  const isNew = before === undefined || endedMs - before.restartedMs > STABLE_MS;
  const waitMs = isNew ? 0 : before.pauseMs;
  const pauseMs = isNew ? FIRST_MS : Math.min(2 * before.pauseMs, LONGEST_MS);
  return { waitMs, state: { pauseMs, restartedMs: endedMs + waitMs } };
}
