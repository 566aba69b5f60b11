/** What a group's metrics are made of, in the simulator and in the staging controller alike. */
import type { MetricName } from '../model/model.ts';

/** What one instance past its warm-up did during a period. */
export interface InstanceSample {
  /** Requests that arrived. */
  readonly requests: number;
  /** Mean busy share of its capacity, 0..1. */
  readonly busyRatio: number;
}

/**
 * A group's metric over one period: the mean over its instances, as CloudWatch's `Average` over the
 * group. Undefined (a missing datapoint) when no instance reported.
 */
export function aggregateMetric(
  metric: MetricName,
  periodMs: number,
  samples: readonly InstanceSample[],
): number | undefined {
  if (samples.length === 0) return undefined;
  const total = samples.reduce((sum, sample) => sum + readingOf(metric, periodMs, sample), 0);
  return total / samples.length;
}

function readingOf(metric: MetricName, periodMs: number, sample: InstanceSample): number {
  switch (metric) {
    case 'requests-per-instance':
      return (sample.requests * 1000) / periodMs;
    case 'utilization':
      return sample.busyRatio;
    default:
      throw new Error(`unknown metric ${metric satisfies never}`);
  }
}

/** A metric's value as users read it: `143.2/s`, `71.5 %`. */
export function formatMetric(metric: MetricName, value: number): string {
  return metric === 'utilization' ? `${(value * 100).toFixed(1)} %` : `${value.toFixed(1)}/s`;
}
