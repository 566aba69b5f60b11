/**
 * What control loops saw and said, and how they were set, as parts of files. Checked as far as it
 * is read: an observation may have more in it than is known here, and keeps it.
 */
import { z } from 'zod';
import type { Scaling } from '../simulator/model/model.ts';
import type { ScalingPolicy } from '../simulator/model/scaling-settings.ts';
import type { ScalingObservation } from '../simulator/policies/scaling.ts';
import type { Evaluation } from '../simulator/results/results.ts';

const number = z.number();
const count = number.int().nonnegative();
const text = z.string();

// Keys that are absent in JSON are undefined in what was written: the same to every reader.
export const observationSchema = z.looseObject({
  nowMs: number,
  desired: count,
  booting: count,
  warming: count,
  datapoints: z.array(
    z.looseObject({ metric: text, periodMs: number.positive(), value: number.optional() }),
  ),
  surplus: count.optional(),
  draining: count.optional(),
  instances: z
    .array(z.looseObject({ readyAtMs: number.optional(), metrics: z.record(text, number) }))
    .optional(),
  turnedAwayPerSecond: number.optional(),
}) as unknown as z.ZodType<ScalingObservation>;

export const evaluationSchema: z.ZodType<Evaluation> = z.object({
  atMs: number,
  service: text,
  observation: observationSchema,
  desired: count,
  reason: text,
});

const alarm = z.looseObject({
  metric: text,
  comparison: text,
  threshold: number,
  periodMs: number.positive(),
  evaluationPeriods: count,
  datapointsToAlarm: count,
  missingData: text,
});

const change = z.discriminatedUnion('type', [
  z.object({ type: z.literal('change-in-capacity'), by: number }),
  z.object({ type: z.literal('percent-change-in-capacity'), byRatio: number }),
  z.object({ type: z.literal('exact-capacity'), to: number }),
]);

/** What is read of each policy. */
const POLICIES: Readonly<Record<ScalingPolicy['type'], z.ZodType>> = {
  'step-scaling': z.looseObject({
    type: z.literal('step-scaling'),
    alarm,
    steps: z.array(z.object({ lower: number.optional(), upper: number.optional(), change })),
    minMagnitude: number,
  }),
  'target-tracking': z.looseObject({
    type: z.literal('target-tracking'),
    metric: text,
    target: number,
    periodMs: number.positive(),
    highPeriods: count,
    lowPeriods: count,
    lowRatio: number,
    scaleIn: z.boolean(),
  }),
  'simple-scaling': z.looseObject({
    type: z.literal('simple-scaling'),
    alarm,
    change,
    minMagnitude: number,
    cooldownMs: number,
  }),
  scheduled: z.looseObject({
    type: z.literal('scheduled'),
    cron: text.optional(),
    atMs: number.optional(),
    clockMs: number,
    min: count.optional(),
    max: count.optional(),
    desired: count.optional(),
  }),
  predictive: z.looseObject({
    type: z.literal('predictive'),
    targetPerSecond: number,
    historyPerSecond: z.array(number),
    mode: text,
    bufferMs: number,
  }),
  hpa: z.looseObject({
    type: z.literal('hpa'),
    metrics: z.array(z.object({ metric: text, target: number })),
    requestRatio: number,
  }),
  keda: z.looseObject({
    type: z.literal('keda'),
    triggers: z.array(z.object({ metric: text, target: number, activation: number })),
    pollingMs: number.positive(),
    cooldownMs: number,
    initialCooldownMs: number,
    idle: count.optional(),
    fallback: z.looseObject({ failureThreshold: count, replicas: count }).optional(),
  }),
};

/** By the name of a service. */
export const scalingSchema = z.record(
  text,
  z.looseObject({
    min: number,
    max: number,
    start: number,
    metrics: z
      .looseObject({ source: text, delayMs: number, windowMs: number.optional(), statistic: text })
      .optional(),
    policies: z.array(z.union(Object.values(POLICIES))),
  }),
) as unknown as z.ZodType<Readonly<Record<string, Scaling>>>;
