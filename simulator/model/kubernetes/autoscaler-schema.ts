/** The shape of the Cluster Autoscaler's flags. */
import { z } from 'zod';
import { expects, flag } from '../schema-parts.ts';
import type { AutoscalerFlags } from './autoscaler-flags.ts';

const duration = expects(z.string(), 'a duration such as 10m, 90s or 1h30m').optional();
const ratio = expects(z.number().min(0).max(1), 'a ratio from 0 to 1').optional();
const count = expects(z.int().min(0).max(2_147_483_647), 'a whole number from 0 on').optional();
const text = expects(z.string().min(1), 'a text');
const yes = flag.optional();

/** Keys of a command line. */
export const autoscalerFlagShape: {
  readonly [K in keyof AutoscalerFlags]-?: z.ZodOptional<
    z.ZodType<NonNullable<AutoscalerFlags[K]>>
  >;
} = {
  'scan-interval': duration.describe('between two scans; default 10s'),
  expander: text
    .describe('random, most-pods, least-waste, price, priority, or a list; default random')
    .optional(),
  priorities: expects(
    z.record(z.string(), z.array(z.string())),
    'priorities such as { "10": [".*"], "50": ["spot.*"] }',
  )
    .describe('for the priority expander: patterns of group names by priority')
    .optional(),
  'balance-similar-node-groups': yes.describe('whether like groups grow evenly; default false'),
  'enforce-node-group-min-size': yes.describe('whether groups grow to minSize; default false'),
  'max-nodes-total': count.describe('most nodes of all groups; default 0, no limit'),
  'max-nodes-per-scaleup': count.describe('most nodes at once; default 1000'),
  'max-node-provision-time': duration.describe('how long a node may take to come; default 15m'),
  'new-pod-scale-up-delay': duration.describe('age from which on a pod counts; default 0s'),
  'expendable-pods-priority-cutoff': expects(z.int(), 'a whole number')
    .describe('pods of lower priority grow no group; default -10')
    .optional(),
  'initial-node-group-backoff-duration': duration.describe('after a first failure; default 5m'),
  'max-node-group-backoff-duration': duration.describe('the longest back-off; default 30m'),
  'node-group-backoff-reset-timeout': duration.describe('until it is forgotten; default 3h'),
  'ok-total-unready-count': count.describe('unready nodes that are always borne; default 3'),
  'max-total-unready-percentage': expects(z.number().min(0).max(100), 'a number from 0 to 100')
    .describe('percentage of unready nodes above which nothing is scaled; default 45')
    .optional(),
  'scale-down-enabled': yes.describe('default true'),
  'scale-down-unready-enabled': yes.describe('whether unready nodes may go; default true'),
  'scale-down-delay-after-add': duration.describe('after a group has grown; default 10m'),
  'scale-down-delay-after-delete': duration.describe('after a node has gone; default a scan'),
  'scale-down-delay-after-failure': duration.describe('after a failed deletion; default 3m'),
  'scale-down-unneeded-time': duration.describe('how long a node is unneeded; default 10m'),
  'scale-down-unready-time': duration.describe('the same while it is not ready; default 20m'),
  'scale-down-utilization-threshold': ratio.describe('used below this is little; default 0.5'),
  'scale-down-gpu-utilization-threshold': ratio.describe('the same for GPUs; default 0.5'),
  'ignore-daemonsets-utilization': yes.describe('whether DaemonSets do not count; default false'),
  'ignore-mirror-pods-utilization': yes.describe('the same for mirror pods; default false'),
  'max-scale-down-parallelism': count.describe('nodes that go at once; default 10'),
  'max-drain-parallelism': count.describe('nodes that are drained at once; default 1'),
  'max-graceful-termination-sec': count.describe('longest that a pod has to end; default 600'),
  'skip-nodes-with-system-pods': yes.describe('whether kube-system keeps nodes; default true'),
  'skip-nodes-with-local-storage': yes.describe('whether emptyDirs keep nodes; default true'),
  'skip-nodes-with-custom-controller-pods': yes.describe('default true'),
};

/** A command line on its own. */
export const autoscalerFlags: z.ZodType<AutoscalerFlags> = z.strictObject(autoscalerFlagShape);
