/**
 * Pod topology spread constraints. Source: Kubernetes documentation, "Pod Topology Spread
 * Constraints" (nodeAffinityPolicy Honor, nodeTaintsPolicy Ignore, the defaults).
 *
 *     zone   a    b    c        maxSkew 1: the next pod may go to c only, for 0 + 1 − 0 ≤ 1
 *     pods   2    1    0        and 2 + 1 − 0 and 1 + 1 − 0 are above 1
 */
import { hasLabels } from '../../model/kubernetes/taints.ts';
import type { Pod, SpreadConstraint } from './cluster.ts';
import { matchesNode } from './selectors.ts';
import type { Space } from './space.ts';

/** Why a hard constraint forbids the node; undefined when none does. */
export function spreadMisfit(pod: Pod, space: Space, all: readonly Space[]): string | undefined {
  const hard = hardConstraints(pod);
  if (hard.length === 0) return undefined;
  for (const constraint of hard) {
    const { topologyKey } = constraint;
    const domain = space.node.labels[topologyKey];
    if (domain === undefined) return `node has no ${topologyKey} to spread over`;
    const counts = domainCounts(pod, constraint, all);
    if (skewAt(pod, constraint, counts, domain) > constraint.maxSkew) {
      return `skew over ${topologyKey} would be above ${constraint.maxSkew}`;
    }
  }
  return undefined;
}

export function hardConstraints({ spread }: Pod): readonly SpreadConstraint[] {
  return spread.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule');
}

/** Matching pods in each domain that the pod may go to; a domain of empty nodes counts 0. */
export function domainCounts(
  pod: Pod,
  { topologyKey, matchLabels }: SpreadConstraint,
  all: readonly Space[],
): Map<string, number> {
  const counts = new Map<string, number>();
  const keys = hardConstraints(pod).map((one) => one.topologyKey);
  for (const { node, pods } of all) {
    const domain = node.labels[topologyKey];
    if (domain === undefined || !keys.every((key) => node.labels[key] !== undefined)) continue;
    if (!matchesNode(pod, node.labels)) continue;
    const matching = pods.filter(
      (one) => one.namespace === pod.namespace && hasLabels(one.labels, matchLabels),
    );
    counts.set(domain, (counts.get(domain) ?? 0) + matching.length);
  }
  return counts;
}

/** How far the domain would be above the emptiest one; with too few domains, above 0. */
export function skewAt(
  pod: Pod,
  { matchLabels, minDomains = 1 }: SpreadConstraint,
  counts: ReadonlyMap<string, number>,
  domain: string,
): number {
  const self = hasLabels(pod.labels, matchLabels) ? 1 : 0;
  const least = counts.size < minDomains ? 0 : Math.min(...counts.values());
  const others = Number.isFinite(least) ? least : 0;
  return (counts.get(domain) ?? 0) + self - others;
}
