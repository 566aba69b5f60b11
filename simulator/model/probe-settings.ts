/** What a kubelet asks a container, and what it makes of the answers. */

/** An instance that starts is ready after so many in a row; what it does later is not asked. */
export interface ReadinessProbe {
  /** From the start of the container to the first probe. */
  readonly delayMs: number;
  readonly periodMs: number;
  readonly successes: number;
}

interface Asked {
  /** From the start of the container to the first probe. */
  readonly delayMs: number;
  readonly periodMs: number;
  /** Failures in a row that restart the container. */
  readonly failures: number;
}

/** Until it has succeeded nothing else is asked; an app that is not up refuses at once. */
export type StartupProbe = Asked;

/**
 * Asks as long as an instance serves. `http` waits for a server as a request does, and is refused
 * where one would be shed; `side-port` is answered by a thread of its own, and fails only when the
 * instance hangs or fails; `tcp` needs no more than a connection.
 */
export interface LivenessProbe extends Asked {
  readonly probe: 'http' | 'side-port' | 'tcp';
  readonly timeoutMs: number;
  /**
   * Kubernetes' terminationGracePeriodSeconds, of the probe or of the pod: a container that is told
   * to end and does not (it hangs, or knows no SIGTERM) goes on for so long, and then is killed.
   * Absent: it ends at once.
   */
  readonly graceMs?: number;
}
