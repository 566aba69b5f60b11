/** The shape of roll-outs: which version comes when, how, and what sends it back. */
import { z } from 'zod';
import type { RolloutDocument } from './rollout-document.ts';
import {
  distribution,
  duration,
  expects,
  flag,
  listOf,
  percent,
  positive,
} from './schema-parts.ts';

const factor = expects(z.number().gt(0).max(1000), 'a number above 0 and up to 1000');
const version = z
  .strictObject({
    cpu: factor
      .describe('work on the processor takes so many times as long as before; default 1')
      .optional(),
    errors: percent.describe('requests that it answers with an error; default 0%').optional(),
    boot: distribution.describe('its boot; default as before').optional(),
  })
  .describe('what the new instances are like');

const pods = expects(
  z.union([z.int().min(0).max(100_000), z.string().regex(/^(?:0|[1-9]\d{0,4})%$/)]),
  'instances such as 2, or whole percent such as 25%',
);
const limits = {
  surge: pods.describe('instances above the size (maxSurge); default 25%').optional(),
  unavailable: pods.describe('instances that may be missing; default 25%').optional(),
  'min-ready': duration
    .describe('an instance counts when it has been ready for so long; default 0s')
    .optional(),
  'progress-deadline': duration
    .describe('without progress for so long it is stuck; default 600s')
    .optional(),
};
const rolling = z.strictObject(limits).describe('RollingUpdate of a Kubernetes Deployment');

const canaryStep = expects(
  z.union([
    z.strictObject({
      weight: percent.describe('instances of the new version, with routing its requests'),
    }),
    z.strictObject({ pause: duration.describe('until the next step') }),
    z.strictObject({
      scale: expects(
        z.union([z.int().min(0).max(100_000), percent, z.literal('match-traffic')]),
        'instances such as 3, a share such as 30%, or match-traffic',
      ).describe('instances of the new version apart from its requests (setCanaryScale)'),
    }),
  ]),
  'a step: { weight: 20% }, { pause: 2m } or with routing { scale: 3 }, { scale: 30% }, ' +
    '{ scale: match-traffic }',
);
const canaryRoutes = z.strictObject({
  'dynamic-stable-scale': flag
    .describe('whether the old instances go as their requests do; default false')
    .optional(),
  'min-pods': positive.describe('least instances of a version that has any; default 1').optional(),
  'scale-down-delay': duration
    .describe('how long the old instances stay after the promotion; default 30s')
    .optional(),
  'abort-scale-down-delay': duration
    .describe('how long those of an aborted version stay; default 30s')
    .optional(),
});
const routing = expects(
  z.union([z.literal('weighted'), canaryRoutes]),
  'weighted or a map such as { dynamic-stable-scale: true }',
).describe('a router divides the requests by weight, and the old instances all stay');
const canary = z
  .strictObject({
    steps: listOf(canaryStep, 'step').describe('in order'),
    routing: routing.optional(),
    ...limits,
  })
  .describe('canary of Argo Rollouts; without routing the instances are the traffic');

const refresh = z
  .strictObject({
    'min-healthy': percent.describe('of the desired capacity; default 90%').optional(),
    'max-healthy': percent.describe('most instances at once; default 100%').optional(),
    checkpoints: listOf(percent, 'percentage').describe('where it waits').optional(),
    'checkpoint-delay': duration.describe('how long it waits there; default 1h').optional(),
    'auto-rollback': flag.describe('whether it goes back when it fails; default false').optional(),
    bake: duration.describe('how long the result is watched; default 0s').optional(),
  })
  .describe('instance refresh of EC2 Auto Scaling');

const flagger = z
  .strictObject({
    interval: duration.describe('between two checks; default 60s').optional(),
    step: percent.describe('traffic that each check adds (stepWeight)'),
    max: percent.describe('traffic from which on it is promoted; default 100%').optional(),
    threshold: positive.describe('failed checks that roll back; default 1').optional(),
    'progress-deadline': duration
      .describe('until the new instances must be ready; default 600s')
      .optional(),
  })
  .describe('canary of Flagger: a second group of full size, and traffic by weight');

const groups = z
  .strictObject({
    stages: listOf(percent, 'percentage').describe('of all requests, rising'),
    bake: duration.describe('how long each stage is watched'),
  })
  .describe('percentage groups; the old instances stay until all stages have passed');

const strategy = expects(
  z.union([
    z.enum(['rolling', 'instance-refresh']),
    z.strictObject({ rolling }),
    z.strictObject({ canary }),
    z.strictObject({ 'instance-refresh': refresh }),
    z.strictObject({ flagger }),
    z.strictObject({ groups }),
  ]),
  'rolling, instance-refresh or a map of one of rolling, canary, instance-refresh, flagger, ' +
    'groups, such as { canary: { steps: [{ weight: 20% }, { pause: 2m }] } }',
);

const count = expects(z.int().min(0).max(1_000_000_000), 'a whole number such as 100');
const gate = z
  .strictObject({
    errors: percent.describe('how much more of its requests may fail').optional(),
    latency: expects(z.number().min(1).max(1000), 'a number from 1 to 1000 such as 1.3')
      .describe('so many times the old mean time at an instance is let pass')
      .optional(),
    requests: count
      .describe('requests of the new version to judge by; default 100, with flagger 1')
      .optional(),
    confidence: percent.describe('that more errors are none of chance; default 95%').optional(),
    every: duration
      .describe('between two judgements; default 60s (flagger: at its interval)')
      .optional(),
    failures: count.describe('failed judgements that a canary lets pass; default 0').optional(),
  })
  .describe('health of the new version against the old one; failing it sends it back');

/** `rollouts:` of a service. */
export const rollouts: z.ZodType<RolloutDocument[]> = expects(
  z.array(
    z.strictObject({
      at: duration.describe('moment of the run at which it begins'),
      version,
      strategy: strategy.describe('how instances and traffic go over to the new version'),
      gate: gate.optional(),
    }),
  ),
  'a list of roll-outs',
).describe('new versions, and how they come');
