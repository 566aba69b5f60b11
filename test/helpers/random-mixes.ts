/** Random groups of several instance types, where a group may be one. */
import fc from 'fast-check';
import type { InstanceMix } from '../../simulator/model/mix-settings.ts';
import type { Service } from '../../simulator/model/model.ts';

const large = { name: 'large', weight: 1, size: 1, dollarsPerHour: 0.1 } as const;
const wide = { name: 'wide', weight: 3, size: 2, dollarsPerHour: 0.2 } as const;

const mixes = fc.constantFrom<(InstanceMix | undefined)[]>(
  undefined,
  undefined,
  { types: [large, wide], allocation: 'prioritized' },
  { types: [{ ...large, quota: 2 }, wide], allocation: 'prioritized' },
  { types: [large, wide], allocation: 'lowest-price' },
);

/** Groups of EC2 Auto Scaling of one version; their pools go. */
export function mixed(one: Service): fc.Arbitrary<Service> {
  const { on, scaling, rollouts } = one;
  const isOfPods = scaling.policies.some(({ type }) => type === 'hpa' || type === 'keda');
  if (rollouts !== undefined || isOfPods) return fc.constant(one);
  const isScaled = one.serves.type !== 'event-loop' && one.serves.type !== 'delay';
  return mixes.map((mix) => {
    if (mix === undefined) return one;
    const types = mix.types.map((type) => ({ ...type, size: isScaled ? type.size : 1 }));
    const { warmPool: _, ...own } = scaling;
    return {
      ...one,
      on: { ...on, dollarsPerHour: undefined, mix: { ...mix, types } },
      scaling: own,
    };
  });
}
