/** Nodes with the pods on them, on which placements are tried out. */
import type { Node, Pod } from './cluster.ts';

/** A node with what is on it; pods are put on it while something is tried out. */
export interface Space {
  readonly node: Node;
  readonly pods: Pod[];
  readonly used: Record<string, number>;
}

/** A node with these pods on it. */
export function spaceOf(node: Node, pods: readonly Pod[] = []): Space {
  const space: Space = { node, pods: [], used: {} };
  for (const pod of pods) place(space, pod);
  return space;
}

/** Each node with its pods, those being deleted and those that are not ready left out. */
export function usableSpaces(nodes: readonly Node[], podsOf: PodsByNode): Space[] {
  return nodes
    .filter((node) => node.isReady && !node.isDeleting)
    .map((node) => spaceOf(node, podsOf.get(node.name)));
}

export type PodsByNode = ReadonlyMap<string, readonly Pod[]>;

/** The same, to try something out in; the original stays as it is. */
export function copyOf({ node, pods, used }: Space): Space {
  return { node, pods: [...pods], used: { ...used } };
}

export function place(space: Space, pod: Pod): void {
  space.pods.push(pod);
  // Hot: tens of thousands of times a scan of a large cluster, so without a list of entries.
  for (const name in pod.requests) {
    space.used[name] = (space.used[name] ?? 0) + pod.requests[name]!;
  }
}
