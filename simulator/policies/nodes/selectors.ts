/**
 * Which nodes a pod may be on at all. Source: Kubernetes documentation, "Assigning Pods to Nodes",
 * "Taints and Tolerations".
 */
import { hasLabels, isTolerated, type Labels } from '../../model/kubernetes/taints.ts';
import type { LabelExpression, Node, Pod } from './cluster.ts';

/** Selector, affinity and taints: what no freed resource would mend. */
export function nodeMisfit(pod: Pod, node: Node): string | undefined {
  if (!matchesNode(pod, node.labels)) return 'its node selector or affinity does not match';
  const taint = node.taints.find((one) => !isTolerated(one, pod.tolerations));
  return taint === undefined ? undefined : `taint ${taint.key} is not tolerated`;
}

/** Whether selector and required affinity hold for a node with these labels. */
export function matchesNode(pod: Pod, labels: Labels): boolean {
  if (!hasLabels(labels, pod.nodeSelector)) return false;
  if (pod.nodeTerms.length === 0) return true;
  return pod.nodeTerms.some(
    ({ matchExpressions }) =>
      matchExpressions.length > 0 && matchExpressions.every((one) => holds(one, labels)),
  );
}

/**
 * Whether an expression holds. A key that is not there is not in any set, so that `NotIn` holds.
 * Example: zone NotIn [a] for a node without a zone → true.
 */
export function holds({ key, operator, values = [] }: LabelExpression, labels: Labels): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      throw new Error(`unknown operator ${operator satisfies never}`);
  }
}
