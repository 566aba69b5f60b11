/** The shape of a service's rate limit. */
import { z } from 'zod';
import type { RateLimitDocument } from './limit-documents.ts';
import { count, duration, expects, flag, positive, rate } from './schema-parts.ts';

const per = expects(z.enum(['service', 'instance']), 'service or instance')
  .describe('whether all instances share one (service, the default), or each has its own')
  .optional();

const burst = count.describe('requests beyond the first that may come at once; default 0');
const limit = positive.describe('requests in a window');
const most = expects(
  z.int().min(1).max(1_000_000_000),
  'a whole number of requests above 0 such as 5',
);
const window = duration.describe('its length');
const counts = (byDefault: boolean) =>
  flag.describe(`whether what is refused counts; default ${byDefault}`).optional();

const ways = [
  z.strictObject({
    'token-bucket': z
      .strictObject({
        rate: rate.describe('tokens that come in'),
        burst: positive.describe('tokens that there can be'),
      })
      .describe('a token for each request, none left: refused'),
    per,
  }),
  z.strictObject({
    gcra: z
      .strictObject({ rate: rate.describe('requests'), burst: burst.optional() })
      .describe('generic cell rate algorithm'),
    per,
  }),
  z.strictObject({
    nginx: z
      .strictObject({
        rate: rate.describe('requests, cut off to thousandths a second'),
        burst: burst.optional(),
        delay: count
          .describe('requests of the burst that pass at once; the rest waits; default 0')
          .optional(),
        nodelay: flag.describe('all of the burst passes at once; default false').optional(),
      })
      .describe('limit_req of nginx'),
    per,
  }),
  z.strictObject({
    'fixed-window': z
      .strictObject({ limit, window, 'counts-refused': counts(false) })
      .describe('so many in each window'),
    per,
  }),
  z.strictObject({
    'sliding-window': z
      .strictObject({ limit, window, 'counts-refused': counts(true) })
      .describe('the window before counts with what is left of it'),
    per,
  }),
  z.strictObject({
    kong: z
      .strictObject({
        second: most.optional(),
        minute: most.optional(),
        hour: most.optional(),
        day: most.optional(),
      })
      .describe('rate-limiting of Kong: windows of the calendar, all of which must have room'),
    per,
  }),
] as const;

export const rateLimit: z.ZodType<RateLimitDocument> = expects(
  z.union(ways),
  'a limit: { token-bucket: { rate: 100/s, burst: 20 } }, or one with gcra, nginx, fixed-window, ' +
    'sliding-window or kong',
);
