import { z } from 'zod';
import { expects } from '../model/schema-parts.ts';
import {
  type EnvoyBucketState,
  envoyBucketRules,
  envoyTokenBucket,
  fullEnvoyBucket,
} from '../policies/rate-limits/envoy-token-bucket.ts';
import { rounded } from '../policies/rate-limits/limit.ts';
import {
  fullBucket,
  type TokenBucketState,
  tokenBucket,
  tokensAt,
} from '../policies/rate-limits/token-bucket.ts';
import { type Door, door } from './door.ts';
import {
  byKey,
  key,
  limitAnswer,
  nowMs,
  protoDuration,
  protoMs,
  stateOf,
  wholeAboveZero,
  wholeNumber,
} from './limit-parts.ts';

const limit = expects(
  z.union([z.number().min(0), z.literal('inf')]),
  'a number of events a second such as 10, or "inf"',
);
const goSettings = z.strictObject({
  limit: limit.describe('Go x/time/rate: events a second; "inf" lets all pass'),
  burst: wholeNumber.describe('Go x/time/rate: tokens in the full bucket'),
});
const envoySettings = z.strictObject({
  max_tokens: wholeNumber.describe('Envoy: tokens in the full bucket, and at the start'),
  tokens_per_fill: wholeAboveZero
    .describe('Envoy: tokens that a fill interval adds; default 1')
    .optional(),
  fill_interval: protoDuration.describe('Envoy: in which they are added; at least 0.05s'),
  no_timer_based_rate_limit_token_bucket: expects(z.boolean(), 'true or false')
    .describe(
      'Envoy runtime guard: true, the default since 1.32, adds tokens all the time, false at the ' +
        'end of each interval',
    )
    .optional(),
});

const settings = expects(
  z.union([goSettings, envoySettings]),
  '{ "limit": 10, "burst": 3 } (Go) or { "max_tokens": 10, "fill_interval": "1s" } (Envoy)',
);

const maxWait = expects(
  z.union([z.number().min(0), z.literal('inf')]),
  'milliseconds such as 500, or "inf"',
);
const observation = z.strictObject({
  nowMs,
  n: wholeNumber.describe('tokens that the request takes; default 1').optional(),
  maxWaitMs: maxWait
    .describe('how long it would wait for them (Go Wait; "inf" is Reserve); default 0 (Allow)')
    .optional(),
  key,
});

const bucket = z.strictObject({
  tokens: expects(z.number(), 'a number of tokens').describe('tokens, below 0 when reserved'),
  lastMs: nowMs.describe('moment of that count').optional(),
});

type Settings = z.infer<typeof settings>;
type Observation = z.infer<typeof observation>;
/** Of either vendor's bucket: Envoy's last moment is that of the last fill. */
type Bucket = z.infer<typeof bucket>;

/** `plimsoll decide token-bucket` */
export const tokenBucketDoor: Door = door({
  name: 'token-bucket',
  summary: 'whether a request passes a token bucket (Go x/time/rate, Envoy local rate limit)',
  source: 'golang.org/x/time/rate reserveN; Envoy type/v3/token_bucket.proto',
  settings,
  observation,
  state: byKey(bucket),
  rules: (own) => ('fill_interval' in own ? envoyBucketRules(envoy(own)) : []),
  initial: () => ({}),
  decide: (own, seen, states) => {
    const name = seen.key ?? '';
    const [there, verdict] = asked(own, seen, stateOf(states, name, { tokens: Number.NaN }));
    const words = `${seen.n ?? 1} wanted, ${rounded(there)} of ${capacity(own)} tokens there`;
    return limitAnswer(verdict, words, states, name);
  },
  example: {
    settings: { limit: 10, burst: 3 },
    observations: [
      { nowMs: 0, n: 2 },
      { nowMs: 0, n: 2 },
      { nowMs: 100, n: 2 },
      { nowMs: 100, n: 4 },
    ],
  },
});

/** Tokens that are there, and the verdict. */
function asked(own: Settings, seen: Observation, before: Bucket) {
  const { nowMs: now, n: cost = 1, maxWaitMs = 0 } = seen;
  const request = { nowMs: now, cost };
  if ('fill_interval' in own && own.no_timer_based_rate_limit_token_bucket === false) {
    const full = fullEnvoyBucket(envoy(own));
    const state: EnvoyBucketState = isFresh(before)
      ? full
      : { tokens: before.tokens, filledMs: before.lastMs };
    const verdict = envoyTokenBucket(envoy(own), request, state);
    const { tokens, filledMs: lastMs } = verdict.state;
    const there = verdict.allowed ? tokens + cost : tokens;
    return [there, { ...verdict, state: kept(tokens, lastMs) }] as const;
  }
  const bucketSettings = { ...smooth(own), maxWaitMs: maxWaitMs === 'inf' ? Infinity : maxWaitMs };
  const full = fullBucket(bucketSettings);
  const state: TokenBucketState = isFresh(before) ? full : { ...full, ...before };
  const verdict = tokenBucket(bucketSettings, request, state);
  const { tokens, lastMs } = verdict.state;
  const there = tokensAt(bucketSettings, now, state);
  return [there, { ...verdict, state: kept(tokens, lastMs) }] as const;
}

function isFresh({ tokens }: Bucket): boolean {
  return Number.isNaN(tokens);
}

function kept(tokens: number, lastMs: number | undefined): Bucket {
  return lastMs === undefined ? { tokens } : { tokens, lastMs };
}

function envoy(own: z.infer<typeof envoySettings>) {
  const { max_tokens: maxTokens, tokens_per_fill: tokensPerFill = 1, fill_interval } = own;
  return { maxTokens, tokensPerFill, fillIntervalMs: protoMs(fill_interval) };
}

/** Rate and burst of a bucket that is filled all the time. */
function smooth(own: Settings): { ratePerSecond: number; burst: number } {
  if ('limit' in own) {
    return { ratePerSecond: own.limit === 'inf' ? Infinity : own.limit, burst: own.burst };
  }
  const { maxTokens, tokensPerFill, fillIntervalMs } = envoy(own);
  return { ratePerSecond: (1000 * tokensPerFill) / fillIntervalMs, burst: maxTokens };
}

function capacity(own: Settings): number {
  return 'limit' in own ? own.burst : own.max_tokens;
}
