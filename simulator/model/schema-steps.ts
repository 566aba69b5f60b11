/** The shape of a step: what an endpoint or a journey does. Some steps contain steps. */
import { z } from 'zod';
import type {
  CallDocument,
  ChooseDocument,
  FanOutDocument,
  JourneyStepDocument,
  LookupDocument,
  StepDocument,
} from './model-document.ts';
import { breaker } from './schema-breaker.ts';
import { budget, jitter } from './schema-budgets.ts';
import {
  distribution,
  duration,
  expects,
  flag,
  listOf,
  NAME,
  name,
  percent,
  positive,
  quantity,
  timeout,
} from './schema-parts.ts';

const target = quantity(
  new RegExp(`^${NAME}\\.${NAME}$`),
  'a service and its endpoint such as feed.read',
);

const attempts = expects(z.number().int().min(2).max(10), 'a whole number from 2 to 10');
const factor = expects(z.number().min(1).max(10), 'a number from 1 to 10');
const retry = expects(
  z.strictObject({
    attempts: attempts.describe('attempts in all, the first one included'),
    backoff: distribution.describe('pause before each further attempt; default none').optional(),
    factor: factor
      .describe('every further pause is so many times as long as drawn; default 1')
      .optional(),
    'at-most': duration.describe('no pause is longer; default no limit').optional(),
    jitter: jitter
      .describe(
        'none, the default; full: from nothing to all of a pause; equal: from half of it; ' +
          'decorrelated: from the first pause to three times the one before',
      )
      .optional(),
    budget: budget.describe('what keeps retries from adding to an overload').optional(),
  }),
  'a retry such as { attempts: 3, backoff: 50ms, factor: 2, at-most: 1s, jitter: full }',
);

const hedgedCopies = expects(z.int().min(2).max(5), 'a whole number from 2 to 5 (gRPC: 5 at most)');
const hedge = expects(
  z.strictObject({
    after: duration.describe('without an answer for so long the next copy is sent'),
    copies: hedgedCopies.describe('in all, the first one included; default 2').optional(),
    cancels: flag.describe('the others are told when one has answered; default true').optional(),
  }),
  'hedging such as { after: 50ms, copies: 2 }',
);

const callParts = {
  call: target.describe('calls an endpoint and waits for its answer'),
  timeout: timeout
    .describe('gives up after this long, or a time that is drawn; the callee works on')
    .optional(),
  cancels: flag
    .describe('the callee is told of the timeout, and begins nothing more; default false')
    .optional(),
  deadline: expects(z.literal('propagate'), 'propagate')
    .describe('all who work for the call know its timeout; nothing is begun when it has passed')
    .optional(),
  retry: retry.describe('what is done when the call fails or times out').optional(),
  hedge: hedge.describe('further copies while there is no answer').optional(),
  breaker: breaker
    .describe('refuses calls for a while when too many have failed; one for all of the caller')
    .optional(),
  fallback: z
    .lazy(() => fallback)
    .describe('what is done instead of failing: a degraded answer')
    .optional(),
};
const call: z.ZodType<CallDocument> = z.strictObject(callParts);
const wait = z.strictObject({
  wait: distribution.describe('waits for something outside the model'),
});
const cpu = z.strictObject({ cpu: distribution.describe('works on the processor') });
const publish = z.strictObject({
  publish: target.describe('hands work to an endpoint and goes on at once'),
});

const copies = expects(z.int().min(1).max(1000), 'a whole number from 1 to 1000');
const callAtOnce = expects(
  z.strictObject({
    ...callParts,
    copies: copies.describe('how often it is made, at once; default 1').optional(),
  }),
  'a call such as { call: feed.read, copies: 10 }',
).meta({ id: 'call-at-once' });
const calls = listOf(callAtOnce, 'call');
const fanOut: z.ZodType<FanOutDocument>[] = [
  z.strictObject({ all: calls.describe('calls at once, and waits until all have succeeded') }),
  z.strictObject({ any: calls.describe('calls at once, and waits until one has succeeded') }),
  z.strictObject({
    quorum: positive.describe('calls at once, and waits until so many have succeeded'),
    of: calls.describe('the calls'),
  }),
];

function choose<S>(step: () => z.ZodType<S>): z.ZodType<ChooseDocument<S>> {
  const way = expects(
    z.strictObject({
      share: percent.describe('of those who come here; all shares sum up to 100%'),
      steps: listOf(z.lazy(step), 'step').describe('what they do; default nothing').optional(),
    }),
    'a way such as { share: 80%, steps: [{ wait: 5ms }] }',
  );
  return z.strictObject({ choose: listOf(way, 'way').describe('goes one of several ways') });
}

function lookup<S>(step: () => z.ZodType<S>): z.ZodType<LookupDocument<S>> {
  return z.strictObject({
    lookup: name.describe('cache in which a key is looked up; without a hit it is stored'),
    miss: listOf(z.lazy(step), 'step')
      .describe('what is done without a hit; default nothing')
      .optional(),
  });
}

const OTHERS = 'or one with all, any, quorum, choose, lookup or publish';

/** A step of an endpoint. */
export const step: z.ZodType<StepDocument> = expects(
  z.union([cpu, wait, call, ...fanOut, choose(() => step), lookup(() => step), publish]),
  `a step: { cpu: 3ms }, { wait: 10ms }, { call: feed.read, timeout: 800ms }, ${OTHERS}`,
).meta({ id: 'step' });

const fallback: z.ZodType<StepDocument[]> = expects(
  z.array(z.lazy(() => step)),
  'a list of steps, empty for an answer at once',
);

/** A step of a journey: the same, without a processor. */
export const journeyStep: z.ZodType<JourneyStepDocument> = expects(
  z.union([call, wait, ...fanOut, choose(() => journeyStep), lookup(() => journeyStep), publish]),
  `a step of a journey: { call: api.feed, timeout: 2s }, { wait: 5s }, ${OTHERS}`,
).meta({ id: 'journey-step' });
