import { z } from 'zod';
import { expects } from '../model/schema-parts.ts';
import { backoffMs } from '../policies/retries/backoff.ts';
import {
  fullGrpcThrottle,
  grpcThrottle,
  grpcThrottleRules,
  MOST_ATTEMPTS,
} from '../policies/retries/grpc-throttle.ts';
import { type Door, door } from './door.ts';
import { protoDuration, protoMs, uniform, wholeAboveZero, wholeNumber } from './limit-parts.ts';

const CODES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

const code = expects(z.enum(CODES), 'a status code such as "UNAVAILABLE"');
const number = expects(z.number(), 'a number such as 0.1');

const retryPolicy = z.strictObject({
  maxAttempts: expects(z.int().min(2), 'a whole number from 2 on').describe(
    'attempts in all; more than 5 count as 5',
  ),
  initialBackoff: protoDuration.describe('upper bound of the first pause'),
  maxBackoff: protoDuration.describe('upper bound of all pauses'),
  backoffMultiplier: expects(z.number().positive(), 'a number above 0 such as 2').describe(
    'of the bound of one pause to that of the next',
  ),
  retryableStatusCodes: z.array(code).min(1).describe('what is tried again'),
});

const settings = z.strictObject({
  retryThrottling: z
    .strictObject({
      maxTokens: expects(z.int(), 'a whole number such as 10').describe(
        'tokens at the start and at most; up to 1000',
      ),
      tokenRatio: number.describe('tokens that a success gives back; to three decimals'),
    })
    .describe('of the service config'),
  retryPolicy: retryPolicy
    .describe('of the method; default 5 attempts after UNAVAILABLE, at once')
    .optional(),
});

const observation = z.strictObject({
  status: code.describe('how the attempt ended'),
  attempt: wholeAboveZero.describe('its number; default 1, the first one').optional(),
  pushbackMs: expects(z.int(), 'a whole number of milliseconds such as 200')
    .describe('grpc-retry-pushback-ms of the answer; below 0: do not retry')
    .optional(),
  retriesSincePushback: wholeNumber
    .describe('retries since the last pushback, which resets the backoff; default all of them')
    .optional(),
  uniform,
});

/** `plimsoll decide grpc-retry-throttle` */
export const grpcRetryThrottle: Door = door({
  name: 'grpc-retry-throttle',
  summary: 'whether a gRPC client tries again: throttle, attempts, pushback and backoff',
  source: 'gRFC A6 client retries; grpc retry_throttle.cc',
  settings,
  observation,
  state: z.strictObject({
    milliTokens: wholeNumber.describe('thousandths of a token that are left'),
    maxMilliTokens: wholeAboveZero.describe('of so many; when settings change, the share stays'),
  }),
  rules: ({ retryThrottling }) =>
    grpcThrottleRules(retryThrottling).map((one) => ({
      ...one,
      path: ['retryThrottling', ...one.path],
    })),
  initial: ({ retryThrottling }) => fullGrpcThrottle(retryThrottling),
  decide: ({ retryThrottling, retryPolicy: policy }, seen, before) => {
    const { attempt = 1, pushbackMs } = seen;
    const { maxAttempts = MOST_ATTEMPTS, retryableStatusCodes = ['UNAVAILABLE'] } = policy ?? {};
    const isRetryable = retryableStatusCodes.includes(seen.status);
    const status = seen.status === 'OK' ? 'ok' : isRetryable ? 'retryable' : 'fatal';
    const outcome = { status, attempt, maxAttempts, pushbackMs } as const;
    const { retry, delayMs, reason, state } = grpcThrottle(retryThrottling, outcome, before);
    const pause = (chance: number) =>
      delayMs ?? pauseMs(policy, (seen.retriesSincePushback ?? attempt - 1) + 1, chance);
    return {
      retry,
      delayMs: retry && seen.uniform !== undefined ? pause(seen.uniform) : null,
      delayMsMax: retry ? pause(1) : null,
      tokens: state.milliTokens / 1000,
      threshold: retryThrottling.maxTokens / 2,
      reason,
      state,
    };
  },
  example: {
    settings: {
      retryThrottling: { maxTokens: 4, tokenRatio: 0.1 },
      retryPolicy: {
        maxAttempts: 4,
        initialBackoff: '0.1s',
        maxBackoff: '1s',
        backoffMultiplier: 2,
        retryableStatusCodes: ['UNAVAILABLE'],
      },
    },
    observations: [
      { status: 'UNAVAILABLE', attempt: 1, uniform: 0.5 },
      { status: 'UNAVAILABLE', attempt: 2, uniform: 0.5 },
      { status: 'OK', attempt: 1 },
      { status: 'OK', attempt: 1 },
    ],
  },
});

/** uniform(0, min(initial · multiplier^(n−1), max)) */
function pauseMs(
  policy: z.infer<typeof retryPolicy> | undefined,
  retry: number,
  chance: number,
): number {
  if (policy === undefined) return 0;
  const { initialBackoff, maxBackoff, backoffMultiplier: factor } = policy;
  const bounds = { baseMs: protoMs(initialBackoff), factor, mostMs: protoMs(maxBackoff) };
  return backoffMs({ ...bounds, jitter: 'full' }, retry, 0, () => chance);
}
