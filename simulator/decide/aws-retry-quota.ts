import { z } from 'zod';
import { expects } from '../model/schema-parts.ts';
import {
  AWS_REVISED,
  AWS_STANDARD,
  type AwsQuotaSettings,
  awsRetryQuota,
} from '../policies/retries/aws-quota.ts';
import { type Door, door } from './door.ts';
import { byKey, stateOf, uniform, wholeAboveZero, wholeNumber } from './limit-parts.ts';

const settings = z.strictObject({
  retry_mode: expects(z.literal('standard'), '"standard"').describe('shared config').optional(),
  max_attempts: wholeAboveZero.describe('shared config: attempts in all; default 3').optional(),
  AWS_NEW_RETRIES_2026: expects(z.boolean(), 'true or false')
    .describe('the revision: transient errors cost 14, and their backoff starts at 50 ms')
    .optional(),
  initialRetryTokens: wholeNumber.describe('SDK: tokens of the quota; default 500').optional(),
  retryCost: wholeAboveZero
    .describe('SDK: of a retry after a transient error; default 5, revised 14')
    .optional(),
  timeoutRetryCost: wholeAboveZero
    .describe('SDK: of a retry after a time-out; default 10, revised 14')
    .optional(),
  throttlingRetryCost: wholeAboveZero
    .describe('SDK: of a retry after a throttling error; default 5')
    .optional(),
  noRetryIncrement: wholeNumber
    .describe('SDK: what a success at the first attempt gives back; default 1')
    .optional(),
});

const OUTCOMES = ['success', 'transient', 'timeout', 'throttling', 'fatal'] as const;
const observation = z.strictObject({
  outcome: expects(z.enum(OUTCOMES), `one of ${OUTCOMES.join(', ')}`).describe(
    'how the attempt ended',
  ),
  request: expects(z.string().max(1000), 'a name such as "a"')
    .describe('request that it belongs to; default always the same')
    .optional(),
  retryAfterMs: wholeNumber
    .describe('x-amz-retry-after of the answer: held to backoff … backoff + 5 s')
    .optional(),
  uniform,
});

const underWay = z.strictObject({
  attempt: wholeAboveZero.describe('attempts made so far'),
  cost: wholeNumber.describe('tokens that the last retry has cost'),
});

const state = z.strictObject({
  available: wholeNumber.describe('tokens left in the quota'),
  requests: byKey(underWay).describe('requests that are being tried again'),
});

/** `plimsoll decide aws-retry-quota` */
export const awsRetryQuotaDoor: Door = door({
  name: 'aws-retry-quota',
  summary: 'whether an AWS SDK in standard mode tries again, and after which delay',
  source: 'AWS SDKs and Tools reference guide, "Retry behavior"',
  settings,
  observation,
  state,
  initial: (own): z.infer<typeof state> => ({ available: quotaOf(own).capacity, requests: {} }),
  decide: (own, seen, { available, requests }) => {
    const { outcome, request = '', retryAfterMs } = seen;
    const quota = quotaOf(own);
    const { attempt, cost: lastCost } = stateOf(requests, request, { attempt: 1, cost: 0 });
    const answer = (chance: number) =>
      awsRetryQuota(
        quota,
        { outcome, attempt, lastCost, retryAfterMs },
        { available },
        () => chance,
      );
    const { retry, cost, reason, state: left, delayMs: delayMsMax = null } = answer(1);
    const delayMs = seen.uniform === undefined ? null : (answer(seen.uniform).delayMs ?? null);
    const { [request]: _, ...others } = requests;
    const now = retry ? { ...others, [request]: { attempt: attempt + 1, cost } } : others;
    const decision = { retry, delayMs, delayMsMax, cost, available: left.available };
    return { ...decision, reason, state: { ...left, requests: now } };
  },
  example: {
    settings: { AWS_NEW_RETRIES_2026: true, max_attempts: 3 },
    observations: [
      { outcome: 'transient', uniform: 0.5 },
      { outcome: 'throttling', uniform: 0.5, retryAfterMs: 10_000 },
      { outcome: 'success' },
      { outcome: 'success' },
    ],
  },
});

function quotaOf(own: z.infer<typeof settings>): AwsQuotaSettings {
  const base = own.AWS_NEW_RETRIES_2026 === true ? AWS_REVISED : AWS_STANDARD;
  return {
    ...base,
    capacity: own.initialRetryTokens ?? base.capacity,
    transientCost: own.retryCost ?? base.transientCost,
    timeoutCost: own.timeoutRetryCost ?? base.timeoutCost,
    throttlingCost: own.throttlingRetryCost ?? base.throttlingCost,
    noRetryIncrement: own.noRetryIncrement ?? base.noRetryIncrement,
    maxAttempts: own.max_attempts ?? base.maxAttempts,
  };
}
