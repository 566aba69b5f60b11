/** The shape of jitter and of retry budgets. */
import { z } from 'zod';
import type { BudgetDocument } from './limit-documents.ts';
import { count, duration, expects, percent, positive, rate } from './schema-parts.ts';

const JITTER = ['none', 'full', 'equal', 'decorrelated'] as const;
export const jitter: z.ZodType<(typeof JITTER)[number]> = expects(
  z.enum(JITTER),
  'none, full, equal or decorrelated',
);

const tokens = expects(z.int().min(1).max(1000), 'a whole number from 1 to 1000');
const tokenRatio = expects(z.number().min(0.001).max(1000), 'a number from 0.001 on such as 0.1');
const cost = expects(z.int().min(1).max(10_000), 'a whole number of tokens such as 14');

/** Five kinds, of which the first is short for the second. */
export const budget: z.ZodType<BudgetDocument> = expects(
  z.union([
    percent.describe('as { active: 20% }'),
    z.strictObject({
      active: percent.describe('retries at once, as a share of what is active (Envoy)'),
      min: count.describe('retries at once that are always allowed; default 3').optional(),
    }),
    z.strictObject({
      'per-request': percent.describe('retries that a request pays for (Finagle, linkerd)'),
      ttl: duration.describe('how long what is paid can be used; default 10s').optional(),
      min: rate.describe('retries that are always allowed; default 0/s').optional(),
    }),
    z.strictObject({
      'grpc-throttle': z
        .strictObject({
          tokens: tokens.describe('a failure takes one; retries need more than half of them'),
          ratio: tokenRatio.describe('of a token, which a success gives back'),
        })
        .describe('as gRPC has it (gRFC A6)'),
    }),
    z.strictObject({
      'aws-quota': z
        .strictObject({
          tokens: positive.describe('in all; default 500').optional(),
          cost: cost.describe('of a retry, given back when it succeeds; default 14').optional(),
          'throttling-cost': cost
            .describe('of a retry after the callee has shed a request; default 5')
            .optional(),
        })
        .describe('as the AWS SDKs have it (standard mode)'),
    }),
  ]),
  'a budget: 20%, { per-request: 20% }, { grpc-throttle: { tokens: 10, ratio: 0.1 } } or ' +
    '{ aws-quota: {} }',
);
