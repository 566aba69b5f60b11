/** Instance types of one group, which weigh differently (EC2 Auto Scaling). */
export interface InstanceMix {
  /** In order of priority. */
  readonly types: readonly MixedType[];
  /** On-Demand Instances: by the order of the list, or by the lowest price a unit. */
  readonly allocation: 'prioritized' | 'lowest-price';
}

export interface MixedType {
  readonly name: string;
  /** Units of the group's min, max and desired that an instance is (`WeightedCapacity`). */
  readonly weight: number;
  /** So many times the threads, connections or cores of `serves` it has. */
  readonly size: number;
  readonly dollarsPerHour: number | undefined;
  /** Instances of the type that may exist at once; absent: there are always some. */
  readonly quota?: number;
}
