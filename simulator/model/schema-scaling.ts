/** The shape of a group that grows and shrinks. */
import { z } from 'zod';
import type { ScalingDocument } from './model-document.ts';
import {
  count,
  duration,
  expects,
  flag,
  listOf,
  percent,
  positive,
  quantity,
  rate,
} from './schema-parts.ts';
import { PATTERN } from './units.ts';

const threshold = expects(
  z.union([rate, percent, duration, z.number().min(0).max(1_000_000)]),
  'a rate such as 200/s (requests-per-instance), a percentage such as 60% (utilization), a ' +
    'duration such as 300ms (latency) or a number (in-flight, queue-length)',
);

const metric = expects(
  z.enum(['requests-per-instance', 'utilization', 'in-flight', 'queue-length', 'latency']),
  'requests-per-instance, utilization, in-flight, queue-length or latency',
).describe('of the instances that are past their warm-up');

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

const alarm = z
  .strictObject({
    metric,
    above: threshold.describe('threshold for scale-out').optional(),
    below: threshold.describe('threshold for scale-in').optional(),
    period: duration.describe('length of a datapoint: 10s, 30s or whole minutes'),
    datapoints: quantity(PATTERN.datapoints, 'datapoints such as 2 of 3')
      .describe('so many of the latest datapoints must be beyond the threshold; default 1 of 1')
      .optional(),
    missing: expects(
      z.enum(['missing', 'ignore', 'breaching', 'not-breaching']),
      'missing, ignore, breaching or not-breaching',
    )
      .describe('how missing datapoints count; default missing')
      .optional(),
  })
  .describe('a CloudWatch alarm');

const change = expects(
  z.union([positive, percent]),
  'a number of instances or a percentage such as 50%',
);
const adjustment = z
  .strictObject({
    from: threshold.describe('nearest distance from the threshold; default none').optional(),
    to: threshold.describe('farthest distance from the threshold; default any').optional(),
    add: change.describe('instances to add').optional(),
    remove: change.describe('instances to take away').optional(),
    set: count.describe('instances to have').optional(),
  })
  .describe('what to do when the metric is so far beyond the threshold');

const stepScaling = z.strictObject({
  'step-scaling': z
    .strictObject({
      alarm,
      steps: listOf(adjustment, 'adjustment'),
      'min-magnitude': positive
        .describe('smallest change of a percentage, in instances; default 1')
        .optional(),
    })
    .describe('AWS step scaling'),
});

const targetTracking = z.strictObject({
  'target-tracking': z
    .strictObject({
      metric,
      target: threshold.describe('value that the group is kept at'),
      period: duration.describe('length of a datapoint; default 60s').optional(),
      high: positive.describe('datapoints above the target that scale out; default 3').optional(),
      low: positive.describe('datapoints below that scale in; default 15').optional(),
      'low-threshold': percent
        .describe('share of the target below which it scales in; default 90%')
        .optional(),
      'scale-in': flag.describe('whether it scales in at all; default true').optional(),
    })
    .describe('AWS target tracking'),
});

/** `scaling:` of a service. */
export const scaling: z.ZodType<ScalingDocument> = z
  .strictObject({
    min: positive.describe('fewest instances'),
    max: positive.describe('most instances'),
    start: positive.describe('instances that are ready at the start; default min').optional(),
    drain: duration
      .describe('how long a leaving instance may finish its requests; default 300s')
      .optional(),
    metrics: metrics.optional(),
    policies: expects(
      z.array(
        expects(
          z.union([stepScaling, targetTracking]),
          'a policy: step-scaling or target-tracking',
        ),
      ),
      'a list of policies: step-scaling, target-tracking',
    ).describe('of several that ask for a change, the one with the largest capacity wins'),
  })
  .describe('a group that grows and shrinks; instead of "instances"');
