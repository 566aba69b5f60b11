/**
 * A Deployment whose size changes in the middle of a roll-out: every set grows or shrinks in
 * proportion, so that no version is risked alone.
 * Source: kubernetes `pkg/controller/deployment/sync.go` (scale),
 * `util/deployment_util.go` (GetReplicaSetProportion), and sync_test.go.
 */

/** For what a set was scaled. */
export interface SetSize {
  readonly replicas: number;
  /** Replicas and surge. */
  readonly most: number;
}

export interface SizedSet {
  readonly revision: string;
  readonly desired: number;
  readonly available: number;
}

/**
 * Pods by revision, of the sets that are written to, whether or not that changes their size: from
 * then on they are scaled for the new one. A lone set that has the new size already is not, and is
 * found to be scaled for another one ever after. One set that has pods takes the whole change; a
 * new set that is there in full lets all others go; else the change is shared by size, rounded,
 * and what is over goes to the largest set (the newest of them when growing, the oldest when
 * shrinking).
 *
 * @param oldSets oldest first
 * @param scaledFor what each set was last scaled for; default: what there is in all
 * Example: 5 → 10 replicas, new 2, old 3: new 4, old 6.
 */
export function proportionalCounts(
  size: SetSize,
  newSet: SizedSet | undefined,
  oldSets: readonly SizedSet[],
  scaledFor: Readonly<Record<string, SetSize>>,
): Map<string, number> {
  const sets = newSet === undefined ? [...oldSets] : [...oldSets, newSet];
  const active = sets.filter(({ desired }) => desired > 0);
  if (active.length <= 1) {
    const only = active[0] ?? sets.at(-1);
    if (only === undefined || only.desired === size.replicas) return new Map();
    return new Map([[only.revision, size.replicas]]);
  }
  if (newSet !== undefined && isSaturated(newSet, size, scaledFor)) {
    return new Map(active.filter((set) => set !== newSet).map(({ revision }) => [revision, 0]));
  }
  const counts = new Map(active.map(({ revision, desired }) => [revision, desired]));
  const allowed = size.replicas > 0 ? size.most : 0;
  const now = active.reduce((sum, { desired }) => sum + desired, 0);
  const toAdd = allowed - now;
  if (toAdd === 0) return counts;
  const order = toAdd > 0 ? [...active].reverse() : active;
  // Sorting is stable: among equals the order by age holds.
  const bySize = order.toSorted((a, b) => b.desired - a.desired);
  let added = 0;
  for (const { revision, desired } of bySize) {
    // Scaled for nothing is as good as not noted: what there is now is the measure.
    const before = scaledFor[revision]?.most || now;
    const share = proportion(desired, size, before, toAdd - added);
    counts.set(revision, desired + share);
    added += share;
  }
  const largest = bySize[0]!.revision;
  counts.set(largest, Math.max(0, counts.get(largest)! + toAdd - added));
  return counts;
}

function isSaturated(
  set: SizedSet,
  { replicas }: SetSize,
  scaledFor: Readonly<Record<string, SetSize>>,
): boolean {
  const isFor = (scaledFor[set.revision]?.replicas ?? replicas) === replicas;
  return isFor && set.desired === replicas && set.available === replicas;
}

/** Share of a set in what is left to add (or, below 0, to take). */
function proportion(desired: number, size: SetSize, before: number, left: number): number {
  if (left === 0) return 0;
  const share =
    size.replicas === 0 ? -desired : roundHalfAway((desired * size.most) / before) - desired;
  return left > 0 ? Math.min(share, left) : Math.max(share, left);
}

function roundHalfAway(pods: number): number {
  return Math.floor(pods + 0.5);
}
