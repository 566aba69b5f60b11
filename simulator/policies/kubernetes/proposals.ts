/**
 * What each metric of a HorizontalPodAutoscaler asks for. Source: kubernetes `horizontal.go`,
 * `computeReplicasForMetrics` and what it calls.
 */

import { formatMilli, formatMilliBytes } from '../../model/kubernetes/quantity.ts';
import type { HpaSettings, MetricSettings, PodTarget, ValueTarget } from './hpa-settings.ts';
import { type PodEstimate, replicasForPods } from './pod-metric.ts';
import { groupOf, type PodGroup, type PodStatus, type Sample } from './pods.ts';
import {
  perPodMilli,
  type Replicas,
  replicasForAverageValue,
  replicasForValue,
  sumOfSeries,
} from './value-metric.ts';

/** A metric as it was read; lists have one entry a pod. */
export type Reading =
  | {
      readonly samples: readonly (Sample | undefined)[];
      /** What the pods request (for utilisation), or what is wrong with one pod's requests. */
      readonly requestsMilli: readonly bigint[] | { readonly error: string };
    }
  /** Of an Object one, of an External metric one a series. */
  | { readonly valuesMilli: readonly bigint[] }
  | { readonly error: string };

export interface PodCounts {
  readonly ready: number;
  readonly unready: number;
  readonly missing: number;
  readonly ignored: number;
}

/** Plain JSON. */
export interface Proposal {
  /** Such as `cpu utilization` or `external metric queue-length`. */
  readonly metric: string;
  /** Absent where the metric is invalid. */
  readonly replicas?: number;
  /** Why so many, or what is wrong. */
  readonly why: string;
  /** Reason of the ScalingActive condition where the metric is invalid. */
  readonly invalid?: string;
  /** As in `status.currentMetrics`. */
  readonly current?: {
    readonly averageUtilization?: number;
    readonly averageValue?: string;
    readonly value?: string;
  };
  /** How the pods were sorted; of metrics of pods. */
  readonly pods?: PodCounts;
}

/** What proposals are made from, besides the reading. */
export interface Scene {
  readonly settings: HpaSettings;
  readonly nowMs: number;
  readonly pods: readonly PodStatus[];
  readonly replicas: Replicas;
}

/**
 * The replicas that one metric asks for, or what makes it invalid.
 * Example: CPU of 3 ready pods at 50 % of their requests, target 30 % → replicas 5,
 * `50 % of requests, target 30 %: 3 ready pods ask for 5`.
 */
export function propose(scene: Scene, metric: MetricSettings, reading: Reading): Proposal {
  const name = metricName(metric);
  const invalid = (why: string): Proposal => ({
    metric: name,
    why,
    invalid: `FailedGet${metric.type}Metric`,
  });
  if ('error' in reading) return invalid(reading.error);
  switch (metric.type) {
    case 'Resource':
    case 'ContainerResource':
    case 'Pods':
      if (!('samples' in reading)) return invalid('no samples of pods');
      return proposeForPods(scene, metric, reading, invalid);
    case 'Object':
    case 'External':
      if (!('valuesMilli' in reading)) return invalid('no value');
      return proposeForValues(scene, metric, reading.valuesMilli, invalid);
    default:
      throw new Error(`unknown metric ${metric satisfies never}`);
  }
}

type Invalid = (why: string) => Proposal;
type PodMetricSettings = Extract<MetricSettings, { readonly target: PodTarget }>;
type ValueMetricSettings = Extract<MetricSettings, { readonly type: 'Object' | 'External' }>;

function proposeForPods(
  { settings, nowMs, pods, replicas }: Scene,
  metric: PodMetricSettings,
  { samples, requestsMilli }: Extract<Reading, { readonly samples: unknown }>,
  invalid: Invalid,
): Proposal {
  const { target } = metric;
  if (pods.length === 0) return invalid('no pods');
  if (samples.every((sample) => sample === undefined)) return invalid('no pod has a sample');
  const isCpu = metric.type !== 'Pods' && metric.resource === 'cpu';
  const groups = pods.map((pod, index) => groupOf(pod, samples[index], isCpu, settings, nowMs));
  const counts = countsOf(groups);
  if (counts.ready === 0) return { ...invalid('no ready pod has a sample'), pods: counts };
  const isUtilization = target.type === 'Utilization';
  if (isUtilization && 'error' in requestsMilli) {
    return { ...invalid(requestsMilli.error), pods: counts };
  }
  const requests = 'error' in requestsMilli ? [] : requestsMilli;
  const estimate = replicasForPods(
    { groups, samples, requestsMilli: requests, target },
    replicas.spec,
    settings.tolerance,
  );
  if (estimate === undefined) return { ...invalid('the pods request nothing'), pods: counts };
  return {
    metric: metricName(metric),
    replicas: estimate.replicas,
    why: `${describe(estimate, metric)}: ${estimate.why}`,
    current: currentOf(estimate, metric),
    pods: counts,
  };
}

function countsOf(groups: readonly PodGroup[]): PodCounts {
  const counts = { ready: 0, unready: 0, missing: 0, ignored: 0 };
  for (const group of groups) counts[group]++;
  return counts;
}

function describe(estimate: PodEstimate, metric: PodMetricSettings): string {
  const { target } = metric;
  if (target.type === 'Utilization') {
    return `${estimate.utilizationPercent} % of requests, target ${target.percent} %`;
  }
  const format = formatterOf(metric);
  return `${format(estimate.averageMilli)} a pod, target ${format(target.milli)}`;
}

function currentOf(
  estimate: PodEstimate,
  metric: PodMetricSettings,
): NonNullable<Proposal['current']> {
  const { utilizationPercent, averageMilli } = estimate;
  const averageValue = formatterOf(metric)(averageMilli);
  if (utilizationPercent === undefined) return { averageValue };
  return { averageUtilization: utilizationPercent, averageValue };
}

function formatterOf(metric: PodMetricSettings): (milli: bigint) => string {
  return metric.type !== 'Pods' && metric.resource === 'memory' ? formatMilliBytes : formatMilli;
}

function proposeForValues(
  { settings, replicas }: Scene,
  metric: ValueMetricSettings,
  valuesMilli: readonly bigint[],
  invalid: Invalid,
): Proposal {
  const { target } = metric;
  if (target === undefined) return invalid('neither a value nor an averageValue for its type');
  if (valuesMilli.length === 0) return invalid('no value');
  const total =
    metric.type === 'External' ? sumOfSeries(valuesMilli, target.type) : valuesMilli[0]!;
  const size = target.type === 'Value' ? replicasForValue : replicasForAverageValue;
  const wanted = size(total, target.milli, replicas, settings.tolerance);
  if (wanted === undefined) return invalid('no pods');
  return {
    metric: metricName(metric),
    replicas: wanted,
    why: `${describeValue(total, target, replicas)}: ${wanted}`,
    current: currentValue(total, target, replicas),
  };
}

function describeValue(total: bigint, target: ValueTarget, { spec, ready }: Replicas): string {
  const shown = `${formatMilli(total)}, target ${formatMilli(target.milli)}`;
  if (target.type === 'AverageValue') return `${shown} a pod`;
  return spec === 0 ? shown : `${shown} with ${ready ?? 0} ready`;
}

function currentValue(total: bigint, { type }: ValueTarget, { status }: Replicas) {
  if (type === 'Value') return { value: formatMilli(total) };
  return { averageValue: formatMilli(perPodMilli(total, status)) };
}

/**
 * How messages call a metric.
 * Examples: `cpu utilization`, `cpu of container app`, `pods metric packets`,
 * `Ingress metric requests`, `external metric queue-length`.
 */
export function metricName(metric: MetricSettings): string {
  switch (metric.type) {
    case 'Resource':
    case 'ContainerResource': {
      const utilization = metric.target.type === 'Utilization' ? ' utilization' : '';
      const whose = metric.type === 'ContainerResource' ? ` of container ${metric.container}` : '';
      return `${metric.resource}${utilization}${whose}`;
    }
    case 'Pods':
      return `pods metric ${metric.name}`;
    case 'Object':
      return `${metric.kind} metric ${metric.name}`;
    case 'External':
      return `external metric ${metric.name}`;
    default:
      throw new Error(`unknown metric ${metric satisfies never}`);
  }
}

/** What all metrics together ask for. */
export type Combined =
  | { readonly replicas: number; readonly by: Proposal; readonly invalid: number }
  /** Nothing is done. */
  | { readonly replicas?: never; readonly by: Proposal; readonly invalid: number };

/**
 * The largest proposal. Where all metrics are invalid nothing is done, and where only some are,
 * nothing that takes replicas away: the one that cannot be read might want them. Going up goes
 * ahead.
 * Source: kubernetes `horizontal.go`, `computeReplicasForMetrics`.
 * Example: proposals 4 and invalid at 3 replicas → 4; 2 and invalid at 3 replicas → nothing.
 */
export function combine(proposals: readonly Proposal[], specReplicas: number): Combined {
  const firstInvalid = proposals.find(({ invalid }) => invalid !== undefined);
  const invalid = proposals.filter((one) => one.invalid !== undefined).length;
  let largest: (Proposal & { readonly replicas: number }) | undefined;
  for (const proposal of proposals) {
    const { replicas } = proposal;
    if (replicas === undefined) continue;
    if (largest === undefined || replicas > largest.replicas) largest = { ...proposal, replicas };
  }
  const isShrinking = largest !== undefined && largest.replicas < specReplicas;
  if (firstInvalid !== undefined && (largest === undefined || isShrinking)) {
    return { by: firstInvalid, invalid };
  }
  return { replicas: largest!.replicas, by: largest!, invalid };
}
