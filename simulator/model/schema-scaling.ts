/** The shape of a group that grows and shrinks. */
import { z } from 'zod';
import type { ScalingDocument } from './model-document.ts';
import {
  count,
  distribution,
  duration,
  expects,
  flag,
  listOf,
  percent,
  positive,
  price,
} from './schema-parts.ts';
import { policy } from './schema-policies.ts';

const source = expects(
  z.enum(['direct', 'cloudwatch', 'prometheus', 'metrics-server']),
  'direct, cloudwatch, prometheus or metrics-server',
);
const metrics = expects(
  z.union([
    source,
    z.strictObject({
      source: source.describe('what the other settings start from'),
      scrape: duration.describe('between two scrapes of an instance; default 15s').optional(),
      phase: duration.describe('when the first scrape is; default at random').optional(),
      window: duration
        .describe('what a value is over; default 60s (prometheus), 30s (metrics-server)')
        .optional(),
      delay: duration
        .describe('until policies see a sample; default 60s (cloudwatch), else 0s')
        .optional(),
      missing: percent.describe('share of samples that get lost; default 0%').optional(),
      statistic: expects(
        z.enum(['average', 'maximum', 'minimum', 'sum']),
        'average, maximum, minimum or sum',
      )
        .describe('over the instances of the group; default average')
        .optional(),
    }),
  ]),
  'direct, cloudwatch, prometheus, metrics-server or such as { source: prometheus, scrape: 30s }',
).describe('how measurements get to the policies; default direct: exact, at once');

const order = expects(
  z.enum([
    'default',
    'oldest-instance',
    'newest-instance',
    'oldest-launch-template',
    'closest-to-next-instance-hour',
    'allocation-strategy',
  ]),
  'default, oldest-instance, newest-instance, oldest-launch-template, ' +
    'closest-to-next-instance-hour or allocation-strategy',
);

const warmPool = z
  .strictObject({
    state: expects(
      z.enum(['stopped', 'running', 'hibernated']),
      'stopped, running or hibernated',
    ).describe('what prepared instances do while they wait'),
    boot: distribution
      .describe('from when the group draws an instance until its machine is up; 0s if running')
      .optional(),
    min: count.describe('fewest instances of the pool; default 0').optional(),
    'max-prepared': positive
      .describe('most instances of group and pool together; default max')
      .optional(),
    reuse: flag
      .describe('whether instances of a scale-in go back to the pool; default false')
      .optional(),
    price: price
      .describe('of an instance that waits stopped or hibernated: its disk; default $0/h')
      .optional(),
  })
  .describe('instances that are prepared beforehand (EC2 Auto Scaling); default: none');

/** `scaling:` of a service. */
export const scaling: z.ZodType<ScalingDocument> = z
  .strictObject({
    min: count.describe('fewest instances; 0 with keda only'),
    max: positive.describe('most instances'),
    start: count.describe('instances that are ready at the start; default min').optional(),
    drain: duration
      .describe('how long a leaving instance may finish its requests; default 300s')
      .optional(),
    termination: listOf(order, 'termination policy')
      .describe('which instance of the zone with most goes; default the oldest of all')
      .optional(),
    'replace-unhealthy': z
      .strictObject({
        grace: duration.describe('from when an instance serves; default 300s').optional(),
      })
      .describe('replace what health checks find unhealthy; default: it stays')
      .optional(),
    'warm-pool': warmPool.optional(),
    metrics: metrics.optional(),
    policies: expects(
      z.array(policy),
      'a list of policies such as [{ target-tracking: { metric: utilization, target: 60% } }]',
    ).describe('of several that ask for a change, the one with the largest capacity wins'),
  })
  .describe('a group that grows and shrinks; instead of "instances"');
