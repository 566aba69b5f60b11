/** The instance types of a group in words. */

import type { InstanceMix } from '../simulator/model/mix-settings.ts';
import { formatMoney } from '../simulator/model/units.ts';
import { allocationOrder } from '../simulator/policies/aws/allocation-strategy.ts';

const WHY: Readonly<Record<InstanceMix['allocation'], string>> = {
  prioritized: 'in the order of the model',
  'lowest-price': 'the lowest price a unit first',
};

/** Nothing where all instances are of one type. */
export function mixInWords(mix: InstanceMix | undefined): string[] {
  if (mix === undefined) return [];
  const { types, allocation } = mix;
  const names = allocationOrder(allocation, types).map((index) => {
    const { name, weight, dollarsPerHour: price, quota } = types[index]!;
    const cost = price === undefined ? '' : `, ${formatMoney(price)} an hour`;
    const most = quota === undefined ? '' : `, at most ${quota}`;
    return `${name} (${weight}${cost}${most})`;
  });
  return [
    `sizes are in units of weight: ${names.join('; ')}`,
    `${allocation}: ${WHY[allocation]}; up to ${surplusOf(mix)} units more than desired, and none ` +
      'goes that leaves less than desired',
  ];
}

/** Units that a group may have beyond what is desired: the largest instance's but one. */
export function surplusOf(mix: InstanceMix | undefined): number {
  return mix === undefined ? 0 : Math.max(...mix.types.map(({ weight }) => weight)) - 1;
}
