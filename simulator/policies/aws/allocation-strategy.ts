/**
 * Which instance type of a mixed group is launched next. Source: EC2 Auto Scaling user guide,
 * "Allocation strategies for multiple instance types": On-Demand Instances by the order of the list
 * (`prioritized`) or by the lowest price a unit (`lowest-price`).
 */
import type { InstanceType } from './weighted-capacity.ts';

export type AllocationStrategy = 'prioritized' | 'lowest-price';

export interface AllocatedType extends InstanceType {
  /** Of an instance; undefined where nobody says. */
  readonly dollarsPerHour: number | undefined;
  /** Instances of the type that may exist at once; absent: there are always some. */
  readonly quota?: number;
}

/**
 * Indexes of types in the order in which the strategy wants them; ties by the list.
 * Example (lowest-price): $0.10 of weight 1 and $0.36 of weight 4 → 1, 0.
 */
export function allocationOrder(
  strategy: AllocationStrategy,
  types: readonly AllocatedType[],
): number[] {
  const order = types.map((_, index) => index);
  if (strategy === 'prioritized') return order;
  const perUnit = types.map(({ dollarsPerHour = 0, weight }) => dollarsPerHour / weight);
  return order.toSorted((a, b) => perUnit[a]! - perUnit[b]! || a - b);
}

/**
 * The first type of an order that has a machine left; −1 when none has.
 *
 * @param counts instances of each type that exist, those on their way and on their way out included
 */
export function nextType(
  order: readonly number[],
  types: readonly AllocatedType[],
  counts: readonly number[],
): number {
  return (
    order.find((index) => counts[index]! < (types[index]!.quota ?? Number.POSITIVE_INFINITY)) ?? -1
  );
}
