import { z } from 'zod';
import { BUCKET_COUNT, type HistogramData } from '../simulator/results/histogram.ts';

const count = z.number().int().nonnegative();
const number = z.number().nonnegative();

/** A histogram in JSON whose parts agree: pairs in order of index, counts that add up. */
export const histogramSchema: z.ZodType<HistogramData> = z
  .object({ count, sum: number, min: number, max: number, buckets: z.array(count) })
  .refine(({ buckets }) => isOrdered(buckets), {
    message: `expected pairs of ascending bucket index below ${BUCKET_COUNT} and count`,
  })
  .refine(({ buckets, count: total }) => countOf(buckets) === total, {
    message: 'expected bucket counts that add up to `count`',
  });

function isOrdered(buckets: readonly number[]): boolean {
  if (buckets.length % 2 !== 0) return false;
  let previous = -1;
  for (let i = 0; i < buckets.length; i += 2) {
    if (buckets[i]! <= previous || buckets[i]! >= BUCKET_COUNT) return false;
    previous = buckets[i]!;
  }
  return true;
}

function countOf(buckets: readonly number[]): number {
  let total = 0;
  for (let i = 1; i < buckets.length; i += 2) total += buckets[i]!;
  return total;
}
