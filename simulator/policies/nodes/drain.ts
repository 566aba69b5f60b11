/**
 * What hinders a node from being emptied. Source: Cluster Autoscaler FAQ, "What types of pods can
 * prevent CA from removing a node?", `simulator/drainability/rules/`.
 */
import { hasLabels } from '../../model/kubernetes/taints.ts';
import type { AutoscalerSettings, DisruptionBudget } from './autoscaler-settings.ts';
import { type Pod, staysOnNode } from './cluster.ts';

const CONTROLLERS = ['ReplicaSet', 'ReplicationController', 'StatefulSet', 'Job'];

export type DrainRules = Pick<
  AutoscalerSettings,
  'skipSystemPods' | 'skipLocalStorage' | 'skipCustomControllers'
>;

/** What is left of each budget while nodes are emptied one after the other. */
export type BudgetsLeft = { readonly budget: DisruptionBudget; left: number }[];

export function budgetsLeft(budgets: readonly DisruptionBudget[]): BudgetsLeft {
  return budgets.map((budget) => ({ budget, left: budget.disruptionsAllowed }));
}

/** Pods that have to go elsewhere when the node goes. */
export function podsToMove(pods: readonly Pod[]): Pod[] {
  return pods.filter((pod) => !staysOnNode(pod));
}

/**
 * Why a pod keeps its node; undefined when it may be evicted. An annotation that says that it is
 * safe to evict outweighs all but disruption budgets.
 * Example: a pod without a controller → `nobody would make web-1 again`.
 */
export function drainHindrance(
  pod: Pod,
  rules: DrainRules,
  budgets: BudgetsLeft,
): string | undefined {
  const { name, ownerKind, isSafeToEvict } = pod;
  if (isSafeToEvict === false) return `${name} is not safe to evict`;
  if (isSafeToEvict === true) return undefined;
  if (ownerKind === undefined) return `nobody would make ${name} again`;
  if (rules.skipCustomControllers && !CONTROLLERS.includes(ownerKind)) {
    return `${name} is of a custom controller (${ownerKind})`;
  }
  const hasBudget = budgetsOf(pod, budgets).length > 0;
  if (rules.skipSystemPods && pod.namespace === 'kube-system' && !hasBudget) {
    return `${name} is a system pod without a disruption budget`;
  }
  if (rules.skipLocalStorage && pod.hasLocalStorage) return `${name} has local storage`;
  return undefined;
}

function budgetsOf(pod: Pod, budgets: BudgetsLeft): BudgetsLeft {
  return budgets.filter(
    ({ budget }) => budget.namespace === pod.namespace && hasLabels(pod.labels, budget.matchLabels),
  );
}

/** A pod whose budget has not enough left for all of them; undefined when all may go. */
export function budgetHindrance(pods: readonly Pod[], budgets: BudgetsLeft): string | undefined {
  const needed = new Map<BudgetsLeft[number], number>();
  for (const pod of pods) {
    for (const one of budgetsOf(pod, budgets)) {
      const count = (needed.get(one) ?? 0) + 1;
      needed.set(one, count);
      if (count > one.left) return `the disruption budget of ${pod.name} allows ${one.left}`;
    }
  }
  return undefined;
}

/** Takes the pods off their budgets. */
export function spendBudgets(pods: readonly Pod[], budgets: BudgetsLeft): void {
  for (const pod of pods) for (const one of budgetsOf(pod, budgets)) one.left--;
}
