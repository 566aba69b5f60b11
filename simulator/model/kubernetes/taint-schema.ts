/** Shapes of labels, taints and tolerations, by the names that Kubernetes has for their parts. */
import { z } from 'zod';
import { expects } from '../schema-parts.ts';
import type { Taint, Toleration } from './taints.ts';

const text = expects(z.string().min(1), 'a text');
const word = expects(z.string(), 'a text');

export const labels: z.ZodType<Record<string, string>> = expects(
  z.record(z.string(), word),
  'a map of labels',
);

const seconds = expects(z.int().min(0).max(2_147_483_647), 'a whole number from 0 on');

const effect = expects(
  z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
  'NoSchedule, PreferNoSchedule or NoExecute',
);

export const taint: z.ZodType<Taint> = z.strictObject({
  key: text.describe('key of the taint'),
  value: word.describe('its value; default empty').optional(),
  effect: effect.describe('what it does to pods that do not tolerate it'),
});

export const toleration: z.ZodType<Toleration> = z.strictObject({
  key: word.describe('key of the taint; absent with Exists: every taint').optional(),
  operator: expects(z.enum(['Equal', 'Exists']), 'Equal or Exists')
    .describe('default Equal')
    .optional(),
  value: word.describe('value of the taint; default empty').optional(),
  effect: effect.describe('absent: every effect').optional(),
  tolerationSeconds: seconds.describe('not looked at').optional(),
});
