/** The shape of what a kubelet asks a container. */
import { z } from 'zod';
import type {
  ContainerProbeDocument,
  LivenessDocument,
  ReadinessDocument,
} from './model-document.ts';
import { duration, expects, positive } from './schema-parts.ts';

const delay = duration.describe('from the start of the container; default 0s').optional();
const period = duration.describe('between two probes; default 10s').optional();
const failures = positive
  .describe('failures in a row that restart the container; default 3')
  .optional();
const once = positive.describe('1: Kubernetes allows nothing else').optional();

const readiness: z.ZodType<ReadinessDocument> = expects(
  z.strictObject({
    delay,
    period,
    successes: positive.describe('probes in a row that must succeed; default 1').optional(),
  }),
  'a readiness probe such as { delay: 5s, period: 10s, successes: 1 }',
).describe('readiness probes of Kubernetes, of an instance that starts');

const startup: z.ZodType<ContainerProbeDocument> = expects(
  z.strictObject({ delay, period, failures, successes: once }),
  'a startup probe such as { period: 10s, failures: 30 }',
).describe('startup probe of Kubernetes: nothing else is asked until it succeeds');

const liveness: z.ZodType<LivenessDocument> = expects(
  z.strictObject({
    probe: expects(z.enum(['http', 'side-port', 'tcp']), 'http, side-port or tcp')
      .describe(
        'http waits for a server as a request does (the default), side-port has a thread of its ' +
          'own, tcp needs only a connection',
      )
      .optional(),
    delay,
    period,
    timeout: duration
      .describe('a probe without an answer fails after this long; default 1s')
      .optional(),
    grace: duration
      .describe(
        'who does not end when it is told to is killed so much later ' +
          '(terminationGracePeriodSeconds, 30s in Kubernetes); default: it ends at once',
      )
      .optional(),
    failures,
    successes: once,
  }),
  'a liveness probe such as { period: 10s, timeout: 1s, failures: 3 }',
).describe('liveness probe of Kubernetes: a container that fails it is restarted in its place');

/** Keys of what an instance runs on. */
export const probes: {
  readonly startup: z.ZodOptional<typeof startup>;
  readonly readiness: z.ZodOptional<typeof readiness>;
  readonly liveness: z.ZodOptional<typeof liveness>;
} = {
  startup: startup.optional(),
  readiness: readiness.optional(),
  liveness: liveness.optional(),
};
