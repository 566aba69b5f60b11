/**
 * Labels of nodes that pods select, and taints that they tolerate. Source: Kubernetes
 * documentation, "Assigning Pods to Nodes" (nodeSelector), "Taints and Tolerations".
 */

export type Labels = Readonly<Record<string, string>>;

export interface Taint {
  readonly key: string;
  readonly value?: string | undefined;
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

export interface Toleration {
  /** Absent with `Exists`: any key. */
  readonly key?: string | undefined;
  /** Default `Equal`. */
  readonly operator?: 'Equal' | 'Exists' | undefined;
  readonly value?: string | undefined;
  /** Absent: any effect. */
  readonly effect?: Taint['effect'] | undefined;
}

/** Nodes that are alike, as far as pods choose among them. */
export interface Place {
  readonly labels?: Labels | undefined;
  readonly taints?: readonly Taint[] | undefined;
}

/** What a pod wants of its node, and what it bears. */
export interface Choice {
  readonly nodeSelector?: Labels | undefined;
  readonly tolerations?: readonly Toleration[] | undefined;
}

/** Whether all of the labels are there. */
export function hasLabels(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

/** Whether one of the tolerations bears the taint; one that is only preferred hinders nothing. */
export function isTolerated(taint: Taint, tolerations: readonly Toleration[]): boolean {
  return taint.effect === 'PreferNoSchedule' || isBorne(taint, tolerations);
}

/**
 * How many taints a pod would rather not have: PreferNoSchedule ones that it does not tolerate.
 * Source: kube-scheduler `tainttoleration/taint_toleration.go`.
 */
export function unwanted(taints: readonly Taint[], tolerations: readonly Toleration[]): number {
  const isUnwanted = (one: Taint) =>
    one.effect === 'PreferNoSchedule' && !isBorne(one, tolerations);
  return taints.filter(isUnwanted).length;
}

function isBorne(taint: Taint, tolerations: readonly Toleration[]): boolean {
  return tolerations.some(({ key, operator = 'Equal', value = '', effect }) => {
    if (effect !== undefined && effect !== taint.effect) return false;
    if (key === undefined || key === '') return operator === 'Exists';
    return key === taint.key && (operator === 'Exists' || value === (taint.value ?? ''));
  });
}

/**
 * Why a pod may not be on a node, whatever room there is; undefined when it may.
 * Example: selector `{ tier: front }`, no labels → `no label tier=front`.
 */
export function placeMisfit(
  { labels = {}, taints = [] }: Place,
  { nodeSelector = {}, tolerations = [] }: Choice,
): string | undefined {
  const wanted = Object.entries(nodeSelector).find(([key, value]) => labels[key] !== value);
  if (wanted !== undefined) return `no label ${wanted.join('=')}`;
  const taint = taints.find((one) => !isTolerated(one, tolerations));
  return taint && `taint ${taintWords(taint)} is not tolerated`;
}

/** As kubectl writes it: `gpu=true:NoSchedule`. */
function taintWords({ key, value = '', effect }: Taint): string {
  return `${key}${value === '' ? '' : `=${value}`}:${effect}`;
}
