/** What the choice of the instance to end looks at. */
export interface TerminationCandidate {
  readonly id: number;
  readonly launchedAtMs: number;
}

/**
 * Ids of the `count` instances that a scale-in ends: oldest launch first, ties by id
 * (EC2 Auto Scaling termination policy `OldestInstance`).
 */
export function pickTerminations(
  instances: readonly TerminationCandidate[],
  count: number,
): number[] {
  return [...instances]
    .sort((a, b) => a.launchedAtMs - b.launchedAtMs || a.id - b.id)
    .slice(0, Math.max(0, count))
    .map((instance) => instance.id);
}
