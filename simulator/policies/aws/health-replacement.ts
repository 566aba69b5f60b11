/**
 * Replacement of unhealthy instances. Source: EC2 Auto Scaling user guide, "Health checks" (grace
 * period, default 300 s in the console and 0 elsewhere; an instance that does not run is replaced
 * at once) and "Instance maintenance": at most a tenth of the desired capacity at once, at least
 * one. Cooldowns and scale-in protection do not hold it up.
 */

export interface HealthCandidate {
  readonly id: number;
  /** When it came into service: the grace period starts. */
  readonly inServiceSinceMs: number;
  /** Whether EC2 says that it runs; false acts at once. */
  readonly isRunning: boolean;
  /** What the other checks (balancer, custom) say. */
  readonly isHealthy: boolean;
}

export interface ReplacementDecision {
  /** Instances to replace now, those that do not run first, then the longest in service. */
  readonly replace: readonly number[];
  readonly reason: string;
}

/**
 * Which instances are replaced now.
 *
 * @param group `replacing`: replacements that are under way
 * Example: 40 desired, 6 unhealthy past their grace, 1 being replaced → 3 now (a tenth is 4).
 */
export function replaceUnhealthy(
  instances: readonly HealthCandidate[],
  group: { readonly nowMs: number; readonly desired: number; readonly replacing: number },
  graceMs: number,
): ReplacementDecision {
  const { nowMs, desired, replacing } = group;
  const isDue = ({ isRunning, isHealthy, inServiceSinceMs }: HealthCandidate) =>
    !isRunning || (!isHealthy && nowMs - inServiceSinceMs >= graceMs);
  const due = instances
    .filter(isDue)
    .toSorted(
      (a, b) =>
        Number(a.isRunning) - Number(b.isRunning) ||
        a.inServiceSinceMs - b.inServiceSinceMs ||
        a.id - b.id,
    );
  const most = Math.max(1, Math.floor(desired / 10));
  const replace = due.slice(0, Math.max(0, most - replacing)).map(({ id }) => id);
  const waiting = due.length - replace.length;
  const limit = waiting > 0 ? `, ${waiting} wait: at most ${most} at once` : '';
  return {
    replace,
    reason: `health: replaces ${replace.length} of ${due.length} unhealthy${limit}`,
  };
}
