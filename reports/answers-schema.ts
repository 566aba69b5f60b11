/** The answers of a replay in a results file. */
import { z } from 'zod';
import type { AnswerComparison } from '../simulator/results/answers.ts';
import { histogramSchema } from './histogram-schema.ts';

const count = z.number().int().nonnegative();
const counts = z.record(z.string(), count);
const number = z.number();
const isShare = ({ count: some, of }: { readonly count: number; readonly of: number }) =>
  some <= of;
const WRONG_SHARE = { message: 'expected a count of at most `of`' };

const share = z.object({ count, of: count }).refine(isShare, WRONG_SHARE);
const estimate = z
  .object({
    count,
    of: count,
    value: number.nullable(),
    low: number.nullable(),
    high: number.nullable(),
  })
  .refine(isShare, WRONG_SHARE);

const endpoint = z.object({
  endpoint: z.string(),
  differing: share,
  recordedMs: histogramSchema,
  replayedMs: histogramSchema,
});

const field = z.object({
  endpoint: z.string(),
  field: z.string(),
  raw: share,
  noise: share.optional(),
  beyond: z.object({ value: number, low: number, high: number }).nullable().optional(),
  verdict: z.enum(['differs', 'within noise', 'no data', 'noise unknown']),
  changes: counts,
  example: z.object({ sequence: count, recorded: z.string(), replayed: z.string() }),
});

export const answersSchema: z.ZodType<AnswerComparison> = z.object({
  recorded: count,
  notCompared: counts,
  differing: estimate,
  bodies: z.object({ expected: count, compared: count, notCompared: counts }),
  noise: z.object({ compared: count, failed: count, differing: estimate }).optional(),
  ignored: z.object({ headers: z.array(z.string()), fields: z.array(z.string()) }),
  endpoints: z.array(endpoint),
  fields: z.array(field),
  fieldsLeftOut: count,
});
