/** The shape of adaptive concurrency: limits that follow what requests meet. */
import { z } from 'zod';
import type { ConcurrencyDocument } from './model-document.ts';
import { duration, expects, percent, positive } from './schema-parts.ts';

const gradient = expects(
  z.strictObject({
    window: duration.describe('how often the limit is changed; default 100ms').optional(),
    'probe-every': duration
      .describe('how often the latency at rest is measured; default 60s')
      .optional(),
    'probe-requests': positive.describe('requests of a measurement; default 50').optional(),
    jitter: percent.describe('random share added to probe-every; default 15%').optional(),
    buffer: percent.describe('how much slower than at rest is no matter; default 25%').optional(),
    percentile: percent.describe('of the latencies of a window; default 50%').optional(),
    min: positive.describe('limit while it measures, and the least; default 3').optional(),
    max: positive.describe('largest limit; default 1000').optional(),
  }),
  'a gradient such as { min: 3, max: 1000, buffer: 25% }',
);
const aimd = expects(
  z.strictObject({
    start: positive.describe('first limit; default 10').optional(),
    ratio: percent.describe('what a drop leaves of the limit, from 50%; default 90%').optional(),
    timeout: duration.describe('what takes longer is a drop; default 5s').optional(),
    max: positive.describe('largest limit; default 1000').optional(),
  }),
  'additive increase and multiplicative decrease such as { start: 10, ratio: 90% }',
);

/** `concurrency:` of a service. */
export const concurrency: z.ZodType<ConcurrencyDocument> = expects(
  z.union([
    z.strictObject({ gradient: gradient.describe('by latency, as Envoy does') }),
    z.strictObject({ aimd: aimd.describe('by drops, as Netflix concurrency-limits does') }),
  ]),
  'an adaptive limit: { gradient: {} } or { aimd: {} }',
);
