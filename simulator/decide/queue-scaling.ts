import { z } from 'zod';
import { count, positive } from '../model/schema-parts.ts';
import { NO_STREAKS } from '../policies/hysteresis.ts';
import { decideQueueScaling, queueScalingComplaints } from '../policies/queue-scaling.ts';
import { type Door, door } from './door.ts';
import { boundsKeys, milliseconds, reading, streaks } from './patience-parts.ts';

/** `plimsoll decide queue-scaling` */
export const queueScaling: Door = door({
  name: 'queue-scaling',
  summary: 'instances for a backlog of messages, by what each works off in an acceptable time',
  source: 'EC2 Auto Scaling user guide, "Scaling policy based on Amazon SQS"',
  settings: z.strictObject({
    ...boundsKeys,
    acceptableLatencyMs: milliseconds.describe('how long a message may wait and be worked on'),
    messageMsMean: milliseconds.describe('mean time that an instance works on a message'),
    concurrency: positive.describe('messages that an instance works on at once'),
  }),
  observation: z.strictObject({
    desired: count.describe('desired capacity in force'),
    inService: count.describe('instances that take messages'),
    messages: reading
      .describe('visible messages; null or absent: the queue did not report')
      .optional(),
  }),
  state: streaks,
  rules: queueScalingComplaints,
  initial: () => NO_STREAKS,
  decide: (settings, { messages, ...group }, before) => {
    const { backlogPerInstance, ...decision } = decideQueueScaling(
      settings,
      { ...group, messages: messages ?? undefined },
      before,
    );
    const isNumber = backlogPerInstance !== undefined && Number.isFinite(backlogPerInstance);
    return { ...decision, backlogPerInstance: isNumber ? backlogPerInstance : null };
  },
  example: {
    settings: {
      min: 1,
      max: 40,
      outPeriods: 1,
      inPeriods: 2,
      lowRatio: 0.5,
      acceptableLatencyMs: 10_000,
      messageMsMean: 100,
      concurrency: 1,
    },
    observations: [
      { desired: 10, inService: 10, messages: 1500 },
      { desired: 15, inService: 10, messages: 1200 },
      { desired: 15, inService: 15, messages: null },
      { desired: 15, inService: 15, messages: 300 },
      { desired: 15, inService: 15, messages: 300 },
    ],
  },
});
