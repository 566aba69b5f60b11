/** The shape of node pools, of what a pod asks for, and of who adds and removes nodes. */
import { z } from 'zod';
import { parseGoDuration } from './kubernetes/autoscaler-flags.ts';
import { autoscalerFlags } from './kubernetes/autoscaler-schema.ts';
import { labels, taint, toleration } from './kubernetes/taint-schema.ts';
import type { Toleration } from './kubernetes/taints.ts';
import type {
  KarpenterDocument,
  NodeAutoscalerDocument,
  NodePoolDocument,
} from './model-document.ts';
import {
  count,
  distribution,
  expects,
  listOf,
  memory,
  name,
  positive,
  price,
} from './schema-parts.ts';

const cores = expects(z.number().min(0.001).max(1024), 'a number of cores such as 0.5');

const pool: z.ZodType<NodePoolDocument> = z.strictObject({
  type: expects(z.string().min(1).max(100), 'the name of a machine type such as m5.xlarge')
    .describe('name of the machine type')
    .optional(),
  cpu: cores.describe('cores that the pods of a node may ask for together (allocatable)'),
  memory: memory.describe('memory that they may ask for'),
  pods: positive.describe('pods that a node takes; default 110 (kubelet: maxPods)').optional(),
  price: price.describe('price of a node').optional(),
  min: count.describe('nodes that are always there; default 0').optional(),
  max: count.describe('nodes that there are at most').optional(),
  start: count.describe('nodes that are ready when a run begins; default min').optional(),
  provision: distribution
    .describe('from the request for a node until it is ready for pods; default 0s')
    .optional(),
  labels: labels.describe('of each node; pods select by them').optional(),
  taints: listOf(taint, 'taint').describe('which pods have to tolerate').optional(),
});

/** `nodes:` of a model. */
export const nodePools: z.ZodType<Record<string, NodePoolDocument>> = expects(
  z.record(name, pool),
  'pools of nodes by name',
);

/** Keys of a service's `on:` that make pods of its instances. */
export const podKeys: {
  readonly nodes: z.ZodOptional<z.ZodType<string | string[]>>;
  readonly 'node-selector': z.ZodOptional<typeof labels>;
  readonly tolerations: z.ZodOptional<z.ZodType<Toleration[]>>;
  readonly cpu: z.ZodOptional<z.ZodType<number>>;
  readonly memory: z.ZodOptional<z.ZodType<string>>;
} = {
  nodes: expects(z.union([name, listOf(name, 'pool')]), 'the name of a pool, or a list of them')
    .describe('instances are pods on nodes of these pools; default, with one of the two below: all')
    .optional(),
  'node-selector': labels.describe('labels that a pod wants of its node').optional(),
  tolerations: listOf(toleration, 'toleration').describe('taints that a pod bears').optional(),
  cpu: cores.describe('cores that a pod asks for (requests)').optional(),
  memory: memory.describe('memory that a pod asks for (requests)').optional(),
};

const isDuration = (text: string) => parseGoDuration(text) !== undefined;
const goDuration = expects(z.string().refine(isDuration), 'a duration such as 10s or 1m30s');
const orNever = expects(
  z.string().refine((text) => text === 'Never' || isDuration(text)),
  'a duration such as 720h or 30s, or Never',
);
const budget = z.strictObject({
  nodes: expects(
    z.string().regex(/^(\d{1,9}|(\d{1,2}|100)%)$/),
    'a number or a percentage such as "10%"',
  ).describe('nodes of a pool that may go at once'),
});

const karpenter: z.ZodType<KarpenterDocument> = z.strictObject({
  'batch-idle-duration': goDuration
    .describe('a batch of pods is complete when none has come for so long; default 1s')
    .optional(),
  'batch-max-duration': goDuration.describe('longest that it waits; default 10s').optional(),
  disruption: z
    .strictObject({
      consolidationPolicy: expects(
        z.enum(['WhenEmpty', 'WhenEmptyOrUnderutilized']),
        'WhenEmpty or WhenEmptyOrUnderutilized',
      )
        .describe('which nodes may go; default WhenEmptyOrUnderutilized')
        .optional(),
      consolidateAfter: orNever
        .describe('how long its pods are the same before a node may go; default 0s')
        .optional(),
      budgets: listOf(budget, 'budget').describe('default 10% of each pool').optional(),
    })
    .describe('when nodes are given up')
    .optional(),
  expireAfter: orNever.describe('age at which a node goes; default 720h').optional(),
  weight: expects(z.record(name, count), 'weights by pool such as { spot: 10 }')
    .describe('the pool of the highest weight is tried first; default 0')
    .optional(),
});

/** `autoscaler:` of a model. */
export const autoscaler: z.ZodType<NodeAutoscalerDocument> = expects(
  z.union([
    z.enum(['cluster-autoscaler', 'karpenter']),
    z.strictObject({ 'cluster-autoscaler': autoscalerFlags.describe('its command line') }),
    z.strictObject({ karpenter: karpenter.describe('its settings, and those of its NodePools') }),
  ]),
  'cluster-autoscaler, karpenter, { cluster-autoscaler: { expander: least-waste } } or ' +
    '{ karpenter: { expireAfter: Never } }',
);
