/** The shapes of what moves a group's size. */
import { z } from 'zod';
import { behavior, controller } from './kubernetes/hpa-schema.ts';
import type { PolicyDocument } from './policy-document.ts';
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
const changes = {
  add: change.describe('instances to add').optional(),
  remove: change.describe('instances to take away').optional(),
  set: count.describe('instances to have').optional(),
};
const adjustment = z
  .strictObject({
    from: threshold.describe('nearest distance from the threshold; default none').optional(),
    to: threshold.describe('farthest distance from the threshold; default any').optional(),
    ...changes,
  })
  .describe('what to do when the metric is so far beyond the threshold');
const minMagnitude = positive
  .describe('smallest change of a percentage, in instances; default 1')
  .optional();

const stepScaling = z.strictObject({
  'step-scaling': z
    .strictObject({
      alarm,
      steps: listOf(adjustment, 'adjustment'),
      'min-magnitude': minMagnitude,
      cooldown: duration
        .describe('as an ECS service scales: no warm-up, but a cooldown both ways, as 300s')
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
      cooldown: expects(
        z.strictObject({
          out: duration
            .describe('what a scale-out adds is, for so long, there already; default 300s')
            .optional(),
          in: duration.describe('from one scale-in to the next; default 300s').optional(),
        }),
        'cooldowns such as { out: 60s, in: 300s }',
      )
        .describe('as an ECS service scales: no warm-up, but cooldowns; default as EC2 does')
        .optional(),
    })
    .describe('AWS target tracking'),
});

const simpleScaling = z.strictObject({
  'simple-scaling': z
    .strictObject({
      alarm,
      ...changes,
      'min-magnitude': minMagnitude,
      cooldown: duration
        .describe('after the change is done, no other simple change for so long; default 300s')
        .optional(),
    })
    .describe('AWS simple scaling'),
});

const scheduled = z.strictObject({
  scheduled: z
    .strictObject({
      at: duration.describe('moment of the run').optional(),
      cron: quantity(/^\S+( +\S+){4}$/, 'five fields of cron such as "0 8 * * 1-5"')
        .describe('again and again, by UTC; the run begins at `starts`')
        .optional(),
      zone: expects(z.string().min(1).max(64), 'an offset from UTC such as +05:30')
        .describe('of the clocks that cron goes by: an offset from UTC such as +05:30')
        .optional(),
      min: count.describe('fewest instances from then on').optional(),
      max: positive.describe('most instances from then on').optional(),
      set: count.describe('instances to have then').optional(),
    })
    .describe('AWS scheduled action'),
});

const predictive = z.strictObject({
  predictive: z
    .strictObject({
      target: rate.describe('requests a second that one instance carries'),
      history: expects(
        z.array(rate).min(24).max(336),
        'at least 24 rates (AWS: 24 hours of history), at most 336 (14 days)',
      ).describe('of the whole group in each hour before the run, the last hour last'),
      mode: expects(
        z.enum(['forecast-only', 'forecast-and-scale']),
        'forecast-only or forecast-and-scale',
      )
        .describe('default forecast-and-scale')
        .optional(),
      buffer: duration
        .describe('instances are launched so long before the hour; default 300s')
        .optional(),
      'max-breach': expects(
        z.enum(['honor-max-capacity', 'increase-max-capacity']),
        'honor-max-capacity or increase-max-capacity',
      )
        .describe('what a forecast above max does; default honor-max-capacity')
        .optional(),
      'max-buffer': percent
        .describe('room above the forecast when max is increased; default 0%')
        .optional(),
    })
    .describe('AWS predictive scaling'),
});

const hpa = z.strictObject({
  hpa: z
    .strictObject({
      metrics: listOf(
        z.strictObject({ metric, target: threshold.describe('what it is kept at') }),
        'metric',
      ).describe('the one that asks for most decides'),
      request: percent
        .describe('CPU request as a share of what an instance can do; default 100%')
        .optional(),
      behavior: behavior.optional(),
      controller: controller.optional(),
    })
    .describe('HorizontalPodAutoscaler of Kubernetes (autoscaling/v2)'),
});

const seconds = (words: string) => duration.describe(words).optional();
const amount = expects(z.number().gt(0).max(1e12), 'a number above 0 such as 10');
const modifiers = z
  .strictObject({
    formula: expects(
      z.string().min(1),
      'a formula such as max(queue_length, 2 * in_flight)',
    ).describe('of the sums over the group, by metric: queue_length, in_flight'),
    target: amount.describe('of its value, per instance'),
    'activation-target': expects(z.number().min(0).max(1e12), 'a number such as 5')
      .describe('active is what is above it; default 0')
      .optional(),
    'metric-type': expects(z.enum(['average-value', 'value']), 'average-value or value')
      .describe('whether the target is per instance or of all; default average-value')
      .optional(),
  })
  .describe('one metric made of all triggers, in their place');

const FALLBACKS = [
  'static',
  'current-replicas',
  'current-replicas-if-higher',
  'current-replicas-if-lower',
  'scaling-modifiers',
] as const;

const keda = z.strictObject({
  keda: z
    .strictObject({
      triggers: listOf(
        z.strictObject({
          metric,
          target: threshold.describe('of the sum over the group, per instance'),
          activation: threshold.describe('active is what is above this sum; default 0').optional(),
        }),
        'trigger',
      ),
      polling: seconds('KEDA looks so often; default 30s'),
      cooldown: seconds('inactive for so long before it goes to 0 or idle; default 300s'),
      'initial-cooldown': seconds('the same from the start of the run; default 0s'),
      idle: count.describe('instances while no trigger is active; less than min').optional(),
      fallback: z
        .strictObject({
          failures: positive.describe('failures in a row that are borne'),
          replicas: count.describe('instances to have then'),
          behavior: expects(z.enum(FALLBACKS), FALLBACKS.join(', '))
            .describe('which are meant; scaling-modifiers: the formula, to whom the metric is nil')
            .optional(),
        })
        .describe('when triggers show no value')
        .optional(),
      'scaling-modifiers': modifiers.optional(),
      behavior: behavior.optional(),
    })
    .describe('KEDA ScaledObject'),
});

/** One of `policies`. */
export const policy: z.ZodType<PolicyDocument> = expects(
  z.union([stepScaling, targetTracking, simpleScaling, scheduled, predictive, hpa, keda]),
  'a policy: step-scaling, target-tracking, simple-scaling, scheduled, predictive, hpa or keda',
);
