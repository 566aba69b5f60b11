/**
 * A group of instances as the pods of a Deployment under a HorizontalPodAutoscaler: the metrics of
 * the group's pipeline become pod rows and values, and the autoscaler decides.
 */

import type { MetricDocument } from '../../model/kubernetes/hpa-document.ts';
import type { Scaling } from '../../model/model.ts';
import type { HpaPolicySettings, MetricName } from '../../model/scaling-settings.ts';
import type { InstanceView, ScalingObservation } from '../scaling.ts';
import type { HpaState } from './hpa.ts';
import { hpaSettingsOf } from './hpa-defaults.ts';
import { decideHpaOfRows, type PodRow } from './hpa-rows.ts';
import type { HpaSettings } from './hpa-settings.ts';

/** Usages and requests are told in so many parts of what an instance can do. */
const PARTS = 1_000_000;

export interface PodGroup {
  readonly settings: HpaSettings;
  readonly policy: HpaPolicySettings;
}

/** An autoscaler whose bounds are the group's. */
export function podGroupOf({ min, max }: Scaling, policy: HpaPolicySettings): PodGroup {
  const { behavior, controller } = policy;
  const settings = hpaSettingsOf({
    minReplicas: min,
    maxReplicas: max,
    metrics: policy.metrics.map(metricDocument),
    ...(behavior === undefined ? {} : { behavior }),
    ...(controller === undefined ? {} : { controller }),
  });
  return { settings, policy };
}

/**
 * Utilization is CPU against requests, a latency is one value for all (Object), and everything else
 * is an average over the pods, in thousandths.
 */
function metricDocument({ metric, target }: HpaPolicySettings['metrics'][number]): MetricDocument {
  if (metric === 'utilization') {
    const averageUtilization = Math.round(target * 100);
    return {
      type: 'Resource',
      resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
    };
  }
  const quantity = `${Math.round(target * 1000)}m`;
  if (metric === 'latency') {
    const describedObject = { kind: 'Service', name: 'group' };
    const object = { type: 'Value', value: quantity } as const;
    return {
      type: 'Object',
      object: { describedObject, metric: { name: metric }, target: object },
    };
  }
  return {
    type: 'Pods',
    pods: { metric: { name: metric }, target: { type: 'AverageValue', averageValue: quantity } },
  };
}

/** One pass of the autoscaler. */
export function decidePods(
  group: PodGroup,
  observation: ScalingObservation,
  state: HpaState,
): { desired: number; reason: string; state: HpaState } {
  const { nowMs, desired: specReplicas, instances = [] } = observation;
  const {
    desired,
    reason,
    state: after,
  } = decideHpaOfRows(
    group.settings,
    {
      nowMs,
      specReplicas,
      statusReplicas: instances.length,
      rows: instances.map((instance) => podRow(group.policy, instance, nowMs)),
      valuesMilli: group.policy.metrics.map(({ metric }) => valueMilli(metric, instances)),
    },
    state,
  );
  return { desired, reason, state: after };
}

function podRow(
  { metrics, requestRatio }: HpaPolicySettings,
  pod: InstanceView,
  nowMs: number,
): PodRow {
  const { startedAtMs, readyAtMs, metrics: values, sampledAtMs = 0, windowMs = 0 } = pod;
  const startMs = startedAtMs ?? nowMs;
  return {
    phase: startedAtMs === undefined ? 'Pending' : 'Running',
    isDeleted: false,
    startMs,
    isReady: readyAtMs !== undefined,
    readySinceMs: readyAtMs ?? startMs,
    requestsMilli: metrics.map(() => Math.round(requestRatio * PARTS)),
    usagesMilli: metrics.map(({ metric }) => usageMilli(metric, values[metric])),
    sampledAtMs,
    windowMs,
  };
}

function usageMilli(metric: MetricName, value: number | undefined): number | undefined {
  if (value === undefined) return undefined;
  return Math.round(value * (metric === 'utilization' ? PARTS : 1000));
}

/** Mean over the instances that have a value. */
function valueMilli(metric: MetricName, instances: readonly InstanceView[]): number | undefined {
  if (metric !== 'latency') return undefined;
  const values = instances.flatMap(({ metrics }) => metrics[metric] ?? []);
  if (values.length === 0) return undefined;
  return Math.round((values.reduce((sum, value) => sum + value, 0) / values.length) * 1000);
}
