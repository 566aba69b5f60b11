/** The shape of a group's instance types. */
import { z } from 'zod';
import type { ServiceDocument } from './model-document.ts';
import { expects, listOf, positive, price } from './schema-parts.ts';

const weight = expects(z.int().min(1).max(999), 'a whole number from 1 to 999 (EC2 Auto Scaling)');

const type = z.strictObject({
  type: expects(z.string().min(1).max(100), 'the name of a machine type such as m5.large'),
  weight: weight.describe('units of min, max and desired that an instance is'),
  size: expects(z.int().min(1).max(999), 'a whole number from 1 to 999')
    .describe('so many times the threads, connections or cores of `serves`; default its weight')
    .optional(),
  price: price.describe('price of an instance').optional(),
  quota: positive
    .describe('instances of it that may exist at once; default: there are always some')
    .optional(),
});

type On = NonNullable<ServiceDocument['on']>;

/** Keys of `on:`. */
export const mixKeys: {
  readonly types: z.ZodType<On['types']>;
  readonly allocation: z.ZodType<On['allocation']>;
} = {
  types: listOf(type, 'type')
    .describe('instance types that weigh differently; then min, max and desired are in units')
    .optional(),
  allocation: expects(z.enum(['prioritized', 'lowest-price']), 'prioritized or lowest-price')
    .describe('which type is launched: the first of the list, or the cheapest a unit')
    .optional(),
};
