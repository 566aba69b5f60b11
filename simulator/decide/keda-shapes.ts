/** Shapes of KEDA's manifests that ScaledObject and ScaledJob share. */
import { z } from 'zod';
import { expects, flag, listOf } from '../model/schema-parts.ts';
import type { Annotations, TriggerManifest } from '../policies/keda/manifest.ts';
import { queueLength } from '../policies/keda/sqs.ts';
import type { Trigger } from '../policies/keda/trigger-types.ts';

const MOST = 2_147_483_647;

/** Replicas, seconds and the like. */
export const int32: z.ZodType<number> = expects(
  z.int().min(0).max(MOST),
  'a whole number from 0 to 2147483647',
);

export const signedInt32: z.ZodType<number> = expects(
  z.int().min(-MOST).max(MOST),
  'a whole number such as 2',
);

export const text: z.ZodType<string> = expects(z.string(), 'a text');

const texts = expects(
  z.record(z.string(), z.string()),
  'a map of texts (numbers in quotation marks)',
);

/** Anything at all, for what is handed on unread. */
export const anything: z.ZodType<Record<string, unknown>> = expects(
  z.record(z.string(), z.unknown()),
  'a map',
);

/** `metadata` of a manifest. */
export const metadata: z.ZodType<{ readonly annotations?: Annotations | undefined }> =
  z.strictObject({
    name: text.describe('name of the object, not looked at').optional(),
    namespace: text.describe('its namespace, not looked at').optional(),
    labels: texts.describe('its labels, not looked at').optional(),
    annotations: texts
      .describe('autoscaling.keda.sh/paused, paused-replicas, paused-scale-in and the like')
      .optional(),
  });

const trigger = z.strictObject({
  type: text.describe('type of the trigger, such as aws-sqs-queue, prometheus or cpu'),
  name: text.describe('its name; default: its number and type').optional(),
  metadata: texts.describe('target and activation threshold by the names of the type'),
  metricType: expects(
    z.enum(['AverageValue', 'Value', 'Utilization']),
    'AverageValue, Value or Utilization',
  )
    .describe('what the HPA divides; default AverageValue, for cpu and memory Utilization')
    .optional(),
  useCachedMetrics: flag.describe('whether the HPA is told the value of the last poll').optional(),
  authenticationRef: anything.describe('credentials, not looked at').optional(),
});

export const triggers: z.ZodType<TriggerManifest[]> = listOf(trigger, 'trigger').describe(
  'what is looked at',
);

export const pollingInterval: z.ZodType<number | undefined> = int32
  .describe('seconds between two polls; default 30')
  .optional();

/** What an SQS queue says; the trigger's own settings decide what of it counts. */
interface QueueReading {
  readonly visible: number;
  readonly inFlight?: number | undefined;
  readonly delayed?: number | undefined;
}

/** What a trigger says; nothing is a failure. */
export interface Reading {
  readonly value?: number | undefined;
  readonly queue?: QueueReading | undefined;
  readonly active?: boolean | undefined;
}

const queue = z.strictObject({
  visible: int32.describe('ApproximateNumberOfMessages'),
  inFlight: int32.describe('ApproximateNumberOfMessagesNotVisible; default 0').optional(),
  delayed: int32.describe('ApproximateNumberOfMessagesDelayed; default 0').optional(),
});

const reading = z.strictObject({
  value: expects(z.number(), 'a number').describe('value of the metric').optional(),
  queue: queue
    .describe('instead of a value: an SQS queue; scaleOnInFlight and scaleOnDelayed decide')
    .optional(),
  active: flag
    .describe('whether the trigger is active; default: whether its value is above the threshold')
    .optional(),
});

/** One reading a trigger. */
export const readings: z.ZodType<Reading[]> = expects(
  z.array(reading),
  'a list of readings such as [{ "value": 12 }]',
).describe('one for each trigger, in their order; {} or none: the trigger failed');

/** Value of a reading; undefined where the trigger failed. */
export function readingValue(trigger: Trigger, one: Reading | undefined): number | undefined {
  if (one?.queue === undefined) return one?.value;
  const { visible, inFlight = 0, delayed = 0 } = one.queue;
  return queueLength(trigger, { visible, inFlight, delayed });
}
