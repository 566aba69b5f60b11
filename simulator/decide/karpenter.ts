import { z } from 'zod';
import { labels, taint } from '../model/kubernetes/taint-schema.ts';
import { expects, flag, listOf } from '../model/schema-parts.ts';
import { decideKarpenter } from '../policies/nodes/karpenter.ts';
import {
  instanceTypeComplaints,
  type NodePoolSpec,
  nodePoolComplaints,
  readNodePool,
} from '../policies/nodes/karpenter-manifest.ts';
import {
  INITIAL_KARPENTER,
  type InstanceType,
  type KarpenterObservation,
} from '../policies/nodes/karpenter-settings.ts';
import {
  amountsOf,
  budgets,
  expression,
  nodeOf,
  nodes,
  nowMs,
  pods,
  podsOf,
  quantities,
  text,
  whole,
} from './cluster-shapes.ts';
import { type Door, door } from './door.ts';

const budget = z.strictObject({
  nodes: text.describe('nodes that may go at once, such as "10%" or "2"'),
  reasons: listOf(
    expects(z.enum(['Empty', 'Underutilized', 'Drifted']), 'Empty, Underutilized or Drifted'),
    'reason',
  )
    .describe('reasons that it binds; default all')
    .optional(),
});

const disruption = z.strictObject({
  consolidationPolicy: expects(
    z.enum(['WhenEmpty', 'WhenEmptyOrUnderutilized']),
    'WhenEmpty or WhenEmptyOrUnderutilized',
  )
    .describe('which nodes may go; default WhenEmptyOrUnderutilized')
    .optional(),
  consolidateAfter: text
    .describe('how long its pods are the same before a node may go, or Never; default 0s')
    .optional(),
  budgets: expects(z.array(budget), 'a list of budgets such as [{ "nodes": "10%" }]')
    .describe('default 10 %; those with a schedule are not supported')
    .optional(),
});

const nodePool = z.strictObject({
  name: text.describe('its name'),
  weight: whole.describe('the highest is tried first; default 0').optional(),
  limits: quantities.describe('most that its nodes have together; default no limit').optional(),
  disruption: disruption.describe('when nodes are given up').optional(),
  requirements: expects(z.array(expression), 'a list of requirements')
    .describe('labels of the offerings that it may launch; default all')
    .optional(),
  labels: labels.describe('labels of its nodes').optional(),
  taints: expects(z.array(taint), 'a list of taints').describe('taints of its nodes').optional(),
  expireAfter: text.describe('age at which a node goes, or Never; default 720h').optional(),
  daemonSets: pods.describe('pods of DaemonSets that are on its nodes from the start').optional(),
});

const offering = z.strictObject({
  zone: text.describe('topology.kubernetes.io/zone'),
  capacityType: expects(z.enum(['on-demand', 'spot']), 'on-demand or spot')
    .describe('default on-demand')
    .optional(),
  pricePerHour: expects(z.number().min(0), 'a price such as 0.096').describe('price for an hour'),
});

const instanceType = z.strictObject({
  name: text.describe('node.kubernetes.io/instance-type'),
  allocatable: quantities.describe('what pods may ask for'),
  labels: labels.describe('further labels, such as kubernetes.io/arch').optional(),
  offerings: listOf(offering, 'offering').describe('where it can be had, and for what price'),
});

const settings = z.strictObject({
  batchIdleMs: expects(z.number().min(0), 'milliseconds')
    .describe('BATCH_IDLE_DURATION; default 1000')
    .optional(),
  batchMaxMs: expects(z.number().min(0), 'milliseconds')
    .describe('BATCH_MAX_DURATION; default 10000')
    .optional(),
  spotToSpotConsolidation: flag.describe('the feature gate; default false').optional(),
  nodePools: listOf(nodePool, 'node pool').describe('what may be launched'),
  instanceTypes: listOf(instanceType, 'instance type').describe('what the cloud has'),
});

type Settings = z.infer<typeof settings>;

function poolsOf({ nodePools }: Settings): NodePoolSpec[] {
  return nodePools.map(({ limits, daemonSets = [], ...rest }) => ({
    ...rest,
    limits: amountsOf(limits),
    daemons: daemonSets.flatMap((one) => podsOf({ ownerKind: 'DaemonSet', ...one })),
  }));
}

function typesOf({ instanceTypes }: Settings): InstanceType[] {
  return instanceTypes.map((one) => ({
    name: one.name,
    allocatable: amountsOf(one.allocatable),
    labels: one.labels ?? {},
    offerings: one.offerings.map(({ capacityType = 'on-demand', ...rest }) => ({
      ...rest,
      capacityType,
    })),
  }));
}

const observation = z.strictObject({
  nowMs,
  nodes: nodes.describe('nodes; group is the pool, labels say type, zone and capacity type'),
  pods: pods.describe('pods, those without a nodeName pending'),
  podDisruptionBudgets: budgets.describe('what may be evicted; default: everything').optional(),
});

function observationOf(seen: z.infer<typeof observation>): KarpenterObservation {
  return {
    nowMs: seen.nowMs,
    nodes: seen.nodes.map(nodeOf),
    placed: seen.pods.flatMap((one) => {
      const { nodeName } = one;
      return nodeName === undefined ? [] : podsOf(one).map((pod) => ({ pod, node: nodeName }));
    }),
    pending: seen.pods.filter(({ nodeName }) => nodeName === undefined).flatMap(podsOf),
    budgets: (seen.podDisruptionBudgets ?? []).map(({ namespace = 'default', ...rest }) => ({
      namespace,
      ...rest,
    })),
  };
}

const ms = expects(z.number(), 'milliseconds');

const batch = z.strictObject({
  firstAtMs: ms.describe('when its first pod came'),
  lastAtMs: ms.describe('when its last pod came'),
  pods: expects(z.array(z.string()), 'a list of names').describe('its pods'),
});

const known = z.strictObject({
  pods: expects(z.string(), 'a text').describe('its pods'),
  changedAtMs: ms.describe('when one last came or went'),
});

const prices = { small: 0.096, large: 0.384 };

/** `plimsoll decide karpenter` */
export const karpenter: Door = door({
  name: 'karpenter',
  summary: 'nodes that Karpenter launches for pending pods, consolidates and lets expire',
  source: 'Karpenter documentation (Scheduling, Disruption), pkg/controllers/disruption/',
  settings,
  observation,
  state: z.strictObject({
    batch: batch.nullable().describe('the batch that waits for more pods, or null'),
    nodes: expects(z.record(z.string(), known), 'a map of nodes').describe('pods of each node'),
  }),
  rules: (given) => [
    ...nodePoolComplaints(poolsOf(given)).map((one) => ({
      ...one,
      path: ['nodePools', ...one.path],
    })),
    ...instanceTypeComplaints(typesOf(given)).map((one) => ({
      ...one,
      path: ['instanceTypes', ...one.path],
    })),
  ],
  initial: () => INITIAL_KARPENTER,
  decide: (given, seen, state) => {
    const { batchIdleMs = 1000, batchMaxMs = 10_000, spotToSpotConsolidation = false } = given;
    const pools = poolsOf(given).map(readNodePool);
    const batches = { batchIdleMs, batchMaxMs, spotToSpot: spotToSpotConsolidation };
    const karpenterSettings = { ...batches, pools, instanceTypes: typesOf(given) };
    return { ...decideKarpenter(karpenterSettings, observationOf(seen), state) };
  },
  example: {
    settings: {
      nodePools: [{ name: 'default', disruption: { consolidateAfter: '30s' } }],
      instanceTypes: [
        {
          name: 'm5.large',
          allocatable: { cpu: '1930m', memory: '7Gi', pods: 29 },
          offerings: [{ zone: 'eu-west-1a', pricePerHour: prices.small }],
        },
        {
          name: 'm5.2xlarge',
          allocatable: { cpu: '7910m', memory: '29Gi', pods: 58 },
          offerings: [{ zone: 'eu-west-1a', pricePerHour: prices.large }],
        },
      ],
    },
    observations: [
      { nowMs: 0, nodes: [], pods: [{ name: 'api', count: 3, requests: { cpu: '900m' } }] },
      { nowMs: 1000, nodes: [], pods: [{ name: 'api', count: 3, requests: { cpu: '900m' } }] },
    ],
  },
});
