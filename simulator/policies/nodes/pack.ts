/**
 * How many new nodes of one kind pending pods need: first-fit-decreasing. Source: Cluster
 * Autoscaler `estimator/binpacking_estimator.go`, `estimator/decreasing_pod_orderer.go`.
 */
import type { Node, Pod, Resources } from './cluster.ts';
import { misfit } from './fit.ts';
import { place, type Space, spaceOf } from './space.ts';

/** What a new node of a group is like: its daemons are on it from the start. */
export interface NodeTemplate {
  readonly node: Node;
  readonly daemons: readonly Pod[];
}

/** What was packed. */
export interface Estimate {
  /** New nodes with at least one pod. */
  readonly nodes: number;
  readonly pods: readonly Pod[];
  /** The new nodes with their pods. */
  readonly spaces: readonly Space[];
}

/** Pods that are alike in all that packing looks at. */
export type PodGroup = readonly [Pod, ...Pod[]];

/**
 * Share of the node's CPU plus share of its memory.
 * Example: 1 core and 4 GiB on a node of 4 cores and 16 GiB → 0.25 + 0.25.
 */
export function podSize(requests: Resources, allocatable: Resources): number {
  return share('cpu', requests, allocatable) + share('memory', requests, allocatable);
}

function share(name: string, requests: Resources, allocatable: Resources): number {
  const whole = allocatable[name] ?? 0;
  return whole > 0 ? (requests[name] ?? 0) / whole : 0;
}

/** Groups of like pods, in the order of their first ones. */
export function groupAlike(pods: readonly Pod[]): PodGroup[] {
  const groups = new Map<string, [Pod, ...Pod[]]>();
  for (const pod of pods) {
    const { requests, labels, nodeSelector, nodeTerms, tolerations, hostPorts, spread } = pod;
    const { namespace, ownerKind } = pod;
    const key = JSON.stringify([
      namespace,
      ownerKind,
      requests,
      labels,
      nodeSelector,
      nodeTerms,
      tolerations,
      hostPorts,
      spread,
    ]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [pod]);
    else group.push(pod);
  }
  return [...groups.values()];
}

/** A new node of the template, under its own name and host name. */
export function newSpace({ node, daemons }: NodeTemplate, number: number): Space {
  const name = `${node.name}-new-${number}`;
  const labels = { ...node.labels, 'kubernetes.io/hostname': name };
  return spaceOf({ ...node, name, labels }, daemons);
}

/**
 * Packs pods on at most `most` new nodes, the largest first, each group on the new nodes that there
 * are and then on one after the other. Pods are spread among `existing` nodes and new ones, but
 * packed on new ones only.
 * Example: pods of 3, 3, 1 and 1 cores on nodes of 4 → 2 nodes.
 */
export function estimate(
  pods: readonly Pod[],
  template: NodeTemplate,
  existing: readonly Space[],
  most: number,
): Estimate {
  const { allocatable } = template.node;
  const groups = groupAlike(pods)
    .map((group) => ({ group, size: podSize(group[0].requests, allocatable) }))
    .sort((a, b) => b.size - a.size);
  const packing: Packing = { template, most, fresh: [], all: [...existing], packed: [] };
  for (const { group } of groups) {
    const rest = packOnFresh(packing, group);
    packOnNew(packing, rest);
  }
  const spaces = packing.fresh.filter(({ pods: its }) => its.length > template.daemons.length);
  return { nodes: spaces.length, pods: packing.packed, spaces };
}

interface Packing {
  readonly template: NodeTemplate;
  readonly most: number;
  /** New nodes; the last of them may be empty. */
  readonly fresh: Space[];
  readonly all: Space[];
  readonly packed: Pod[];
}

function packOnFresh(packing: Packing, group: readonly Pod[]): readonly Pod[] {
  for (let index = 0; index < group.length; index++) {
    if (placeFirstFit(group[index]!, packing.fresh, packing.all) === undefined) {
      return group.slice(index);
    }
    packing.packed.push(group[index]!);
  }
  return [];
}

/** Only the newest node is looked at: like pods did not fit the others any more. */
function packOnNew({ template, most, fresh, all, packed }: Packing, pods: readonly Pod[]): void {
  for (const pod of pods) {
    let last = fresh.at(-1);
    if (last === undefined || misfit(pod, last, all) !== undefined) {
      const isEmpty = last !== undefined && last.pods.length === template.daemons.length;
      if (isEmpty || fresh.length >= most) return;
      last = newSpace(template, fresh.length);
      fresh.push(last);
      all.push(last);
      if (misfit(pod, last, all) !== undefined) return;
    }
    place(last, pod);
    packed.push(pod);
  }
}

/** Puts the pod on the first node that it fits; undefined when there is none. */
export function placeFirstFit(
  pod: Pod,
  spaces: readonly Space[],
  all: readonly Space[] = spaces,
): Space | undefined {
  const space = spaces.find((one) => misfit(pod, one, all) === undefined);
  if (space !== undefined) place(space, pod);
  return space;
}
