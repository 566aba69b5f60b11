/** The shape of a service: what its instances run on, how they serve, and what they do. */
import { z } from 'zod';
import type { ServiceDocument } from './model-document.ts';
import { balancing, zones } from './schema-balancing.ts';
import { concurrency } from './schema-concurrency.ts';
import { health } from './schema-health.ts';
import { rateLimit } from './schema-limits.ts';
import { mixKeys } from './schema-mix.ts';
import { podKeys } from './schema-nodes.ts';
import {
  count,
  distribution,
  duration,
  expects,
  listOf,
  name,
  percent,
  positive,
  price,
} from './schema-parts.ts';
import { rollouts } from './schema-rollouts.ts';
import { scaling } from './schema-scaling.ts';
import { step } from './schema-steps.ts';

const capacity = z
  .strictObject({
    errors: percent
      .describe('share of launches that are refused for want of machines; default 0%')
      .optional(),
    retry: distribution.describe('until a refused launch is tried again; default 60s').optional(),
    quota: positive
      .describe('instances that may exist at once, those that drain included; default no limit')
      .optional(),
  })
  .describe('machines are not always there');

const image = z
  .strictObject({
    pull: distribution.describe('time to pull the image to a node that does not have it'),
    cached: distribution.describe('the same where the node has it; default 0s').optional(),
    'per-node': positive.describe('instances that a node has room for; default 1').optional(),
  })
  .describe('image of the container');

const readiness = z
  .strictObject({
    delay: duration.describe('from the start of the container; default 0s').optional(),
    period: duration.describe('between two probes; default 10s').optional(),
    successes: positive.describe('probes in a row that must succeed; default 1').optional(),
  })
  .describe('readiness probes of Kubernetes');

const machine = z
  .strictObject({
    ...podKeys,
    type: expects(z.string().min(1).max(100), 'the name of a machine type such as m5.large')
      .describe('name of the machine type')
      .optional(),
    price: price.describe('price of an instance').optional(),
    ...mixKeys,
    boot: distribution.describe('from launch until the machine is up; default 0s').optional(),
    capacity: capacity.optional(),
    image: image.optional(),
    start: distribution
      .describe('from the start of the container until the app answers; default 0s')
      .optional(),
    readiness: readiness.optional(),
    registration: distribution
      .describe('from ready until the balancer sends requests; default 0s')
      .optional(),
    cold: z
      .strictObject({
        cpu: expects(z.number().gt(1).max(1000), 'a number above 1 such as 3').describe(
          'so many times as long work on the processor takes at first',
        ),
        for: duration.describe('until it takes no longer than usual; falls evenly until then'),
      })
      .describe('cold caches and code of an instance that has just begun to serve')
      .optional(),
    'warm-up': duration
      .describe('serves, but does not count for metrics yet; default 0s')
      .optional(),
  })
  .describe('what an instance runs on');

const codel = expects(
  z.strictObject({
    target: duration.describe('wait that is acceptable; default 5ms').optional(),
    interval: duration.describe('how long waits may be longer; default 100ms').optional(),
  }),
  'controlled delay such as { target: 5ms, interval: 100ms }',
);

const queue = expects(
  z.strictObject({
    limit: count.describe('requests that may wait; one more is shed; default no limit').optional(),
    order: expects(z.enum(['fifo', 'lifo', 'priority']), 'fifo, lifo or priority')
      .describe(
        'who is next: the one that waits longest (fifo, the default), or shortest, or the one ' +
          'whose traffic comes first',
      )
      .optional(),
    expired: expects(z.enum(['serve', 'drop']), 'serve or drop')
      .describe('what a caller has given up: serve it all the same (the default), or drop it')
      .optional(),
    codel: codel
      .describe('sheds, ever quicker, while all have waited too long for a while (RFC 8289)')
      .optional(),
  }),
  'a queue such as { limit: 100, order: lifo, expired: drop }',
);

const quota = expects(z.number().positive(), 'a number of cores above 0 such as 2.5');
const serves = expects(
  z.union([
    z.literal('event-loop'),
    z.literal('delay'),
    z.strictObject({ threads: positive, queue: queue.optional() }),
    z.strictObject({ pool: positive.describe('connections'), queue: queue.optional() }),
    z.strictObject({
      'cpu-shared': positive.describe('cores of an instance'),
      quota: quota.describe('CPU time in each 100 ms, in cores; default no limit').optional(),
      threads: positive.describe('requests at once; default no limit').optional(),
      queue: queue.optional(),
    }),
  ]),
  'event-loop, delay, { threads: 8 }, { pool: 200 } or { cpu-shared: 2 }',
);

/** One of `services`. */
export const service: z.ZodType<ServiceDocument> = z.strictObject({
  on: machine.optional(),
  serves: serves.describe(
    'one loop an instance, no limit at all, so many requests at once, or cores that all share',
  ),
  'rate-limit': rateLimit
    .describe('who is let in at all: what is over it is shed; default everybody')
    .optional(),
  balancing: balancing.describe('who gets the next request; default round-robin').optional(),
  zones: zones
    .describe('so many zones, or each by name; a new instance is where the fewest are')
    .optional(),
  overprovisioning: percent
    .describe('what a priority can take is its healthy share times this; default 140%')
    .optional(),
  discovery: expects(
    z.strictObject({ delay: distribution.describe('until balancers act on it') }),
    'a delay such as { delay: 5s }',
  )
    .describe('how balancers learn which instances come and go; default at once')
    .optional(),
  ...health,
  concurrency: concurrency
    .describe('limit of requests at each instance, which adapts; one more is shed')
    .optional(),
  instances: positive.describe('a group of fixed size; instead of "scaling"').optional(),
  scaling: scaling.optional(),
  rollouts: rollouts.optional(),
  endpoints: expects(z.record(name, listOf(step, 'step')), 'endpoints by name').describe(
    'what each endpoint does, step by step',
  ),
});
