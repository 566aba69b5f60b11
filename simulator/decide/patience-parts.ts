/** What the doors of scaling with two thresholds share. */
import { z } from 'zod';
import { count, expects, positive } from '../model/schema-parts.ts';

const ratio = expects(z.number(), 'a ratio such as 0.5');

export const boundsKeys: {
  min: z.ZodType<number>;
  max: z.ZodType<number>;
  outPeriods: z.ZodType<number>;
  inPeriods: z.ZodType<number>;
  lowRatio: z.ZodType<number>;
} = {
  min: count.describe('fewest instances'),
  max: positive.describe('most instances'),
  outPeriods: positive.describe('readings in a row above the high threshold until it grows'),
  inPeriods: positive.describe('readings in a row below the low threshold until it shrinks'),
  lowRatio: ratio.describe('the low threshold as a share of the high one; below 1'),
};

export const streaks: z.ZodType<{ above: number; below: number }> = z.strictObject({
  above: count.describe('readings in a row above the high threshold so far'),
  below: count.describe('the same below the low one'),
});

/** A time above 0, in ms. */
export const milliseconds: z.ZodType<number> = expects(
  z.number().positive().max(Number.MAX_SAFE_INTEGER),
  'milliseconds above 0 such as 400',
);

/** A number that was measured; null or absent where it was not. */
export const reading: z.ZodType<number | null> = expects(
  z.union([z.number().min(0).max(Number.MAX_SAFE_INTEGER), z.null()]),
  'a number from 0 on, or null',
);
