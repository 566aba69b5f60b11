import { z } from 'zod';
import { count, expects, positive } from '../model/schema-parts.ts';
import { NO_STREAKS } from '../policies/hysteresis.ts';
import { decideLatencyScaling, latencyScalingComplaints } from '../policies/latency-scaling.ts';
import { type Door, door } from './door.ts';
import { boundsKeys, milliseconds, reading, streaks } from './patience-parts.ts';

const number = expects(z.number(), 'a number such as 0.99');

/** `plimsoll decide latency-scaling` */
export const latencyScaling: Door = door({
  name: 'latency-scaling',
  summary: 'instances for a quantile of the latency: out by a bounded share, in step by step',
  source:
    'no vendor’s formula; step scaling (EC2 Auto Scaling user guide, "Step and simple scaling ' +
    'policies") with the thresholds apart',
  settings: z.strictObject({
    ...boundsKeys,
    quantile: number.describe('which latency it is, between 0 and 1'),
    targetMs: milliseconds.describe('the quantile may be as much'),
    maxOutRatio: number.describe('most that a step adds, as a share of those in service'),
    inStep: positive.describe('instances that a step takes away'),
  }),
  observation: z.strictObject({
    desired: count.describe('desired capacity in force'),
    inService: count.describe('instances past their warm-up'),
    latencyMs: reading
      .describe('the quantile over the period that has ended; null or absent: no request')
      .optional(),
  }),
  state: streaks,
  rules: latencyScalingComplaints,
  initial: () => NO_STREAKS,
  decide: (settings, { latencyMs, ...group }, before) => ({
    ...decideLatencyScaling(settings, { ...group, latencyMs: latencyMs ?? undefined }, before),
  }),
  example: {
    settings: {
      min: 2,
      max: 20,
      outPeriods: 1,
      inPeriods: 2,
      lowRatio: 0.5,
      quantile: 0.99,
      targetMs: 400,
      maxOutRatio: 1,
      inStep: 1,
    },
    observations: [
      { desired: 4, inService: 4, latencyMs: 600 },
      { desired: 6, inService: 4, latencyMs: 350 },
      { desired: 6, inService: 6, latencyMs: 120 },
      { desired: 6, inService: 6, latencyMs: 120 },
    ],
  },
});
