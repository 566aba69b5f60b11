/** The shape of a circuit breaker of the closed/open/half-open kind. */
import { z } from 'zod';
import type { BreakerDocument } from './model-document.ts';
import { duration, expects, percent, positive } from './schema-parts.ts';

const window = expects(
  z.union([positive, duration]),
  'a number of calls such as 100, or whole seconds such as 10s',
);

/** `breaker:` of a call. */
export const breaker: z.ZodType<BreakerDocument> = expects(
  z.strictObject({
    'failure-rate': percent.describe('share of failures that opens it; default 50%').optional(),
    'slow-rate': percent.describe('share of slow calls that opens it; default 100%').optional(),
    slow: duration.describe('a call that takes longer is slow; default 60s').optional(),
    window: window.describe('calls whose rates count; default the latest 100').optional(),
    minimum: positive.describe('calls below which no rate is known; default 100').optional(),
    open: duration.describe('how long it refuses all calls; default 60s').optional(),
    'half-open': positive.describe('calls that it tries after that; default 10').optional(),
    'half-open-at-most': duration
      .describe('how long it waits for these before it opens again; default as long as it takes')
      .optional(),
  }),
  'a breaker such as { failure-rate: 50%, window: 100, open: 60s, half-open: 10 }',
);
