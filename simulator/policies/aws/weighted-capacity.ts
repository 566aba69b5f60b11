/**
 * Groups whose instances weigh differently. Source: EC2 Auto Scaling user guide, "Instance
 * weighting": min, max and desired are in units; instances are launched until the desired capacity
 * is fulfilled, so that it may be exceeded, up to desired + largest weight.
 */

export interface InstanceType {
  readonly name: string;
  /** `WeightedCapacity`, in units. */
  readonly weight: number;
}

/** Units that the group may have: desired + largest weight. Example: 12 and 1, 4, 6 → 18. */
export function weightedLimit(desired: number, types: readonly InstanceType[]): number {
  return desired + Math.max(0, ...types.map(({ weight }) => weight));
}

/**
 * Types of the instances to launch, until `current` reaches `desired`. Which type is next is the
 * allocation strategy's choice: `choose` takes the units that lack and returns an index of `types`;
 * without it always the first (on-demand priority).
 * Example: 10 units of 12, the strategy takes weight 6 → one launch, 16 units.
 */
export function weightedLaunches(
  desired: number,
  current: number,
  types: readonly InstanceType[],
  choose: (lackingUnits: number) => number = () => 0,
): InstanceType[] {
  const launches: InstanceType[] = [];
  let units = current;
  while (units < desired) {
    const type = types[choose(desired - units)];
    if (type === undefined || type.weight <= 0) break;
    launches.push(type);
    units += type.weight;
  }
  return launches;
}

/**
 * How many of the instances, in the order in which termination policies pick them, a scale-in ends:
 * as long as the capacity stays at `desired` or above it. The first that would go below it stays, and
 * with it those after it.
 * Example: 32 units in instances of 4, desired 29 → none; 28 → one.
 */
export function weightedTerminations(
  desired: number,
  current: number,
  picked: readonly { readonly weight: number }[],
): number {
  let units = current;
  let count = 0;
  for (const { weight } of picked) {
    if (units - weight < desired) break;
    units -= weight;
    count++;
  }
  return count;
}
