/** Shapes of nodes and pods, flat, by the names that Kubernetes has for their parts. */

import { z } from 'zod';
import { labels, taint, toleration } from '../model/kubernetes/taint-schema.ts';
import type { Labels, Taint, Toleration } from '../model/kubernetes/taints.ts';
import { expects, flag } from '../model/schema-parts.ts';
import type {
  HostPort,
  LabelExpression,
  Node,
  NodeTerm,
  Pod,
  Resources,
  SpreadConstraint,
} from '../policies/nodes/cluster.ts';
import { parseQuantity, resourceAmount } from '../policies/nodes/quantity.ts';

export const text: z.ZodType<string> = expects(z.string().min(1), 'a text');
const word = expects(z.string(), 'a text');

export const whole: z.ZodType<number> = expects(
  z.int().min(0).max(2_147_483_647),
  'a whole number from 0 on',
);

export const nowMs: z.ZodType<number> = expects(z.number().min(0), 'milliseconds').describe('now');

/** Quantities by resource. */
export type Quantities = Readonly<Record<string, string | number>>;

const quantity = expects(
  z.union([z.string(), z.number()]).refine((one) => parseQuantity(String(one)) !== undefined),
  'a quantity such as "500m", 2 or "4Gi"',
);

/** Resources by name. */
export const quantities: z.ZodType<Quantities> = expects(
  z.record(z.string(), quantity),
  'a map of quantities such as { "cpu": "500m", "memory": "1Gi" }',
);

/** Amounts of a map of quantities that has been checked. */
export function amountsOf(wanted: Quantities | undefined): Resources {
  const entries = Object.entries(wanted ?? {});
  return Object.fromEntries(entries.map(([name, one]) => [name, resourceAmount(name, one) ?? 0]));
}

export const expression: z.ZodType<LabelExpression> = z.strictObject({
  key: text.describe('label of the node'),
  operator: expects(
    z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt']),
    'In, NotIn, Exists, DoesNotExist, Gt or Lt',
  ).describe('how the label is compared'),
  values: expects(z.array(word), 'a list of texts').describe('with what').optional(),
});

const term = z.strictObject({
  matchExpressions: expects(z.array(expression), 'a list of expressions').describe(
    'all of which must hold',
  ),
});

const hostPort = z.strictObject({
  hostPort: expects(z.int().min(1).max(65_535), 'a port from 1 to 65535').describe('port'),
  protocol: expects(z.enum(['TCP', 'UDP', 'SCTP']), 'TCP, UDP or SCTP')
    .describe('default TCP')
    .optional(),
  hostIP: text.describe('default 0.0.0.0').optional(),
});

const labelSelector = z.strictObject({
  matchLabels: labels.describe('labels of the pods that are meant'),
});

const spreadConstraint = z.strictObject({
  topologyKey: text.describe('label of the nodes whose values are the domains'),
  maxSkew: expects(z.int().min(1), 'a whole number from 1 on').describe(
    'most pods above the emptiest domain',
  ),
  whenUnsatisfiable: expects(
    z.enum(['DoNotSchedule', 'ScheduleAnyway']),
    'DoNotSchedule or ScheduleAnyway',
  ).describe('whether it binds'),
  minDomains: expects(z.int().min(1), 'a whole number from 1 on')
    .describe('with fewer domains the emptiest counts as empty')
    .optional(),
  labelSelector: labelSelector.describe('pods that are counted'),
});

const pod = z.strictObject({
  name: text.describe('its name'),
  namespace: text.describe('default: default').optional(),
  count: expects(z.int().min(1).max(10_000), 'a whole number from 1 to 10000')
    .describe('so many of the kind, named name-0, name-1 and so on; default one')
    .optional(),
  nodeName: text.describe('node that it is on; absent: it is pending').optional(),
  requests: quantities.describe('what its containers ask for together').optional(),
  labels: labels.describe('its labels').optional(),
  nodeSelector: labels.describe('labels that its node must have').optional(),
  nodeSelectorTerms: expects(z.array(term), 'a list of terms')
    .describe('required node affinity: one of the terms must hold')
    .optional(),
  tolerations: expects(z.array(toleration), 'a list of tolerations')
    .describe('taints that it bears')
    .optional(),
  hostPorts: expects(z.array(hostPort), 'a list of host ports')
    .describe('ports of the node that it takes')
    .optional(),
  topologySpreadConstraints: expects(z.array(spreadConstraint), 'a list of constraints')
    .describe('how it is spread')
    .optional(),
  ownerKind: expects(z.string(), 'a kind such as ReplicaSet, DaemonSet or Node')
    .describe('kind of its controller, "" for none, Node for a mirror pod; default ReplicaSet')
    .optional(),
  priority: expects(z.int(), 'a whole number').describe('default 0').optional(),
  createdAtMs: expects(z.number(), 'milliseconds').describe('default: long ago').optional(),
  terminationGracePeriodSeconds: whole.describe('default 30').optional(),
  safeToEvict: flag
    .describe('annotation cluster-autoscaler.kubernetes.io/safe-to-evict; default absent')
    .optional(),
  doNotDisrupt: flag.describe('annotation karpenter.sh/do-not-disrupt; default false').optional(),
  localStorage: flag.describe('whether it has an emptyDir or hostPath; default false').optional(),
});

/** A spread constraint with the selector where Kubernetes has it. */
type ConstraintShape = Omit<SpreadConstraint, 'matchLabels'> & {
  readonly labelSelector: { readonly matchLabels: Labels };
};

/** A pod, or several alike. */
export interface PodShape {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly count?: number | undefined;
  readonly nodeName?: string | undefined;
  readonly requests?: Quantities | undefined;
  readonly labels?: Labels | undefined;
  readonly nodeSelector?: Labels | undefined;
  readonly nodeSelectorTerms?: readonly NodeTerm[] | undefined;
  readonly tolerations?: readonly Toleration[] | undefined;
  readonly hostPorts?: readonly HostPort[] | undefined;
  readonly topologySpreadConstraints?: readonly ConstraintShape[] | undefined;
  readonly ownerKind?: string | undefined;
  readonly priority?: number | undefined;
  readonly createdAtMs?: number | undefined;
  readonly terminationGracePeriodSeconds?: number | undefined;
  readonly safeToEvict?: boolean | undefined;
  readonly doNotDisrupt?: boolean | undefined;
  readonly localStorage?: boolean | undefined;
}

export const pods: z.ZodType<PodShape[]> = expects(
  z.array(pod),
  'a list of pods such as [{ "name": "web", "requests": { "cpu": "500m" } }]',
);

/** The pods that are meant. */
export function podsOf(shape: PodShape): Pod[] {
  const { name, count, ownerKind = 'ReplicaSet', namespace = 'default' } = shape;
  const one: Pod = {
    name,
    namespace,
    requests: amountsOf(shape.requests),
    labels: shape.labels ?? {},
    nodeSelector: shape.nodeSelector ?? {},
    nodeTerms: shape.nodeSelectorTerms ?? [],
    tolerations: shape.tolerations ?? [],
    hostPorts: shape.hostPorts ?? [],
    spread: (shape.topologySpreadConstraints ?? []).map(constraintOf),
    ownerKind: ownerKind === '' ? undefined : ownerKind,
    priority: shape.priority ?? 0,
    createdAtMs: shape.createdAtMs,
    gracePeriodMs: (shape.terminationGracePeriodSeconds ?? 30) * 1000,
    isSafeToEvict: shape.safeToEvict,
    isNotToDisrupt: shape.doNotDisrupt ?? false,
    hasLocalStorage: shape.localStorage ?? false,
  };
  if (count === undefined) return [one];
  return Array.from({ length: count }, (_, index) => ({ ...one, name: `${name}-${index}` }));
}

function constraintOf({ labelSelector: selector, ...rest }: ConstraintShape): SpreadConstraint {
  return { ...rest, matchLabels: selector.matchLabels };
}

const nodeKeys = {
  allocatable: quantities.describe('what pods may ask for: cpu, memory, pods, nvidia.com/gpu …'),
  labels: labels.describe('its labels, such as topology.kubernetes.io/zone').optional(),
  taints: expects(z.array(taint), 'a list of taints').describe('its taints').optional(),
};

const template = z.strictObject({
  ...nodeKeys,
  daemonSets: pods.describe('pods of DaemonSets that are on it from the start').optional(),
});

interface BareNode {
  readonly allocatable: Quantities;
  readonly labels?: Labels | undefined;
  readonly taints?: readonly Taint[] | undefined;
}

/** What a new node of a group is like. */
export interface TemplateShape extends BareNode {
  readonly daemonSets?: readonly PodShape[] | undefined;
}
export const nodeTemplate: z.ZodType<TemplateShape> = template;

const node = z.strictObject({
  name: text.describe('its name'),
  group: text.describe('its node group or node pool; absent: nobody scales it').optional(),
  ...nodeKeys,
  ready: flag.describe('condition Ready; default true').optional(),
  createdAtMs: expects(z.number(), 'milliseconds').describe('default 0').optional(),
  deleting: flag.describe('whether it is being drained or deleted; default false').optional(),
  scaleDownDisabled: flag
    .describe('annotation scale-down-disabled, or do-not-disrupt; default false')
    .optional(),
});

export interface NodeShape extends BareNode {
  readonly name: string;
  readonly group?: string | undefined;
  readonly ready?: boolean | undefined;
  readonly createdAtMs?: number | undefined;
  readonly deleting?: boolean | undefined;
  readonly scaleDownDisabled?: boolean | undefined;
}
export const nodes: z.ZodType<NodeShape[]> = expects(z.array(node), 'a list of nodes');

export function nodeOf(shape: NodeShape): Node {
  return {
    name: shape.name,
    group: shape.group,
    allocatable: amountsOf(shape.allocatable),
    labels: { 'kubernetes.io/hostname': shape.name, ...shape.labels },
    taints: shape.taints ?? [],
    isReady: shape.ready ?? true,
    createdAtMs: shape.createdAtMs ?? 0,
    isDeleting: shape.deleting ?? false,
    isKept: shape.scaleDownDisabled ?? false,
  };
}

const budget = z.strictObject({
  namespace: text.describe('default: default').optional(),
  matchLabels: labels.describe('labels of its pods'),
  disruptionsAllowed: whole.describe('pods that may be evicted now'),
});

/** PodDisruptionBudgets. */
export interface BudgetShape {
  readonly namespace?: string | undefined;
  readonly matchLabels: Labels;
  readonly disruptionsAllowed: number;
}
export const budgets: z.ZodType<BudgetShape[]> = expects(z.array(budget), 'a list of budgets');
