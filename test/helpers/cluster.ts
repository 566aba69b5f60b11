/** Small clusters in a word or two, for tests of node policies. */
import type { AutoscalerFlags } from '../../simulator/model/kubernetes/autoscaler-flags.ts';
import { readAutoscaler } from '../../simulator/policies/nodes/autoscaler-flags.ts';
import type {
  AutoscalerObservation,
  AutoscalerSettings,
  NodeGroup,
} from '../../simulator/policies/nodes/autoscaler-settings.ts';
import {
  type Node,
  type Pod,
  plainNode,
  plainPod,
  type Resources,
} from '../../simulator/policies/nodes/cluster.ts';

export const GIB = 1_073_741_824;

/** Resources of so many cores and GiB. */
export function size(cores: number, gib: number = cores): Resources {
  return { cpu: Math.round(cores * 1000), memory: gib * GIB };
}

export function pod(name: string, cores: number, parts: Partial<Pod> = {}): Pod {
  return plainPod(name, size(cores), parts);
}

/** Like pods `name-0`, `name-1` and so on. */
export function podsNamed(
  name: string,
  count: number,
  cores: number,
  parts: Partial<Pod> = {},
): Pod[] {
  return Array.from({ length: count }, (_, index) => pod(`${name}-${index}`, cores, parts));
}

export function node(name: string, cores: number, parts: Partial<Node> = {}): Node {
  const labels = { 'kubernetes.io/hostname': name, ...parts.labels };
  return plainNode(name, size(cores), { group: 'workers', ...parts, labels });
}

export function group(name: string, cores: number, parts: Partial<NodeGroup> = {}): NodeGroup {
  const template = { node: plainNode(name, size(cores), { group: name }), daemons: [] };
  return { name, minSize: 0, maxSize: 10, pricePerHour: undefined, template, ...parts };
}

export function autoscaler(flags: AutoscalerFlags, ...groups: NodeGroup[]): AutoscalerSettings {
  return readAutoscaler(flags, groups);
}

/** What is seen: pods by the node they are on; target sizes as the nodes are unless given. */
export function seen(
  nodes: readonly Node[],
  placed: Readonly<Record<string, readonly Pod[]>> = {},
  parts: Partial<AutoscalerObservation> = {},
): AutoscalerObservation {
  const targetSizes: Record<string, number> = {};
  for (const one of nodes) {
    if (one.group !== undefined) targetSizes[one.group] = (targetSizes[one.group] ?? 0) + 1;
  }
  return {
    nowMs: 0,
    nodes,
    placed: Object.entries(placed).flatMap(([name, pods]) =>
      pods.map((its) => ({ pod: its, node: name })),
    ),
    pending: [],
    targetSizes,
    budgets: [],
    failedScaleUps: [],
    hasScaleDownFailed: false,
    ...parts,
  };
}
