/** Shapes that the autoscaler's two doors share: what it sees and what it remembers. */
import { z } from 'zod';
import { metricIdentifier, objectReference, quantity } from '../model/kubernetes/hpa-schema.ts';
import { expects } from '../model/schema-parts.ts';
import type { History } from '../policies/kubernetes/history.ts';
import type { HpaState } from '../policies/kubernetes/hpa.ts';
import type { ObservationDocument } from '../policies/kubernetes/hpa-observation.ts';

const nowMs = expects(z.number(), 'a time in ms').describe('time of the decision');
const timeMs: z.ZodType<number> = expects(z.number(), 'a time in ms');
const text: z.ZodType<string> = expects(z.string().min(1), 'a text');
const replicas: z.ZodType<number> = expects(
  z.int().min(0).max(2_147_483_647),
  'a number of replicas from 0 to 2147483647',
);

const amounts = expects(z.record(z.string(), quantity), 'a map such as { "cpu": "500m" }');
const requests = z.strictObject({
  requests: amounts.describe('what is requested, by resource').optional(),
});
const container = z.strictObject({
  name: text.describe('name of the container'),
  restartPolicy: expects(z.string(), 'Always or another policy')
    .describe('of an init container: Always makes it a sidecar, whose requests count')
    .optional(),
  resources: requests.describe('of the container').optional(),
});

const condition = z.strictObject({
  type: text.describe('Ready is the one that is looked at'),
  status: expects(z.enum(['True', 'False', 'Unknown']), 'True, False or Unknown').describe(
    'whether it is so',
  ),
  lastTransitionTimeMs: timeMs.describe('when the status last changed'),
});

const pod = z.strictObject({
  name: text.describe('name of the pod'),
  phase: expects(
    z.enum(['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown']),
    'Pending, Running, Succeeded, Failed or Unknown',
  ).describe('status.phase'),
  deletionTimestampMs: timeMs.describe('set while it is being deleted').optional(),
  startTimeMs: timeMs.describe('status.startTime; without it CPU does not count').optional(),
  conditions: z
    .array(condition)
    .describe('status.conditions; without Ready, CPU does not count')
    .optional(),
  containers: z.array(container).describe('spec.containers').optional(),
  initContainers: z.array(container).describe('spec.initContainers').optional(),
  resources: requests.describe('of the pod as a whole').optional(),
  metrics: z
    .strictObject({
      timestampMs: timeMs.describe('end of the window; default nowMs').optional(),
      windowMs: expects(z.number().min(0), 'a duration in ms')
        .describe('length of the window; default 60000')
        .optional(),
      containers: z
        .array(
          z.strictObject({
            name: text.describe('name of the container'),
            usage: amounts.describe('what it used, by resource'),
          }),
        )
        .describe('usage of each container'),
    })
    .describe('its sample in the resource metrics API; absent: missing')
    .optional(),
  customMetrics: expects(z.record(z.string(), quantity), 'a map such as { "packets": "20" }')
    .describe('its samples of Pods metrics, by name')
    .optional(),
});

const error = text.describe('why it could not be read: the metric is invalid').optional();

/** What the controller sees in one pass. */
export const hpaObservation: z.ZodType<ObservationDocument> = z.strictObject({
  nowMs,
  specReplicas: replicas.describe('spec.replicas of the scale target'),
  statusReplicas: replicas
    .describe('status.replicas of the scale target; default specReplicas')
    .optional(),
  pods: z.array(pod).describe('all pods that the target selects; default none').optional(),
  objectMetrics: z
    .array(
      z.strictObject({
        metric: metricIdentifier,
        describedObject: objectReference
          .describe('whose metric; default: of any metric of this name')
          .optional(),
        value: quantity.describe('what was read').optional(),
        error,
      }),
    )
    .describe('values of Object metrics')
    .optional(),
  externalMetrics: z
    .array(
      z.strictObject({
        metric: metricIdentifier,
        values: z.array(quantity).describe('one a series').optional(),
        error,
      }),
    )
    .describe('values of External metrics')
    .optional(),
});

/** What is proposed, and from where. */
export const behaviorObservation: z.ZodType<{
  nowMs: number;
  currentReplicas: number;
  desiredReplicas: number;
}> = z.strictObject({
  nowMs,
  currentReplicas: replicas.describe('replicas now'),
  desiredReplicas: replicas.describe('replicas that the metrics ask for'),
});

const recommendations = z
  .array(
    z.strictObject({
      recommendation: replicas.describe('what the metrics asked for, before stabilisation'),
      atMs: timeMs.describe('when'),
    }),
  )
  .describe('unstabilised proposals of the last minutes');

const events = z.array(
  z.strictObject({
    replicaChange: replicas.describe('replicas added or taken away'),
    atMs: timeMs.describe('when'),
    outdated: z
      .boolean()
      .describe('older than every period when last looked at; default false')
      .default(false),
  }),
);
const scaleUpEvents = events.describe('growth of the last minutes').default([]);
const scaleDownEvents = events.describe('shrinking of the last minutes').default([]);

/** Memory of stabilisation and rates. */
export const behaviorState: z.ZodType<History> = z.strictObject({
  recommendations: recommendations.default([]),
  scaleUpEvents,
  scaleDownEvents,
});

/** Memory of the controller. */
export const hpaState: z.ZodType<HpaState> = z.strictObject({
  recommendations: recommendations
    .describe('unstabilised proposals; absent: the first pass, which notes the size that it finds')
    .optional(),
  scaleUpEvents,
  scaleDownEvents,
  conditions: z
    .array(
      z.strictObject({
        type: expects(
          z.enum(['AbleToScale', 'ScalingActive', 'ScalingLimited', 'ScaledToZero']),
          'AbleToScale, ScalingActive, ScalingLimited or ScaledToZero',
        ).describe('which condition'),
        status: expects(z.enum(['True', 'False']), 'True or False').describe('whether it is so'),
        reason: expects(z.string(), 'a reason').describe('one word').default(''),
        lastTransitionMs: timeMs.describe('when the status last changed').default(0),
      }),
    )
    .describe('status.conditions of the autoscaler')
    .default([]),
});
