/**
 * Whether a pod fits a node: the hard filters of the Kubernetes scheduler. Source: Kubernetes
 * documentation, "Scheduler Configuration", plugins NodeResourcesFit, NodeAffinity,
 * TaintToleration, NodePorts, PodTopologySpread. Affinity between pods is not modelled.
 */
import type { Pod, Resources } from './cluster.ts';
import { nodeMisfit } from './selectors.ts';
import type { Space } from './space.ts';
import { spreadMisfit } from './spread.ts';

/** Pods a node takes when it does not say (kubelet: maxPods). */
const PODS = 110;

/**
 * Why the pod does not fit the node; undefined when it does.
 * @param all the nodes among which the pod is to be spread, this one with them
 * Example: 2 cores asked for, 1.5 free → `needs 2000m cpu, 1500m free`.
 */
export function misfit(pod: Pod, space: Space, all: readonly Space[]): string | undefined {
  return (
    nodeMisfit(pod, space.node) ??
    resourceMisfit(pod.requests, space.node.allocatable, space.used) ??
    podCountMisfit(space) ??
    portMisfit(pod, space.pods) ??
    spreadMisfit(pod, space, all)
  );
}

/** The first resource that is short; undefined when there is enough of all. */
export function resourceMisfit(
  requests: Resources,
  allocatable: Resources,
  used: Resources,
): string | undefined {
  // Hot, as `place` is.
  for (const name in requests) {
    const amount = requests[name]!;
    const free = (allocatable[name] ?? 0) - (used[name] ?? 0);
    if (amount > 0 && amount > free) {
      return `needs ${formatAmount(name, amount)} ${name}, ${formatAmount(name, free)} free`;
    }
  }
  return undefined;
}

function formatAmount(name: string, amount: number): string {
  if (name === 'cpu') return `${amount}m`;
  return name === 'memory' ? `${Math.round(amount / 1_048_576)} MiB` : String(amount);
}

function podCountMisfit({ node, pods }: Space): string | undefined {
  const most = node.allocatable['pods'] ?? PODS;
  return pods.length < most ? undefined : `${most} pods are the most`;
}

function portMisfit(pod: Pod, others: readonly Pod[]): string | undefined {
  for (const wanted of pod.hostPorts) {
    for (const { hostPorts } of others) {
      if (hostPorts.some((taken) => collide(wanted, taken))) {
        return `host port ${wanted.hostPort} is taken`;
      }
    }
  }
  return undefined;
}

function collide(a: Pod['hostPorts'][number], b: Pod['hostPorts'][number]): boolean {
  const { protocol = 'TCP', hostIP = '0.0.0.0' } = a;
  const otherIP = b.hostIP ?? '0.0.0.0';
  const overlap = hostIP === otherIP || hostIP === '0.0.0.0' || otherIP === '0.0.0.0';
  return a.hostPort === b.hostPort && protocol === (b.protocol ?? 'TCP') && overlap;
}
