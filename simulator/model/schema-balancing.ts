/** The shapes of a service's balancing. */
import { z } from 'zod';
import type { BalancingDocument, ZonesDocument } from './model-document.ts';
import { duration, expects, flag, listOf, name, percent, positive } from './schema-parts.ts';

const weights = listOf(positive, 'weight')
  .describe('of instances in the order of their launches, over again; default all alike')
  .optional();

const key = expects(
  z.strictObject({
    count: positive.describe('keys that requests carry, such as users'),
    zipf: expects(z.number().min(0).max(10), 'a number from 0 to 10')
      .describe('the k-th key comes in proportion to k to the power of minus this; default 0')
      .optional(),
  }),
  'keys such as { count: 10000, zipf: 0.9 }',
).describe('what requests are told apart by');

const aggression = expects(z.number().min(0.01).max(100), 'a number from 0.01 to 100');
const slowStart = expects(
  z.union([
    duration,
    z.strictObject({
      window: duration.describe('until a new instance has its whole weight'),
      aggression: aggression
        .describe('1, the default, is linear; more is more early on')
        .optional(),
      'min-weight': percent.describe('least share of its weight; default 10%').optional(),
    }),
  ]),
  'a duration such as 60s, or { window: 60s, aggression: 2, min-weight: 5% }',
)
  .describe('a new instance gets less at first; default: its share at once')
  .optional();

const leastRequest = z.strictObject({
  choices: positive.describe('instances that are looked at; default 2').optional(),
  replacement: flag
    .describe('whether one may be looked at twice; default true, as in Envoy')
    .optional(),
  bias: expects(z.number().min(0).max(10), 'a number from 0 to 10')
    .describe('turns by weight ÷ (outstanding + 1)^bias; default: only where weights differ')
    .optional(),
  weights,
  'slow-start': slowStart,
});

const NAMES = [
  'round-robin',
  'least-request',
  'random',
  'leastconn',
  'least-outstanding',
  'zone-aware',
] as const;

/** Who gets the next request. */
export const balancing: z.ZodType<BalancingDocument> = expects(
  z.union([
    ...NAMES.map((name) => z.literal(name)),
    z.strictObject({
      'round-robin': z
        .strictObject({ weights, 'slow-start': slowStart })
        .describe('in turn, by weight where weights differ'),
    }),
    z.strictObject({
      'least-request': expects(
        z.union([positive.describe('instances that are looked at'), leastRequest]),
        'a number of choices such as 3, or { choices: 3, replacement: false }',
      ),
    }),
    z.strictObject({ random: z.strictObject({ weights }).describe('at random, by weight') }),
    z.strictObject({
      leastconn: z
        .strictObject({
          weights,
          'slow-start': duration.describe('a new instance’s weight grows for so long').optional(),
        })
        .describe('fewest outstanding requests for its weight, as HAProxy has it'),
    }),
    z.strictObject({
      'ring-hash': z
        .strictObject({
          key,
          'min-size': positive.describe('points of the ring, at least; default 1024').optional(),
          weights,
        })
        .describe('by key, on a ring'),
    }),
    z.strictObject({
      maglev: z
        .strictObject({
          key,
          table: expects(z.int().min(2).max(5_000_011), 'a prime number from 2 to 5000011 (Envoy)')
            .describe('places of the table, a prime; default 65537')
            .optional(),
          weights,
        })
        .describe('by key, in a table that all share evenly'),
    }),
    z.strictObject({
      'zone-aware': z
        .strictObject({
          'min-instances': positive.describe('with fewer, zones have no say; default 6').optional(),
        })
        .describe('in the caller’s zone, as far as that is fair'),
    }),
  ]),
  'round-robin, least-request, random, leastconn, least-outstanding, zone-aware, or one with ' +
    'settings such as { least-request: 3 } or { ring-hash: { key: { count: 10000 } } }',
);

const zone = z.strictObject({
  priority: expects(z.int().min(0).max(128), 'a whole number from 0 to 128 (Envoy)')
    .describe('0, the default, is asked first; the next one takes what is too much for it')
    .optional(),
  weight: expects(z.int().min(1).max(1_000_000), 'a whole number from 1 to 1000000')
    .describe('share of the requests among zones of its priority; default: instances alike')
    .optional(),
});

/** How many zones, or each by name. */
export const zones: z.ZodType<ZonesDocument> = expects(
  z.union([z.int().min(1).max(64), z.record(name, zone)]),
  'a whole number from 1 to 64, or zones by name such as { near: {}, far: { priority: 1 } }',
);
