/** The shape of what keeps sick instances off the list: health checks and outlier detection. */
import { z } from 'zod';
import type {
  HealthCheckDocument,
  LimitsDocument,
  OutlierDetectionDocument,
} from './model-document.ts';
import { count, duration, expects, flag, percent, positive } from './schema-parts.ts';

const healthCheck: z.ZodType<HealthCheckDocument> = expects(
  z.strictObject({
    rules: expects(
      z.enum(['envoy', 'haproxy', 'alb', 'kubernetes']),
      'envoy, haproxy, alb or kubernetes',
    ).describe('whose rules say what probes come to; each has defaults but for envoy'),
    probe: expects(z.enum(['http', 'tcp', 'grpc']), 'http, tcp or grpc')
      .describe('how it asks; a tcp check sees neither who hangs nor who fails; default http')
      .optional(),
    interval: duration.describe('from one probe of an instance to the next').optional(),
    timeout: duration.describe('a probe without an answer fails after this long').optional(),
    rise: positive.describe('successes in a row that make an instance healthy').optional(),
    fall: positive.describe('failures in a row that make it unhealthy').optional(),
  }),
  'a health check such as { rules: haproxy, interval: 2s, rise: 2, fall: 3 }',
);

const deviations = expects(z.number().positive().max(100), 'a number above 0 such as 1.9');

const outlierDetection: z.ZodType<OutlierDetectionDocument> = expects(
  z.strictObject({
    interval: duration.describe('time between two sweeps; default 10s').optional(),
    'base-ejection': duration.describe('time of a first ejection; default 30s').optional(),
    'max-ejection': duration.describe('longest ejection; default 300s').optional(),
    jitter: duration.describe('random time added to each; default 0s').optional(),
    'max-ejected': percent.describe('of all instances, at once; default 10%').optional(),
    'at-least-one': flag
      .describe('one may be ejected whatever the percentage; default false, as in Envoy')
      .optional(),
    errors: positive.describe('errors in a row that eject; default 5').optional(),
    'gateway-errors': positive
      .describe('time-outs and refusals in a row that eject; default not at all')
      .optional(),
    deviations: deviations
      .describe('standard deviations of the success rate below the mean; default 1.9')
      .optional(),
    failures: percent.describe('share of failures that ejects; default not at all').optional(),
    hosts: positive.describe('instances with enough requests to compare; default 5').optional(),
    requests: positive
      .describe('requests of an instance in an interval that are enough; default 100, failures: 50')
      .optional(),
  }),
  'outlier detection such as { errors: 5, base-ejection: 30s, max-ejected: 50% }',
);

const limits: z.ZodType<LimitsDocument> = expects(
  z.strictObject({
    requests: positive
      .describe('requests at it at once; one more is shed; default 1024')
      .optional(),
    retries: count.describe('further attempts at once; default 3').optional(),
    'retry-budget': percent
      .describe('instead: further attempts as a share of the requests that are at it')
      .optional(),
    'min-retries': count.describe('what the budget always allows; default 3').optional(),
  }),
  'limits such as { requests: 100, retries: 3 } or { retry-budget: 20% }',
);

const failOnPanic: z.ZodType<true> = expects(z.literal(true), 'true').describe(
  'in a panic requests fail at once instead (Envoy fail_traffic_on_panic)',
);

/** Keys of a service. */
export const health: {
  readonly limits: z.ZodOptional<typeof limits>;
  readonly 'health-check': z.ZodOptional<typeof healthCheck>;
  readonly 'outlier-detection': z.ZodOptional<typeof outlierDetection>;
  readonly panic: z.ZodOptional<typeof percent>;
  readonly 'fail-on-panic': z.ZodOptional<typeof failOnPanic>;
} = {
  limits: limits
    .describe('what all callers together may ask at once (Envoy circuit breakers)')
    .optional(),
  'health-check': healthCheck
    .describe('instances that fail it are off the list until they are healthy again')
    .optional(),
  'outlier-detection': outlierDetection
    .describe('instances whose answers are bad are off the list for a while (Envoy)')
    .optional(),
  panic: percent
    .describe('with a smaller share of healthy instances all get requests; default 0%, never')
    .optional(),
  'fail-on-panic': failOnPanic.optional(),
};
