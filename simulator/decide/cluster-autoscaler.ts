import { z } from 'zod';
import { stream } from '../engine/random.ts';
import { flagComplaints } from '../model/kubernetes/autoscaler-flags.ts';
import { autoscalerFlagShape } from '../model/kubernetes/autoscaler-schema.ts';
import { expects, flag, listOf } from '../model/schema-parts.ts';
import { groupComplaints, readAutoscaler } from '../policies/nodes/autoscaler-flags.ts';
import {
  type AutoscalerObservation,
  INITIAL_AUTOSCALER,
  type NodeGroup,
} from '../policies/nodes/autoscaler-settings.ts';
import { plainNode } from '../policies/nodes/cluster.ts';
import { decideClusterAutoscaler } from '../policies/nodes/cluster-autoscaler.ts';
import {
  amountsOf,
  budgets,
  nodeOf,
  nodes,
  nodeTemplate,
  nowMs,
  pods,
  podsOf,
  text,
  whole,
} from './cluster-shapes.ts';
import { type Door, door } from './door.ts';

const nodeGroup = z.strictObject({
  name: text.describe('its name'),
  minSize: whole.describe('fewest nodes'),
  maxSize: whole.describe('most nodes'),
  pricePerHour: expects(z.number().min(0), 'a price such as 0.096')
    .describe('price of a node for an hour, for the price expander')
    .optional(),
  template: nodeTemplate.describe('what a new node is like'),
});

const settings = z.strictObject({
  ...autoscalerFlagShape,
  seed: whole.describe('of the choice among groups that are equally good; default 1').optional(),
  nodeGroups: listOf(nodeGroup, 'node group').describe('groups that may be scaled'),
});

type Settings = z.infer<typeof settings>;

function groupsOf({ nodeGroups }: Settings): NodeGroup[] {
  return nodeGroups.map(({ name, minSize, maxSize, pricePerHour, template }) => ({
    name,
    minSize,
    maxSize,
    pricePerHour,
    template: {
      node: plainNode(name, amountsOf(template.allocatable), {
        group: name,
        labels: template.labels ?? {},
        taints: template.taints ?? [],
      }),
      daemons: (template.daemonSets ?? []).flatMap((one) =>
        podsOf({ ownerKind: 'DaemonSet', ...one }),
      ),
    },
  }));
}

const observation = z.strictObject({
  nowMs,
  nodes: nodes.describe('nodes that have registered'),
  pods: pods.describe('pods, those without a nodeName pending'),
  targetSizes: expects(z.record(z.string(), whole), 'a map of sizes such as { "workers": 3 }')
    .describe('desired size of each group at the cloud; default: its nodes')
    .optional(),
  podDisruptionBudgets: budgets.describe('what may be evicted; default: everything').optional(),
  failedScaleUps: expects(z.array(text), 'a list of groups')
    .describe('groups that the cloud did not grow since the last scan; default none')
    .optional(),
  scaleDownFailed: flag
    .describe('whether a deletion failed since the last scan; default false')
    .optional(),
});

function observationOf(
  { nodeGroups }: Settings,
  seen: z.infer<typeof observation>,
): AutoscalerObservation {
  const registered = seen.nodes.map(nodeOf);
  const sizes = nodeGroups.map(({ name }) => {
    const there = registered.filter(({ group }) => group === name).length;
    return [name, seen.targetSizes?.[name] ?? there] as const;
  });
  return {
    nowMs: seen.nowMs,
    nodes: registered,
    placed: seen.pods.flatMap((one) =>
      one.nodeName === undefined
        ? []
        : podsOf(one).map((pod) => ({ pod, node: one.nodeName ?? '' })),
    ),
    pending: seen.pods.filter(({ nodeName }) => nodeName === undefined).flatMap(podsOf),
    targetSizes: Object.fromEntries(sizes),
    budgets: (seen.podDisruptionBudgets ?? []).map(({ namespace = 'default', ...rest }) => ({
      namespace,
      ...rest,
    })),
    failedScaleUps: seen.failedScaleUps ?? [],
    hasScaleDownFailed: seen.scaleDownFailed ?? false,
  };
}

const when = expects(z.number().nullable(), 'milliseconds or null');
const times = expects(z.record(z.string(), z.number()), 'a map of milliseconds');

const state = z.strictObject({
  unneededSinceMs: times.describe('since when nodes have been unneeded'),
  lastScaleUpAtMs: when.describe('when a group last grew'),
  lastDeleteAtMs: when.describe('when a node last went'),
  lastFailureAtMs: when.describe('when a deletion last failed'),
  requestedAtMs: times.describe('groups whose nodes are still to come'),
  backoffs: expects(
    z.record(
      z.string(),
      z.strictObject({
        durationMs: expects(z.number(), 'milliseconds').describe('how long it is'),
        untilMs: expects(z.number(), 'milliseconds').describe('when it ends'),
        failedAtMs: expects(z.number(), 'milliseconds').describe('when the group failed'),
      }),
    ),
    'a map of back-offs',
  ).describe('groups that are backed off, or were'),
});

/** `plimsoll decide cluster-autoscaler` */
export const clusterAutoscaler: Door = door({
  name: 'cluster-autoscaler',
  summary: 'node groups that the Kubernetes Cluster Autoscaler grows, and nodes that it removes',
  source: 'Cluster Autoscaler FAQ, core/static_autoscaler.go, estimator/, core/scaledown/',
  settings,
  observation,
  state,
  rules: (flags) => [
    ...flagComplaints(flags),
    ...groupComplaints(groupsOf(flags)).map((one) => ({
      ...one,
      path: ['nodeGroups', ...one.path],
    })),
  ],
  initial: () => INITIAL_AUTOSCALER,
  decide: (flags, seen, before) => {
    const random = stream(flags.seed ?? 1, 0, 'cluster-autoscaler', String(seen.nowMs));
    const autoscaler = readAutoscaler(flags, groupsOf(flags));
    const decision = decideClusterAutoscaler(autoscaler, observationOf(flags, seen), before, (n) =>
      random.below(n),
    );
    return { ...decision };
  },
  example: {
    settings: {
      expander: 'least-waste',
      'scale-down-unneeded-time': '10m0s',
      nodeGroups: [
        {
          name: 'small',
          minSize: 1,
          maxSize: 10,
          template: { allocatable: { cpu: '2', memory: '8Gi', pods: 29 } },
        },
        {
          name: 'large',
          minSize: 0,
          maxSize: 5,
          template: { allocatable: { cpu: '8', memory: '32Gi', pods: 58 } },
        },
      ],
    },
    observations: [
      {
        nowMs: 0,
        nodes: [
          { name: 'small-1', group: 'small', allocatable: { cpu: '2', memory: '8Gi', pods: 29 } },
        ],
        pods: [
          { name: 'api', requests: { cpu: '1500m', memory: '2Gi' }, nodeName: 'small-1' },
          { name: 'feed', count: 4, requests: { cpu: '1', memory: '4Gi' } },
        ],
      },
      {
        nowMs: 10_000,
        nodes: [
          { name: 'small-1', group: 'small', allocatable: { cpu: '2', memory: '8Gi', pods: 29 } },
        ],
        pods: [
          { name: 'api', requests: { cpu: '1500m', memory: '2Gi' }, nodeName: 'small-1' },
          { name: 'feed', count: 4, requests: { cpu: '1', memory: '4Gi' } },
        ],
        targetSizes: { small: 3, large: 0 },
      },
    ],
  },
});
